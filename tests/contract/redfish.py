# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's machines behind OpenStack's Redfish emulator."""

from __future__ import annotations

import copy

from contract.provider import Provider
from integration.sushy import Sushy

NO = "machines are neither made nor removed"


class MachinesOnSushy(Provider):
    """Two of the emulator's systems, whose requests take effect at once."""

    NAME, MODULE = "redfish", "server"
    SCENES = {"create": "update", "change": "update"}
    ROWS = (
        {"name": "fake1", "power": "on", "boot": {"device": "network"}},
        {"name": "fake2", "indicator": "blinking", "boot": {"device": "cdrom"}},
    )
    CHANGED = (dict(ROWS[0], power="off", boot={"device": "disk"}, indicator="on"), ROWS[1])
    REPLACED = NO
    SECRET = "contract-s3cret"
    FRESH = ("Off", "Hdd", "Off")

    def start(self):
        """Start the emulator."""
        self.server = Sushy(count=2, delay=0, auth=("contract", self.SECRET))
        self.server.__enter__()
        self.upstream = ("127.0.0.1", self.server.port)

    def stop(self):
        """End it."""
        self.server.stop()

    def fresh(self):
        """All off, as they were."""
        self.server.reset()

    def args(self, url, rows, **more):
        """A task of server."""
        connection = {"url": url, "username": "contract", "password": self.SECRET, "timeout": 10}
        task = {"provider": "redfish", "redfish": connection, "wait": False}
        return dict(task, servers=copy.deepcopy(list(rows)), **more)

    def many(self):
        """Nothing to page."""
        return NO

    def meddler(self):
        """Nobody takes a machine's name."""
        return NO

    def truth(self):
        """What the emulator says of those that are not as they were: power, boot device, light."""
        found = {}
        for name in self.server.systems:
            seen = self.server.system(name)
            facts = seen["PowerState"], seen["Boot"]["BootSourceOverrideTarget"], seen["IndicatorLED"]
            if facts != self.FRESH:
                found[name] = facts
        return found

    def facts(self, rows):
        """The same of declared rows."""
        power, light = {"on": "On"}, {"on": "Lit", "blinking": "Blinking"}
        boot = {"network": "Pxe", "cdrom": "Cd", "disk": "Hdd"}
        return {
            row["name"]: (
                power.get(row.get("power"), "Off"),
                boot[row["boot"]["device"]],
                light.get(row.get("indicator"), "Off"),
            )
            for row in rows
        }
