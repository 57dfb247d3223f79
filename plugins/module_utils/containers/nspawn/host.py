# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This host as an engine: its systemd, asked and told by its own programs, and the places of files."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import threading

from ...core.errors import Failure
from ...core.files import CANDIDATE
from ...core.runner import run
from ...core.systemd import RUNNING, asked, blocks
from ..forms import controls

MACHINES = "/var/lib/machines"
OWN = MACHINES + "/.rackwright"  # hidden from machinectl
CONTAINERS, IMAGES, NAMES, LOCKS = (OWN + "/" + name for name in ("containers", "images", "names", "locks"))
SETTINGS = "/etc/systemd/nspawn/%s.nspawn"
CONTROLLERS = "/sys/fs/cgroup/cgroup.controllers"
DROPIN = "/etc/systemd/system/systemd-nspawn@%s.service.d/rackwright.conf"
BY_HAND = ("/etc/systemd/system.control", "/run/systemd/system.control")  # where `systemctl set-property` writes
ASKED = (
    "Id ActiveState SubState UnitFileState MainPID MemoryMax CPUQuotaPerSecUSec TasksMax InvocationID".split()
)  # of each unit
LONG = 300  # seconds that a machine may take to start or stop
COPYING = 3600  # seconds that a copy or an archive may take


class Host:
    """The systemd of this machine. It stands where other engines have a connection."""

    def __init__(self, options, title="systemd-nspawn", transport=None):
        self.options, self.title = options, title
        self.run = transport or run
        self._turn, self._count, self._asked, self._done = threading.Lock(), threading.Lock(), 0, 0

    url = "unix:///run/systemd/private"

    @staticmethod
    def is_local():
        """Always."""
        return True

    @staticmethod
    def host():
        """Where its ports are, as seen from here."""
        return "127.0.0.1"

    @staticmethod
    def info():
        """Which limits the kernel keeps, in the words of the Docker Engine API."""
        version = "2" if unified() else "1"
        return dict(controls(_controllers()), Name=socket.gethostname(), CgroupVersion=version)

    def ready(self):
        """Raise Failure where there is no systemd with nspawn, or this user is not root."""
        if os.geteuid():
            raise Failure("%s: only root may make machines; run the task with become" % self.title)
        if not os.path.isdir(RUNNING):
            raise Failure("%s: this host was not started by systemd, which runs the containers" % self.title)
        paths = (folder + "/systemd/system/systemd-nspawn@.service" for folder in ("/usr/lib", "/lib", "/etc"))
        if not any(map(os.path.exists, paths)):
            raise Failure("%s: systemd-nspawn is not here; install the package systemd-container" % self.title)

    def version(self):
        """The version of systemd, as a number."""
        return int(self.systemctl("--version").split()[1].split(".")[0])

    def systemctl(self, *words, check=True):
        """Run systemctl; returns what it says."""
        return asked(self.run, words, check=check, timeout=LONG)[1]

    def units(self, names):
        """{name: {property: text}} of the units of these containers, by one question."""
        if not names:
            return {}
        said = self.systemctl("show", "--property", ",".join(ASKED), *map(unit, names))
        found = blocks(said)
        return {name: found[unit(name)] for name in names if unit(name) in found}

    def machines(self):
        """{name: what machinectl tells} of all that run, whoever started them."""
        said = asked(self.run, ("list", "--output=json", "--no-pager"), program="machinectl", timeout=LONG)[1]
        return {one["machine"]: one for one in json.loads(said or "[]")}

    def leader(self, name):
        """The process id, on this host, of a running machine's first process; None where it does not run."""
        code, said, _errors = self.run(["machinectl", "show", name, "--property=Leader"], timeout=LONG, check=False)
        return int(said.partition("=")[2]) if not code else None

    def reload(self):
        """Have systemd read its files anew; who asks while that is going on shares the next time."""
        with self._count:
            self._asked += 1
            mine = self._asked
        with self._turn:
            if self._done < mine:
                goal = self._asked
                self.systemctl("daemon-reload")
                self._done = goal

    def log(self, name, lines, invocation=None):
        """The last lines that a container has written."""
        self.run(["journalctl", "--sync"], timeout=LONG, check=False)  # what was said last may be on its way yet
        match = ["_SYSTEMD_UNIT=" + unit(name)] + (["_SYSTEMD_INVOCATION_ID=" + invocation] if invocation else [])
        words = ["journalctl", "--quiet", "--no-pager", "--output=cat", "--lines=%d" % lines, *match]
        return self.run(words, timeout=LONG, check=False)[1]

    def copy(self, source, target, lock):
        """Copy a whole tree with all that it is, by sharing its blocks where the file system can."""
        self._holding(lock, "cp", "-a", "--reflink=auto", source + "/.", target)

    def unpack(self, archive, target, lock):
        """Unpack a tar, compressed or not, with owners and attributes."""
        words = ("--numeric-owner", "--xattrs", "--xattrs-include=*", "--acls")
        self._holding(lock, "tar", "-C", target, "-x", "-p", *words, "-f", archive)

    def remove(self, path, lock):
        """Take a tree away."""
        if os.path.lexists(path):
            self._holding(lock, "rm", "-rf", "--one-file-system", path)

    def _holding(self, lock, *command):
        """Run a program that holds a lock of `alone` until it ends, even if this process has ended by then."""
        self.run(list(command), timeout=COPYING, keep=(lock,))


@contextlib.contextmanager
def alone(name):
    """Nobody else changes the thing of this name on this host: no other task, and no program that one has left.

    Yields the lock, for programs to hold.
    """
    os.makedirs(OWN, mode=0o700, exist_ok=True)  # programs of images are no business of the host's users
    os.makedirs(LOCKS, exist_ok=True)
    handle = os.open(os.path.join(LOCKS, name), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def put(path, text, mode=0o644):
    """Swap a file for one with this text, whole or not at all. What a killed run leaves is overwritten by the next."""
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    passing = passing_of(path)
    handle = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as stream:
        os.fchmod(handle, mode)
        stream.write(text)
        stream.flush()
        os.fsync(handle)
    os.replace(passing, path)


def passing_of(path):
    """Where the new file is made that is to take a file's place."""
    return os.path.join(os.path.dirname(path), CANDIDATE + os.path.basename(path))


def discard(path):
    """Take a file away, and what was to take its place."""
    for one in (passing_of(path), path):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(one)


def link(target, path, name):
    """Make `path` a link to `target`, whatever it was before, in one step. name: of the lock that is held."""
    passing = os.path.join(LOCKS, name + ".link")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(passing)
    os.symlink(target, passing)
    os.replace(passing, path)


def unit(name):
    """The unit that is a container of this name."""
    return "systemd-nspawn@%s.service" % name


def unified():
    """Whether this host has cgroups v2."""
    return os.path.exists(CONTROLLERS)


def _controllers():
    """The controllers of control groups that this kernel has switched on."""
    with contextlib.suppress(OSError), open(CONTROLLERS, encoding="ascii") as stream:
        return set(stream.read().split())
    with contextlib.suppress(OSError), open("/proc/cgroups", encoding="ascii") as stream:
        return {line.split()[0] for line in stream if line.rstrip().endswith("1") and not line.startswith("#")}
    return set()
