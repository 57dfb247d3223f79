# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.rackwright.platform.plugins.filter.kubernetes_plan import drift, kubernetes_plan

SEEN = {
    "stage": "none", "why": "", "architecture": "x86_64", "swap": [], "cgroup": 2, "cgroup_driver": "", "mirrors": [],
    "system": "debian 12",
    "apt": True, "versions": {"kubeadm": ""}, "images": {}, "expires": None, "config": "", "network": "", "admin": "",
    "server": "", "cluster": None, "node": None,
}  # fmt: skip
GROUPS = {"all": ["cp1", "w1"], "kubernetes_control_plane": ["cp1"], "kubernetes_worker": ["w1"]}
HOSTS = {
    "cp1": {"ansible_host": "192.0.2.1", "_kubernetes_seen": {"host": SEEN}, "kubernetes_labels": {"rack": 7}},
    "w1": {"ansible_host": "w1.example", "kubernetes_node_name": "worker-1", "_kubernetes_seen": {"host": SEEN}},
}


def refused(words, groups=GROUPS, hosts=HOSTS, **settings):
    with pytest.raises(AnsibleFilterError, match=words):
        kubernetes_plan(groups, hosts, dict({"version": "1.33.2"}, **settings))


def test_the_plan_has_the_documents_that_it_takes():
    made = kubernetes_plan(GROUPS, HOSTS, {"version": "1.33.2"})
    assert made["endpoint"] == "192.0.2.1:6443" and made["initialise"] and made["install"] == ["cp1", "w1"]
    assert [document["kind"] for document in made["init"]] == [
        "InitConfiguration",
        "ClusterConfiguration",
        "KubeletConfiguration",
    ]
    assert list(made["joining"]) == ["w1"] and made["joining"]["w1"]["nodeRegistration"]["name"] == "worker-1"
    assert made["nodes"][0] == {"name": "cp1", "labels": {"rack": 7}, "taints": []}


def test_every_problem_is_told_at_once():
    hosts = {"cp1": dict(HOSTS["cp1"], _kubernetes_seen={"host": dict(SEEN, swap=["/dev/sda2"])}), "w1": HOSTS["w1"]}
    groups = dict(GROUPS, kubernetes_worker=["w1", "cp1"])
    refused("cp1 is in the group of the control planes.*; cp1: swap is on", groups, hosts)
    refused("must be a whole version", version="1.33")


def test_another_cluster_that_claims_the_control_plane():
    hosts = dict(HOSTS, other={"kubernetes_control_plane_group": "theirs"})
    groups = dict(GROUPS, theirs=["cp1", "other"], racks=["cp1", "w1"])
    refused("cp1 is claimed as a control plane by the groups kubernetes_control_plane and theirs", groups, hosts)


def test_packages_and_images_are_verified_before_anything_is_done(tmp_path):
    (tmp_path / "kubeadm_1.deb").write_bytes(b"x")
    good = hashlib.sha256(b"x").hexdigest()
    folder = {"source": str(tmp_path)}
    assert (
        kubernetes_plan(GROUPS, HOSTS, dict(folder, version="1.33.2", checksums={"kubeadm_1.deb": good}))["first"]
        == "cp1"
    )
    refused("kubeadm_1.deb has the checksum %s, not 00" % good, checksums={"kubeadm_1.deb": "00"}, **folder)
    (tmp_path / "stray.deb").write_bytes(b"")
    refused("stray.deb is not among kubernetes_checksums", checksums={"kubeadm_1.deb": good}, **folder)
    refused("no .deb files", source=str(tmp_path / "none"))
    refused("kube.tar cannot be read", images={str(tmp_path / "kube.tar"): good})
    refused("network_manifest is /none, which is no file", network="/none")


def test_the_network_and_the_kubeconfig_are_due_when_they_differ(tmp_path):
    manifest, kubeconfig = tmp_path / "network.yaml", tmp_path / "config"
    manifest.write_text("a: 1\n")
    kubeconfig.write_text("admin\n")
    kubeconfig.chmod(0o600)
    sums = {"network": hashlib.sha256(b"a: 1\n").hexdigest(), "admin": hashlib.sha256(b"admin\n").hexdigest()}
    hosts = {"cp1": dict(HOSTS["cp1"], _kubernetes_seen={"host": dict(SEEN, **sums)})}
    groups = {"kubernetes_control_plane": ["cp1"]}
    settings = {"version": "1.33.2", "network": str(manifest), "kubeconfig": str(kubeconfig)}
    made = kubernetes_plan(groups, hosts, settings)
    assert (made["network"], made["kubeconfig"]) == (False, False)
    kubeconfig.chmod(0o644)
    manifest.write_text("a: 2\n")
    made = kubernetes_plan(groups, hosts, settings)
    assert (made["network"], made["kubeconfig"]) == (True, True)


def test_what_a_running_cluster_does_not_take_up_is_told():
    documents = [
        {"kind": "ClusterConfiguration", "kubernetesVersion": "v1.34.0", "networking": {"podSubnet": "10.1.0.0/16"}}
    ]
    text = "kind: ClusterConfiguration\nkubernetesVersion: v1.33.2\nnetworking: {podSubnet: 10.1.0.0/16}\n"
    assert drift(text, documents) == drift("", documents) == []
    assert "another ClusterConfiguration" in drift(text.replace("10.1", "10.2"), documents)[0]
