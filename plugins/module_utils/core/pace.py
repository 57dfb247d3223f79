# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A provider's "not now", heard by one, heeded by all: forks and parallel jobs of one account on one machine.

A file for each account tells by its time of change until when nobody is to ask; those who wait draw a number, so that
they come back one after the other. Without a limit in force, a call costs one look at that time. What cannot be
read or written is no error: then each waits for itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
import time

LONGEST = 60.0  # seconds; a time further ahead is a clock that was set, and is not believed
APART = 0.02  # seconds between two who have waited
SPREAD = 2.0  # seconds over which those who have waited come back at the most


def folder():
    """Where the files are: the user's own, and nobody else's."""
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return os.path.join(base, "rackwright-pace-%d" % os.getuid())


class Pace:
    """The pace of one account. account: its address and credentials; only a digest of them is kept."""

    def __init__(self, account, where=None, clock=time.time, sleep=time.sleep):
        digest = hashlib.sha256(account.encode("utf-8", "replace")).hexdigest()[:32]
        self.where = where or folder()
        self.path = os.path.join(self.where, digest)
        self.clock, self.sleep = clock, sleep

    def wait(self):
        """Let the time pass until the account may be asked again."""
        left = self._left()
        if left > 0:
            self.sleep(left + min(SPREAD, self._number() * APART))

    def hold(self, seconds):
        """The provider asks to come back after as many seconds: tell everybody; whether `wait` knows of it now."""
        if seconds <= self._left():
            return True
        handle = self._open()
        if handle is None:
            return False
        try:
            os.ftruncate(handle, 0)
            until = self.clock() + min(LONGEST, seconds)
            os.utime(handle, (until, until))
            return True
        except OSError:
            return False
        finally:
            os.close(handle)

    def _left(self):
        try:
            left = os.stat(self.path, follow_symlinks=False).st_mtime - self.clock()
        except OSError:
            return 0.0
        return left if left <= LONGEST else 0.0

    def _number(self):
        """How many have come to wait before; the file grows by a byte for each."""
        handle = self._open()
        if handle is None:
            return 0
        try:
            told = os.fstat(handle)
            os.ftruncate(handle, told.st_size + 1)
            os.utime(handle, ns=(told.st_mtime_ns, told.st_mtime_ns))
            return told.st_size
        except OSError:
            return 0
        finally:
            os.close(handle)

    def _open(self):
        """The file, locked until it is closed; None where there is no place that is ours alone."""
        try:
            os.makedirs(self.where, mode=0o700, exist_ok=True)
            about = os.lstat(self.where)
            if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid() or about.st_mode & 0o022:
                return None
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)  # who is killed lets go of it
        except OSError:
            os.close(handle)
            return None
        return handle
