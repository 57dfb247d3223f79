# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image is made from, as a hash: a build's folder, an archive, a tar. Reads files, talks to nobody."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import tarfile

from ..core.errors import Failure
from ..core.lib import need

PIECE = 1024 * 1024  # bytes read at once
PLATFORM = re.compile(r"[a-z0-9]+/[a-z0-9_]+(/[a-z0-9]+)?\Z")
SAME = {"x86_64": "amd64", "aarch64": "arm64", "arm64/v8": "arm64", "arm": "arm/v7"}  # spellings of one architecture
HASHED = ("dockerfile", "args", "target", "labels", "changes", "platform", "_owner")


def content(row):
    """The hash of what `row` (of source build or import) is made from. Raises Failure."""
    options = {name: row[name] for name in HASHED if row.get(name)}
    total = hashlib.sha256(json.dumps([row["source"], options], sort_keys=True).encode("utf-8"))
    if row["source"] == "build":
        for path in files(row["path"], row.get("dockerfile")):
            add(total, row["path"], path)
    else:
        _add_file(total, _archive(row))
    return "sha256:" + total.hexdigest()


def files(folder, dockerfile=None):
    """The paths within a build's folder that the engine is sent, in order: without what .dockerignore leaves out."""
    if not os.path.isdir(folder):
        raise Failure("%s is not a folder on this machine; give the folder that holds the Dockerfile" % folder)
    recipe = dockerfile or "Dockerfile"
    if not os.path.isfile(os.path.join(folder, recipe)):
        raise Failure("%s holds no %s; give its name within the folder as dockerfile" % (folder, recipe))
    engine = need("docker.utils.build", "docker", wanted_for="building images")
    try:
        with open(os.path.join(folder, ".dockerignore"), encoding="utf-8") as source:
            lines = [line.strip() for line in source]
    except FileNotFoundError:
        lines = []
    patterns = [line for line in lines if line and not line.startswith("#")]
    return sorted(engine.exclude_paths(folder, patterns, dockerfile=recipe))


def add(total, folder, path):
    """Add one file to a hash: its name, its kind and mode, what is in it. Times and owners do not count."""
    whole = os.path.join(folder, path)
    try:
        found = os.lstat(whole)
        kind = stat.S_IFMT(found.st_mode)
        total.update(("\0%s\0%o\0%o\0" % (path, kind, found.st_mode & 0o777)).encode("utf-8", "surrogateescape"))
        if stat.S_ISLNK(found.st_mode):
            total.update(os.readlink(whole).encode("utf-8", "surrogateescape"))
        elif stat.S_ISREG(found.st_mode):
            total.update(b"%d\0" % found.st_size)
            _add_file(total, whole)
    except OSError as error:
        raise Failure("%s cannot be read: %s" % (whole, error.strerror)) from None


def _add_file(total, path):
    with open(path, "rb") as source:
        for piece in iter(lambda: source.read(PIECE), b""):
            total.update(piece)


def _archive(row):
    if not os.path.isfile(row["path"]):
        raise Failure("%s is not a file on this machine; give the path of the tar or archive" % row["path"])
    return row["path"]


def archived(row):
    """The ids that an archive of `docker save` gives the image `row["name"]`, and the names it holds. Raises Failure.

    An engine knows an image by the hash of its configuration, or of its manifest: both are returned.
    """
    path = _archive(row)
    try:
        with tarfile.open(path) as archive:
            manifests = json.loads(archive.extractfile("manifest.json").read().decode("utf-8"))
            names = [name for manifest in manifests for name in manifest.get("RepoTags") or ()]
            holding = [one for one in manifests if row["name"] in (one.get("RepoTags") or ())]
            if not holding and len(manifests) == 1:
                holding = manifests
            ids = {"sha256:" + one["Config"].split("/")[-1].replace(".json", "") for one in holding}
            if "index.json" in archive.getnames():
                index = json.loads(archive.extractfile("index.json").read().decode("utf-8"))
                ids |= {one["digest"] for one in index["manifests"]}
    except (OSError, tarfile.TarError, KeyError, ValueError, AttributeError, TypeError) as error:
        raise Failure(
            "%s is not an archive of `docker save` (%s); a file system's tar is imported" % (path, error)
        ) from None
    if not holding:
        raise Failure(
            "the archive %s holds %s, not %s; give that name" % (path, " ".join(names) or "no names", row["name"])
        )
    return ids, names


def platform(value):
    """An operating system and an architecture, as images have them in the one spelling of each."""
    found = value.strip().lower()
    if not PLATFORM.match(found):
        raise ValueError("%r is not a platform such as linux/arm64 or linux/arm/v7" % value)
    system, machine = found.split("/", 1)
    return "%s/%s" % (system, SAME.get(machine, machine))
