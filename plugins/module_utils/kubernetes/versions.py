# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of Kubernetes: which follows which, what goes with it, and where its packages are."""

from __future__ import annotations

import re

from ..core.errors import Refused

OLDEST = (1, 22)  # the first that takes v1beta3
V1BETA4 = (1, 31)  # from here on
VALIDATES = (1, 26)  # kubeadm config validate
SUPER_ADMIN = (1, 29)  # admin.conf is no longer above RBAC before init is through
CGROUP_V2 = (1, 35)  # the kubelet refuses cgroup v1 unless told otherwise
WIDE_SKEW = (1, 28)  # kubelets may be three minors behind, before it two
ARCHITECTURES = ("x86_64", "aarch64", "ppc64le", "s390x")  # what control planes and nodes are built for


def parse(text):
    """(1, 33, 2) of "1.33.2" or "v1.33.2". Raises Refused."""
    found = re.fullmatch(r"v?(\d+)\.(\d+)\.(\d+)", str(text).strip())
    if not found:
        raise Refused(
            "kubernetes_version is %r: it must be a whole version such as 1.33.2, since that is what is pinned" % text
        )
    return tuple(int(part) for part in found.groups())


def minor(text):
    """ "1.33" of "1.33.2", which names the repository."""
    return "%d.%d" % parse(text)[:2]


def api(text):
    """The API that kubeadm of this version is configured by."""
    return "kubeadm.k8s.io/" + ("v1beta4" if parse(text)[:2] >= V1BETA4 else "v1beta3")


def validates(text):
    """Whether kubeadm of this version can validate its configuration."""
    return parse(text)[:2] >= VALIDATES


def too_old(text):
    """The reason why a version cannot be had, else None."""
    if parse(text)[:2] < OLDEST:
        return "Kubernetes %s is configured by an API before v1beta3: take %d.%d or later" % ((text,) + OLDEST)
    return None


def step(now, target):
    """The reason why a cluster or a node of version `now` cannot go to `target`, else None."""
    here, there = parse(now), parse(target)
    if there < here:
        return "it runs %s, and nothing goes back to %s: set kubernetes_version to %s or later" % (now, target, now)
    if there[0] != here[0] or there[1] - here[1] > 1:
        return "from %s to %s is more than one minor: go to the newest %d.%d first" % (
            now,
            target,
            here[0],
            here[1] + 1,
        )
    return None


def lag(kubelet, target):
    """The reason why a kubelet of that version is too old for an API server of version `target`, else None."""
    most = 3 if parse(target)[:2] >= WIDE_SKEW else 2
    old, new = parse(kubelet), parse(target)
    if old > new:
        return "its kubelet %s is newer than %s, which no API server takes" % (kubelet, target)
    if new[1] - old[1] > most:
        return "its kubelet %s is more than %d minors behind %s: upgrade that node first" % (kubelet, most, target)
    return None
