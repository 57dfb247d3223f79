# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kubeadm does to a host: begin a cluster, join one, upgrade, renew certificates, and leave nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import time

from ..core.errors import Failure, Refused
from ..core.files import replace
from . import chains, config, host

STATIC = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
LAST_LINES = 8
PAUSE = 1.0
ADVICE = (
    "The next run begins anew with this host; kubeadm's own words, and `journalctl -u kubelet`, tell what to put right"
)


class Member:
    """One host, as the node `name` of a cluster. clock, sleep: for tests."""

    def __init__(self, here, name, socket, timeout=300, clock=time.monotonic, sleep=time.sleep):
        self.host, self.name, self.socket, self.timeout = here, name, socket, timeout
        self.clock, self.sleep = clock, sleep

    def stage(self):
        """none, unfinished, broken or member."""
        return host.membership(self.host, self.name)["stage"]

    def kubeadm(self, *arguments, secrets=()):
        """Run kubeadm; returns what it said. Raises Failure with its last lines, without the secrets."""
        status, out, err = self.host.run(["kubeadm", *arguments], timeout=self.timeout, check=False)
        if status:
            said = "\n".join((err.strip() or out.strip()).splitlines()[-LAST_LINES:])
            for secret in secrets:
                said = said.replace(secret, "(secret)")
            raise Failure("kubeadm %s ended with exit status %d: %s" % (" ".join(arguments[:2]), status, said))
        return out

    def initialise(self, path, ignore):
        """Begin the cluster that the file describes."""
        with self.undertaking("init"):
            self.kubeadm("init", "--config", path, *ignoring(ignore))
            self.until_member()

    def join(self, document, version, ignore):
        """Join the cluster that invited this host; the document holds the invitation, and is on no disk."""
        token = document["discovery"]["bootstrapToken"]["token"]
        secrets = [token, document.get("controlPlane", {}).get("certificateKey") or token]
        with self.undertaking("join"), self.secret_file(json.dumps(document)) as path:
            if config.versions.validates(version):
                self.kubeadm("config", "validate", "--config", path, secrets=secrets)
            self.kubeadm("join", "--config", path, *ignoring(ignore), secrets=secrets)
            self.until_member()

    def upgrade(self, version, leads):
        """Bring this host's part of the cluster to the version; the one that leads, the whole cluster's."""
        if leads:
            self.kubeadm("upgrade", "apply", "v" + version, "--yes")
        else:
            self.kubeadm("upgrade", "node")
        self.until_member()

    def renew(self):
        """Renew the certificates, and have the control plane take them up, one part after the other."""
        self.kubeadm("certs", "renew", "all")
        for name in STATIC:
            for pod in self.crictl("pods", "--namespace", "kube-system", "--name", name, "--quiet").split():
                self.crictl("rmp", "--force", pod)
            self.until_member()

    def crictl(self, *arguments):
        """Ask the container runtime."""
        return self.host.run(["crictl", "--runtime-endpoint", self.socket, *arguments], timeout=self.timeout)[1]

    def reset(self):
        """Make it a host that belongs to no cluster."""
        self.kubeadm("reset", "--force", "--cri-socket", self.socket)
        for save, restore in (("iptables-save", "iptables-restore"), ("ip6tables-save", "ip6tables-restore")):
            good, rules = self.host.ask(save)
            undo = chains.undo(rules) if good else ""
            if undo:
                self.host.run([restore, "--noflush"], data=undo)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.host.path(host.BEGUN))

    @contextlib.contextmanager
    def undertaking(self, what):
        """Note on the host what is being done, so that a run that was interrupted is made up for by the next."""
        stage = self.stage()
        if stage == "broken":
            raise Refused("The host is half a node: %s" % host.membership(self.host, self.name)["why"])
        if stage == "unfinished":
            self.reset()
        note = self.host.path(host.BEGUN)
        os.makedirs(os.path.dirname(note), mode=0o755, exist_ok=True)
        replace(note, what + "\n")
        try:
            yield
        except Failure as failure:
            raise Failure("%s\n%s." % (failure, ADVICE)) from None
        os.unlink(note)

    @contextlib.contextmanager
    def secret_file(self, text):
        """A file that only root reads, in memory, for as long as it is needed."""
        folder = self.host.path("/run/rackwright")
        os.makedirs(folder, mode=0o700, exist_ok=True)
        path = os.path.join(folder, "kubeadm-join.yaml")
        replace(path, text, 0o600)
        try:
            yield path
        finally:
            os.unlink(path)

    def until_member(self):
        """Wait until the API answers and knows this node. Raises Failure with the last reason."""
        end = self.clock() + self.timeout
        while True:
            why = host.incomplete(self.host, self.name, {})
            if not why:
                return
            if self.clock() > end:
                raise Failure("%s is no working node after %d s: %s" % (self.name, self.timeout, why))
            self.sleep(PAUSE)


def ignoring(names):
    """The flag that has kubeadm overlook what its own preflight finds."""
    return ["--ignore-preflight-errors", ",".join(names)] if names else []


def invite(here, ttl, planes):
    """What hosts join this cluster with: a token that lives for `ttl`, the cluster's hash, a key for control planes."""
    member = Member(here, "", "")
    made = {"ca_hash": host.ca_hash(here), "certificate_key": ""}
    if not made["ca_hash"]:
        raise Failure("%s cannot be read here, so that nobody can be invited" % host.CA)
    made["token"] = member.kubeadm("token", "create", "--ttl", ttl, "--description", "Rackwright joins nodes").strip()
    if planes:
        made["certificate_key"] = member.kubeadm("init", "phase", "upload-certs", "--upload-certs").split()[-1]
    return made
