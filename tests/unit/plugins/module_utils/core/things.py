# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A made-up resource and an in-memory store (a fake, for the engine's own tests), with faults on request."""

from __future__ import annotations

import threading

from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Ambiguous, Failure
from ansible_collections.rackwright.platform.plugins.module_utils.core.field import Field
from ansible_collections.rackwright.platform.plugins.module_utils.core.resource import Resource


def lower(value):
    """Names are lower case; spaces are refused."""
    if " " in value:
        raise ValueError("%r has a space in it" % value)
    return value.lower()


THING = Resource(
    "thing",
    "things",
    fields=(
        Field("name", normal=lower),
        Field("colour"),
        Field("size", type="int", mutable="replace"),
        Field("seed", mutable="create_only"),
        Field("tags", type="dict", compare="subset"),
        Field("ports", type="list", elements="int", compare="set"),
        Field("password", secret=True),
        Field("owner"),
        Field("id", given=False, compare="ignore"),
    ),
)


class Store:
    """Rows in memory. faults: {(verb, name): [exceptions]}; (exception, True) raises after the work is done."""

    WORKERS = 4

    def __init__(self, rows=(), faults=None):
        self.rows = {row["name"]: dict(row) for row in rows}
        self.faults = faults or {}
        self.calls, self.reads, self.lock = [], 0, threading.Lock()

    def read(self):
        self.reads += 1
        return [dict(row) for row in self.rows.values()]

    def _do(self, change, work):
        with self.lock:
            self.calls.append((change.verb, change.key))
            fault = self.faults.get((change.verb, change.key), [])
            error, late = fault.pop(0) if fault else (None, False)
            if error is None or late:
                work()
            if error is not None:
                raise error
        return self.rows.get(change.key)

    def _put(self, change):
        self.rows[change.key] = dict(change.after, id="id-%s" % change.key)

    def create(self, change):
        assert change.key not in self.rows, "made twice"
        return self._do(change, lambda: self._put(change))

    def update(self, change):
        return self._do(change, lambda: self._put(change))

    def replace(self, change):
        return self._do(change, lambda: self._put(change))

    def delete(self, change):
        return self._do(change, lambda: self.rows.pop(change.key))


class ManyStore(Store):
    """The same, making and removing up to three at once, each with a fate of its own."""

    def cut(self, changes):
        return [changes[i : i + 3] for i in range(0, len(changes), 3)]

    def create_all(self, changes):
        self.calls.append(("create_all", tuple(change.key for change in changes)))
        return {change.key: self._one(super(ManyStore, self).create, change) for change in changes}

    def delete_all(self, changes):
        self.calls.append(("delete_all", tuple(change.key for change in changes)))
        return {change.key: self._one(super(ManyStore, self).delete, change) for change in changes}

    @staticmethod
    def _one(act, change):
        try:
            return act(change)
        except Failure as failure:
            return failure


class BatchStore(Store):
    """The same, taking batches of two."""

    def chunks(self, changes):
        return [changes[i : i + 2] for i in range(0, len(changes), 2)]

    def send(self, changes):
        self.calls.append(("send", tuple(change.key for change in changes)))
        fault = self.faults.get(("send", len([c for c in self.calls if c[0] == "send"])), [])
        error, late = fault.pop(0) if fault else (None, False)
        if error is None or late:
            for change in changes:
                if change.after is None:
                    self.rows.pop(change.key, None)
                else:
                    self._put(change)
        if error is not None:
            raise error


class Beside(Store):
    """A replacement leaves the old thing beside the new one until it is removed; its answer is lost."""

    left = ()

    def read(self):
        return super().read() + list(self.left)

    def replace(self, change):
        super().replace(change)
        self.left = [{"name": "a", "_debris": "the old one"}]
        raise Ambiguous("reset")

    def delete(self, change):
        assert change.before.get("_debris")
        self.left = ()
