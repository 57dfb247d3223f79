# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the membership in force to the declared one, waiting for what takes its time."""

from __future__ import annotations

import time

from ..clients.zookeeper import Session
from ..core.errors import Ambiguous, Conflict, Failure, Unreachable
from . import ensemble

PAUSE = 0.3
PASSING = (Ambiguous, Conflict, Unreachable)


class Patience:
    """A deadline that all steps share."""

    def __init__(self, seconds, clock=time.monotonic, sleep=time.sleep):
        self.end, self.clock, self.sleep = clock() + seconds, clock, sleep

    def until(self, attempt, waiting_for):
        """The first answer of `attempt` that is not None. Raises Failure with the last reason."""
        reason = ""
        while True:
            try:
                answer = attempt()
                if answer is not None:
                    return answer
            except PASSING as error:
                reason = ": %s" % error
            if self.clock() > self.end:
                raise Failure("%s did not come about in time%s" % (waiting_for, reason))
            self.sleep(PAUSE)


def quorum(members, serving, patience, timeout=3.0):
    """The ensemble, once a majority serves, and all those whose names are in `serving`."""

    def attempt():
        found = ensemble.survey(members, timeout)
        waiting = [row for row in found["members"] if row["name"] in serving and not row["mode"]]
        return found if found["spare"] >= 0 and not waiting else None

    try:
        return patience.until(attempt, "A quorum")
    except Failure as failure:
        silent = [
            "%s (%s)" % (row["name"], row["error"])
            for row in ensemble.survey(members, timeout)["members"]
            if row["error"]
        ]
        raise Failure("%s. Without it: %s" % (failure, ", ".join(silent))) from None


def read(here):
    """The membership in force, {id: server}."""
    with Session(*here) as session:
        return ensemble.parse(session.config())[0]


def change(here, secret, step, members, patience):
    """One reconfiguration through the member `here` (address, port); again for as long as that may help."""
    joining, leaving = step

    def attempt():
        if step not in ensemble.steps(read(here), members):
            return True  # a try whose answer was lost has done it
        with Session(*here) as session:
            session.prove(secret)
            session.reconfigure(joining, leaving)
        return True

    patience.until(attempt, "%s" % ("The joining of %s" % joining if joining else "The leaving of %s" % leaving))
