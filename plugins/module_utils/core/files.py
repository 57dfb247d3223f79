# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of a host's files as data: planned first, shown as a diff, then carried out whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import tempfile
from collections import namedtuple

PIECE = 1 << 20  # bytes read at once
CANDIDATE = ".rackwright-"  # how the name of a file begins that will take another's place
Write = namedtuple("Write", "path before after")  # texts; None: no such file


def read(path):
    """The text of a file, None when there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except FileNotFoundError:
        return None


def changes(writes):
    """Those of `writes` that change something."""
    return [write for write in writes if write.before != write.after]


def diffs(writes, shown=str):
    """What Ansible prints for `writes`; `shown` masks what must not be seen."""
    return [
        {
            "before_header": write.path,
            "after_header": write.path,
            "before": shown(write.before or ""),
            "after": shown(write.after or ""),
        }
        for write in writes
    ]


def carry_out(writes, mode=0o644):
    """Write or remove the files, in order; their folders are made where they are missing. mode: of them all, or a
    function that tells that of a text."""
    for path, _before, after in writes:
        if after is None:
            os.unlink(path)
        else:
            os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
            replace(path, after, mode(after) if callable(mode) else mode)


def sha256(path):
    """The SHA-256 of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        for piece in iter(lambda: stream.read(PIECE), b""):
            digest.update(piece)
    return digest.hexdigest()


def replace(path, text, mode=0o644, errors="strict", check=None):
    """Swap the file for one with this text and mode, whole or not at all. errors: as `open` has it.

    It stays its owner's, where this user may say so. A bind mount is written in place, and keeps its mode.
    check: called with the path of the new file before it is there; what it raises leaves the old one.
    """
    handle, candidate = tempfile.mkstemp(dir=os.path.dirname(path), prefix=CANDIDATE)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors=errors) as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(candidate, mode)
        _give(candidate, path)
        if check:
            check(candidate)
        os.replace(candidate, path)
    except BaseException as error:
        os.unlink(candidate)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = path  # of a write nobody else knows what was written
        if getattr(error, "errno", None) != errno.EBUSY:
            raise
        # a bind mount, as a container's resolv.conf, can be written to, not replaced
        with open(path, "w", encoding="utf-8", errors=errors) as stream:
            stream.write(text)


def said(error):
    """What an error of the system says, with the path if there is one, and without its number."""
    text = getattr(error, "strerror", None) or str(error)
    return "%s: %s" % (error.filename, text) if getattr(error, "filename", None) else text


def _give(candidate, path):
    """Make the file that of the other's owner and group."""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        owner = os.stat(path)
        os.chown(candidate, owner.st_uid, owner.st_gid)
