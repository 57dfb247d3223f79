# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.kubernetes import plan

SETTINGS = {
    "version": "1.33.2",
    "endpoint": "192.0.2.9:6443",
    "endpoint_by": "external",
    "endpoint_address": "",
    "swap": "refuse",
    "cgroup_driver": "systemd",
    "config": {},
    "images": {},
    "renew_before": 30,
    "group": "planes",
    "claims": {},
    "socket": "unix:///run/containerd/containerd.sock",
}
ALL = {"kubeadm": "1.33.2", "kubelet": "1.33.2", "kubectl": "1.33.2"}
NOTHING = {
    "stage": "none", "why": "", "architecture": "x86_64", "swap": [], "cgroup": 2, "cgroup_driver": "", "mirrors": [],
    "system": "debian 12",
    "apt": True, "versions": dict.fromkeys(ALL, ""), "images": {}, "expires": None, "control_plane": False,
    "apiserver": "", "server": "", "ca": "", "node": None, "cluster": None,
}  # fmt: skip


def host(name, role="control_plane", **seen):
    number = int(name[-1]) + (10 if role == "worker" else 0)
    row = {"name": name, "role": role, "node": name, "address": "192.0.2.%d" % number, "labels": {}, "taints": []}
    return dict(row, seen=dict(NOTHING, **seen))


def fresh():
    return [host("a1"), host("a2"), host("a3"), host("w1", "worker")]


def running(version="1.33.2", nodes=("a1", "a2", "a3", "w1")):
    """The same, as a cluster of that version."""
    listed = [{"name": name, "version": version, "ready": True, "held": False} for name in nodes]
    rows = fresh()
    for row in rows:
        row["seen"].update(stage="member", versions=dict.fromkeys(ALL, version), cgroup_driver="systemd", ca="sha256:c")
        row["seen"].update(server="https://192.0.2.9:6443", node=copy.deepcopy(listed[0]))
        if row["role"] == "control_plane":
            row["seen"].update(control_plane=True, apiserver=version, expires=300)
            row["seen"]["cluster"] = {"version": version, "nodes": copy.deepcopy(listed)}
    return rows


def planned(rows, **settings):
    made = plan.plan(rows, dict(SETTINGS, **settings))
    assert made["problems"] == []
    return made


def problems(rows, **settings):
    return plan.plan(rows, dict(SETTINGS, **settings))["problems"]


def test_a_new_cluster():
    made = planned(fresh())
    assert made["first"] == "a1" and made["initialise"]
    assert made["install"] == ["a1", "a2", "a3", "w1"]
    assert made["join"] == {"control_plane": ["a2", "a3"], "worker": ["w1"]}
    assert made["upgrade"] == made["renew"] == made["images"] == []


def test_a_cluster_that_is_as_declared():
    made = planned(running())
    assert not made["initialise"] and not made["apply"]
    assert made["install"] == made["upgrade"] == made["fetch"] == made["renew"] == []
    assert made["join"] == {"control_plane": [], "worker": []}


def test_a_host_that_is_new():
    rows = [*running(), host("w2", "worker")]
    made = planned(rows)
    assert (
        made["install"] == ["w2"] and made["join"] == {"control_plane": [], "worker": ["w2"]} and made["upgrade"] == []
    )


def test_an_upgrade_begins_with_the_first_control_plane():
    rows = running("1.32.1")
    made = planned([rows[3], *rows[:3]])
    assert made["upgrade"] == ["a1", "a2", "a3", "w1"] == sorted(made["fetch"]) and made["apply"]


def test_an_upgrade_goes_on_where_it_was_interrupted():
    rows = running("1.32.1")
    for row in rows[:2]:  # these are through
        row["seen"].update(apiserver="1.33.2", versions=ALL, node=dict(row["seen"]["node"], version="1.33.2"))
    for row in rows[:3]:
        row["seen"]["cluster"]["version"] = "1.33.2"
    assert planned(rows)["upgrade"] == ["a3", "w1"] and not planned(rows)["apply"]
    rows[1]["seen"]["node"]["held"] = True
    assert planned(rows)["upgrade"] == ["a2", "a3", "w1"]
    rows[0]["seen"]["cluster"]["version"] = "1.32.1"
    assert planned(rows)["upgrade"] == ["a1", "a2", "a3", "w1"] and planned(rows)["apply"]


def test_certificates_that_end_soon():
    rows = running()
    rows[1]["seen"]["expires"] = 29
    assert planned(rows)["renew"] == ["a2"]
    rows = running("1.32.1")
    rows[1]["seen"]["expires"] = 29  # an upgrade renews them
    assert planned(rows)["renew"] == []


def test_images_are_loaded_where_they_are_not():
    rows = running()
    rows[0]["seen"]["images"] = {"kube.tar": "aa"}
    assert planned(rows, images={"/srv/kube.tar": "AA"})["images"] == ["a2", "a3", "w1"]


def test_a_first_control_plane_that_is_lost_joins_the_others():
    rows = running(nodes=("a2", "a3", "w1"))
    rows[0] = host("a1")
    made = planned(rows)
    assert made["first"] == "a2" and not made["initialise"] and made["join"]["control_plane"] == ["a1"]


def test_what_is_unfinished_begins_anew():
    rows = fresh()
    rows[0]["seen"].update(stage="unfinished", versions=ALL)
    made = planned(rows)
    assert made["initialise"] and made["first"] == "a1" and "a1" not in made["install"]


WRONG = [
    (lambda rows: rows.pop(0), {}, "2 control planes (a2, a3) stand no more losses than 1"),
    (lambda rows: rows.__delitem__(slice(0, 3)), {}, "the group planes has no hosts"),
    (lambda rows: rows, {"endpoint": ""}, "set kubernetes_endpoint"),
    (lambda rows: rows, {"endpoint": "192.0.2.9"}, "must be host:port"),
    (lambda rows: rows, {"endpoint_by": "kube-vip"}, "kube-vip needs the address"),
    (lambda rows: rows, {"version": "1.21.1"}, "before v1beta3"),
    (lambda rows: rows, {"claims": {"other": ["a2", "z"]}}, "a2 is claimed as a control plane by the groups planes"),
    (lambda rows: rows.append(host("a1", "worker")), {}, "a1 is in the group of the control planes and in that of the"),
    (lambda rows: rows[1].update(address="192.0.2.1"), {}, "a1 and a2 have one address, 192.0.2.1"),
    (lambda rows: rows[1].update(node="a1"), {}, "a1 and a2 have one node, a1"),
    (lambda rows: rows[1].update(node="A_2"), {}, "a2 would be the node 'A_2'"),
    (lambda rows: rows[3].update(taints=[{"key": "x", "effect": "No"}]), {}, "w1 has the taint"),
    (lambda rows: rows[3]["seen"].update(swap=["/dev/sda2"]), {}, "w1: swap is on (/dev/sda2)"),
    (lambda rows: rows[3]["seen"].update(architecture="armv7l"), {}, "w1: the architecture armv7l is not supported"),
    (lambda rows: rows[3]["seen"].update(system="debian 11"), {}, "w1: debian 11 has containerd 1.4"),
    (lambda rows: rows[3]["seen"].update(apt=False), {}, "w1: it has no APT"),
    (lambda rows: rows[3]["seen"].update(mirrors=["http://m cannot be used"]), {}, "w1: http://m cannot be"),
    (lambda rows: rows[0]["seen"].update(cgroup=1), {"version": "1.35.0"}, "a1: it has cgroup v1"),
    (lambda rows: rows[0]["seen"].update(stage="broken", why="no API"), {}, "a1: it is half a node: no API"),
    (lambda rows: rows[1].update(seen=None), {}, "the control planes a2 are not in this play"),
    (
        lambda rows: rows,
        {"config": {"KubeletConfiguration": {"cgroupDriver": "cgroupfs"}}},
        "the cgroup driver cgroupfs for the kubelet, but the container runtime gets systemd",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "settings", "words"), WRONG, ids=[words for _c, _s, words in WRONG])
def test_what_no_cluster_can_be_made_of(change, settings, words):
    rows = fresh()
    change(rows)
    assert any(words in problem for problem in problems(rows, **settings)), problems(rows, **settings)


WRONG_MEMBERS = [
    (lambda rows: rows, {"version": "1.35.0"}, "a1: from 1.33.2 to 1.35.0 is more than one minor: go to the"),
    (lambda rows: rows, {"version": "1.33.1"}, "a1: it runs 1.33.2, and nothing goes back"),
    (lambda rows: rows, {"cgroup_driver": "cgroupfs"}, "a1: its kubelet has the cgroup driver systemd"),
    (lambda rows: rows, {"endpoint": "192.0.2.8:6443"}, "a1: it is a node of the cluster at 192.0.2.9:6443"),
    (lambda rows: rows[2]["seen"].update(ca="sha256:d"), {}, "the hosts are nodes of 2 clusters (a1, a2, w1; a3)"),
    (lambda rows: rows[3].update(role="control_plane"), {}, "w1: it is a worker, and is declared as a control plane"),
    (lambda rows: rows[1]["seen"].update(stage="none"), {}, "a2: the cluster has a node a2, but there is nothing"),
    (lambda rows: rows[3]["seen"]["node"].update(version="1.29.0"), {}, "w1: its kubelet 1.29.0 is more than 3 minors"),
    (lambda rows: [row["seen"].update(stage="none") for row in rows[:3]], {}, "w1 are nodes of a cluster that none"),
    (
        lambda rows: rows[0]["seen"]["cluster"]["nodes"].append({"name": "x", "version": "1.29.0"}),
        {},
        "x, which is a node of the cluster and not in this play",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "settings", "words"), WRONG_MEMBERS, ids=[words for _c, _s, words in WRONG_MEMBERS])
def test_what_does_not_go_with_the_cluster_that_is_there(change, settings, words):
    rows = running()
    change(rows)
    assert any(words in problem for problem in problems(rows, **settings)), problems(rows, **settings)


def test_two_control_planes_are_right_where_etcd_is_elsewhere():
    external = {"ClusterConfiguration": {"etcd": {"external": {"endpoints": ["https://192.0.2.50:2379"]}}}}
    assert problems(fresh()[1:], config=external) == []


def test_swap_may_be_allowed_or_turned_off():
    rows = fresh()
    rows[0]["seen"]["swap"] = ["/dev/sda2"]
    assert problems(rows, swap="allow") == problems(rows, swap="off") == []
