# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.kubernetes import host

ADMIN = "clusters:\n- cluster:\n    server: https://192.0.2.9:6443\n"
MANIFEST = "    image: registry.k8s.io/kube-apiserver:v1.33.2\n"


def node(name, version="v1.33.2"):
    status = {"nodeInfo": {"kubeletVersion": version}, "conditions": [{"type": "Ready", "status": "True"}]}
    return {"metadata": {"name": name, "annotations": {}}, "spec": {}, "status": status}


class Cluster:
    """Programs that answer as those of a control plane do."""

    def __init__(self, ready=True, nodes=("a", "b")):
        self.ready, self.nodes, self.asked = ready, nodes, []

    def __call__(self, command, data=None, timeout=0, check=True):
        self.asked.append(command)
        words = [word for word in command if not word.startswith("-")]
        if command[0] != "kubectl":
            return {"kubeadm": (0, "v1.33.2\n", ""), "kubelet": (0, "Kubernetes v1.33.2\n", "")}.get(
                command[0], (1, "", "")
            )
        if "/readyz" in words:
            return (0, "ok", "") if self.ready else (1, "", "trying\nconnection refused")
        if "nodes" in words:
            return 0, json.dumps({"items": [node(name) for name in self.nodes]}), ""
        if "configmap" in words:
            return 0, json.dumps({"data": {"ClusterConfiguration": "kubernetesVersion: v1.33.2\n"}}), ""
        if "node" in words:
            name = words[words.index("node") + 1]
            return (0, json.dumps(node(name)), "") if name in self.nodes else (1, "", "nodes %s not found" % name)
        return 0, "Client Version: v1.33.2", ""


@pytest.fixture
def look(tmp_path):
    def looked(files, name="a", **how):
        for path, text in files.items():
            target = tmp_path / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        return host.look(host.Host(str(tmp_path), Cluster(**how)), name, "1.33.2")

    return looked


FILES = {host.ADMIN: ADMIN, host.KUBELET: ADMIN, host.APISERVER: MANIFEST}


def test_a_host_with_nothing(look):
    release = 'PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\nVERSION_ID="11"\nVERSION_CODENAME=bullseye\nID=debian\n'
    found = look({"/proc/swaps": "Filename\n/dev/sda2 partition 1 0 -2\n", "/etc/os-release": release})
    assert found["system"] == "debian 11"
    assert (found["stage"], found["swap"], found["cgroup"], found["control_plane"]) == ("none", ["/dev/sda2"], 1, False)


def test_a_control_plane(look):
    found = look(dict(FILES, **{"/var/lib/kubelet/config.yaml": "cgroupDriver: systemd\n"}))
    assert (found["stage"], found["apiserver"], found["server"]) == ("member", "1.33.2", "https://192.0.2.9:6443")
    assert found["node"] == {"name": "a", "version": "1.33.2", "ready": True, "held": False}
    assert found["cluster"]["version"] == "1.33.2" and [n["name"] for n in found["cluster"]["nodes"]] == ["a", "b"]
    assert found["cgroup_driver"] == "systemd" and found["mirrors"] == []


@pytest.mark.parametrize(
    ("files", "how", "words"),
    [
        (FILES, {"ready": False}, "the API does not answer: connection refused"),
        (FILES, {"nodes": ["b", "c"]}, "does not know it as the node a"),
        ({host.APISERVER: MANIFEST}, {}, "no /etc/kubernetes/admin.conf"),
    ],
)
def test_files_alone_make_no_member(look, files, how, words):
    found = look(files, **how)
    assert found["stage"] == "broken" and words in found["why"]


def test_what_we_have_begun_and_not_finished(look):
    files = dict(FILES, **{host.BEGUN: "init\n"})
    assert look(files, ready=False)["stage"] == "unfinished"
    assert look(files, nodes=["a"])["stage"] == "unfinished"  # the last steps of a beginning may be missing
    assert look(files)["stage"] == "member"  # others have joined since
    assert look(dict(FILES, **{host.BEGUN: "join\n"}), nodes=["a"])["stage"] == "member"


def test_the_interface_of_the_default_route():
    table = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
    rows = "eth1\t0002A8C0\t0\t1\t0\t0\t0\t00FFFFFF\neth0\t00000000\t0102A8C0\t3\t0\t0\t0\t00000000\n"
    assert host.interface(table + rows) == "eth0" and host.interface(None) == ""


def test_a_mirror_that_is_gone():
    def run(command, timeout=0, check=True):
        assert command[0] == host.HELPER and command[-2] == "http://m/deb/InRelease"
        return 100, "Err:1 http://m", "E: Failed to fetch http://m  Connection refused\nE: Download Failed"

    assert host.gone(host.Host("/", run), "http://m/deb/") == (
        "http://m/deb/ cannot be used from here: Failed to fetch http://m  Connection refused"
    )
