# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an error answer means, and calls that are sent again: when asked to come later, and when that is safe."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

from .errors import Ambiguous, Busy, Conflict, Failure, NotFound

TRIES = 5  # for answers that say "not now"
TROUBLE = (500, 502, 503, 504)  # the server's own, which may pass
GATEWAY = (502, 504)  # of these nobody can tell whether a write happened
LONGEST = 60.0  # seconds a Retry-After may ask for


def patiently(call, safe=False, tries=TRIES, sleep=time.sleep, pace=None):
    """Run `call`, again after Busy (it has not acted) and, when it is safe to repeat, after Ambiguous.

    pace: the Pace of the account, which all its processes share.
    """
    for turn in range(tries):
        try:
            if pace:
                pace.wait()
            return call()
        except Busy as busy:
            if turn == tries - 1:
                raise Failure("%s, still after %d tries" % (busy, tries)) from None
            if pace and busy.account and pace.hold(busy.retry_after):
                continue  # to wait with all others
            sleep(min(LONGEST, max(0.0, busy.retry_after)))
        except Ambiguous:
            if not safe or turn == tries - 1:
                raise
            sleep(0.2 * 2**turn)
    raise AssertionError("unreachable")


def failure_of(status, headers, text, reading):
    """The Failure with this text that an HTTP status from 400 on stands for; whom it refuses is the caller's to tell.

    reading: whether the request changes nothing, so that it may be sent again.
    """
    if status == 429 or (status == 503 and "Retry-After" in headers):
        return Busy(text, retry_after(headers), account=status == 429)
    if status in GATEWAY or (reading and status in TROUBLE):
        return Ambiguous(text)
    return {404: NotFound, 409: Conflict}.get(status, Failure)(text)


def retry_after(headers):
    """Seconds that an answer asks to wait: its Retry-After as a number or an HTTP date, else half a second."""
    text = headers.get("Retry-After", "")
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError, IndexError):
        return 0.5
