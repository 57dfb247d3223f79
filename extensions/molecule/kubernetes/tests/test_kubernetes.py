# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host with the role kubernetes can do. Kubernetes is a fake here, containerd and keepalived are real."""

from __future__ import annotations

import json

import pytest
import yaml

VERSION = "1.33.2"


@pytest.fixture
def name(host):
    return host.check_output("hostname")


@pytest.fixture
def plane(name):
    if not name.startswith("cp"):
        pytest.skip("a worker")


def kubectl(host, *words):
    return host.check_output("kubectl --kubeconfig /etc/kubernetes/admin.conf " + " ".join(words))


def calls(host):
    """How the programs were called."""
    return host.file("/var/log/fake-kubernetes").content_string.splitlines()


def test_all_nodes_are_of_the_new_version(host, plane):
    nodes = {item["metadata"]["name"]: item for item in json.loads(kubectl(host, "get nodes -o json"))["items"]}
    assert sorted(nodes) == ["cp1", "cp2", "cp3", "w1"]
    assert {item["status"]["nodeInfo"]["kubeletVersion"] for item in nodes.values()} == {"v" + VERSION}
    assert not [name for name, item in nodes.items() if item["spec"].get("unschedulable")]
    for item in nodes.values():
        assert item["metadata"]["labels"]["example.org/row"] == "b"
        assert "example.org/rack" not in item["metadata"]["labels"]
        assert "rackwright.platform/drained" not in item["metadata"]["annotations"]
    assert [taint["key"] for taint in nodes["w1"]["spec"]["taints"]] == ["example.org/gpu"]
    assert [taint["key"] for taint in nodes["cp1"]["spec"]["taints"]] == ["node-role.kubernetes.io/control-plane"]


def test_control_planes_were_upgraded_one_after_the_other(host, name, plane):
    applied = [line for line in calls(host) if line.startswith("kubeadm upgrade")]
    if name == "cp1":  # the first was interrupted
        assert applied == ["kubeadm upgrade apply v%s --yes" % VERSION] * 2
    else:
        assert applied == ["kubeadm upgrade node"]
    assert "kube-apiserver:v" + VERSION in host.file("/etc/kubernetes/manifests/kube-apiserver.yaml").content_string


def test_nodes_were_drained_in_the_order_of_the_upgrade(host, name):
    drained = [line.split()[4] for line in calls(host) if line.startswith("kubectl") and " drain " in line]
    if name == "cp1":
        assert drained == ["w1", "cp1", "cp2", "cp3", "w1"]  # the first for its loss
    else:
        assert drained == []


def test_each_node_was_back_before_the_next_one_left(host, name):
    if name != "cp1":
        pytest.skip("the first control plane drains them all")
    words = [line.split() for line in calls(host) if line.startswith("kubectl")]
    moves = [(verb, line[line.index(verb) + 1]) for line in words for verb in ("drain", "uncordon") if verb in line]
    assert moves.pop(0) == ("drain", "w1")  # for its loss
    assert moves == [(verb, node) for node in ("cp1", "cp2", "cp3", "w1") for verb in ("drain", "uncordon")]


def test_the_worker_was_upgraded_as_one(host, name):
    if name != "w1":
        pytest.skip("a control plane")
    assert [line for line in calls(host) if line.startswith("kubeadm upgrade")] == ["kubeadm upgrade node"]
    assert not host.file("/etc/kubernetes/manifests/kube-apiserver.yaml").exists
    assert host.check_output("kubelet --version") == "Kubernetes v" + VERSION
    assert host.service("kubelet").is_running


def test_certificates_that_ended_soon_were_renewed(host, name, plane):
    renewed = [line for line in calls(host) if line == "kubeadm certs renew all"]
    assert len(renewed) == (1 if name == "cp2" else 0)
    assert host.run("openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -checkend 8640000").rc == 0
    assert host.run("curl --fail --insecure https://127.0.0.1:6443/readyz").rc == 0


def test_what_was_interrupted_was_undone_first(host, name):
    asked = [
        line.split()[1] for line in calls(host) if line.startswith(("kubeadm join", "kubeadm reset", "kubeadm init --"))
    ]
    expected = {"cp1": ["init"], "w1": ["join", "reset", "join", "reset", "join"]}
    # the log of the worker outlives its packages
    assert asked == expected.get(name, ["join"])


def test_no_secret_is_on_a_command_line_or_a_disk(host, name, plane):
    stored = json.loads(host.file("/var/lib/etcd/fake.json").content_string) if name == "cp1" else {}
    tokens = [path.split("/")[2] for path in stored if path.startswith(("/tokens/", "/certificates/"))]
    assert len(tokens) == (4 if name == "cp1" else 0)
    for token in tokens:
        assert token not in "\n".join(calls(host))
    assert not host.file("/run/rackwright/kubeadm-join.yaml").exists


def test_the_invitations_live_for_a_short_while(host, name, plane):
    made = [line for line in calls(host) if line.startswith("kubeadm token create")]
    assert len(made) == (3 if name == "cp1" else 0)
    assert all("--ttl 15m" in line for line in made)


def test_the_configuration_is_of_the_right_api(host, name):
    if name != "cp1":
        pytest.skip("the cluster began elsewhere")
    documents = list(yaml.safe_load_all(host.file("/etc/kubernetes/rackwright/kubeadm.yaml").content_string))
    cluster = next(document for document in documents if document["kind"] == "ClusterConfiguration")
    assert cluster["apiVersion"] == "kubeadm.k8s.io/v1beta4"
    assert cluster["apiServer"]["extraArgs"] == [{"name": "audit-log-path", "value": "-"}]
    assert host.file("/etc/kubernetes/rackwright").mode == 0o700


def test_the_runtime_is_containerd_with_the_cgroup_driver(host):
    assert host.service("containerd").is_running and host.service("containerd").is_enabled
    said = host.check_output("containerd config dump")
    assert "SystemdCgroup = true" in said and 'sandbox_image = "registry.k8s.io/pause:3.10"' in said
    assert "example.org/pause:1" in host.check_output("ctr --namespace k8s.io images ls --quiet")


def test_the_kernel_forwards(host):
    assert host.sysctl("net.ipv4.ip_forward") == 1
    assert "net.ipv4.ip_forward = 1" in host.file("/etc/sysctl.d/90-rackwright-kubernetes.conf").content_string


def test_the_packages_stay_what_they_are(host):
    assert set(host.check_output("apt-mark showhold").split()) == {"kubeadm", "kubectl", "kubelet"}


def test_one_control_plane_has_the_address(host, plane):
    assert host.service("keepalived").is_running and host.service("keepalived").is_enabled
    server = yaml.safe_load(host.file("/etc/kubernetes/admin.conf").content_string)["clusters"][0]["cluster"]["server"]
    assert host.run("curl --fail --insecure %s/readyz" % server).rc == 0


def test_the_network_is_the_last_one(host, plane):
    said = host.check_output("curl --silent --insecure https://127.0.0.1:6443/applied/network")
    assert json.loads(said)["data"] == {"turn": "2"}
