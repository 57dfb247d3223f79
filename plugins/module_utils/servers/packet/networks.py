# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VLANs, and the ports of servers that they are assigned to."""

from __future__ import annotations

from ...core.errors import Failure, NotFound, TimedOut
from ...core.progress import Progress
from ...core.wait import wait
from ..base import Store
from ..resource import age, mark_twins, visible
from . import modes
from .api import ident
from .rows import bad_tags, joined_tags, retagged, split_tags

OPEN = ("queued", "in_progress")
DONE = 300  # seconds that a port may take


class Networks(Store):
    """The project's virtual networks, which belong to a metro. Each port is changed by one call at a time."""

    WORKERS = 1  # two calls at once to one port get in each other's way
    NEEDS = ("facility",)
    TWICE = True

    def __init__(self, driver, params):
        super().__init__(driver, params)
        self.ports, self.servers, self.there, self.out = {}, {}, set(), {}

    def read(self):
        """Two calls: networks, and the servers with their ports."""
        api = self.driver.api
        found = api.get(api.project + "/virtual-networks", include="facility,metro").get("virtual_networks") or []
        attached = self._attached({one["id"]: one.get("vxlan") for one in found})
        rows = [_row(one, attached.get(one["id"], ())) for one in found]
        return mark_twins(rows, lambda row: row["_stamped"], lambda row: (not row["servers"], *age(row)))

    def _attached(self, numbers):
        """{id of a network: its attachments}; also notes servers, every port's id, and the VLANs each is in."""
        attached, self.ports, self.servers, self.there = {}, {}, {}, set()
        for server in self.driver.rows(more="network_ports.virtual_networks"):
            ports = server["_device"].get("network_ports") or ()
            self.servers[server["name"]] = dict(server, _mode=modes.mode_of(ports))
            for port in ports:
                self.ports[(server["name"], port.get("name"))] = port["id"]
                native = ident(port.get("native_virtual_network"))
                for net in port.get("virtual_networks") or ():
                    one = {"name": server["name"], "port": port.get("name"), "native": ident(net) == native}
                    attached.setdefault(ident(net), []).append(dict(one, mode=modes.mode_of(ports)))
                    self.there.add((server["name"], port.get("name"), numbers.get(ident(net))))
        return attached

    def vet(self, rows, current):
        """Unknown places, servers and ports, and modes that do not go together."""
        where = self.driver.catalogue
        names = {place["name"] for place in where.places()} | {place.get("metro") for place in where.places()}
        have = {row["name"]: row for row in visible(current)}
        problems = self._meant(rows)
        for row in rows:
            if row.get("facility"):
                row["facility"] = where.metro_of(row["facility"])
            label = "server_network %s: " % row["name"]
            if row.get("facility") and row["facility"] not in names:
                problems.append(
                    label + "provider packet has no facility %s; facility_info lists them" % row["facility"]
                )
                continue
            place = row.get("facility") or (have.get(row["name"]) or {}).get("facility")
            for one in row.get("servers") or ():
                problems += [label + text for text in self._attachable(one, place)]
            problems += [label + text for text in bad_tags(row)]
        return problems + self._beside(rows, current)

    def _meant(self, rows):
        """Understand attachments without a mode: as declared elsewhere, or as it is. Returns the contradictions."""
        problems, wanted = [], {}
        every = [one for row in rows for one in row.get("servers") or ()]
        for one in every:
            if one.get("mode") and wanted.setdefault(one["name"], one["mode"]) != one["mode"]:
                text = "server %s: its ports cannot be both in mode %s and %s"
                problems.append(text % (one["name"], wanted[one["name"]], one["mode"]))
            if one["port"] != modes.BOND:
                self.out.setdefault(one["name"], one["port"])
        for one in every:
            mode = wanted.get(one["name"]) or self.servers.get(one["name"], {}).get("_mode")
            one.update({"mode": mode} if mode else {})
        return problems

    def _attachable(self, one, place):
        """Why a server's port cannot be in a network that lies in `place`."""
        name, port = one["name"], one["port"]
        server = self.servers.get(name)
        if server is None:
            return ["there is no server %s; make it first" % name]
        if (name, port) not in self.ports:
            has = ", ".join(sorted(port for owner, port in self.ports if owner == name)) or "none"
            return ["server %s has no port %s, it has %s" % (name, port, has)]
        found = modes.problems(name, port, one.get("mode"), server["_mode"], not _elastic(server))
        if place and place != (server.get("metro") or server.get("facility")):
            text = "it lies in %s, and server %s in %s; networks do not leave their metro"
            found.append(text % (place, name, server.get("facility")))
        return found

    def _beside(self, rows, current):
        """Networks that a server would have to leave for another mode, and nobody declares that it comes back."""
        moved = {one["name"] for row in rows for one in row.get("servers") or () if self._moves(one)}
        told = {row["name"] for row in rows if row.get("servers") is not None}
        text = "server_network %s: server %s is in it, and must leave all networks to get another mode; declare it too"
        return [
            text % (row["name"], one["name"])
            for row in visible(current)
            for one in row["servers"]
            if one["name"] in moved and row["name"] not in told and not self._goes(row)
        ]

    def _goes(self, row):
        """Whether a network that is not declared is pruned."""
        return self.params.get("prune") and row.get("owner") == self.params.get("owner")

    def _moves(self, one):
        server = self.servers.get(one["name"])
        return bool(server and one.get("mode") and one["mode"] != server["_mode"])

    def create(self, change):
        """Make it, then attach."""
        row = change.want
        body = dict(self.driver.catalogue.where(row["facility"]), description=row["name"])
        body["tags"] = joined_tags(row.get("tags"), {"owner": row.get("owner"), "name": row["name"]})
        if row.get("vlan") is not None:
            body["vxlan"] = row["vlan"]
        made = _row(self.driver.api.send("POST", self.driver.api.project + "/virtual-networks", body), ())
        self._attach(made, row.get("servers") or ())
        return dict(made, servers=row.get("servers") or [])

    def update(self, change):
        """Change tags, and who is attached."""
        row = change.before
        if set(change.fields) & {"tags", "owner"}:
            body = {"tags": retagged(row["_tags"], change)}
            self.driver.api.send("PUT", "/virtual-networks/" + row["id"], body)
        if "servers" in change.fields:
            self._attach(row, change.after["servers"])

    def replace(self, change):
        """Another network in place of this one, with the same servers."""
        self.delete(change)
        kept = {name: value for name, value in change.after.items() if not name.startswith("_")}
        if "facility" in change.fields and "vlan" not in (change.want or {}):
            kept.pop("vlan", None)
        return self.create(type(change)("create", change.key, None, kept, kept))

    def delete(self, change):
        """Detach every server, then remove it."""
        self._attach(change.before, ())
        try:
            self.driver.api.send("DELETE", "/virtual-networks/" + change.before["id"])
        except NotFound:
            return

    def _attach(self, row, wanted):
        """Make the attachments so, with one call a port, once each server's ports are in their mode."""
        for one in wanted:
            if self._moves(one):
                self._move(one["name"], one["mode"])
        have = {(one["name"], one["port"]): one["native"] for one in row["servers"]}
        have = {place: native for place, native in have.items() if (*place, row["vlan"]) in self.there}
        want = {(one["name"], one["port"]): one["native"] for one in wanted}
        for place in sorted(set(have) | set(want)):
            if have.get(place) == want.get(place):
                continue
            change = {"vlan": str(row["vlan"]), "state": "assigned" if place in want else "unassigned"}
            steps = [dict(change, native=want[place])] if place in want else [change]
            if have.get(place) and place in want:  # no longer native: only anew is it without that
                steps = [dict(change, state="unassigned")] + steps
            for step in steps:
                self._assign(place, step)

    def _move(self, name, mode):
        """Bring a server's ports into another mode, for which it leaves all networks."""
        for server, port, vlan in sorted(self.there):
            if server == name:
                self._assign((server, port), {"vlan": str(vlan), "state": "unassigned"})
        for port, act in modes.steps(self.servers[name]["_mode"], mode, self.out.get(name, "eth1")):
            body = {} if act.startswith("convert") else None
            self.driver.api.send("POST", "/ports/%s/%s" % (self.ports[(name, port)], act), body)
        self.servers[name]["_mode"] = mode

    def _assign(self, place, step):
        port = self.ports[place]
        path = "/ports/%s/vlan-assignments/batches" % port
        made = self.driver.api.send("POST", path, {"vlan_assignments": [step]})
        seen = {port: made}

        def look(_left):
            if seen[port].get("state") in OPEN:
                seen[port] = self.driver.api.get("%s/%s" % (path, made["id"]))
            return {port: seen[port]["state"] if seen[port].get("state") in OPEN else None}

        try:
            wait(look, [port], DONE, Progress("port", path=""), what="assigned", label="port {}".format)
        except TimedOut as late:
            raise Failure("%s; run again to see what became of it" % late) from None
        if seen[port].get("state") == "failed":
            raise Failure("provider packet: %s" % ("; ".join(seen[port].get("error_messages") or ()) or "no reason"))
        note = self.there.add if step["state"] == "assigned" else self.there.discard
        note((*place, int(step["vlan"])))


def _elastic(server):
    """Whether a server has addresses that were assigned to it."""
    return any(not one.get("management", True) for one in server["_device"].get("ip_addresses") or ())


def _row(one, servers):
    tags, stamps = split_tags(one.get("tags"))
    metro = one.get("metro_code") or (one.get("metro") or {}).get("code")
    row = {"name": stamps.get("name") or one.get("description") or "vlan-%s" % one.get("vxlan"), "id": one["id"]}
    row.update(vlan=one.get("vxlan"), metro=metro, facility=metro or (one.get("facility") or {}).get("code"))
    row.update(servers=list(servers), tags=tags, owner=stamps.get("owner"), _tags=one.get("tags") or [])
    row.update(_created=one.get("created_at"), _stamped=stamps.get("name") == row["name"])
    return {name: value for name, value in row.items() if value is not None}
