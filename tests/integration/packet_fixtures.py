# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A project on the simulator of Packet's API (a fake), with a door in front that counts and breaks."""

from __future__ import annotations

import json

from contract.modules import run
from contract.packets import checker, differs
from contract.proxy import Proxy
from fakes.packet import PacketAPI
from fakes.packet.devices import add

PLAN, IMAGE = "c3.small.x86", "debian_12"
COMMON = {"facility": "sjc1", "plan": PLAN, "image": IMAGE}


class TestPacket:
    """`task` runs a module against it; `door` is a Proxy, `api` the simulator. Exchanges are held to the document."""

    __test__ = False

    def __init__(self, delay=0.005):
        self.api = PacketAPI(delay=delay, check=checker())
        self.api.__enter__()
        self.door = Proxy(self.api.address)

    def end(self):
        """End it."""
        self.door.close()
        self.api.__exit__(None, None, None)
        differs()

    def task(self, module, check=False, fails=False, packet=None, **args):
        """One run of a module; no result holds the token."""
        where = {"url": self.door.url, "token": self.api.token, "project": self.api.project, "timeout": 10}
        result = run(module, dict(args, provider="packet", packet=dict(where, **(packet or {}))), check, True, fails)
        assert self.api.token not in json.dumps(result)
        return result

    def servers(self, *rows, **more):
        """A task of server for rows; what a row leaves out is COMMON's."""
        rows = [dict(COMMON, **row) if more.get("state") != "absent" else row for row in rows]
        how = dict({"ready": ["api"], "timeout": 20}, **more)
        return self.task("server", servers=rows, **how)

    def device(self, name):
        """The one device of that name, as the simulator keeps it."""
        (found,) = [one for one in self.alive() if one["hostname"] == name]
        return found

    def alive(self):
        """The devices that are not being removed."""
        return [one for one in self.api.there().values() if one["state"] != "deprovisioning"]

    def names(self):
        """Their names in order."""
        return sorted(one["hostname"] for one in self.alive())

    def foreign(self, name, **body):
        """A device that somebody else makes, past the door."""
        usual = {"hostname": name, "plan": PLAN, "operating_system": IMAGE, "facility": "sjc1"}
        with self.api.lock:
            return add(self.api, self.api.project, dict(usual, **body))

    def settle(self):
        """Let everything that is under way come about."""
        self.api.clock.jump(10)
        for _turn in range(4):
            self.api.there()
            self.api.clock.jump(10)

    def sent(self, method, path):
        """The decoded bodies of requests that passed the door."""
        return [json.loads(one.body) for one in self.door.seen if one.method == method and path in one.path]
