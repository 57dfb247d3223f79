# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A member's own files: zoo.cfg, the membership it starts with, its number, and the secret that may reconfigure."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import secrets

from ..core.errors import Refused
from ..core.files import Write, changes, read, replace
from . import ensemble, settings

FLAG = "-Drackwright.settings="


class Member:
    """The files of the member `number`, below `root`."""

    def __init__(self, folder, number, members, wanted, root="/"):
        self.number, self.members, self.root = number, members, root
        self.cfg = self.path(os.path.join(folder, "zoo.cfg"))
        self.secret_file = self.path(folder + ".secret")
        self.wanted = settings.plain(wanted)
        self.logs = self.path(self.wanted.get("dataLogDir") or self.wanted["dataDir"])
        self.data = self.path(self.wanted["dataDir"])
        self.myid = os.path.join(self.data, "myid")
        self.folders = list(dict.fromkeys([os.path.dirname(self.cfg), self.data, self.logs]))

    def path(self, name):
        """Where a file of the host lies."""
        return os.path.join(self.root, name.lstrip("/"))

    def refuse(self):
        """Raise Refused for what must not be written."""
        found = ensemble.problems(self.members) + settings.problems(self.wanted)
        held = (read(self.myid) or "").strip()
        if held.isdigit() and int(held) != self.number and os.path.isdir(os.path.join(self.data, "version-2")):
            found.append(
                "%s holds the data of member %s, not of %d: give this host its id back, or remove the data"
                % (self.data, held, self.number)
            )
        if found:
            raise Refused("The member stays as it was: %s." % "; ".join(found))

    def secret(self):
        """The superuser's password on this host: the one that is there, or a new one."""
        return (read(self.secret_file) or "").strip() or secrets.token_hex(20)

    def fingerprint(self, command):
        """A name for what a process of this member starts with."""
        return settings.fingerprint(self.wanted, command)

    def plan(self, membership, secret):
        """[(Write, mode)]: what there is to change, the secret first and zoo.cfg last."""
        text = read(self.cfg)
        before = settings.parse(text)
        after = dict(self.wanted, **{settings.DIGEST: settings.digest(secret)})
        dynamic = before.pop(settings.DYNAMIC, None)
        writes = [(Write(self.secret_file, read(self.secret_file), secret + "\n"), 0o600)]
        writes.append((Write(self.myid, read(self.myid), "%d\n" % self.number), 0o644))
        if not dynamic or self.number not in ensemble.parse(read(self.path(dynamic)) or "")[0]:
            dynamic = os.path.join("/", os.path.relpath(self.cfg, self.root)) + ".dynamic"
            view = ensemble.render(ensemble.first_view(membership, self.members, self.number))
            writes.append((Write(self.path(dynamic), read(self.path(dynamic)), view), 0o640))
            before = None
        if before != after:
            writes.append((Write(self.cfg, text, settings.render(dict(after, **{settings.DYNAMIC: dynamic}))), 0o640))
        return [(write, mode) for write, mode in writes if changes([write])]

    def carry_out(self, planned, user):
        """Write what was planned. All but the secret belongs to the user that ZooKeeper runs as."""
        owner = pwd.getpwnam(user)
        for folder in self.folders:
            os.makedirs(folder, mode=0o750, exist_ok=True)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        for write, mode in planned:
            replace(write.path, write.after, mode)
            if write.path != self.secret_file:
                os.chown(write.path, owner.pw_uid, owner.pw_gid)


def strays(folders):
    """Those of the folders that are still to be made."""
    return [folder for folder in folders if not os.path.isdir(folder)]


def running(main_pid):
    """The fingerprint that the process has started with, empty when none runs, "other" when it is not one of ours."""
    command = ""
    if main_pid > 0:
        with contextlib.suppress(OSError), open("/proc/%d/cmdline" % main_pid, encoding="utf-8", errors="replace") as f:
            command = f.read()
    found = re.search(re.escape(FLAG) + r"([0-9a-f]+)", command)
    return found.group(1) if found else "other" if command else ""
