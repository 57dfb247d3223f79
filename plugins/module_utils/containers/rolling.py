# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replacement in batches: the next one begins when the last one is healthy; the old containers are kept until then."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from ..core.errors import Ambiguous, Failure, NotBegun, NotFound
from ..core.progress import Progress
from ..core.wait import wait
from . import forms, wire
from .fields import BACK
from .ports import overlap
from .store import RUNS, Containers, label


class Rolling(Containers):
    """Containers that are replaced in batches. strategy: the options of `fields.STRATEGY`. progress: a Progress."""

    def __init__(self, client, names, also, owner, strategy, progress):
        super().__init__(client, names, also, owner)
        self.strategy, self.progress = strategy, progress
        self.batch = forms.batch(strategy["batch"])

    def replace_all(self, changes):
        """Replace batch by batch; returns {key: row or Failure}. Keys left out are to be decided anew."""
        size = self.batch(len(changes))
        done, swapped, failed = {}, [], []
        self.progress.start(len(changes), word="replaced")
        for begin in range(0, len(changes), size):
            batch = changes[begin : begin + size]
            with ThreadPoolExecutor(min(self.WORKERS, len(batch))) as pool:
                found = dict(zip([change.key for change in batch], pool.map(self._one, batch)))
            swapped += [(change, found[change.key]) for change in batch if isinstance(found[change.key], tuple)]
            done.update({key: one[1] if isinstance(one, tuple) else one for key, one in found.items()})
            failed = [key for key, one in found.items() if isinstance(one, Failure)]
            self.progress.step(len(batch) - len(failed), len(failed))
            if failed:
                break
        return self._ended(changes, done, swapped, failed)

    def _ended(self, changes, done, swapped, failed):
        """Take the old containers away, or put them back; say of those that were not begun that they were not."""
        lost = any(isinstance(done[key], Ambiguous) for key in failed)  # decided anew, with all that is left
        back = bool(failed) and not lost and self.strategy["on_failure"] == BACK
        for change, (new, _row) in swapped:
            if back:
                words = "it was replaced, and then container %s failed" % ", ".join(failed)
                done[change.key] = self._rolled_back(change, new, Failure(words))
            else:
                self._remove(change.before["_id"], change.before["_mounts"])
        if failed and not lost:
            rest = [change.key for change in changes if change.key not in done]
            done.update((key, NotBegun("container %s failed before" % ", ".join(failed))) for key in rest)
        return done

    def _one(self, change):
        """Replace one container; returns (id of the new one, its row) once it is healthy, or the Failure."""
        try:
            new, row = self._successor(change)
        except Failure as failure:
            return failure
        old, renames = change.before, self.client.RENAMES
        both = beside(old, row) and (renames or not old["unit"])  # a unit stops what has its name
        named_last, stopped_last = both and renames, both and not old["unit"]
        try:
            if named_last:
                self._up(change.key, new, row)
            self._swap(change, new, stop=not stopped_last)
            if not named_last:
                self._up(change.key, new, row)
            if stopped_last:
                with suppress(NotFound):
                    self._stop(old)
        except Ambiguous as failure:
            return failure
        except Failure as failure:
            return self._rolled_back(change, new, failure)
        return new, row

    def _up(self, key, ident, row):
        """Start it, and wait until it runs, healthy where it has a health check. Raises Failure with its last words."""
        if row.get("state") == "stopped":
            return
        self._start(key, ident)

        def look(keys):
            found = wire.everything(self.client.call("inspect_container", ident))
            return self._phases(keys, {key: row}, {key: found})

        silent = Progress("container", path="")  # the batches tell how far it is
        wait(look, [key], self.strategy["healthy_within"], silent, "running", label)


def beside(old, row):
    """Whether the new container can run while the old one still does."""
    if old["status"] not in RUNS or row.get("state") == "stopped" or row.get("network_mode") == "host":
        return False
    if row.get("pod"):
        return False  # both would listen at the same ports
    if any(overlap(port, theirs) for port in row.get("ports") or () for theirs in old["published"]):
        return False
    if any(network["address"] or network["address_v6"] for network in row.get("networks") or ()):
        return False
    mounts = (row.get("volumes") or []) + (row.get("_kept_volumes") or [])
    return not any(mount["type"] != "tmpfs" and not mount["read_only"] for mount in mounts)
