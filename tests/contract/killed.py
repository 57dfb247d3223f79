# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module that works by files and programs, and kill it (SIGKILL) at one of its steps.

A step is whatever changes a file below FOLDERS, or starts a program that changes something; Python itself tells of
each before it happens. On standard input: what modules.run takes, `at` (the number of the step before which it dies,
0 for none) and `late` (seconds after that, in which the program that it has started gets under way). On standard
output: the result, with the number of `steps`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from contract import modules

FOLDERS = ("/var/lib/machines", "/etc/systemd")
CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.chmod")
READERS = ("show", "list", "is-active")  # what programs are told that change nothing


def is_step(event, args):
    """Whether an event of Python's own audit is a step."""
    if event == "subprocess.Popen":
        return not set(map(str, args[1])) & set(READERS)
    if event == "open":
        path, flags = args[0], args[2] or 0
        return bool(flags & (os.O_WRONLY | os.O_RDWR)) and str(path).startswith(FOLDERS)
    return event in CHANGES and any(str(one).startswith(FOLDERS) for one in args[:2])


def die(late):
    """Be no more, and do no more meanwhile than what is under way."""
    time.sleep(late)
    os.kill(os.getpid(), signal.SIGKILL)


def main():
    """Run it."""
    task = json.load(sys.stdin)
    at, late, steps, lock = task.pop("at"), task.pop("late"), [], threading.Lock()

    def look(event, args):
        if not is_step(event, args):
            return
        with lock:
            steps.append(event)
            if len(steps) != at:
                return
        if late:
            threading.Thread(target=die, args=(late,)).start()
        else:
            die(0)

    sys.addaudithook(look)
    print(json.dumps(dict(modules.run(**task, fails=None), steps=len(steps))))


main()
