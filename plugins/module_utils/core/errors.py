# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, as types. Every message names the thing, the reason and the way out."""

from __future__ import annotations

import traceback


class Failure(Exception):
    """An error for a person to read. `fatal` means that the calls after it would fail alike. `status`: of an HTTP
    answer that was it, else None."""

    fatal = False
    status = None


class Refused(Failure):
    """The request cannot be carried out as declared; nothing was changed. `problems` holds one sentence each, of
    which as many are told as somebody reads."""

    MOST = 50

    def __init__(self, problems):
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        told, more = self.problems[: self.MOST], len(self.problems) - self.MOST
        super().__init__("\n".join(told + (["and %d more of these" % more] if more > 0 else [])))


class Unreachable(Failure):
    """Nothing answers at the provider's address; the request was never sent."""

    fatal = True


class Unauthorized(Failure):
    """The provider refuses the credentials, or they do not suffice."""

    fatal = True


class Elsewhere(Failure):
    """The service sends us on to another address, `location`; it has not acted on the request."""

    def __init__(self, message, location):
        super().__init__(message)
        self.location = location


class NotFound(Failure):
    """The thing is not there."""


class Conflict(Failure):
    """The provider says that the name, port or address is taken."""


class Busy(Failure):
    """The provider asks to come back later, in `retry_after` seconds; it has not acted on the request. `account`: it
    asks that of the whole account, because of how much that has asked, and not for the sake of one thing."""

    def __init__(self, message, retry_after=1.0, account=False):
        super().__init__(message)
        self.retry_after, self.account = retry_after, account


class Ambiguous(Failure):
    """The request was sent and no answer came: it may or may not have happened. Read before sending it again."""


class NotBegun(Failure):
    """Nothing was done for this one, since others failed before it."""


class TimedOut(Failure):
    """A wait ended at its deadline. `stuck` maps each key to its phase."""

    def __init__(self, message, stuck=None):
        super().__init__(message)
        self.stuck = stuck or {}


def bug(error):
    """What a module fails with when it is its own fault: the words, and the traceback for who asks with -vvv."""
    text = "This is a bug in rackwright.platform, please report it: %s: %s" % (type(error).__name__, error)
    return {"msg": text, "exception": traceback.format_exc()}
