# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What roles cannot work with: refused in their check step, by host and reason, with nothing changed.

A case is a run of the role in one playbook, against this machine. What a running cluster must not be is tried on the
filter that the check step of the role kubernetes asks, with what was seen of its hosts; and on hosts in molecule.
"""

from __future__ import annotations

import pathlib
import sys

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.rackwright.platform.plugins.filter.kubernetes_plan import kubernetes_plan
from integration.play import ROOT, play

GONE = "http://127.0.0.1:9/debian"
REFUSED = "Connection refused"
ZEROS = 64 * "0"
HERE = "{{ playbook_dir }}"
INVENTORY = {
    "node1": {
        "ansible_connection": "local",
        "ansible_host": "127.0.0.1",
        "ansible_python_interpreter": sys.executable,
        "zookeeper_id": 1,
    },
    "node2": {"ansible_host": "192.0.2.2", "zookeeper_id": 2},
    "node3": {"ansible_host": "192.0.2.3", "mesos_master_group": "theirs"},
}
GROUPS = {"pair": ["node1", "node2"], "alone": ["node1"], "ours": ["node2"], "theirs": ["node2", "node3"]}
ALONE = {
    "zookeeper": {"zookeeper_group": "alone"},
    "mesos": {"mesos_master_group": "alone", "mesos_zk": "zk://192.0.2.9:2181/mesos"},
    "marathon": {"marathon_group": "alone", "marathon_master": "zk://192.0.2.9:2181/mesos"},
    "podman": {},
    "internal_dns": {},
}
SOURCES = sorted(ALONE)
RKT = {"rkt_source": HERE, "rkt_archive": "rkt.tar.gz", "rkt_checksum": ZEROS}

# (what the issue calls it, role, variables, words of the message)
PLAYED = [
    ("even", "zookeeper", {"zookeeper_group": "pair"}, ["an ensemble of 2", "node1", "node2"]),
    ("even", "mesos", {"mesos_master_group": "pair"}, ["2 masters (node1, node2) stand no more losses than 1"]),
    (
        "claimed",
        "mesos",
        {"mesos_master_group": "ours"},
        ["node2 is claimed as a master by the groups ours and theirs"],
    ),
    ("architecture", "mesos", ALONE["mesos"], ["node1 cannot run Mesos", "riscv64"]),
    ("architecture", "rkt", RKT, ["node1 cannot have rkt", "x86_64", "riscv64"]),
    ("checksum", "rkt", RKT, ["rkt.tar.gz: its SHA-256 is", "not " + ZEROS]),
    ("mirror", "rkt", dict(RKT, rkt_source=GONE), [GONE + "/rkt.tar.gz cannot be had", REFUSED]),
]
for name in SOURCES:
    common = dict(ALONE[name], **{name + "_repository_url": GONE})
    sums = {name + "_source": HERE, name + "_checksums": {"tool_1_all.deb": ZEROS}}
    PLAYED.append(("mirror", name, dict(common, **{name + "_source": "repository"}), ["node1 cannot", GONE, REFUSED]))
    PLAYED.append(("checksum", name, dict(common, **sums), ["node1 cannot", "do not fit them: tool_1_all.deb"]))
IDS = ["%s-%s" % case[:2] for case in PLAYED]
LOOKS = "assert fail setup stat find uri command getent debug set_fact validate_argument_spec".split()
OUR_LOOKS = "zookeeper_info rkt_release resolver".split()


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """All cases in one playbook."""
    folder = tmp_path_factory.mktemp("bad")
    for name in ("tool_1_all.deb", "rkt.tar.gz"):
        (folder / name).write_text("of somebody")
    hosts = folder / "hosts.yml"
    groups = {group: {"hosts": dict.fromkeys(names)} for group, names in GROUPS.items()}
    hosts.write_text(yaml.safe_dump({"all": {"hosts": INVENTORY, "children": groups}}))
    tasks = [task for number, case in enumerate(PLAYED) for task in attempt(number, *case[:3], folder=folder)]
    return play([{"hosts": "node1", "gather_facts": False, "tasks": tasks}], args=["-i", str(hosts)], fails=None)


def attempt(number, kind, role, variables, folder):
    """The tasks of a case: facts of a Debian 12 of some architecture, the role, and what it is refused by."""
    values = yaml.safe_load(yaml.safe_dump(variables).replace(HERE, str(folder)))
    facts = {"distribution": "Debian", "distribution_major_version": "12", "distribution_release": "bookworm"}
    facts.update(os_family="Debian", architecture="riscv64" if kind == "architecture" else "x86_64")
    known = dict({"ansible_" + name: value for name, value in facts.items()}, cacheable=True)
    run = {"name": "role", "ansible.builtin.include_role": {"name": "rackwright.platform." + role}, "vars": values}
    told = {"name": "case %d" % number, "ansible.builtin.debug": {"msg": "{{ ansible_failed_result.msg }}"}}
    return [{"name": "facts", "ansible.builtin.set_fact": known}, {"name": "try", "block": [run], "rescue": [told]}]


@pytest.mark.parametrize("number", range(len(PLAYED)), ids=IDS)
def test_a_role_refuses_by_host_and_reason(played, number):
    message = played["case %d" % number]["msg"]
    for words in PLAYED[number][3]:
        assert words in message, message


def test_it_is_refused_before_anything_is_done(played):
    done = {line["action"].rpartition(".")[2] for line in played.lines if line["status"] in ("ok", "failed")}
    assert done <= {*LOOKS, *OUR_LOOKS, "include_role", "include_tasks"}, done
    assert not played.changed


# What the check step of the role kubernetes has seen

NODE = {"name": "node1", "version": "1.32.1", "ready": True, "held": False}
SEEN = {
    "stage": "none", "why": "", "architecture": "x86_64", "swap": [], "cgroup": 2, "cgroup_driver": "", "mirrors": [],
    "system": "debian 12",
    "apt": True, "versions": {"kubeadm": ""}, "images": {}, "expires": None, "config": "", "network": "", "admin": "",
    "server": "", "cluster": None, "node": None, "control_plane": False, "apiserver": "", "ca": "",
}  # fmt: skip
MEMBER = dict(
    SEEN, stage="member", control_plane=True, node=NODE, apiserver="1.32.1", server="https://192.0.2.1:6443",
    cluster={"version": "1.32.1", "nodes": [NODE]}, cgroup_driver="systemd",
)  # fmt: skip
SEEN_CASES = [
    ("even", ["node1", "node2"], SEEN, {"endpoint": "192.0.2.9:6443"}, "2 control planes (node1, node2) stand no more"),
    ("claimed", ["node1"], SEEN, {}, "node1 is claimed as a control plane by the groups ours and theirs: leave"),
    ("minor", ["node1"], MEMBER, {"version": "1.34.0"}, "node1: from 1.32.1 to 1.34.0 is more than one minor"),
    ("back", ["node1"], MEMBER, {"version": "1.31.9"}, "node1: it runs 1.32.1, and nothing goes back to 1.31.9"),
    ("swap", ["node1"], dict(SEEN, swap=["/dev/sda2"]), {}, "node1: swap is on (/dev/sda2): turn it off, or set"),
    ("driver", ["node1"], MEMBER, {"cgroup_driver": "cgroupfs"}, "node1: its kubelet has the cgroup driver systemd"),
    (
        "driver", ["node1"], SEEN, {"config": {"KubeletConfiguration": {"cgroupDriver": "cgroupfs"}}},
        "has the cgroup driver cgroupfs for the kubelet, but the container runtime gets systemd",
    ),
    ("checksum", ["node1"], SEEN, {"checksums": {"tool_1_all.deb": ZEROS}}, "tool_1_all.deb has the checksum"),
    ("mirror", ["node1"], dict(SEEN, mirrors=["http://x/ cannot be used: refused"]), {}, "node1: http://x/ can"),
    ("architecture", ["node1"], dict(SEEN, architecture="riscv64"), {}, "node1: the architecture riscv64 is not supp"),
]  # fmt: skip


@pytest.mark.parametrize("case", SEEN_CASES, ids=[case[0] for case in SEEN_CASES])
def test_kubernetes_refuses_by_host_and_reason(case, tmp_path):
    kind, control, seen, settings, words = case
    (tmp_path / "tool_1_all.deb").write_text("of somebody")
    hosts = {name: {"ansible_host": "192.0.2.%s" % name[-1], "_kubernetes_seen": {"host": seen}} for name in INVENTORY}
    groups = {"ours": control}
    if kind == "claimed":
        groups["theirs"] = ["node1", "node3"]
        hosts["node3"]["kubernetes_control_plane_group"] = "theirs"
    given = dict({"version": "1.33.2", "control_plane_group": "ours", "source": str(tmp_path)}, **settings)
    with pytest.raises(AnsibleFilterError) as caught:
        kubernetes_plan(groups, hosts, given)
    assert words in str(caught.value)


@pytest.mark.parametrize("role", ["kubernetes", "mesos", "zookeeper", "rkt", *SOURCES])
def test_what_is_refused_comes_first(role):
    """Every role looks before its first step: the check is a file of its own, and imported first."""
    first = yaml.safe_load(pathlib.Path(ROOT, "roles", role, "tasks", "main.yml").read_text(encoding="utf-8"))[0]
    assert first["ansible.builtin.import_tasks"] == "check.yml"
