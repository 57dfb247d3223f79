# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers' lines in a known_hosts file. Each bears a mark, so that other lines are never touched."""

from __future__ import annotations

import fcntl
import os
import re
import stat
from contextlib import contextmanager

from ..core import files
from ..core.errors import Failure
from ..core.field import Field
from ..core.lib import absolute
from ..core.resource import Resource

LINE = re.compile(r"(\S+) (\S+ \S+) rackwright:(\S+)\s*\Z")


def line_of(row):
    """A row as a line of the file."""
    return "%s %s rackwright:%s\n" % (",".join(row["hosts"]), row["key"], row["server"])


KNOWN_HOST = Resource(
    "known host",
    "known hosts",
    identity=("server",),
    fields=(
        Field("server", help="Whose line it is: realm and name."),
        Field("hosts", type="list", elements="str", help="The names and addresses it is for."),
        Field("key", help="The public host key."),
    ),
    text=line_of,
    one_diff=True,
)


def wanted(row, realm):
    """The row for a server, or None while its key or address is not known."""
    access, key = row.get("access") or {}, row.get("host_key")
    if not key or not access.get("host"):
        return None
    hosts = [row["name"]] + [one["address"] for one in row.get("addresses") or []]
    if access["port"] != 22:
        hosts = [row["name"], "[%s]:%d" % (access["host"], access["port"])]
    elif access["host"] not in hosts:
        hosts.append(access["host"])
    return {"server": "%s/%s" % (realm, row["name"]), "hosts": hosts, "key": key}


class KnownHosts:
    """A store: the marked lines of one file."""

    def __init__(self, path):
        self.path = os.path.realpath(absolute(path))

    def read(self):
        """The rows of all marked lines."""
        rows = (self._row(line) for line in self._lines())
        return [row for row in rows if row]

    def send(self, changes):
        """Write all changes at once; the file is replaced as a whole, under a lock."""
        after = {change.key: change.after for change in changes}
        with self._locked():
            kept = []
            for line in self._lines():
                row = self._row(line)
                if row and row["server"] in after:
                    row = after.pop(row["server"])
                    line = line_of(row) if row else ""
                kept.append(line)
            if kept and kept[-1] and not kept[-1].endswith("\n"):
                kept[-1] += "\n"
            self._write("".join(kept + [line_of(row) for row in after.values() if row]))

    def _row(self, line):
        match = LINE.match(line)
        return match and {"server": match.group(3), "hosts": match.group(1).split(","), "key": match.group(2)}

    def _lines(self):
        try:
            with open(self.path, encoding="utf-8", errors="surrogateescape") as source:
                return source.readlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Failure("%s cannot be read: %s" % (self.path, error.strerror)) from None

    @contextmanager
    def _locked(self):
        """The folder's lock: the file itself is replaced, so that a lock on it would not last."""
        folder = os.path.dirname(self.path)
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            handle = os.open(folder, os.O_RDONLY)
        except OSError as error:
            raise Failure("%s cannot be used: %s" % (folder, error.strerror)) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _write(self, text):
        try:
            mode = stat.S_IMODE(os.stat(self.path).st_mode) if os.path.exists(self.path) else 0o600
            files.replace(self.path, text, mode, errors="surrogateescape")
        except OSError as error:
            raise Failure("%s cannot be written: %s" % (self.path, error.strerror)) from None
