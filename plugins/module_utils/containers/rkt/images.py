# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images in rkt's store: fetched from where they are, loaded from ACI files, told by their ids, and taken away."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import lzma
import tarfile

from ...core.errors import Failure
from ..forms import moment
from ..hints import explained
from ..image_store import CLOSED, Images

DOCKER = "docker://"
HUB = "registry-1.docker.io"
LATEST = ":latest"
ID, HEX = "sha512-", 64  # an image's id is half a SHA-512
PACKED = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ", lzma.open))
PIECE = 1 << 20
ALONE = "rkt learns what a registry has only by fetching it; name another version"
HINTS = (
    (".asc: no such file", "It has no signature. Sign it, or let rkt do without by `rkt: {insecure: [image]}`"),
    ("signature made by unknown entity", "Trust the key that signed it (the role rkt does), or ask who signed it"),
    ("discovery failed", CLOSED),
    ("connection refused", CLOSED),
    ("no such host", CLOSED),
)


class RktImages(Images):
    """The images of these names in the store of one rkt. client: a RktClient."""

    def read(self):
        """One row for each name that is there."""
        there = self.client.images()
        return [row for row in (_row(name, there) for name in self.names) if row is not None]

    def create(self, change):
        """Bring an image, by its source."""
        return self._bring(change.want)

    update = replace = create

    def delete(self, change):
        """Take all of that name out of the store. rkt says that all is well also when it has not."""
        doomed = change.before["_ids"]
        said = self.client.rkt("image", "rm", *doomed, write=True)[1]
        if any(image["id"] in doomed for image in self.client.images()):
            raise Failure("rkt did not remove it: %s" % (said.strip() or "it gives no reason"))

    def _made_from(self, row, have, pull):
        if row.get("source", "pull") == "load":
            ident, name = described(row["path"])
            if not _same(row["name"], name):
                raise Failure("%s holds the image %s; give that name" % (row["path"], name))
            return {"id": ident}
        if pull == "always":
            raise Failure(ALONE)
        return {}

    def _bring(self, row):
        loaded = row.get("source", "pull") == "load"
        what = row["path"] if loaded else _address(row["name"])
        try:
            said = self.client.rkt("fetch", "--full", "--pull-policy=new", what, write=True)[0]
        except Failure as failure:
            raise explained(failure, HINTS) from None
        ident = said.strip().splitlines()[-1] if said.strip() else ""
        found = [image for image in self.client.images() if image["id"] == ident]
        if not found:
            raise Failure("rkt fetched %s and then did not have it; it said: %s" % (what, ident or "nothing"))
        if loaded and row.get("id") not in (None, ident):
            raise Failure("%s became the image %s, and not %s; was it changed meanwhile?" % (what, ident, row["id"]))
        return _told(row["name"], found[0])


def described(path):
    """(id, name with its version) of an ACI file. Raises Failure."""
    try:
        with _unpacked(path) as stream:
            digest = hashlib.sha512()
            for piece in iter(lambda: stream.read(PIECE), b""):
                digest.update(piece)
        with tarfile.open(path) as archive:
            data = archive.extractfile("manifest").read()
        manifest = json.loads(data)
        labels = {label["name"]: label["value"] for label in manifest.get("labels") or ()}
        name = manifest["name"] + (":" + labels["version"] if labels.get("version") else "")
    except OSError as error:
        raise Failure("%s cannot be read: %s" % (path, error.strerror or error)) from None
    except (tarfile.TarError, EOFError, lzma.LZMAError, AttributeError, KeyError, TypeError, ValueError):
        raise Failure("%s is no ACI: a tar that holds a manifest and rootfs" % path) from None
    return ID + digest.hexdigest()[:HEX], name


def _unpacked(path):
    with open(path, "rb") as stream:
        head = stream.read(6)
    return next((opener for mark, opener in PACKED if head.startswith(mark)), open)(path, "rb")


def _address(name):
    """Where rkt shall look for it."""
    return name if name.startswith(DOCKER) or not name.endswith(LATEST) else name[: -len(LATEST)]


def stored(name):
    """How rkt calls in its store what is fetched by this name."""
    if not name.startswith(DOCKER):
        return name
    host, slash, rest = name[len(DOCKER) :].partition("/")
    if not slash or not (set(".:") & set(host) or host == "localhost"):
        rest, host = (host + "/" + rest if slash else "library/" + host), HUB
    return "%s/%s" % (host.replace(":", "_"), rest)


def _same(name, found):
    """Whether a name stands for an image of this name and version."""
    wanted = stored(name)
    return found in (wanted, wanted[: -len(LATEST)] if wanted.endswith(LATEST) else wanted)


def _row(name, there):
    """The image that a name stands for; the latest is the one that came last."""
    if name.startswith(ID):
        found = [image for image in there if image["id"].startswith(name.partition(":")[0])]
    else:
        found = [image for image in there if _same(name, image["name"])]
        if not found and stored(name).endswith(LATEST):
            front = stored(name)[: -len(LATEST)] + ":"
            found = [image for image in there if image["name"].startswith(front)]
    if not found:
        return None
    last = max(found, key=lambda image: image["import_time"])
    return dict(_told(name, last), _ids=[image["id"] for image in found])


def _told(name, image):
    made = moment(image["import_time"] // 10**9)
    done = {"name": name, "id": image["id"], "tags": [image["name"]], "created": made, "size": image["size"]}
    return dict(done, content="", labels={}, digest="")
