# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's providers on a real Ironic with made-up hardware: servers, and the machines they stand on."""

from __future__ import annotations

import copy

from contract.names import ALL
from contract.provider import OWNER, Meddler, Provider
from integration.ironic import IMAGE, Ironic

OTHER = IMAGE.replace("debian-12", "debian-13")
NOTE = "rackwright_server"


class OnIronic(Provider):
    """What is common to both."""

    LATE = ALL  # it takes long

    def start(self):
        """Start an Ironic of its own, which gives few rows a page."""
        self.ironic = Ironic(page=7)
        self.ironic.__enter__()
        self.upstream = ("127.0.0.1", self.ironic.port)

    def stop(self):
        """End it."""
        self.ironic.__exit__()


class ServersOnIronic(OnIronic):
    """Servers on fake machines."""

    NAME, MODULE = "ironic", "server"
    MACHINES = 24
    COMMON = {"plan": "small", "image": IMAGE}
    ROWS = (dict(COMMON, name="one", tags={"role": "web"}), dict(COMMON, name="two"))
    CHANGED = (dict(ROWS[0], tags={"role": "db"}), ROWS[1])
    REPLACED = (dict(ROWS[0], image=OTHER), ROWS[1]) if ALL else "takes long, and others show it; `make platforms` does"
    PAGES = 4  # of twenty-four machines, seven a page

    def start(self):
        """Also the machines."""
        super().start()
        self.names = ["m%02d" % number for number in range(self.MACHINES)]
        for name in self.names:
            self.ironic.enrol(name)

    def fresh(self):
        """No server; a machine that a case took away stands again."""
        self.ironic.clear(keep=self.names)

    def args(self, url, rows, **more):
        """A task of server."""
        task = {"provider": "ironic", "ironic": {"url": url, "timeout": 20}, "owner": OWNER, "wait": False}
        return dict(task, servers=copy.deepcopy(list(rows)), **more)

    def removal(self, url, rows):
        """The same with state absent."""
        return self.MODULE, self.args(url, [{"name": row["name"]} for row in rows], state="absent")

    def many(self):
        """As many as there are machines, which fill pages."""
        return [dict(self.COMMON, name="n%02d" % number) for number in range(self.MACHINES)]

    def fleet(self, number):
        """Servers that are alike."""
        return [dict(self.COMMON, name="s%02d" % i) for i in range(number)]

    def strangers(self):
        """An instance that nobody of ours has made, and a server of another owner."""
        from contract.modules import run

        node = self.ironic.nodes()[-1]["uuid"]
        self.ironic.patch(node, "/instance_uuid", "11111111-2222-4333-8444-555555555555")
        self.ironic.patch(node, "/instance_info", {"display_name": "stranger", "image_source": IMAGE})
        self.ironic.ask("PUT", "/nodes/%s/states/provision" % node, target="active")
        self.ironic.settle(node, "active")
        args = self.args(self.ironic.address, [dict(self.COMMON, name="other")])
        run("server", dict(args, owner="other"))
        return {"stranger", "other"}

    def truth(self):
        """Instances by name: image, tags; whatever is still under way is waited for."""
        found = {}
        for node in self.ironic.nodes():
            if not node["instance_uuid"]:
                continue
            if node["provision_state"] in ("deploying", "rebuilding", "deleting", "cleaning"):
                self.ironic.settle(node["uuid"], "active", "available", "deploy failed")
                node = self.ironic.ask("GET", "/nodes/%s" % node["uuid"])
            info = node["instance_info"]
            note = node["extra"].get(NOTE) or {}
            name = info.get("display_name") or note.get("name") or node["uuid"]
            name = name if name not in found else name + " again"
            found[name] = (node["provision_state"], info.get("image_source"), (note.get("tags") or {}).get("role"))
        return found

    def facts(self, rows):
        """The same of declared rows."""
        return {row["name"]: ("active", row["image"], (row.get("tags") or {}).get("role")) for row in rows}

    def meddler(self):
        """Ironic refuses the second server's claim."""
        return "a machine that somebody takes first is not missed: the next free one is taken; test_servers_ironic.py"


class MachinesOnIronic(OnIronic):
    """Enrolment of fake machines."""

    NAME, MODULE = "ironic-machine", "machine"
    COMMON = {"driver": "fake-hardware", "plan": "small"}
    ROWS = (
        dict(COMMON, name="one", macs=["52:54:00:00:00:01"], bmc={"address": "192.0.2.1"}, tags={"rack": "a1"}),
        dict(COMMON, name="two", macs=["52:54:00:00:00:02"], traits=["CUSTOM_GPU"]),
    )
    CHANGED = (dict(ROWS[0], tags={"rack": "b2"}, macs=["52:54:00:00:00:03"]), dict(ROWS[1], plan="large"))
    REPLACED = "enrolling anew with another driver is tested in test_servers_ironic.py"
    PAGES = 5 + 5  # of thirty machines and as many ports, seven a page

    def fresh(self):
        """No machine."""
        self.ironic.clear()

    def args(self, url, rows, **more):
        """A task of machine."""
        task = {"provider": "ironic", "ironic": {"url": url, "timeout": 20}, "owner": OWNER, "timeout": 60}
        return dict(task, machines=copy.deepcopy(list(rows)), **more)

    def removal(self, url, rows):
        """The same with state absent."""
        return self.MODULE, self.args(url, [{"name": row["name"]} for row in rows], state="absent")

    def many(self):
        """Machines that fill pages."""
        return [dict(self.COMMON, name="n%02d" % i, macs=["52:54:00:00:01:%02x" % i]) for i in range(30)]

    def strangers(self):
        """A machine without a stamp, and one of another owner."""
        self.ironic.enrol("unstamped")
        other = self.ironic.enrol("others")
        self.ironic.patch(other, "/extra", {"rackwright_machine": {"owner": "other"}})
        return {"unstamped", "others"}

    def truth(self):
        """Nodes by name: state, plan, rack, ports, traits."""
        macs = {}
        page = "/ports?limit=1000&fields=address,node_uuid,uuid"
        while page:
            answer = self.ironic.ask("GET", page)
            for port in answer["ports"]:
                macs.setdefault(port["node_uuid"], []).append(port["address"])
            page = answer["next"].split("/v1", 1)[1] if answer.get("next") else None
        found = {}
        for node in self.ironic.nodes("uuid,name,provision_state,resource_class,extra,traits,instance_uuid"):
            tags = (node["extra"].get("rackwright_machine") or {}).get("tags") or {}
            ports = sorted(macs.get(node["uuid"], ()))
            found[node["name"]] = (
                node["provision_state"],
                node["resource_class"],
                tags.get("rack"),
                ports,
                node["traits"],
            )
        return found

    def facts(self, rows):
        """The same of declared rows."""
        return {
            row["name"]: (
                "available",
                row["plan"],
                (row.get("tags") or {}).get("rack"),
                sorted(row.get("macs") or ()),
                row.get("traits") or [],
            )
            for row in rows
        }

    def meddler(self):
        """A machine that takes the second one's hardware address."""

        def begin():
            ident = self.ironic.ask("POST", "/nodes", name="meddler", driver="fake-hardware")["uuid"]
            self.ironic.ask("POST", "/ports", node_uuid=ident, address="52:54:00:00:00:02")

        def end():
            self.ironic.ask("DELETE", "/nodes/meddler")
            self.ironic.ask("DELETE", "/nodes/two")

        return Meddler("POST", "/nodes$", label="two", key="two", words="belongs to another", begin=begin, end=end)
