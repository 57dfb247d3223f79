# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that has loaded a program once, and runs it in a child of its own as often as asked.

A run costs no start, and is a process that can be killed at any moment.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import subprocess
import sys


class Forge:
    """The process of a script that calls `serve`; `arguments` are the script's."""

    def __init__(self, script, *arguments, **popen):
        command = [sys.executable, script, *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **popen)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def close(self):
        """End the process."""
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def start(self, **what):
        """Begin a run; returns its process id."""
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self, timeout=None):
        """Wait until the run is over; returns its status as Popen does, or None when that takes longer (seconds)."""
        if not select.select([self.process.stdout], [], [], timeout)[0]:
            return None
        return json.loads(self.process.stdout.readline())


@functools.cache
def kept(kind, *arguments):
    """A Forge of that kind for whoever asks with the same arguments; it ends with this process."""
    made = kind(*arguments)
    atexit.register(made.close)
    return made


def serve(run):
    """A line of arguments in, the child's id out, and how it ended."""
    asked, told = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w", buffering=1)
    for line in asked:
        child = os.fork()
        if not child:
            run(**json.loads(line))
            sys.exit()
        print(child, file=told)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=told)
