# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes behind a Docker Engine API: read, made, replaced where that is allowed, removed where nobody has them."""

from __future__ import annotations

from ..core.errors import Ambiguous, Conflict, Failure, Refused
from . import folder, volume
from .forms import OURS
from .things import Things, mounted
from .wire import called


class Volumes(Things):
    """The volumes of one engine. members: whether rows tell the containers that have them."""

    THING = "volume"

    def __init__(self, client, owner=None, members=False):
        super().__init__(client, owner)
        self.members = members

    def read(self):
        """One row a volume, in one call; what a network's replacement has noted is none."""
        found = self.client.call("volumes").get("Volumes") or ()
        rows = [volume.seen(answer) for answer in found if OURS["note"] not in (answer.get("Labels") or {})]
        if self.members:
            items = self.containers()
            for row in rows:
                row["containers"] = sorted(called(item) for item in items if row["name"] in mounted(item))
        return rows

    def amend(self, made, desired, _owner):
        """Raise Refused for volumes that shall go and that containers have, and for folders that cannot be."""
        problems = [text for row in desired if row.get("bind") for text in self._unbound(row)]
        going = [c for c in made.changes if c.verb in ("delete", "replace") and not c.before.get("_debris")]
        items = self.containers() if going else ()
        for change in going:
            names = sorted(called(item) for item in items if change.key in mounted(item))
            if names:
                text = "volume %s: container %s has it, so it cannot go; remove that first"
                problems.append(text % (change.key, ", ".join(names)))
        if problems:
            raise Refused(problems)

    def create(self, change):
        """Make a volume, and the folder that it stands for."""
        self._settle(change.want)
        return self._make(change.want)

    def update(self, change):
        """Give the folder that it stands for its owner, group and mode."""
        self._settle(change.want)
        return change.after

    def replace(self, change):
        """Put a new, empty volume in the old one's place, once it is certain that the engine makes it."""
        row = change.after
        self._settle(change.want)
        try:
            self._make(row, change.key + volume.NEW)
        except Ambiguous:
            raise
        except Failure as failure:
            raise type(failure)("the new volume cannot be made: %s. The old one is as it was" % failure) from None
        self.quietly("remove_volume", change.key)
        done = self._make(row)
        self.quietly("remove_volume", change.key + volume.NEW)
        return done

    def delete(self, change):
        """Remove a volume, and what is in it."""
        self.quietly("remove_volume", change.before["_actual"])

    def _unbound(self, row):
        """Why a volume cannot stand for its folder, as a list of texts."""
        if self.client.is_local():
            text = folder.trouble(row["bind"])
        else:
            text = "bind makes a folder on the engine's host, so the task must run there; or give options"
        return ["volume %s: %s" % (row["name"], text)] if text else []

    @staticmethod
    def _settle(row):
        if row.get("bind"):
            folder.settle(row["bind"])

    def _make(self, row, actual=None):
        """Make a volume. An engine gives the one that has the name already, whoever made it: that is looked at."""
        body = volume.body(row, actual)
        answer = self.client.post("/volumes/create", body)
        if (answer.get("Labels") or {}) != body["Labels"]:
            raise Conflict("somebody else has already made a volume of this name; it is left alone")
        return volume.seen(answer)
