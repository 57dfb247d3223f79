# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the contract suite needs to know of a provider; providers.py and engines.py say it of each.

What is really there (`truth`) is asked past the driver, of the real server, in its own words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contract import modules
from contract.names import RUN
from contract.proxy import Proxy, answer

NO = b'{"error": "no", "message": "no"}'
TROUBLE = b'{"error": "disk is full", "message": "disk is full"}'
OWNER = "contract" + RUN


@dataclass
class Meddler:
    """Somebody else who takes a name in the worst moment: `begin`, and `end` when he goes; or, where nobody can, the
    `answer` that the service gives when it has no room.

    method, path: of the call that he comes before. label: the row that fails, as results name it. key: the same in
    `truth`. words: about why it fails.
    """

    method: str
    path: str
    label: str
    key: object
    words: str
    begin: Callable
    end: Callable
    answer: Callable | None = None


class Provider:
    """What the suite needs to know of a provider.

    SCENES: what can happen to a row, and the verb that does it; the cases about others are left out. Where there is no
    `create`, things are there from the start: declaring ROWS changes them, and `truth` leaves out those that are as
    they were. ASKS: calls after which it believes that its credentials are refused. MODULE: the module that writes.
    ROWS: what is declared. CHANGED: the same, changed in place.
    REPLACED: changed so that it takes a new object, or the reason why there is no such thing. PAGES: calls that it
    takes to read what `many` makes. ATOMIC: whether one call carries all changes. SECRET: what no message may hold.
    AROUND: the label of what a task makes around its rows, as their zone. REMOTE: the reason why it has no
    address where nobody may answer, or None. LATE: whether a killed run's last request is tried that comes late.
    SLOW: replacing takes so long that faults meanwhile are left to `make platforms`.
    """

    SCENES = {"create": "create", "change": "update", "replace": "replace", "delete": "delete"}
    ASKS = 1
    NAME = MODULE = ""
    ROWS = CHANGED = REPLACED = ()
    PAGES = 1
    ATOMIC = LATE = SLOW = False
    SECRET = AROUND = REMOTE = None
    upstream = None
    spell = None  # what a request stands for, where every call is a POST; see Proxy
    WORDS = {401: ("refuses", "401", "Check"), 403: ("refuses", "403", "Check")}  # how refused credentials are told
    TROUBLE = "disk is full"  # how the server's own error is told

    def start(self):
        """Start what must run; sets `upstream`."""

    def stop(self):
        """Stop it, and leave nothing behind."""

    def door(self):
        """A Proxy in front of it."""
        return Proxy(self.upstream, spell=self.spell)

    def run(self, module, args, **how):
        """Run a module where its machine is; see modules.run."""
        return modules.run(module, args, **how)

    def answer(self, status):
        """A fault: the service answers with this HTTP status or what is the same to it; or why it never does."""
        headers = {"Retry_After": "1"} if status == 429 else {}
        return answer(status, TROUBLE if status == 500 else NO, **headers)

    def fresh(self):
        """Take everything of the suite's away."""

    def args(self, url, rows, **more):
        """The arguments of MODULE that declare the rows, with the API at `url`."""
        raise NotImplementedError

    def removal(self, url, rows):
        """(module, arguments) that remove the rows and nothing else."""
        raise NotImplementedError

    def many(self):
        """Rows that fill more than one page; or the reason why a listing has none."""
        raise NotImplementedError

    def fleet(self, number):
        """`number` rows that one task makes, for runs that are killed at each call; None where that is not tested."""
        return None

    def strangers(self):
        """Put beside it what prune must never touch; `truth` then tells it too, under the keys that are returned."""
        raise NotImplementedError

    def truth(self):
        """{key: facts} of what is really there, past the driver."""
        raise NotImplementedError

    def facts(self, rows):
        """What `truth` must be once the rows are there."""
        raise NotImplementedError

    def meddler(self):
        """A Meddler who gets in the way of the second row between reading and writing; or why nobody can."""
        raise NotImplementedError

    def litter(self):
        """Names of what is left behind besides the declared things."""
        return []
