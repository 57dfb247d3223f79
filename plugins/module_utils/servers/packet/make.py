# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How devices are made: one by one, or like ones by one request, each with a fate of its own.

The API has no token that keeps a request from being carried out twice, and makes a batch's devices after it has
answered. So before anything is made, batches that an interrupted run has left under way come to their end, and what
they made is taken for what it is.
"""

from __future__ import annotations

import datetime
import json
import threading

from ...core.errors import Ambiguous, Failure, TimedOut
from ...core.progress import Progress
from ...core.wait import wait
from ..resource import moment
from . import rows as shape

BATCH = 50  # devices in one request
MADE = 600  # seconds that a batch may take until its devices are there
STUCK = datetime.timedelta(hours=1)
OPEN = ("queued", "in_progress")


def alike(changes):
    """The changes in groups of like servers that one request makes."""
    groups = {}
    for change in changes:
        like = {name: value for name, value in change.want.items() if name not in ("name", "user_data")}
        groups.setdefault(json.dumps(like, sort_keys=True, default=str), []).append(change)
    return [group[i : i + BATCH] for group in groups.values() for i in range(0, len(group), BATCH)]


class Maker:
    """api: an Api. listed: a function that returns the rows of all devices as they are now."""

    def __init__(self, api, catalogue, listed):
        self.api, self.catalogue, self.listed = api, catalogue, listed
        self.lock, self.late = threading.Lock(), None

    def forget(self):
        """Somebody has read what is there; what came later is to be found anew."""
        self.late = None

    def make(self, changes):
        """{name: row or Failure} of the servers of `changes`, which are alike."""
        there = self._late()
        found = {c.key: Ambiguous("it came about meanwhile") for c in changes if c.key in there}
        todo = [change for change in changes if change.key not in found]
        if len(todo) == 1:
            found[todo[0].key] = self.one(todo[0].want, todo[0].want.get("_user_data"))
        elif todo:
            found.update(self._many(todo))
        return found

    def one(self, row, user_data, **stamps):
        """Make one device; returns its row."""
        body = shape.body(row, self.catalogue.where(row["facility"]), user_data, **stamps)
        path = "%s/devices?include=%s" % (self.api.project, shape.EMBED)
        return shape.row_of(self.api.send("POST", path, body))

    def _late(self):
        """The names of all servers that are there now, once no batch is under way any more."""
        with self.lock:
            if self.late is None:
                self._await_others()
                self.late = {row["name"] for row in self.listed() if "_debris" not in row}
            return self.late

    def _await_others(self):
        """Wait for the batches under way; one that has been so for an hour has got stuck and will make nothing."""
        late = (datetime.datetime.now(datetime.timezone.utc) - STUCK).strftime("%Y-%m-%dT%H:%M:%SZ")
        found = [one for one in self._batches() if one.get("state") in OPEN]
        try:
            self._finish([one["id"] for one in found if moment(one.get("created_at") or late) >= late])
        except Ambiguous as failure:
            text = "%s; what they make could be made twice, so nothing was begun: run again later"
            raise Failure(text % failure) from None

    def _many(self, changes):
        bodies = []
        for change in changes:
            where = self.catalogue.where(change.want["facility"])
            bodies.append(dict(shape.body(change.want, where, change.want.get("_user_data")), quantity=1))
        made = self.api.send("POST", self.api.project + "/devices/batch", {"batches": bodies}).get("batches") or []
        ids = [one["id"] for one in made]
        ended = self._finish(ids)
        there = {row["name"]: row for row in self.listed() if "_debris" not in row}
        found = {change.key: there[change.key] for change in changes if change.key in there}
        for change, one in zip(changes, ids):
            errors = (ended.get(one) or {}).get("error_messages")
            if change.key not in found and errors:
                found[change.key] = Failure("provider packet could not make it: %s" % "; ".join(errors))
        return found  # what is in neither is looked up by the engine

    def _batches(self):
        return self.api.get(self.api.project + "/batches").get("batches") or []

    def _finish(self, ids):
        """Wait until these batches are over; returns them by id. Raises Ambiguous."""
        seen = {}

        def look(left):
            seen.update((one["id"], one) for one in self._batches())
            return {one: seen[one]["state"] if seen[one].get("state") in OPEN else None for one in left if one in seen}

        if ids:
            try:
                wait(look, ids, MADE, Progress("batch", path=""), what="made", label="batch {}".format)
            except TimedOut as late:
                raise Ambiguous(str(late)) from None
        return seen
