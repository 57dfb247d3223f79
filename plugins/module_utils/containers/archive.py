# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the archive of a volume is, and how two are compared. Reads streams and files, talks to nobody."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import posixpath
import tarfile

from ..core.errors import Failure
from ..core.field import Field
from ..core.resource import Resource

PIECE = 1024 * 1024  # bytes at once
END = bytes(1024)  # what every tar ends with
ROOT = "."  # the volume itself, in a listing
STATES = ("saved", "restored")
DECLARED = (
    Field("volume", required=True, help="The volume's name."),
    Field(
        "path",
        type="path",
        required=True,
        help=(
            "The archive, a tar on the machine that the module runs on; compressed where it ends in C(.gz) or C(.tgz).",
            "Its folder must be there. It is made readable for its owner only.",
        ),
    ),
)
REPORTED = (
    Field("content", given=False, help="A hash of all names, owners, modes, times and contents of its files."),
    Field("files", type="int", given=False, compare="ignore", help="How many files and folders it holds."),
)
ARCHIVE = Resource("archive", "archives", fields=DECLARED + REPORTED, identity=("volume", "path"))
MANAGE = (
    Field("archives", type="list", elements="dict", required=True, options=DECLARED, help="Which volumes, and where."),
    Field(
        "state",
        choices=STATES,
        default="saved",
        help="V(saved) makes the archive hold what the volume holds, V(restored) the other way round.",
    ),
    Field(
        "image",
        required=True,
        help=(
            "An image that is on the engine, for the container by which the volume is reached.",
            "It is made and removed again, and never started, so that any image will do.",
        ),
    ),
    Field(
        "force",
        type="bool",
        default=False,
        help=(
            "Restore also into a volume that is not empty. What the archive does not hold stays.",
            "A volume that an interrupted restoration has filled in part needs no force.",
        ),
    ),
)


class Source(io.RawIOBase):
    """Pieces of bytes as a file to read from. sink: a file that gets a copy of all that is read, or None."""

    def __init__(self, pieces, sink=None):
        super().__init__()
        self.pieces, self.sink, self.rest, self.tail = iter(pieces), sink, b"", b""

    def readable(self):
        """It is."""
        return True

    def readinto(self, buffer):
        """Fill the buffer with what there is."""
        while not self.rest:
            piece = next(self.pieces, None)
            if piece is None:
                return 0
            self.rest = piece
            self.tail = (self.tail + piece)[-len(END) :]
            if self.sink:
                self.sink.write(piece)
        count = min(len(buffer), len(self.rest))
        buffer[:count], self.rest = self.rest[:count], self.rest[count:]
        return count


def draft(path):
    """Where an archive is written until it is whole; a later run writes over what an interrupted one has left."""
    return path + ".rackwright-part"


def streamed(pieces, sink=None):
    """The listing of a tar that comes in pieces; all of it goes to the sink. Raises Failure when it is cut short."""
    source = Source(pieces, sink)
    with io.BufferedReader(source, PIECE) as reader:
        done = listing(reader)
        while reader.read(PIECE):
            pass
        if source.tail != END:
            raise Failure("the archive that the engine sends ended early")
    return done


def stored(path):
    """The listing of an archive on this machine. Raises Failure."""
    try:
        with open(path, "rb") as source:
            return listing(source)
    except OSError as error:
        raise Failure("%s cannot be read: %s" % (path, error.strerror or error)) from None


def listing(source):
    """{path within the volume: a hash of what is there} of a tar, compressed or not. Raises Failure.

    A file of several names counts without its bits for set-user-id and the like, which engines drop as they restore it.
    """
    done, plain = {}, {}
    try:
        with tarfile.open(fileobj=source, mode="r|*") as archive:
            for member in archive:
                name, first = within(member.name), within(member.linkname)
                if member.islnk():
                    done[name] = done[first] = plain.get(first, "")
                    continue
                inner = _content(archive, member)
                done[name] = _hash(member, inner, 0o7777)
                if member.isreg():
                    plain[name] = _hash(member, inner, 0o777)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise Failure("it is not a whole tar archive (%s); remove it, or choose another path" % error) from None
    return done


def within(name):
    """A member's name as a path within the volume."""
    return posixpath.normpath(name.lstrip("/") or ROOT)


def _content(archive, member):
    """The hash of what a file holds; of anything else, nothing."""
    if not member.isreg():
        return ""
    total, content_of = hashlib.sha256(), archive.extractfile(member)
    for piece in iter(lambda: content_of.read(PIECE), b""):
        total.update(piece)
    return total.hexdigest()


def _hash(member, inner, bits):
    """Of a member's kind, mode, owner and content, and of a file's time; a folder's changes as it is filled."""
    more = {key: text for key, text in member.pax_headers.items() if key.startswith("SCHILY.xattr.")}
    kind = "0" if member.isreg() else member.type.decode("latin-1")
    device = (member.devmajor, member.devminor) if kind in "34" else ()
    time = int(member.mtime) if member.isreg() else 0
    facts = [kind, member.mode & bits, member.uid, member.gid, time, member.linkname, device, more, inner]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode("utf-8", "surrogateescape")).hexdigest()


def content(listed):
    """One hash of a whole listing."""
    text = "".join("%s %s\0" % (listed[name], name) for name in sorted(listed))
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def is_empty(listed):
    """Whether a volume of this listing holds nothing."""
    return set(listed) <= {ROOT}


def holds(volume, archived):
    """Whether a volume holds all that an archive does, as it does."""
    return all(volume.get(name) == hashed for name, hashed in archived.items())


def writer(path, raw):
    """A file into which an archive for this path is written; `raw` is the file below it."""
    if path.endswith((".gz", ".tgz")):
        return gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0)
    return raw


def root_of(path, name):
    """A tar (bytes) that gives the folder `name` the mode and owner of an archive's root; None where it has none."""
    with tarfile.open(path, mode="r|*") as archive:
        root = next((member for member in archive if within(member.name) == ROOT), None)
    if root is None:
        return None
    root.name, target = name, io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        archive.addfile(root)
    return target.getvalue()
