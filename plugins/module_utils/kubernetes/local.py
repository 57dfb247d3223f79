# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the control node: packages, images, the network's manifest, and the kubeconfig that is brought there."""

from __future__ import annotations

import os

from ..core import files
from . import images
from .host import Host


def problems(made, settings):
    """What is wrong with the files that the plan needs, one sentence each."""
    found = []
    if made["install"] or made["fetch"]:
        found += packages(settings["source"], settings["checksums"])
    if made["images"]:
        found += images.unlike(Host(), settings["images"])
    if settings["network"] and not os.path.isfile(settings["network"]):
        found.append("kubernetes_network_manifest is %s, which is no file on the control node" % settings["network"])
    return found


def packages(source, checksums):
    """What is wrong with a folder of packages. Once there is one checksum, each file must have its own."""
    if not source.startswith("/"):
        return []
    there = sorted(name for name in (os.listdir(source) if os.path.isdir(source) else []) if name.endswith(".deb"))
    if not there:
        return ["kubernetes_source is %s, where there are no .deb files on the control node" % source]
    if not checksums:
        return []
    strays = ["%s is not among kubernetes_checksums" % name for name in there if name not in checksums]
    wanted = {os.path.join(source, name): digest for name, digest in checksums.items()}
    return strays + list(images.unlike(Host(), wanted))


def sha256(path):
    """The checksum of a file, empty when there is none."""
    return files.sha256(path) if os.path.isfile(path) else ""


def same(path, digest):
    """Whether the file is the one of that checksum, and nobody else reads it."""
    path = os.path.expanduser(path)
    return bool(digest) and sha256(path) == digest and not os.stat(path).st_mode & 0o077
