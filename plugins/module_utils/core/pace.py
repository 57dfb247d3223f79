# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A provider's "not now", heard by one, heeded by all: forks and parallel jobs of one account on one machine.

An empty file for each account tells by its time of change until when nobody is to ask, and by its time of access how
many wait, who draw a number and come back one after the other. Both are set in one step, so that who looks without the
lock never sees half of it. Without a limit in force, a call costs one look at that time. The file's name is a digest of
the account with a random salt of the folder, which nobody can go back from. What cannot be read or written is no
error: then each waits for itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import stat
import tempfile
import time

LONGEST = 60.0  # seconds; a time further ahead is a clock that was set, and is not believed
APART = 0.1  # seconds between two who have waited: about a call, so that few are under way when it is too much again
SPREAD = 2.0  # seconds over which those who have waited come back; where they are more, several at a time
TURNS = 5  # waits one after the other, where the provider goes on to refuse others meanwhile
LOCKED = 1.0  # seconds to wait for the lock: who holds it may have been stopped
SALT = 32  # bytes


def folder():
    """Where the files are: the user's own, and nobody else's."""
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return os.path.join(base, "rackwright-pace-%d" % os.getuid())


class Pace:
    """The pace of one account. account: its address and credentials; only a digest of them is kept."""

    def __init__(self, account, where=None, clock=time.time, sleep=time.sleep):
        self.account = hashlib.sha256(account.encode("utf-8", "replace")).digest()
        self.where = where or folder()
        self.clock, self.sleep, self.path = clock, sleep, None

    def wait(self):
        """Let the time pass until the account may be asked again."""
        for _turn in range(TURNS):  # another may have been told to wait longer meanwhile
            left = self._left()
            if left <= 0:
                return
            self.sleep(left + self._number() * APART % SPREAD)

    def hold(self, seconds):
        """The provider asks to come back after as many seconds: tell everybody; whether `wait` knows of it now."""
        left = self._left()
        if seconds <= left:
            return True
        until = int((self.clock() + min(LONGEST, seconds)) * 10**9)
        # Those who wait already keep their numbers
        return self._change(lambda told: (told.st_atime_ns if left > 0 else 0, until)) is not None

    def _left(self):
        path = self.path or self._name()
        try:
            told = os.stat(path, follow_symlinks=False) if path else None
        except OSError:
            return 0.0
        if told is None or not _is_ours(told, stat.S_IFREG):
            return 0.0
        left = told.st_mtime - self.clock()
        return left if left < LONGEST + 1 else 0.0

    def _number(self):
        """How many have come to wait before."""
        told = self._change(lambda told: (told.st_atime_ns + 10**9, told.st_mtime_ns))
        return int(told.st_atime) if told else 0

    def _change(self, times):
        """Set the file's times to what the function `times` makes of what they were, which is returned; else None."""
        try:
            path = self._make_name()
            handle = _locked(path) if path else None
            if handle is None:
                return None
            try:
                told = os.fstat(handle)
                os.utime(handle, ns=times(told))
            finally:
                os.close(handle)
            return told
        except OSError:
            return None

    def _name(self):
        """The file's path; None before anybody has met a limit, as there is no salt then."""
        try:
            handle = os.open(os.path.join(self.where, "salt"), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        try:
            salt = os.read(handle, SALT) if _is_ours(os.fstat(handle), stat.S_IFREG) else b""
        except OSError:
            return None
        finally:
            os.close(handle)
        if len(salt) == SALT:
            self.path = os.path.join(self.where, hmac.new(salt, self.account, "sha256").hexdigest()[:32])
        return self.path

    def _make_name(self):
        """The file's path, with a folder and a salt made for it; None where there is no place that is ours alone."""
        os.makedirs(self.where, mode=0o700, exist_ok=True)
        if not _is_ours(os.lstat(self.where), stat.S_IFDIR):
            return None
        if not self._name():
            handle = _locked(os.path.join(self.where, "salt"))
            if handle is None:
                return None
            try:
                if os.fstat(handle).st_size != SALT:
                    os.pwrite(handle, os.urandom(SALT), 0)
            finally:
                os.close(handle)
        return self.path or self._name()


def _is_ours(told, kind):
    """Whether what `stat` tells is of this kind, belongs to us, and no other may write to it."""
    return stat.S_IFMT(told.st_mode) == kind and told.st_uid == os.getuid() and not told.st_mode & 0o022


def _locked(path):
    """A file of ours, opened and locked until it is closed; None when another holds it all the time."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    end = time.monotonic() + LOCKED
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # who is killed lets go of it
            return handle
        except OSError as error:
            if not isinstance(error, BlockingIOError) or time.monotonic() >= end:
                os.close(handle)
                return None
        time.sleep(0.005)
