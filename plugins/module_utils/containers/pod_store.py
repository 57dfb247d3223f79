# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods behind a Docker Engine API: read, made, replaced with the containers in them, removed, safe to be interrupted.

A pod is a small container that holds namespaces, and others that join them. Nothing of it changes in place, and what
has joined cannot move to another one. So for a replacement the containers in it go, it goes, the new one comes, and
they are made again as they were. What that takes to be finished or undone is noted beforehand on the engine.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from ..core.errors import Ambiguous, Conflict, Failure, NotFound, Refused
from . import member, pod, wire
from .apart import told_apart
from .hints import explained
from .notes import Notes
from .store import RUNS, label
from .things import Things
from .vet import Local, networks, ports


class View:
    """The engine's list of containers at one moment, and the pods in it."""

    def __init__(self, items):
        self.items, self.pods = items, member.found(items)

    def members(self, name):
        """(name, item) of what is in a pod, beside what holds it."""
        items = (item for item in self.items if not member.holds(item) and member.pod_of(item, self.pods) == name)
        return [(wire.called(item), item) for item in items]


class Pods(Things):
    """The pods of one engine. later: in check mode, takes what an earlier task may still make, as a text."""

    THING = "pod"

    SHARED = ("ipc", "net")  # what a pod shares unless told otherwise

    def __init__(self, client, owner=None, later=None):
        super().__init__(client, owner)
        self.later, self.notes = later, Notes(client, "pod")
        self.view = View([])  # as it was read

    def read(self):
        """One row a pod; one that is between an end and a new beginning is not settled."""
        noted, view = self.notes.read(), self._look()
        self.view, holders = view, filter(member.holds, view.items)
        with ThreadPoolExecutor(self.WORKERS) as pool:
            rows = [row for row in pool.map(lambda item: self._seen(item, view), holders) if row]
        for row in rows:
            if row["name"] in noted and "_foreign" not in row:
                row["settled"] = False
        there = {row["name"] for row in rows}
        lost = [self.notes.was(name) for name in noted if name not in there]
        return rows + [dict(was, settled=False, id=None, _id=None) for was in lost]

    def amend(self, made, _desired, _owner):
        """Raise Refused for what the engine would not do, or would do to somebody else's containers."""
        gone = {"pod " + change.key for change in made.changes if change.verb in ("delete", "replace")}
        problems, held, local = [], list(self._held()), Local(self.client)
        for change in made.changes:
            problems += [(change, text) for text in self._missing(change)]
            problems += [(change, text) for text in self._disturbed(change)]
            if change.verb in ("create", "replace") and change.after.get("state") != "stopped":
                row = dict(change.after, name="pod " + change.key)
                problems += [(change, text) for text in ports(row, held, gone, local, "%s")]
        if problems:
            raise Refused(["pod %s: %s" % (change.key, text) for change, text in problems])

    def create(self, change):
        """Make a pod, and start it."""
        row = change.want
        ident = self._make(row)
        try:
            self._run(row, ident)
        except Ambiguous:
            raise
        except Failure as failure:
            self._take_away(row["name"], ident)
            raise explained(failure) from None
        return self._row(row["name"])

    def update(self, change):
        """Start it or stop it, with what is in it; finish what an interrupted run has begun."""
        row, before = change.after, change.before
        if change.want.get("state") is None and before["settled"] is False:
            row = dict(row, state=self.notes.was(change.key)["state"])
        ident = before["_id"] or self._make(row)
        if before["state"] == "paused" and before["_id"]:
            self.client.call("unpause", ident, write=True)
        if row["state"] == "stopped":
            self._stop(row["name"], ident)
        elif before["state"] == "stopped" or not before["_id"]:
            self._run(row, ident)
            self._rouse(row["name"])
        self._return(row, self.notes.ends(change.key))
        self.notes.forget(change.key)
        return self._row(change.key)

    def replace(self, change):
        """Put a new pod in the old one's place, and its containers in it; the old one again where that fails."""
        old, row, view = change.before, change.after, self._look()
        strangers = self._strangers(change.key, view)
        if strangers:
            raise Conflict("container %s has joined it meanwhile and is not ours; nothing was changed" % strangers[0])
        ends = self._ends(change.key, view)
        was = {name: value for name, value in old.items() if name not in ("containers", "addresses")}
        self.notes.take(change.key, was, ends)
        try:
            self._clear(change.key, old["_id"], view)
            self._run(row, self._make(row))
        except Ambiguous:
            raise
        except Failure as failure:
            raise self._back(old, ends, failure) from None
        self._return(row, ends)
        self.notes.forget(change.key)
        return self._row(change.key)

    def delete(self, change):
        """Remove a pod, and what was noted about it."""
        if change.before["_id"]:
            self._take_away(change.key, change.before["_id"])
        self.notes.forget(change.key)

    def _look(self):
        return View(self.containers())

    def _seen(self, item, view):
        try:
            answer = self.client.call("inspect_container", item["Id"])
        except NotFound:
            return None  # it went while we looked
        names = [called for called, _item in view.members(member.holds(item))]
        return pod.seen(item, answer, sorted(names))

    def _row(self, name):
        view = self._look()
        return next((self._seen(item, view) for item in view.items if member.holds(item) == name), None)

    def _strangers(self, name, view):
        """The names of those in a pod that are not ours."""
        return sorted(called for called, item in view.members(name) if self.is_stranger(item.get("Labels")))

    def _held(self):
        """(who, port) of all that is published."""
        for item in self.view.items:
            name = member.pod_of(item, self.view.pods) or member.holds(item)
            for port in wire.listed(item)["published"]:
                yield "pod " + name if name else label(wire.called(item)), port

    def _missing(self, change):
        """What the engine lacks for a pod that is to be made: networks, an image."""
        if change.verb not in ("create", "replace"):
            return []
        texts = [text for _row, text in networks(self.client, [change.after])]
        if change.after.get("image"):
            try:
                self.client.call("inspect_image", change.after["image"])
            except NotFound:
                text = "image %s is not on the engine; bring it with rackwright.platform.container_image"
                texts.append(text % change.after["image"])
        for text in texts if self.later else ():
            self.later("pod %s: %s" % (change.key, text))
        texts = [] if self.later else texts
        if any(wire.called(item) == change.key and not member.holds(item) for item in self.view.items):
            texts.append("a container has this name already; choose another")  # Podman 5 would allow that
        return texts + self._lacking(change.after)

    def _lacking(self, row):
        """What a row must say for this engine, as a list of texts."""
        return [] if row.get("image") else ["image must be given: a Docker engine has none of its own for this"]

    def _disturbed(self, change):
        """What speaks against a change because of who is in the pod, as a list of texts."""
        members = self.view.members(change.key) if change.before and change.before["_id"] else []
        if change.verb == "delete" and members:
            text = "container %s is in it; remove that first, with state absent of rackwright.platform.container"
            return [text % ", ".join(sorted(called for called, _item in members))]
        if change.verb == "replace":
            text = "%s, and container %s in it is not ours to make anew; remove that, or declare what is there"
            return [text % (change.why, name) for name in self._strangers(change.key, self.view)]
        if change.verb == "update" and change.after["state"] == "stopped":
            awake = {called for called, item in members if item.get("State") in RUNS}
            text = "container %s in it is not ours to stop; stop that first"
            return [text % name for name in self._strangers(change.key, self.view) if name in awake]
        return []

    def _make(self, row):
        """Make the container that holds the namespaces, in its networks but not started; returns its id."""
        row = dict(row, share=row.get("share") or list(self.SHARED))
        try:
            return self._create(row)
        except Failure as failure:
            raise explained(failure) from None

    def _create(self, row):
        ident = self.client.call("create_container_from_config", pod.body(row), row["name"], write=True)["Id"]
        try:
            for network in wire.joined(row):
                data = {"Container": ident, "EndpointConfig": wire.endpoint(network)}
                self.client.post("/networks/%s/connect" % network["name"], data)
        except Ambiguous:
            raise
        except Failure:
            self._take_away(row["name"], ident)
            raise
        return ident

    def _take_away(self, _name, ident):
        """Remove what holds a pod together, in which nothing is any more."""
        self.quietly("remove_container", ident, force=True, v=True)

    def _run(self, row, ident):
        if row.get("state") != "stopped":
            self.client.call("start", ident, write=True)

    def _rouse(self, name):
        """Start what is in a pod that has just started; what ran on without it is still in namespaces of before."""
        for row in self._ours(name, self.view):
            if row["status"] in RUNS:
                self._halt(row)
            if not row.get("_debris"):
                self.client.call("start", row["_id"], write=True)

    def _stop(self, name, ident):
        """Stop what is in a pod, then the pod."""
        with ThreadPoolExecutor(self.WORKERS) as pool:
            list(pool.map(self._halt, self._ours(name, self.view)))
        self.client.call("stop", ident, 0, write=True)

    def _halt(self, row):
        if row["state"] == "paused":
            self.client.call("unpause", row["_id"], write=True)
        if row["state"] != "stopped":
            self.client.call("stop", row["_id"], row["stop_timeout"], write=True)

    def _ours(self, name, view):
        """Our containers in a pod as the engine's list tells them, the oldest first."""
        ours = {item["Id"] for _called, item in view.members(name) if not self.is_stranger(item.get("Labels"))}
        rows = [row for row in told_apart(view.items, view.pods) if row["_id"] in ours]
        return sorted(rows, key=lambda row: (row["created"], row["name"]))

    def _ends(self, name, view):
        """{container's name: how it is made again, and whether it runs} of our containers in a pod, or once in it."""
        ends = self.notes.ends(name)
        for place, row in enumerate(self._ours(name, view)):
            if row.get("_debris"):
                continue
            try:
                answer = self.client.call("inspect_container", row["_id"])
            except NotFound:
                continue  # it went while we looked
            full = dict(wire.seen(answer), name=row["name"])
            ran = row["status"] in RUNS or ends.get(row["name"], {}).get("ran", False)  # who was stopped for this ran
            ends[row["name"]] = {"body": wire.again(full), "ran": ran, "place": place}
        return ends

    def _clear(self, name, ident, view):
        """Take a pod away with our containers in it; their volumes stay."""
        if not ident:
            return
        ours = self._ours(name, view)
        with ThreadPoolExecutor(self.WORKERS) as pool:
            list(pool.map(self._halt, ours))
        for row in ours:
            self.quietly("remove_container", row["_id"], force=True, v=False)
        self._take_away(name, ident)

    def _return(self, row, ends):
        """Make containers again in a pod, and start those that ran. Raises Failure for all that fail."""
        if not ends:
            return
        view = self._look()
        there = {wire.called(item): item for item in view.items}
        inside = {called for called, _item in view.members(row["name"])}
        failed = []
        for name, end in sorted(ends.items(), key=lambda one: one[1]["place"]):
            try:
                if name not in there:
                    config = member.into(end["body"], row["name"], view.pods[row["name"]])
                    ident = self.client.call("create_container_from_config", config, name, write=True)["Id"]
                elif name in inside:
                    ident = there[name]["Id"]
                elif self.is_stranger(there[name].get("Labels")):
                    raise Conflict("somebody else has made one of this name meanwhile")
                else:
                    continue  # by now it is declared elsewhere
                if end["ran"] and row.get("state") != "stopped":
                    self.client.call("start", ident, write=True)
            except Ambiguous:
                raise
            except Failure as failure:
                failed.append("container %s: %s" % (name, explained(failure)))
        if failed:
            text = "the pod is there, but not all that was in it could be made again: %s. Run again once %s"
            raise Failure(text % ("; ".join(failed), "the cause is gone; how they were is kept"))

    def _back(self, old, ends, failure):
        """The old pod is in its place again, its containers in it; returns the Failure that tells."""
        try:
            there = self._look().pods.get(old["name"], {}).get("id")
            if there is None or there != old["_id"]:
                if there:
                    self._take_away(old["name"], there)  # it does not start
                self._run(old, self._make(old))
            self._return(old, ends)
            self.notes.forget(old["name"])
        except Failure as trouble:
            text = "the new pod cannot be made: %s. Nor could the old one be brought back: %s. Run again: %s"
            return Failure(text % (explained(failure), trouble, "what it was and what was in it is kept"))
        text = "the new pod cannot be made: %s. The old one is in its place again" % explained(failure)
        return Failure(text + (", and in it %s" % ", ".join(sorted(ends)) if ends else ""))
