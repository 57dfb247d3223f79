# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks behind a Docker Engine API: read, made, replaced under their containers, removed, safe to be interrupted.

An engine changes nothing of a network in place, gives it no other name, and has no room for two of the same subnet. So
the containers leave the old one, it goes, the new one comes, and they join it. What that takes to be finished or undone
is noted beforehand on the engine: in the labels of a volume, which costs nothing and needs no image.
"""

from __future__ import annotations

import time

from ..core.errors import Ambiguous, Conflict, Failure, NotFound, Refused
from . import network
from .hints import explained
from .network import NETWORK
from .notes import Notes
from .things import Things
from .wire import LATE, called

JOINED = ("already exists in network", "already attached to network", "is already connected")
HINTS = (
    ("overlaps with other one", "Another network or a route of the host has these addresses: choose another subnet"),
    ("non-overlapping IPv6", "The engine has no subnets of IPv6 to choose from: give one in subnets"),
    ("operation not supported", "The engine's kernel does not have this driver"),
)


class Networks(Things):
    """The networks of one engine. members: whether rows tell the containers that are in them."""

    THING = "network"

    def __init__(self, client, owner=None, members=False):
        super().__init__(client, owner)
        self.members = members
        self.all, self.notes = [], Notes(client)  # of the last reading

    def read(self):
        """One row a network; one of ours that is between an end and a new beginning is not settled."""
        noted = self.notes.read()
        self.all = [network.seen(answer) for answer in self.client.call("networks")]
        for row in self.all:
            if row["name"] in noted and "_foreign" not in row:
                row["settled"] = False
        there = {row["name"] for row in self.all}
        for name, notes in noted.items():
            if name not in there:
                self.all.append(dict(network.seen(notes[-1]["was"]), settled=False, id=None, _id=None))
        if self.members:
            items = self.containers()
            for row in self.all:
                row["containers"] = _users(items, row)
        return list(self.all)

    def amend(self, made, _desired, _owner):
        """Raise Refused for what the engine would not do, or would do to somebody else's containers."""
        going = {change.key for change in made.changes if change.verb == "delete"}
        problems = []
        for change in made.changes:
            label = "network %s" % change.key
            if change.verb in ("create", "replace"):
                others = [row for row in self.all if row["name"] not in going | {change.key} and _shares(row, change)]
                problems += ["%s: %s" % (label, text) for text in network.overlaps(change.after, others)]
                if change.after.get("driver") == "overlay" and not self._swarm():
                    problems.append("%s: driver overlay needs a manager of a swarm, which this engine is not" % label)
            if change.verb == "replace":
                problems += ["%s: %s" % (label, text) for text in self._disturbed(change)]
            if change.verb == "delete" and change.before["_id"]:
                names = _users(self.containers(), change.before)
                if names:
                    text = "%s: it is used by container %s; remove or disconnect that first"
                    problems.append(text % (label, ", ".join(names)))
        if problems:
            raise Refused(problems)

    def create(self, change):
        """Make a network."""
        return self._row(self._make(change.want))

    def update(self, change):
        """Finish what an interrupted run has begun: make the network where there is none, connect what was in it."""
        before = change.before
        ident = before["_id"] or self._make(change.after, before["_answer"])
        self._join(change.key, ident, self.notes.ends(change.key))
        self.notes.forget(change.key)
        return self._row(ident)

    def replace(self, change):
        """Put a new network in the old one's place, and its containers in it; the old one again where that fails."""
        old, key = change.before, change.key
        ends, strangers = self._ends(old)
        if strangers:
            raise Conflict("container %s has joined it meanwhile and is not ours; nothing was changed" % strangers[0])
        was = {word: text for word, text in old["_answer"].items() if word not in ("Containers", "Peers")}
        self.notes.take(key, was, ends)
        try:
            if old["_id"]:
                for ident in ends:
                    self._leave(old["_id"], ident)
                self.quietly("remove_network", old["_id"])
            ident = self._make(change.after, old["_answer"])
        except Ambiguous:
            raise
        except Failure as failure:
            raise self._back(old, ends, failure) from None
        self._join(key, ident, ends)
        self.notes.forget(key)
        return self._row(ident)

    def delete(self, change):
        """Remove a network, and what was noted about it."""
        if change.before["_id"]:
            self.quietly("remove_network", change.before["_id"])
        self.notes.forget(change.key)

    def _row(self, ident):
        return network.seen(self.client.call("inspect_network", ident))

    def _make(self, row, before=None, body=None):
        """Make a network; returns its id. before: the engine's answer about the one it replaces."""
        try:
            return self.client.post("/networks/create", body or network.body(row, before))["Id"]
        except Conflict as conflict:
            ident = self._late(row)
            if ident is None:
                raise explained(conflict, HINTS) from None
            return ident
        except Failure as failure:
            raise explained(failure, HINTS) from None

    def _late(self, row):
        """The id of the same network, of which an engine that a killed run has asked for it had not yet told us."""
        for pause in LATE:
            time.sleep(pause)
            found = [network.seen(answer) for answer in self.client.call("networks", names=[row["name"]])]
            found = [one for one in found if one["name"] == row["name"]]
            for one in found:
                if "_foreign" not in one and not NETWORK.differing(one, dict(row, settled=True)):
                    return one["_id"]
            if found:
                return None
        return None

    def _swarm(self):
        return bool((self.client.info().get("Swarm") or {}).get("ControlAvailable"))

    def _disturbed(self, change):
        """What speaks against moving the containers of a network to the one that comes after, as a list of texts."""
        ends, strangers = self._ends(change.before)
        problems = [
            "%s, and container %s in it is not ours to disconnect; do that, or declare what is there"
            % (change.why, name)
            for name in strangers
        ]
        for end in ends.values():
            for address in network.outside(network.fixed(end["end"]), change.after):
                text = "container %s has the address %s in it, which is in none of the new subnets"
                problems.append(text % (end["name"], address))
        return problems

    def _ends(self, row):
        """({container's id: its name and how it is connected}, the names of those that are not ours)."""
        ends, strangers = self.notes.ends(row["name"]), []
        for item in self.containers() if row["_id"] else ():
            if not _is_in(item, row["name"], row["_id"]):
                continue
            if self.is_stranger(item.get("Labels")):
                strangers.append(called(item))
                continue
            try:
                answer = self.client.call("inspect_container", item["Id"])
            except NotFound:
                continue  # it went while we looked
            end = network.endpoint(answer, row["name"], row["_id"])
            if end is not None:
                ends[item["Id"]] = {"name": called(item), "end": end}
        return ends, sorted(strangers)

    def _leave(self, ident, container):
        try:
            self.client.post("/networks/%s/disconnect" % ident, {"Container": container, "Force": True})
        except NotFound:
            pass  # the container is gone
        except Failure as failure:
            if "is not connected" not in str(failure):
                raise

    def _join(self, key, ident, ends):
        """Connect containers to a network, those that insist on an address first. Raises Failure for all that fail."""
        there = {item["Id"]: _is_in(item, key, ident) for item in self.containers()} if ends else {}
        failed = []
        for container, end in sorted(ends.items(), key=lambda one: (not network.fixed(one[1]["end"]), one[1]["name"])):
            if there.get(container, True):
                continue  # it is gone, or in it
            try:
                data = {"Container": container, "EndpointConfig": end["end"]}
                self.client.post("/networks/%s/connect" % ident, data)
            except (Ambiguous, NotFound):
                raise
            except Failure as failure:
                if not any(words in str(failure) for words in JOINED):
                    failed.append("container %s: %s" % (end["name"], failure))
        if failed:
            text = "the network is there, but not all that was in it could be connected again: %s. Run again once %s"
            raise Failure(text % ("; ".join(failed), "the cause is gone; who is still to be connected is kept"))

    def _back(self, old, ends, failure):
        """The old network is in its place again, its containers in it; returns the Failure that tells."""
        try:
            there = [
                row["_id"] for row in map(network.seen, self.client.call("networks")) if row["name"] == old["name"]
            ]
            ident = old["_id"] if old["_id"] in there else self._make(old, body=network.again(old["_answer"]))
            self._join(old["name"], ident, ends)
            self.notes.forget(old["name"])
        except Failure as trouble:
            text = "the new network cannot be made: %s. Nor could the old one be brought back: %s. Run again: %s"
            return Failure(text % (failure, trouble, "what it was and who was in it is kept"))
        names = ", ".join(sorted(end["name"] for end in ends.values()))
        text = "the new network cannot be made: %s. The old one is in its place again" % failure
        return Failure(text + (", and in it %s" % names if names else ""))


def _is_in(item, name, ident):
    """Whether a container of the engine's list is in this network. One that does not run will look for it by name."""
    nets = (item.get("NetworkSettings") or {}).get("Networks") or {}
    asleep = item.get("State") in ("created", "exited", "dead")
    return any(end.get("NetworkID") == ident or (asleep and known in (name, ident)) for known, end in nets.items())


def _users(items, row):
    """The names of the containers of the engine's list that are in a network, in order."""
    there = row["_id"] is not None
    return sorted(called(item) for item in items if there and _is_in(item, row["name"], row["_id"]))


def _shares(row, change):
    """Whether a network takes its addresses from where the changed one does: overlays have a place of their own."""
    return (row["driver"] == "overlay") == (change.after.get("driver") == "overlay")
