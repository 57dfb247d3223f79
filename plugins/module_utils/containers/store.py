# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers behind a Docker Engine API: read, made, changed, replaced, removed, and safe to be interrupted."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from ..core.errors import Ambiguous, Conflict, Failure, NotFound, TimedOut
from ..core.patience import patiently
from ..core.secrets import hidden, hide
from ..core.wait import wait
from . import wire
from .apart import NEW, OLD, told_apart
from .fields import EMPTY, OF_POD, TELLING
from .hints import explained
from .member import found, into, is_in
from .resource import ended_well, spec

STEADY = 0.2  # seconds that a container without a health check must run to count as running
KILL = ("SIGKILL", "9")  # signals that leave no time to end
TAIL = 10  # lines of a container's log in an error
OUTPUT = 100  # lines of the log of one that is run once
ENDED = ("exited", "dead")
RUNS = ("running", "restarting", "paused")


class Containers:
    """The containers of one engine. client: a clients.docker.DockerClient.

    names: those to read in full; None for all of ours, or all of that owner's. also: names, and owner: whose
    containers, to read as the engine lists them, which is enough to tell and to remove them.
    """

    WORKERS = 8

    def __init__(self, client, names=None, also=(), owner=None):
        self.client, self.owner = client, owner
        self.names = None if names is None else set(names)
        self.also = set(also)
        self.held = []  # (container's name, port) of all that is published, whoever made it
        self.pods = {}  # the pods there are, as member.found tells them
        self.started = {}  # name -> when this run has started it (seconds, monotonic)
        self.replaced = {}  # name -> the row of the old container, which is yet to be removed

    def read(self):
        """One row a container: one list call, then an inspection of each that is wanted in full."""
        items = self._list()
        self.pods = found(items)
        rows = list(told_apart(items, self.pods))
        self.held = [(row["name"], port) for row in rows for port in row["published"]]
        rows = [row for row in rows if self._matters(row)]
        with ThreadPoolExecutor(self.WORKERS) as pool:
            return [row for row in pool.map(self._in_full, rows) if row is not None]

    def ports(self):
        """(container's name, port) of all that is published now, or would be if a stopped container of ours started."""
        rows = list(told_apart(self._list()))
        return [(row["name"], port) for row in rows for port in row["published"] + row["_ports"]]

    def create(self, change):
        """Make and start a container; one that does not start is taken away again."""
        row = change.want
        ident = self._make(change.key, change.key, row, spec(row))
        try:
            self._run(change.key, ident, row)
        except Ambiguous:
            raise
        except Failure as failure:
            self._remove(ident)
            raise explained(failure) from None
        return dict(EMPTY, **row)

    def update(self, change):
        """Change what can be changed in a container as it is."""
        row, before, ident = change.after, change.before, change.before["_id"]
        if before["_actual"] != change.key:
            self.client.call("rename", ident, change.key, write=True)
        limits = wire.limits(row, change.fields)
        if limits:
            self.client.post("/containers/%s/update" % ident, limits)
        if "networks" in change.fields:
            self._connect_anew(ident, before["networks"], row["networks"])
        if row.get("state") == "stopped":
            self._stop(before)
        elif before["state"] == "paused" and "state" in change.fields:
            self.client.call("unpause", ident, write=True)
        elif "state" in change.fields or "settled" in change.fields:
            try:
                self._start(change.key, ident)
            except Failure as failure:
                raise explained(failure) from None
        return row

    def replace(self, change):
        """Put a new container in the old one's place; when it does not start, the old one is back."""
        new, row = self._successor(change)
        if _same(change, row):  # what keeps this one from starting keeps the old one from it, so no way back is kept
            self._end_old(change, new)
            self._take_over(change, new, row)
            return row
        try:
            self._swap(change, new)
            self._run(change.key, new, row)
        except Ambiguous:
            raise
        except Failure as failure:
            raise self._rolled_back(change, new, failure) from None
        self.replaced[change.key] = change.before
        return row

    def arrive(self, _changes):
        """Remove what was replaced, while the new ones show that they run on; returns {name: Failure}."""
        with ThreadPoolExecutor(self.WORKERS) as pool:
            told = dict(zip(self.replaced, pool.map(self._gone, self.replaced.values())))
        self.replaced.clear()
        return {name: failure for name, failure in told.items() if failure}

    def delete(self, change):
        """Stop and remove a container, with the volumes that the engine made for it alone."""
        row = change.before
        with suppress(NotFound):  # the last request of a killed run has removed it
            if row["stop_timeout"] and row["stop_signal"] not in KILL:  # else its removal ends it as quickly
                self._stop(row)
        self._remove(row["_id"], row["_mounts"])

    def listing(self):
        """All containers, whoever made them, as one list call tells of them."""
        return [row for row in told_apart(self._list()) if not row.get("_debris")]

    def now(self):
        """What one list call tells, by name: id, state, health, published ports, addresses."""
        return {row["name"]: {field: row[field] for field in wire.NOW} for row in self.listing()}

    def ready(self, rows, timeout, progress):
        """Wait until each of `rows` runs, and is healthy where it has a health check; returns the last `now`.

        Raises Failure with the last lines of a log.
        """
        wanted, found = {row["name"]: row for row in rows}, {}

        def look(keys):
            found.update(self.now())
            return self._phases(keys, wanted, found)

        # a look that comes before the last one can count as running is a look too many
        time.sleep(max(0.0, max(self.started.values(), default=0.0) + STEADY - time.monotonic()))
        try:
            wait(look, list(wanted), timeout, progress, what="running", label=label)
        except TimedOut as late:
            last = [self._last_words(name, wanted[name]) for name in sorted(late.stuck)[:3]]
            raise TimedOut("%s%s" % (late, "".join(last)), late.stuck) from None
        for name in wanted:
            if wanted[name].get("run_once"):
                found[name]["output"] = hide(self._log(name, OUTPUT), hidden(wanted[name].get("env") or {}))
        return found

    def _phases(self, keys, wanted, found):
        phases, failed = {}, []
        for key in keys:
            row = found.get(key)
            if row is None:
                continue
            once = wanted[key].get("run_once")
            if once and ended_well(row):
                phases[key] = None
            elif row["status"] in ENDED or row["health"] == "unhealthy":
                over = row["status"] in ENDED
                ended = "has ended with exit status %s" % row["exit_code"] if over else "is unhealthy"
                failed.append(
                    "%s %s%s" % (label(key), ended, self._last_words(row["id"], wanted[key]) if len(failed) < 3 else "")
                )
            elif row["status"] != "running" or once:
                phases[key] = row["status"]
            elif row["health"] in (None, "healthy"):
                steady = row["health"] or time.monotonic() - self.started.get(key, 0) >= STEADY
                phases[key] = None if steady else "starting"
            else:
                phases[key] = row["health"]
        if failed:
            raise Failure("; ".join(failed))
        return phases

    def _last_words(self, name, row):
        """The end of a container's log and of its last health check, for an error; secrets masked."""
        try:
            log = self._log(name, TAIL)
            checks = (self.client.call("inspect_container", name)["State"].get("Health") or {}).get("Log") or []
        except Failure as failure:
            return " (its log cannot be read: %s)" % failure
        secrets = hidden(row.get("env") or {})
        text = ". Its last log lines: %s" % (" / ".join(log.strip().splitlines()) or "none")
        if checks and checks[-1].get("ExitCode"):
            words = " / ".join((checks[-1].get("Output") or "").strip().splitlines()[-3:])
            text += ". Its health check ended with exit status %s: %s" % (checks[-1]["ExitCode"], words or "no output")
        return hide(text, secrets)

    def _log(self, name, lines):
        """The last lines that a container has written, as they are."""
        return self.client.call("logs", name, tail=lines).decode("utf-8", "replace")

    def _list(self):
        return self.client.call("containers", all=True)

    def _matters(self, row):
        if row["name"] in self.also or row["name"] in (self.names or ()):
            return True
        if "_foreign" in row or (self.owner is None and self.names is not None):
            return False
        return self.owner in (None, row["owner"])

    def _in_full(self, row):
        if row.get("_debris") or not (self.names is None or row["name"] in self.names):
            return row
        try:
            answer = self.client.call("inspect_container", row["_id"])
        except NotFound:
            return None  # it went while we looked
        full = wire.everything(answer) if "_foreign" in row else wire.seen(answer)
        own = {name: row[name] for name in ("name", "settled", "_actual", "_foreign", "pod") if name in row}
        if row["pod"] and not is_in(answer, self.pods.get(row["pod"], {"share": ()})):
            own["pod"] = ""
        if own["pod"]:
            own.update(((name, EMPTY[name]) for name in OF_POD), addresses=row["addresses"], published=[])
        return dict(full, **own)

    def _make(self, key, actual, row, memory):
        """Make a container under the name `actual`, in its networks but not started; returns its id."""
        memory.pop("_stopped", None)
        if row.get("state") == "stopped":
            memory["_stopped"] = True  # one that was made to run, and never has, was interrupted
        body = wire.body(row, wire.labels(key, row, memory))
        if row.get("pod"):
            body = into(body, row["pod"], self.pods[row["pod"]])
        try:
            try:
                ident = self.client.call("create_container_from_config", body, actual, write=True)["Id"]
            except Conflict:
                if actual == key and self._late(key):
                    raise Ambiguous("a run that was interrupted has asked for it") from None
                if actual == key or not self._clear(key, actual):
                    raise
                ident = self.client.call("create_container_from_config", body, actual, write=True)["Id"]
        except Failure as failure:
            raise explained(failure) from None
        try:
            for network in wire.joined(row):
                self._connect(ident, network)
        except Ambiguous:
            raise
        except Failure:
            self._remove(ident)
            raise
        return ident

    def _late(self, key):
        """Whether the name is taken by our own, whose making the engine had begun but not yet told us of."""
        for pause in wire.LATE:
            time.sleep(pause)
            try:
                answer = self.client.call("inspect_container", key)
            except NotFound:
                continue
            return (answer["Config"].get("Labels") or {}).get(wire.CONTAINER) == key
        return False

    def _clear(self, key, actual):
        """Remove our own leftover under a passing name; whether there was one."""
        try:
            answer = self.client.call("inspect_container", actual)
        except NotFound:
            return True
        if (answer["Config"].get("Labels") or {}).get(wire.CONTAINER) != key:
            return False
        self._remove(answer["Id"])
        return True

    def _successor(self, change):
        """Make the container that is to take the old one's place, under a passing name; returns (its id, the row)."""
        old, row = change.before, dict(change.after)
        row["_kept_volumes"] = wire.carried(old, row)
        memory = spec(change.want, old.get("_spec"))
        if not change.want.get("image"):
            row["_image"] = old["image_id"]  # its name may stand for another image by now
            memory["_image"] = old["image"]
        return self._make(change.key, change.key + NEW, row, memory), row

    def _swap(self, change, new, stop=True):
        """Stop the old container, unless it is to go on, and set it aside; give the new one its name."""
        old, key = change.before, change.key
        with suppress(NotFound):  # removed meanwhile, as in `delete`
            if stop:
                self._stop(old)
            if old["_actual"] == key:
                self.client.call("rename", old["_id"], key + OLD, write=True)
        self.client.call("rename", new, key, write=True)

    def _run(self, key, ident, row):
        """Start a new container, unless it is to be a stopped one."""
        if row.get("state") != "stopped":
            self._start(key, ident)

    def _start(self, key, ident):
        self.client.call("start", ident, write=True)
        self.started[key] = time.monotonic()

    def _stop(self, row):
        """Ask a running container to end, and kill it when its time is up."""
        if row["state"] == "paused":
            self.client.call("unpause", row["_id"], write=True)
        if row["state"] != "stopped":
            self.client.call("stop", row["_id"], row["stop_timeout"], write=True)

    def _end_old(self, change, new):
        """Stop and remove the container that the new one stands in for."""
        try:
            self.delete(change)
        except Ambiguous:
            raise
        except Failure as failure:
            words = Failure("the old one cannot be removed: %s" % failure)
            raise self._rolled_back(change, new, words) from None

    def _take_over(self, change, new, row):
        """Give the new container its name, and start it, when there is no old one any more."""
        try:
            self.client.call("rename", new, change.key, write=True)
            self._run(change.key, new, row)
        except Ambiguous:
            raise
        except Failure as failure:
            words = "the new container is in the old one's place and does not start: %s. The next run starts it"
            raise Failure(words % explained(failure)) from None

    def _remove(self, ident, mounts=()):
        try:
            self.client.call("remove_container", ident, force=True, v=True, write=True)
        except NotFound:
            pass
        for mount in mounts:
            if wire.anonymous(mount):
                try:
                    self.client.call("remove_volume", mount["Name"], write=True)
                except (NotFound, Conflict):
                    pass  # gone with its container, or in use by the one that takes its place

    def _gone(self, old):
        """Remove a container that another one stands for by now; returns None or the Failure, which leaves it there."""
        words = "the new container runs, but the old one cannot be removed: %s. The next run does that"
        try:
            return patiently(lambda: self._remove(old["_id"], old["_mounts"]), safe=True)
        except Failure as failure:
            return Failure(words % failure)

    def _rolled_back(self, change, new, failure):
        """The old container is in its place again, and runs if it did; returns the Failure that tells."""
        key, old = change.key, change.before
        self._remove(new)
        self.started.pop(key, None)
        text = "the new container does not start: %s. The old one is in its place again" % explained(failure)
        try:
            if self.client.call("inspect_container", old["_id"])["Name"].lstrip("/") != key:
                self.client.call("rename", old["_id"], key, write=True)
            if old["status"] in RUNS:
                self.client.call("start", old["_id"], write=True)
                text += " and runs"
        except Failure as trouble:
            text = "the new container does not start: %s. Nor could the old one be brought back: %s" % (
                failure,
                trouble,
            )
        return Failure(text)

    def _connect_anew(self, ident, before, after):
        """Leave the networks that differ and join those that are declared."""
        for network in before:
            if network not in after:
                path = "/networks/%s/disconnect" % network["name"]
                self.client.post(path, {"Container": ident, "Force": True})
        for network in after:
            if network not in before:
                self._connect(ident, network)

    def _connect(self, ident, network):
        path = "/networks/%s/connect" % network["name"]
        self.client.post(path, {"Container": ident, "EndpointConfig": wire.endpoint(network)})


def _same(change, row):
    """Whether the new container differs only in what tells of it, and needs nothing that goes with the old one."""
    told = change.fields and TELLING.issuperset(change.fields)
    return told and not change.before["unit"] and not row["_kept_volumes"]


def label(name):
    return "container %s" % name
