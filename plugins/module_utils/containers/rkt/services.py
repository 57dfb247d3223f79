# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The systemd units that run pods of rkt, and what lies beside them: written, started, put back, stopped, taken away.

A unit is written first, whole, and removed last, so that whatever a killed run leaves is known by it. Beside it lie the
pod's UUID, which rkt itself saves before anything else, the variables, and how the program ended.
"""

from __future__ import annotations

import os
import signal
import time

from ...core.errors import Ambiguous, Failure, NotFound, Refused
from ...core.files import read, replace
from ..forms import moment
from ..store import TAIL
from . import words
from .client import OWN

FOLDER = 0o700  # of what must not be seen by everybody
UP, AGAIN = ("active", "activating", "reloading", "deactivating"), "auto-restart"
REMAINS = "exited"  # what systemd calls a unit that runs nothing any more, and counts as active
LIVING = ("running", "preparing", "embryo")
POLL = 0.1


class Services:
    """What knows units by their keys: a container's name, or a pod's as words.pod_key has it.

    client: a RktClient. started: when this run has started which (seconds, monotonic).
    """

    def _unit(self, key):
        return os.path.join(self.client.units, words.unit_name(key))

    def _file(self, key, ending):
        return os.path.join(self.client.folder, "%s.%s" % (key, ending))

    def _write(self, key, text, env):
        """Write what differs, the unit before all else, since by it the rest is known; and tell systemd."""
        unit, variables = self._unit(key), self._file(key, "env")
        try:
            os.makedirs(self.client.folder, mode=FOLDER, exist_ok=True)
            if read(unit) != text:
                replace(unit, text)
            if env and read(variables) != env:
                replace(variables, env, 0o600)
            elif not env and os.path.exists(variables):
                os.unlink(variables)
        except OSError as error:
            raise Failure("its unit or its variables cannot be written: %s" % error) from None
        self.client.systemctl("daemon-reload")

    def _boot(self, key, row):
        """Have the unit started with the host, or not, as its restart policy asks."""
        unit, wanted = words.unit_name(key), at_boot(row)
        known = self.client.services([unit]).get(unit, {}).get("UnitFileState")
        if wanted != (known == "enabled"):
            self.client.systemctl("enable" if wanted else "disable", unit)

    def _start(self, key, text):
        """Start a unit, and wait until its pod runs, or has run."""
        unit, mark = words.unit_name(key), words.ours(text)["Pod"]
        if "StartLimitBurst" in text:
            self._forget(unit)  # or starts by hand would count as well
        self.client.systemctl("start", unit)
        self.started[key] = time.monotonic()
        while mark and not self._has_begun(key, unit, mark):  # a pod of no apps has none, and nothing to wait for
            if time.monotonic() - self.started[key] > self.client.timeout:
                raise Failure("its pod does not run after %d s%s" % (self.client.timeout, self._said(key)))
            time.sleep(POLL)

    def _has_begun(self, key, unit, mark):
        seen = self.client.services([unit]).get(unit, {})
        if seen.get("ActiveState") not in UP or seen.get("SubState") == AGAIN:
            if self._ended(key) == OWN:
                raise Failure("its pod does not start%s" % self._said(key))
            return True
        uuid = self._uuid(key)
        pods = [pod for pod in self.client.pods() if pod["name"] == uuid]
        return bool(pods) and pods[0]["state"] not in LIVING[1:] and marks(pods[0]).get(words.SPEC) == mark

    def _is_up(self, key):
        unit = words.unit_name(key)
        return self.client.services([unit]).get(unit, {}).get("ActiveState") in UP

    def _uuid(self, key):
        return (read(self._file(key, "uuid")) or "").strip()

    def _said(self, key):
        lines = self._log(key, TAIL).strip().splitlines()
        return ". Its last log lines: %s" % (" / ".join(lines) or "none")

    def _stop_unit(self, key):
        """Stop a unit, also one that waits to be started again, and forget how it failed."""
        unit = words.unit_name(key)
        state = self.client.services([unit]).get(unit, {}).get("ActiveState")
        if state in UP:
            self.client.systemctl("stop", unit)
        if state != "inactive":
            self._forget(unit)

    def _forget(self, unit):
        try:
            self.client.systemctl("reset-failed", unit)
        except Ambiguous:
            raise
        except Failure:
            pass  # it had not failed

    def _put_back(self, key, before, row, ran, failure, what="container"):
        """The old unit and its variables are in their place again, and it runs if it did; returns the Failure that
        tells. row: with the restart policy of before."""
        text = "the new %s does not start: %s. " % (what, failure)
        old, env = before
        self.started.pop(key, None)
        try:
            self._stop_unit(key)
            self._write(key, old, env or "")
            self._boot(key, row)
            if ran:
                self._start(key, old)
                return Failure(text + "The old one is in its place again and runs")
        except Failure as trouble:
            return Failure(text + "Nor could the old one be brought back: %s" % trouble)
        return Failure(text + "The old one is in its place again")

    def _clear(self, key):
        """Take away all that a container is, the unit at last."""
        self._stop_unit(key)
        unit = words.unit_name(key)
        if self.client.services([unit]).get(unit, {}).get("UnitFileState") == "enabled":
            self.client.systemctl("disable", unit)
        self._remove_pod(self._uuid(key))
        for path in [self._file(key, ending) for ending in ("env", "ended", "uuid")] + [self._unit(key)]:
            if os.path.exists(path):
                os.unlink(path)
        self.client.systemctl("daemon-reload")

    def _remove_pod(self, uuid):
        try:
            if uuid:
                self.client.rkt("rm", uuid, write=True)
        except NotFound:
            pass

    def _end_of(self, key):
        """How what ran last has ended, as systemd leaves it in a file for us: (how, the status, which life it was)."""
        found = (read(self._file(key, "ended")) or "").split()
        return found if len(found) == 3 else ("", "", "")

    def _ended(self, key):
        """The exit status of what ran last, None where nothing has ended."""
        how, status, _life = self._end_of(key)
        if not how:
            return None
        return int(status) if status.isdigit() else 128 + _number(status)

    def _log(self, name, lines):
        """The last lines of what runs, or of what has ended: of that systemd itself forgets which life it was."""
        unit = words.unit_name(name)
        now = self.client.services([unit]).get(unit, {}).get("InvocationID")
        last = now or self._end_of(name)[2]
        return self.client.journal(last, lines) if last else ""

    def _units(self):
        """What our section says of each unit that bears a name of ours, None where it has none."""
        try:
            found = sorted(os.listdir(self.client.units))
        except OSError as error:
            raise Refused("rkt.units: %s: %s" % (self.client.units, error.strerror)) from None
        names = [
            entry[len(words.PREFIX) : -len(words.ENDING)]
            for entry in found
            if entry.startswith(words.PREFIX) and entry.endswith(words.ENDING)
        ]
        return {name: words.ours(read(self._unit(name))) for name in names}

    def _survey(self):
        """(key, what its unit says of itself, its pod if there is one, what systemd knows of it) of each unit, and
        (key, pod) of each pod that is none of a unit's; the key is None where Rackwright did not make it."""
        pods = self.client.pods()
        units = self._units()  # after the pods, so that one that has just come is not taken for left over
        states = self.client.services(sorted(map(words.unit_name, units)))
        uuids = {key: self._uuid(key) for key in units}
        found = {pod["name"]: pod for pod in pods}
        seen = [(key, own, found.get(uuids[key]), states.get(words.unit_name(key), {})) for key, own in units.items()]
        others = [(key_of(pod), pod) for pod in pods if pod["name"] not in uuids.values()]
        return seen, [(key, pod) for key, pod in others if not (pod["state"] in LIVING and units.get(key))]

    def _sweep(self, row):
        """Remove a pod that is left of something."""
        if row["_state"] in LIVING:
            self.client.rkt("stop", row["_id"], write=True)
            self._end(row["_id"])
        else:
            self._remove_pod(row["_id"])

    def _end(self, uuid):
        """Remove a pod once it has ended."""
        deadline = time.monotonic() + self.client.timeout
        while any(pod["name"] == uuid and pod["state"] in LIVING for pod in self.client.pods()):
            if time.monotonic() > deadline:
                raise Failure("pod %s does not end; stop it by hand, then run again" % uuid)
            time.sleep(POLL)
        self._remove_pod(uuid)


def at_boot(row):
    """Whether a unit starts with the host."""
    return row["restart"] == "always" or (row["restart"] == "unless-stopped" and row.get("state") != "stopped")


def taken_up(row, seen):
    """Whether systemd goes by a unit as it is now. One that may be stopped for good may also have stopped by itself."""
    loose = row["restart"] == "unless-stopped" and row["state"] == "stopped"
    boots = loose or at_boot(row) == (seen.get("UnitFileState") == "enabled")
    return boots and seen.get("NeedDaemonReload") != "yes"


def settled(own, row, pod, seen):
    """Whether what runs is what a unit says of itself. row: with its restart policy, and whether it is up."""
    idle = own["Apps"] and seen.get("SubState") == REMAINS
    mark = marks(pod).get(words.SPEC) if pod and row["state"] == "started" else None
    return own["intact"] and taken_up(row, seen) and not idle and mark in (None, own["Pod"])


def marks(pod):
    """Our annotations of a pod's first app."""
    return (pod["apps"][0].get("user_annotations") or {}) if pod.get("apps") else {}


def key_of(pod):
    """The key of the unit that a pod is of, as its annotations have it; None where it is not ours."""
    said = marks(pod)
    return words.pod_key(said[words.POD]) if words.POD in said else said.get(words.CONTAINER)


def about(pod):
    """What a pod adds to the row of what it is."""
    addresses = {net["netName"]: net["ip"] for net in pod.get("networks") or () if net.get("ip")}
    begun = pod.get("created_at")
    return {
        "id": pod["name"],
        "_id": pod["name"],
        "_state": pod["state"],
        "addresses": addresses if pod["state"] == "running" else {},
        "created": moment(begun) if begun else None,
    }


def _number(name):
    """A signal's number by its name without SIG."""
    return int(getattr(signal, "SIG" + name, 0))
