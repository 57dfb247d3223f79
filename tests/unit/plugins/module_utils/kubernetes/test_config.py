# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.kubernetes import config

NODE = {"name": "a", "node": "a", "role": "control_plane", "address": "192.0.2.1"}
SETTINGS = {
    "version": "1.33.2",
    "endpoint": "192.0.2.9:6443",
    "socket": "unix:///run/containerd/containerd.sock",
    "port": 6443,
    "cgroup_driver": "systemd",
    "swap": "refuse",
    "repository": "registry.k8s.io",
}


def begin(given, **changes):
    return {document["kind"]: document for document in config.init(given, NODE, dict(SETTINGS, **changes))}


def test_the_beginning_of_a_cluster():
    made = begin({})
    assert made["ClusterConfiguration"] == {
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "ClusterConfiguration",
        "kubernetesVersion": "v1.33.2",
        "imageRepository": "registry.k8s.io",
        "controlPlaneEndpoint": "192.0.2.9:6443",
    }
    assert made["InitConfiguration"]["localAPIEndpoint"] == {"bindPort": 6443, "advertiseAddress": "192.0.2.1"}
    assert made["InitConfiguration"]["nodeRegistration"]["kubeletExtraArgs"] == [
        {"name": "node-ip", "value": "192.0.2.1"}
    ]
    assert made["KubeletConfiguration"]["cgroupDriver"] == "systemd"
    assert "failSwapOn" not in made["KubeletConfiguration"]
    assert "KubeProxyConfiguration" not in made
    assert begin({}, swap="allow")["KubeletConfiguration"]["failSwapOn"] is False


GIVEN = {
    "ClusterConfiguration": {
        "apiServer": {"extraArgs": {"v": 4, "profiling": False}},
        "etcd": {"local": {"dataDir": "/e"}},
    },
    "InitConfiguration": {"nodeRegistration": {"kubeletExtraArgs": [{"name": "v", "value": "2"}]}},
    "KubeProxyConfiguration": {"mode": "ipvs"},
}


def test_arguments_are_a_list_in_v1beta4():
    made = begin(GIVEN)
    pairs = [{"name": "v", "value": "4"}, {"name": "profiling", "value": "false"}]
    assert made["ClusterConfiguration"]["apiServer"]["extraArgs"] == pairs
    registration = made["InitConfiguration"]["nodeRegistration"]
    assert registration["kubeletExtraArgs"] == [{"name": "node-ip", "value": "192.0.2.1"}, {"name": "v", "value": "2"}]
    assert registration["criSocket"] == SETTINGS["socket"]
    assert made["KubeProxyConfiguration"] == {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "ipvs",
    }


def test_arguments_are_a_dictionary_in_v1beta3():
    made = begin(GIVEN, version="1.30.1")
    assert made["ClusterConfiguration"]["apiVersion"] == "kubeadm.k8s.io/v1beta3"
    assert made["ClusterConfiguration"]["apiServer"]["extraArgs"] == {"v": "4", "profiling": "false"}
    assert made["InitConfiguration"]["nodeRegistration"]["kubeletExtraArgs"] == {"node-ip": "192.0.2.1", "v": "2"}


def test_an_argument_given_twice_stays_twice():
    twice = [{"name": "x", "value": 1}, {"name": "x", "value": 2}]
    made = begin({"ClusterConfiguration": {"scheduler": {"extraArgs": twice}}})
    assert [pair["value"] for pair in made["ClusterConfiguration"]["scheduler"]["extraArgs"]] == ["1", "2"]


def test_joining():
    document = config.join({"JoinConfiguration": {"patches": {"directory": "/p"}}}, NODE, SETTINGS)
    assert document["controlPlane"]["localAPIEndpoint"]["advertiseAddress"] == "192.0.2.1"
    assert document["patches"] == {"directory": "/p"} and "discovery" not in document
    invitation = {"token": "a.b", "ca_hash": "sha256:c", "certificate_key": "k"}
    done = config.invited(document, invitation, "192.0.2.9:6443")
    assert done["controlPlane"]["certificateKey"] == "k" and "certificateKey" not in document["controlPlane"]
    assert done["discovery"]["bootstrapToken"] == {
        "apiServerEndpoint": "192.0.2.9:6443",
        "token": "a.b",
        "caCertHashes": ["sha256:c"],
    }
    worker = config.join({}, dict(NODE, role="worker", address=""), SETTINGS)
    assert "controlPlane" not in worker and "kubeletExtraArgs" not in worker["nodeRegistration"]


@pytest.mark.parametrize(
    ("given", "version", "words"),
    [
        ({"Cluster": {}}, "1.33.2", "kubernetes_config has Cluster"),
        ({"ClusterConfiguration": {"kubernetesVersion": "v1"}}, "1.33.2", "is set by kubernetes_version"),
        ({"JoinConfiguration": {"discovery": {}}}, "1.33.2", "tokens are made when they are needed"),
        ({"ClusterConfiguration": {"encryptionAlgorithm": "ECDSA-P256"}}, "1.30.1", "takes 1.31 or later"),
        ({"ClusterConfiguration": {"encryptionAlgorithm": "ECDSA-P256"}}, "1.31.1", None),
    ],
)
def test_what_the_dictionary_must_not_have(given, version, words):
    found = config.problems(given, version)
    assert found == [] if words is None else words in found[0]
