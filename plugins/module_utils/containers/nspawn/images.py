# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of machines: whole file systems, each under its id, and names that are links to them.

An image is unpacked, then its record is written, then its name is made to stand for it, each in one step: what has no
record or no name is a leftover, which the next change takes away.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import urllib.error
import urllib.request
from urllib.parse import quote, unquote

from ...core import files as disk
from ...core.errors import Failure
from .. import context
from ..forms import moment
from ..image_store import Images
from . import host
from .refusals import CAPS

SCHEMES = ("http://", "https://")
REGISTRY = "there is no registry of machines; give the address of a tar as its name, or import a tar or a folder"
UNPROVEN = "what comes over http may be anybody's; declare the digest (SHA-256) of the file, or use https"
LOCK = "@images"  # no container's name
BASE = ("dev", "etc", "proc", "run", "sys", "tmp", "usr", "var")  # without usr it is no system to systemd-nspawn
WAIT = 60  # seconds that a server may be silent


class MachineImages(Images):
    """The images of these names; see Images. client: a host.Host."""

    def read(self):
        """One row for each name that is there."""
        self.client.ready()
        return super().read()

    def create(self, change):
        """Bring an image, by its source, and give it its names."""
        row = change.want
        with host.alone(LOCK) as lock:
            self._sweep(lock)
            ident = self._brought(row, lock)
            for name in [row["name"], *(row.get("tags") or ())]:
                _name(name, ident)
            self._sweep(lock)
        return self._row(row["name"])

    replace = create

    def update(self, change):
        """Bring it anew where it is another one, else only give it its further names."""
        if set(change.fields) - {"tags"}:
            return self.create(change)
        with host.alone(LOCK):
            for name in change.want["tags"]:
                _name(name, change.before["id"])
        return self._row(change.key)

    def delete(self, change):
        """Take a name away, and the image with its last name. Containers have copies of their own."""
        with host.alone(LOCK) as lock:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(_path(change.key))
            self._sweep(lock)

    def _row(self, name):
        ident = name if name.startswith("sha256:") else _meant(name)
        text = ident and disk.read(_record(ident))
        if not text:
            return None
        record = json.loads(text)
        record["tags"] = sorted(one for one, other in _names().items() if other == ident)
        return dict(record, name=name, id=ident)

    def _made_from(self, row, have, pull):
        """What tells whether the image must be brought anew. Raises Failure for what cannot be brought."""
        if row.get("source", "pull") == "import":
            return {"content": content(row)}
        if row["name"].startswith("sha256:") and have:
            return {}
        if pull == "always" and not row.get("digest"):
            raise Failure(CAPS["pull=always"])
        if row["name"].startswith(SCHEMES[0]) and not row.get("digest"):
            raise Failure(UNPROVEN)
        if not row["name"].startswith(SCHEMES) and (have is None or row.get("digest") not in (None, have["digest"])):
            raise Failure(REGISTRY)
        return {}

    def _brought(self, row, lock):
        """Unpack an image; returns its id."""
        passing = os.path.join(host.IMAGES, ".%s" % secrets.token_hex(8))
        os.makedirs(os.path.join(passing, "root"), mode=0o755)
        try:
            if row.get("source", "pull") == "pull":
                ident = digest = self._fetched(row, passing, lock)
            else:
                ident, digest = row["content"], ""
                filled = self.client.copy if os.path.isdir(row["path"]) else self.client.unpack
                _told(row["path"], filled, row["path"], passing + "/root", lock)
            for name in BASE:
                if not os.path.lexists(os.path.join(passing, "root", name)):
                    os.mkdir(os.path.join(passing, "root", name), 0o755)
            record = {"content": row.get("content") or "", "digest": digest, "labels": row.get("labels") or {}}
            record.update(created=moment(), size=size(passing + "/root"))
            host.put(passing + "/record", json.dumps(record, sort_keys=True) + "\n")
            self.client.remove(_folder(ident), lock)  # of an interrupted run, or recreate: always
            os.rename(passing, _folder(ident))
        except BaseException:
            with contextlib.suppress(Failure):
                self.client.remove(passing, lock)
            raise
        return ident

    def _fetched(self, row, folder, lock):
        """Load a file and unpack it; returns its digest. Raises Failure when it is another than declared."""
        total, path = hashlib.sha256(), folder + "/archive"
        try:
            with urllib.request.urlopen(row["name"], timeout=WAIT) as source, open(path, "wb") as target:
                for piece in iter(lambda: source.read(context.PIECE), b""):
                    total.update(piece)
                    target.write(piece)
        except (urllib.error.URLError, OSError) as error:
            raise Failure("%s cannot be loaded: %s" % (row["name"], getattr(error, "reason", error))) from None
        digest = "sha256:" + total.hexdigest()
        if row.get("digest") not in (None, digest):
            raise Failure("%s has the digest %s, not the declared %s" % (row["name"], digest, row["digest"]))
        _told(row["name"], self.client.unpack, path, folder + "/root", lock)
        os.unlink(path)
        return digest

    def _sweep(self, lock):
        """Take away what has no name, or was not finished."""
        with contextlib.suppress(FileNotFoundError):
            named = set(_names().values())
            for one in os.listdir(host.IMAGES):
                if one not in named:
                    self.client.remove(os.path.join(host.IMAGES, one), lock)


def _told(name, act, *args):
    """Do what fills an image; a Failure says what it came from."""
    try:
        act(*args)
    except Failure as failure:
        raise Failure("%s cannot be unpacked: %s" % (name, failure)) from None


def content(row):
    """The hash of what an image is imported from, a tar or a folder. Raises Failure."""
    if not os.path.isdir(row["path"]):
        return context.content(row)
    total = hashlib.sha256(json.dumps([row["source"], row.get("labels") or {}], sort_keys=True).encode("utf-8"))
    for place, folders, names in os.walk(row["path"]):
        folders.sort()
        for name in sorted(folders + names):
            context.add(total, row["path"], os.path.relpath(os.path.join(place, name), row["path"]))
    return "sha256:" + total.hexdigest()


def size(folder):
    """The bytes of all files in a folder."""
    paths = (os.path.join(place, name) for place, _folders, names in os.walk(folder) for name in names)
    return sum(os.lstat(path).st_size for path in paths)


def _folder(ident):
    return os.path.join(host.IMAGES, ident)


def _record(ident):
    return os.path.join(_folder(ident), "record")


def _path(name):
    return os.path.join(host.NAMES, quote(name, safe=""))


def _meant(name):
    """The id that a name stands for, None where it stands for none."""
    try:
        return os.path.basename(os.readlink(_path(name)))
    except FileNotFoundError:
        return None


def _names():
    """{name: id} of all images."""
    with contextlib.suppress(FileNotFoundError):
        return {
            unquote(one): os.path.basename(os.readlink(os.path.join(host.NAMES, one))) for one in os.listdir(host.NAMES)
        }
    return {}


def _name(name, ident):
    """Make a name stand for an image, in one step."""
    os.makedirs(host.NAMES, mode=0o755, exist_ok=True)
    host.link(os.path.relpath(_folder(ident), host.NAMES), _path(name), LOCK)
