# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait for many things: one deadline, one look at all of them a poll, and a timeout that says who is stuck where."""

from __future__ import annotations

import time

from .errors import TimedOut

SHORTEST, LONGEST = 0.2, 2.0  # seconds between two polls


def wait(look, keys, timeout, progress, what="ready", label=str, clock=time.monotonic, sleep=time.sleep):
    """Poll until every key is settled.

    look: takes the keys not yet settled and returns {key: phase}, phase None when settled; a key it leaves out is
    "absent". It raises Failure for what can never settle. timeout: seconds for all. Raises TimedOut.
    """
    begun = clock()
    since, phases, pause = {}, {}, SHORTEST
    left = list(keys)
    progress.start(len(left), word=what)
    while left:
        seen = look(left)
        now = clock()
        for key in left:
            phase = seen.get(key, "absent")
            if key not in phases or phase != phases[key]:
                since[key], phases[key] = now, phase
                pause = SHORTEST
        left = [key for key in left if phases[key] is not None]
        progress.phases([phases[key] for key in left], done=len(keys) - len(left))
        if not left:
            break
        if now - begun >= timeout:
            raise TimedOut(_stuck(left, phases, since, now, timeout, what, label), {key: phases[key] for key in left})
        sleep(min(pause, max(0.01, timeout - (now - begun))))
        pause = min(LONGEST, pause * 1.4)
    progress.finish()


def _stuck(left, phases, since, now, timeout, what, label):
    parts = ["%s is in phase %s for %d s" % (label(key), phases[key], now - since[key]) for key in left]
    return "not %s after %d s: %s" % (what, timeout, "; ".join(parts))
