# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kubeadm is configured by, from one dictionary: {kind: fields}. Pure."""

from __future__ import annotations

from . import versions

KUBELET, PROXY = "kubelet.config.k8s.io/v1beta1", "kubeproxy.config.k8s.io/v1alpha1"
KINDS = (
    "InitConfiguration",
    "ClusterConfiguration",
    "JoinConfiguration",
    "KubeletConfiguration",
    "KubeProxyConfiguration",
)
ARGUMENTS = ("extraArgs", "kubeletExtraArgs")
NEWER = {  # fields that v1beta3 does not have, by kind
    "ClusterConfiguration": ("encryptionAlgorithm", "certificateValidityPeriod", "caCertificateValidityPeriod"),
    "InitConfiguration": ("timeouts", "dryRun"),
    "JoinConfiguration": ("timeouts", "dryRun"),
}
OURS = {  # what the role tells, where it has an option for it
    "ClusterConfiguration": {"kubernetesVersion": "kubernetes_version", "controlPlaneEndpoint": "kubernetes_endpoint"},
    "InitConfiguration": {
        "bootstrapTokens": "nothing, tokens are made when they are needed",
        "certificateKey": "nothing",
    },
    "JoinConfiguration": {"discovery": "nothing, tokens are made when they are needed", "controlPlane": "the groups"},
}


def problems(config, version):
    """What is wrong with the dictionary, one sentence each."""
    found = []
    for kind, fields in config.items():
        if kind not in KINDS:
            found.append("kubernetes_config has %s: it takes %s" % (kind, ", ".join(KINDS)))
            continue
        for name, by in OURS.get(kind, {}).items():
            if name in fields:
                found.append("kubernetes_config.%s.%s is set by %s" % (kind, name, by))
        if versions.api(version).endswith("v1beta3"):
            for name in NEWER.get(kind, ()):
                if name in fields:
                    found.append("kubernetes_config.%s.%s takes 1.31 or later, not %s" % (kind, name, version))
    return found


def merged(over, under):
    """`over` laid over `under`, dictionaries within dictionaries too."""
    done = dict(under)
    for name, value in over.items():
        inner = done.get(name)
        if name in ARGUMENTS and inner:
            done[name] = dict(mapped(inner), **mapped(value))
        else:
            done[name] = merged(value, inner) if isinstance(value, dict) and isinstance(inner, dict) else value
    return done


def mapped(arguments):
    """Arguments of a component as a dictionary, in whichever form they were given."""
    if isinstance(arguments, dict):
        return dict(arguments)
    return {argument["name"]: argument["value"] for argument in arguments}


def spelled(node, listed):
    """The fields with arguments in the form that the API takes, a list (v1beta4) or a dictionary, all as text."""
    if isinstance(node, list):
        return [spelled(item, listed) for item in node]
    if not isinstance(node, dict):
        return node
    done = {}
    for name, value in node.items():
        if name not in ARGUMENTS:
            done[name] = spelled(value, listed)
        elif listed:
            pairs = mapped(value).items() if isinstance(value, dict) else [(a["name"], a["value"]) for a in value]
            done[name] = [{"name": argument, "value": text(setting)} for argument, setting in pairs]
        else:
            done[name] = {argument: text(setting) for argument, setting in mapped(value).items()}
    return done


def text(value):
    """A value as a component's command line has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def document(kind, fields, version):
    """One document of the configuration, its fields in the API of that version."""
    group = {"KubeletConfiguration": KUBELET, "KubeProxyConfiguration": PROXY}.get(kind, versions.api(version))
    listed = group.endswith("v1beta4")
    done = spelled(fields, listed) if group.startswith("kubeadm") else fields
    return dict({"apiVersion": group, "kind": kind}, **done)


def registration(node, socket):
    """How a node registers itself."""
    found = {"name": node["node"], "criSocket": socket}
    if node["address"]:
        found["kubeletExtraArgs"] = {"node-ip": node["address"]}
    return found


def local(node, port):
    """Where a control plane's API server is reached."""
    return {"localAPIEndpoint": dict({"bindPort": port}, **_address(node))}


def _address(node):
    return {"advertiseAddress": node["address"]} if node["address"] else {}


def init(config, node, settings):
    """The documents that the first control plane starts the cluster with.

    settings: version, endpoint, socket, port, cgroup_driver, swap, repository (of images).
    """
    version = settings["version"]
    cluster = {"kubernetesVersion": "v" + version, "imageRepository": settings["repository"]}
    if settings["endpoint"]:
        cluster["controlPlaneEndpoint"] = settings["endpoint"]
    kubelet = {"cgroupDriver": settings["cgroup_driver"]}
    if settings["swap"] == "allow":
        kubelet["failSwapOn"] = False
    ours = {
        "InitConfiguration": dict(
            nodeRegistration=registration(node, settings["socket"]), **local(node, settings["port"])
        ),
        "ClusterConfiguration": cluster,
        "KubeletConfiguration": kubelet,
    }
    if "KubeProxyConfiguration" in config:
        ours["KubeProxyConfiguration"] = {}
    return [document(kind, merged(config.get(kind, {}), fields), version) for kind, fields in ours.items()]


def join(config, node, settings):
    """The document that a node joins with, but for the invitation."""
    fields = {"nodeRegistration": registration(node, settings["socket"])}
    if node["role"] == "control_plane":
        fields["controlPlane"] = local(node, settings["port"])
    return document("JoinConfiguration", merged(config.get("JoinConfiguration", {}), fields), settings["version"])


def invited(document, invitation, endpoint):
    """The joining document with the invitation in it, which is secret."""
    done = dict(document)
    done["discovery"] = {
        "bootstrapToken": {
            "apiServerEndpoint": endpoint,
            "token": invitation["token"],
            "caCertHashes": [invitation["ca_hash"]],
        }
    }
    if "controlPlane" in done:
        done["controlPlane"] = dict(done["controlPlane"], certificateKey=invitation["certificate_key"])
    return done
