# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines as they stand, through their Redfish controllers: power, boot device, virtual media and light."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from ...core.errors import Failure, Refused, TimedOut
from ..base import ServerDriver
from ..redfish import rows as shape
from ..redfish.controller import EJECT, INSERT, RESET, SYSTEMS, Controller
from ..redfish.options import OPTIONS, machines

EXISTING = "a machine is there or it is not; redfish.machines names those that are"
NO_INSTALLER = "a controller installs nothing; mount an installer with media and boot from it, or use ironic"
NO_NOTES = "a controller keeps no notes of ours"
PAUSES = (0.1, 2.0)  # seconds between two looks at a machine that goes on or off: at first, at most


class Redfish(ServerDriver):
    """Existing machines; also the store of the resource SERVER. Reading takes a call for each: the protocol's way."""

    NAME = "redfish"
    TITLE = "machines with a Redfish controller"
    LINK = "https://www.dmtf.org/standards/redfish"
    REQUIRES = (("urllib3", "urllib3"),)
    OPTIONS = OPTIONS
    WORKERS = 16
    NEEDS = ()
    READY = ("api",)
    CAPS = {
        "boot": True,
        "media": True,
        "indicator": True,
        "plan": "a machine has the size that it has",
        "image": NO_INSTALLER,
        "user_data": NO_INSTALLER,
        "ssh_keys": NO_INSTALLER,
        "tags": NO_NOTES,
        "owner": NO_NOTES,
        "machine": "a server is its machine; redfish.machines gives it its name",
        "action=reinstall": NO_INSTALLER,
        "action=replace": NO_INSTALLER,
        "action=delete": EXISTING + "; `state: off` turns it off",
    }

    def __init__(self, options, transport=None):
        super().__init__(options, transport)
        self.machines = machines(options)
        self.controllers, self.with_media = {}, set()
        for one in self.machines or [options]:
            login = tuple(one.get(name) for name in ("url", "username", "password"))
            if login not in self.controllers:
                self.controllers[login] = Controller(*login, options)

    def read(self):
        """All machines, a call for each, those of all controllers at the same time."""
        asked = self._asked()
        with ThreadPoolExecutor(max(1, min(self.WORKERS, len(asked)))) as pool:
            found = list(pool.map(self._row, asked))
        dead = [row for row in found if row.get("_dead")]
        if found and len(dead) == len(found):
            raise dead[0]["_dead"]
        return found

    def _asked(self):
        """(what the options say of it, its controller, its path or None) of every machine."""
        if self.machines is not None:
            return [(one, self._controller_of(one), None) for one in self.machines]
        (controller,) = self.controllers.values()
        facts = {name: self.options.get(name) for name in ("url", "username", "password")}
        return [(facts, controller, path) for path in controller.members(SYSTEMS)]

    def _controller_of(self, machine):
        return self.controllers[tuple(machine.get(name) for name in ("url", "username", "password"))]

    def _row(self, asked):
        """A machine's row; one whose controller does not answer is a failed server that says so when it is wanted."""
        machine, controller, path = asked
        try:
            system = controller.get(path or controller.find(machine.get("system")))
            row = shape.row(machine, system)
            row["_controller"] = controller
            if row["name"] in self.with_media:
                row["media"] = self._media(row)[1]
            return row
        except ValueError as error:
            raise Refused("redfish: %s at %s" % (error, controller.url)) from None
        except Failure as failure:
            if self.machines is None:
                raise
            return {
                "name": machine["name"],
                "provider": "redfish",
                "state": "failed",
                "installed": True,
                "_dead": failure,
            }

    def vet(self, rows, current):
        """Raise Refused for machines that are not there, and for what a machine cannot do. Reads declared media."""
        have, found = {row["name"]: row for row in current}, []
        for want in rows:
            row = have.get(want["name"])
            if row is None:
                names = ", ".join(sorted(have)[:30]) or "none"
                found.append("server %s: %s; there are %s" % (want["name"], EXISTING, names))
            elif row.get("_dead"):
                found.append("server %s: %s" % (want["name"], row["_dead"]))
            else:
                found += shape.problems(want, row)
        if found:
            raise Refused(found)
        self.with_media = {want["name"] for want in rows if want.get("media") is not None}
        looked = [have[name] for name in self.with_media]
        with ThreadPoolExecutor(self.WORKERS) as pool:
            for row, (drive, image) in zip(looked, pool.map(self._media, looked)):
                row["media"] = image
                if drive is None:
                    found.append("server %s: its controller has no virtual drive for discs" % row["name"])
        if found:
            raise Refused(found)

    def update(self, change):
        """Make a machine as declared: what it boots from before its power."""
        row, want = change.before, change.want
        self._able(row)
        if "media" in change.fields:
            self._insert(row, want["media"])
        if "boot" in change.fields:
            self._boot(row, want["boot"])
        if "indicator" in change.fields:
            controller, system = row["_controller"], row["_system"]
            fresh = controller.get(system["@odata.id"])
            controller.patch(system["@odata.id"], shape.light_body(want["indicator"], system), fresh.get("_etag"))
        if "power" in change.fields:
            self.power_on(change) if want["power"] == "on" else self.power_off(change)

    def power_on(self, change):
        """Turn it on, and wait until it is."""
        self._able(change.before)
        self._reset(change.before, "power_on")
        self._await(change.before, "On")

    def power_off(self, change):
        """Have its system shut down; if it does not in time, take the power away."""
        row = change.before
        self._able(row)
        way = self._reset(row, "power_off")
        try:
            self._await(row, "Off", self.options.get("shutdown") or 120 if way == "GracefulShutdown" else None)
        except TimedOut:
            if way != "GracefulShutdown" or "ForceOff" not in shape.allowed(row["_system"], "force_off"):
                raise
            self._reset(row, "force_off")
            self._await(row, "Off")

    def reboot(self, change):
        """Shut down and start again; what is off is started."""
        self._restart(change, "reboot")

    def power_cycle(self, change):
        """Take the power away and give it back; what is off is started."""
        self._restart(change, "power_cycle")

    def phases(self, keys, signs=()):
        """{name: phase} of the machines `keys`, a call for each."""
        rows = [row for row in self.read() if row["name"] in set(keys)]
        return {row["name"]: None if row["state"] in ("active", "failed") else row["state"] for row in rows}

    def why(self, row, user_data=""):
        """Why a machine counts as failed."""
        return str(row.get("_dead") or "its controller does not say whether it is on")

    def _able(self, row):
        """Raise for a machine whose controller does not answer; the others go on."""
        if row.get("_dead"):
            raise Failure(str(row["_dead"]))

    def _restart(self, change, verb):
        row = change.before
        self._able(row)
        if row["power"] == "off":
            self.power_on(change)
            return
        way = self._reset(row, verb)
        if way in ("GracefulShutdown", "ForceOff"):  # the controller has no restart of this kind
            self._await(row, "Off")
            self._reset(row, "power_on")
        self._await(row, "On")

    def _reset(self, row, verb):
        """Ask for the best of the machine's resets that do `verb`; returns which."""
        ways = shape.allowed(row["_system"], verb)
        if not ways:
            action = (row["_system"].get("Actions") or {}).get(RESET) or {}
            has = ", ".join(action.get("ResetType" + shape.ALLOWABLE) or ()) or "none"
            raise Refused("its controller has no reset that does %s; it has %s" % (verb, has))
        row["_controller"].act(row["_system"], RESET, {"ResetType": ways[0]})
        return ways[0]

    def _await(self, row, state, seconds=None):
        """Wait until a machine is On or Off: the answer to a reset comes before its effect. Raises TimedOut."""
        seconds = seconds or self.options.get("patience") or 300
        end, pause = time.monotonic() + seconds, PAUSES[0]
        while True:
            seen = row["_controller"].get(row["_system"]["@odata.id"]).get("PowerState")
            if seen == state:
                return
            if time.monotonic() > end:
                raise TimedOut("it is still %s after %d s and not %s" % (seen, seconds, state))
            time.sleep(pause)
            pause = min(PAUSES[1], pause * 1.4)

    def _boot(self, row, want):
        """Set what it boots from, and read it back: controllers accept what they do not do."""
        controller, path = row["_controller"], row["_system"]["@odata.id"]
        fresh = controller.get(path)
        controller.patch(path, shape.boot_body(want, shape.boot(fresh)), fresh.get("_etag"))
        have = shape.boot(controller.get(path))
        wrong = {name: value for name, value in want.items() if have.get(name) != value}
        if wrong == {"once": True}:
            raise Failure(
                "its controller does not do `once`: it now boots from %s each time; `once: false` says you mean it"
                % have.get("device")
            )
        if wrong:
            raise Failure("its controller accepted boot %s, and still says %s" % (want, have or "none"))

    def _media(self, row):
        """(the drive for discs or None, the address of what is in it or ``)."""
        controller, system = row["_controller"], row["_system"]
        owners = [system] + [
            controller.get(one["@odata.id"])
            for one in ((system.get("Links") or {}).get("ManagedBy") or ())
            if "VirtualMedia" not in system
        ]
        for owner in owners:
            link = (owner.get("VirtualMedia") or {}).get("@odata.id")
            for path in controller.members(link):
                drive = controller.get(path)
                if {"CD", "DVD"} & set(drive.get("MediaTypes") or ()):
                    return drive, (drive.get("Image") or "") if drive.get("Inserted") else ""
        return None, ""

    def _insert(self, row, image):
        """Take out what is in the drive, and put the image in."""
        drive, inside = self._media(row)
        if inside:
            row["_controller"].act(drive, EJECT, {})
        if image:
            row["_controller"].act(drive, INSERT, {"Image": image, "Inserted": True, "WriteProtected": True})
        seen = self._media(row)[1]
        if seen != image:
            raise Failure("its controller accepted the medium, and still has %s in the drive" % (seen or "nothing"))
