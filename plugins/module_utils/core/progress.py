# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the work is, for the action plugin to print. Lines of JSON in a file; without a file, nothing."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter

VARIABLE = "RACKWRIGHT_PROGRESS"  # the file's path, set by the action plugin
PAUSE = 0.2  # seconds between two lines at the least


class Progress:
    """Counts of one piece of work. Thread-safe; a file that cannot be written is no error."""

    def __init__(self, title, path=None, clock=time.monotonic):
        self.title = title
        self.path = path if path is not None else os.environ.get(VARIABLE, "")
        self.clock = clock
        self.lock = threading.Lock()
        self.total = self.done = self.failed = 0
        self.word, self.others, self.last = "done", {}, None

    def start(self, total, word="done"):
        """Begin a piece of `total` steps; `word` says what a finished step is."""
        with self.lock:
            self.total, self.done, self.failed, self.word, self.others = total, 0, 0, word, {}
            self._write(force=True)

    def step(self, done=1, failed=0):
        """Count finished and failed steps."""
        with self.lock:
            self.done += done
            self.failed += failed
            self._write()

    def phases(self, phases, done):
        """Set how many are finished, and the phases of those that are not."""
        with self.lock:
            self.done, self.others = done, dict(Counter(str(phase) for phase in phases))
            self._write()

    def finish(self):
        """Write the last counts."""
        with self.lock:
            self._write(force=True)

    def _write(self, force=False):
        now = self.clock()
        if not self.path or (not force and self.last is not None and now - self.last < PAUSE):
            return
        self.last = now
        line = {"title": self.title, "word": self.word, "done": self.done, "total": self.total}
        line.update(failed=self.failed, phases=self.others)
        try:
            # Never O_CREAT: in a sticky folder the kernel refuses that for another user's file, even to root
            sink = os.open(self.path, os.O_WRONLY | os.O_APPEND)
            try:
                os.write(sink, (json.dumps(line) + "\n").encode())
            finally:
                os.close(sink)
        except OSError:
            self.path = ""


def sentence(line, seconds):
    """One printed line: `server: 12/40 ready, 28 booting, 0 failed, 1m12s`."""
    parts = ["%d/%d %s" % (line["done"], line["total"], line["word"])]
    parts += ["%d %s" % (count, phase) for phase, count in sorted(line["phases"].items())]
    parts.append("%d failed" % line["failed"])
    parts.append("%dm%02ds" % divmod(int(seconds), 60) if seconds >= 60 else "%ds" % seconds)
    return "%s: %s" % (line["title"], ", ".join(parts))
