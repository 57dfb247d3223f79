# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host is for a cluster: read before anything is done to it, and never changed here."""

from __future__ import annotations

import base64
import calendar
import hashlib
import json
import os
import platform
import re
import socket
import tempfile
import time

from ..core import runner
from ..core.errors import Failure
from ..core.files import read

ADMIN, KUBELET = "/etc/kubernetes/admin.conf", "/etc/kubernetes/kubelet.conf"
APISERVER = "/etc/kubernetes/manifests/kube-apiserver.yaml"
CA, SERVING = "/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/apiserver.crt"
CONFIG = "/etc/kubernetes/rackwright/kubeadm.yaml"
NETWORK = "/etc/kubernetes/rackwright/network.yaml"  # the manifest that was applied
BEGUN = "/var/lib/rackwright/kubernetes/begun"  # what is being done to this host, for as long as it is
IMAGES = "/var/lib/rackwright/kubernetes/images.json"
HELD = "rackwright.platform/drained"  # the annotation of a node that is drained for us
PATIENCE = "--request-timeout=15s"
PROGRAMS = {"kubeadm": ["version", "-o", "short"], "kubelet": ["--version"], "kubectl": ["version", "--client"]}
HELPER = "/usr/lib/apt/apt-helper"


class Host:
    """The host's files below `root`, and its programs. run: as core.runner.run."""

    def __init__(self, root="/", run=runner.run):
        self.root, self.run = root, run

    def path(self, name):
        return os.path.join(self.root, name.lstrip("/"))

    def text(self, name):
        """The text of a file, None when there is none."""
        return read(self.path(name))

    def exists(self, name):
        return os.path.exists(self.path(name))

    def ask(self, *command, timeout=60):
        """(whether it went well, what it said). A program that is not there has said nothing."""
        try:
            status, out, err = self.run(list(command), timeout=timeout, check=False)
        except Failure as failure:
            return False, str(failure)
        return status == 0, (out if status == 0 else err or out).strip()

    def kubectl(self, *arguments):
        """Ask the cluster as this host may: as an administrator, or as its kubelet."""
        config = ADMIN if self.exists(ADMIN) else KUBELET
        return self.ask("kubectl", "--kubeconfig", config, PATIENCE, *arguments)


def look(host, node, version="", mirrors=()):
    """What the plan needs to know of the host `node`; mirrors: asked for when packages of `version` are not here."""
    found = {
        "hostname": socket.gethostname(),
        "architecture": platform.machine(),
        "system": system(host.text("/etc/os-release")),
        "swap": swap(host.text("/proc/swaps")),
        "cgroup": 2 if host.exists("/sys/fs/cgroup/cgroup.controllers") else 1,
        "interface": interface(host.text("/proc/net/route")),
        "versions": {name: installed(host, name) for name in PROGRAMS},
        "cgroup_driver": kubelet_driver(host.text("/var/lib/kubelet/config.yaml")),
        "control_plane": host.exists(APISERVER),
        "apiserver": image_version(host.text(APISERVER)),
        "server": server(host.text(ADMIN) or host.text(KUBELET)),
        "admin": digest(host.text(ADMIN)),
        "ca": ca_hash(host),
        "expires": days_left(host),
        "images": json.loads(host.text(IMAGES) or "{}"),
        "config": host.text(CONFIG) or "",
        "network": digest(host.text(NETWORK)),
        "apt": host.exists("/usr/bin/apt-get"),
    }
    found.update(membership(host, node))
    wanting = [name for name in PROGRAMS if found["versions"][name] != version]
    found["mirrors"] = [trouble for trouble in map(lambda url: gone(host, url), mirrors) if trouble] if wanting else []
    return found


def system(text):
    """The distribution and its release, as `debian 12`."""
    said = dict(re.findall(r"^(ID|VERSION_ID)=[\"']?([^\"'\n]*)", text or "", re.MULTILINE))
    return " ".join(said[name] for name in ("ID", "VERSION_ID") if name in said)


def swap(text):
    """The devices and files that are swapped to."""
    return [line.split()[0] for line in (text or "").splitlines()[1:] if line.strip()]


def interface(text):
    """The interface of the default route."""
    rows = [line.split() for line in (text or "").splitlines()[1:]]
    return next((row[0] for row in rows if len(row) > 7 and row[1] == row[7] == "00000000"), "")


def installed(host, name):
    """The version of a program, empty when it is not here."""
    good, said = host.ask(name, *PROGRAMS[name])
    found = re.search(r"v(\d+\.\d+\.\d+)", said) if good else None
    return found.group(1) if found else ""


def kubelet_driver(text):
    """The cgroup driver that the kubelet is configured with, empty when it is not."""
    found = re.search(r"^cgroupDriver: *[\"']?(\w+)", text or "", re.MULTILINE)
    return found.group(1) if found else ""


def image_version(text):
    """The version of the API server that a manifest starts."""
    found = re.search(r"image: *\S*kube-apiserver:v(\d+\.\d+\.\d+)", text or "")
    return found.group(1) if found else ""


def server(text):
    """The address of the API that a kubeconfig names."""
    found = re.search(r"^ *server: *(\S+)", text or "", re.MULTILINE)
    return found.group(1) if found else ""


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def ca_hash(host):
    """The hash of the cluster's key, by which joining nodes know it."""
    good, said = host.ask("openssl", "x509", "-in", CA, "-noout", "-pubkey") if host.exists(CA) else (False, "")
    key = re.search("-+BEGIN PUBLIC KEY-+(.+?)-+END", said, re.DOTALL) if good else None
    return "sha256:" + hashlib.sha256(base64.b64decode(key.group(1))).hexdigest() if key else ""


def days_left(host, now=time.time):
    """Whole days until the certificate of this API server ends, None where there is none."""
    good, said = (
        host.ask("openssl", "x509", "-in", SERVING, "-noout", "-enddate") if host.exists(SERVING) else (False, "")
    )
    end = re.search("notAfter=(.+) GMT", said) if good else None
    if not end:
        return None
    moment = time.strptime(end.group(1), "%b %d %H:%M:%S %Y")
    return int((calendar.timegm(moment) - now()) // 86400)


def membership(host, node):
    """How far the host is: nothing, a member of a cluster, unfinished by us, or broken, and why."""
    begun = (host.text(BEGUN) or "").strip()
    found = {"stage": "none", "why": "", "node": None, "cluster": None}
    if not any(host.exists(path) for path in (ADMIN, KUBELET, APISERVER)):
        return found
    found["why"] = incomplete(host, node, found)
    alone = found["cluster"] is not None and len(found["cluster"]["nodes"]) < 2
    if begun and (found["why"] or (begun == "init" and alone)):
        return dict(found, stage="unfinished", why="%s was interrupted" % begun)
    return dict(found, stage="broken" if found["why"] else "member")


def incomplete(host, node, found):
    """Why the host is no working member of a cluster, empty when it is one; what it knows goes into `found`."""
    if host.exists(APISERVER) and not host.exists(ADMIN):
        return "it has an API server, but no %s" % ADMIN
    good, said = host.kubectl("get", "--raw", "/readyz")
    if not good:
        return "the API does not answer: %s" % last(said)
    good, said = host.kubectl("get", "node", node, "-o", "json")
    if not good:
        return "the cluster does not know it as the node %s: %s" % (node, last(said))
    found["node"] = row(json.loads(said))
    if host.exists(ADMIN):
        found["cluster"] = cluster(host)
    return ""


def cluster(host):
    """The cluster as its administrator sees it: its version and its nodes."""
    good, said = host.kubectl("get", "nodes", "-o", "json")
    nodes = [row(item) for item in json.loads(said)["items"]] if good else []
    good, said = host.kubectl("-n", "kube-system", "get", "configmap", "kubeadm-config", "-o", "json")
    settings = json.loads(said)["data"].get("ClusterConfiguration", "") if good else ""
    version = re.search(r"^kubernetesVersion: *v?(\S+)", settings, re.MULTILINE)
    return {"version": version.group(1) if version else "", "nodes": nodes}


def row(item):
    """A node of the API as a row."""
    conditions = {entry["type"]: entry["status"] for entry in item["status"].get("conditions", [])}
    return {
        "name": item["metadata"]["name"],
        "version": item["status"]["nodeInfo"]["kubeletVersion"].lstrip("v"),
        "ready": conditions.get("Ready") == "True",
        "held": HELD in item["metadata"].get("annotations", {}),
    }


def gone(host, url):
    """The reason why a repository cannot be used from this host, else None. Asked by APT's own means, and proxy."""
    options = ["-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=15", "-o", "Acquire::https::Timeout=15"]
    with tempfile.TemporaryDirectory(prefix="rackwright-") as folder:
        index = os.path.join(folder, "InRelease")
        good, said = host.ask(HELPER, *options, "download-file", url.rstrip("/") + "/InRelease", index)
    reason = re.search("^E: (.+)$", said, re.MULTILINE)
    return None if good else "%s cannot be used from here: %s" % (url, reason.group(1) if reason else last(said))


def last(said):
    """The last line of what a program said."""
    return (said.splitlines() or ["it said nothing"])[-1]
