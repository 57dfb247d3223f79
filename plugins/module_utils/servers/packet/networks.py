# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VLANs, and the ports of servers that they are assigned to."""

from __future__ import annotations

from ...core.errors import Failure, NotFound, TimedOut
from ...core.progress import Progress
from ...core.wait import wait
from ..base import Store
from .api import ident
from .rows import bad_tags, joined_tags, retagged, split_tags

OPEN = ("queued", "in_progress")
DONE = 300  # seconds that a port may take


class Networks(Store):
    """The project's virtual networks, which belong to a metro. Each port is changed by one call at a time."""

    WORKERS = 1  # two calls at once to one port get in each other's way
    NEEDS = ("facility",)

    def __init__(self, driver, params):
        super().__init__(driver, params)
        self.ports = {}

    def read(self):
        """Two calls: networks, and the servers with their ports."""
        api = self.driver.api
        found = api.get(api.project + "/virtual-networks", include="facility,metro").get("virtual_networks") or []
        attached = self._attached()
        return [_row(one, attached.get(one["id"], ())) for one in found]

    def _attached(self):
        """{id of a network: its attachments}; also notes every port's id."""
        attached, self.ports = {}, {}
        for server in self.driver.rows(more="network_ports.virtual_networks"):
            for port in server["_device"].get("network_ports") or ():
                self.ports[(server["name"], port.get("name"))] = port["id"]
                native = ident(port.get("native_virtual_network"))
                for net in port.get("virtual_networks") or ():
                    one = {"name": server["name"], "port": port.get("name"), "native": ident(net) == native}
                    attached.setdefault(ident(net), []).append(one)
        return attached

    def vet(self, rows, current):
        """Unknown places, servers and ports."""
        where = self.driver.catalogue
        names = {place["name"] for place in where.places()} | {place.get("metro") for place in where.places()}
        problems = []
        for row in rows:
            if row.get("facility"):
                row["facility"] = where.metro_of(row["facility"])
            label = "server_network %s: " % row["name"]
            if row.get("facility") and row["facility"] not in names:
                problems.append(
                    label + "provider packet has no facility %s; facility_info lists them" % row["facility"]
                )
            for one in row.get("servers") or ():
                if (one["name"], one["port"]) not in self.ports:
                    has = ", ".join(sorted(port for name, port in self.ports if name == one["name"]))
                    reason = "server %s has no port %s, it has %s" % (one["name"], one["port"], has)
                    problems.append(label + (reason if has else "there is no server %s; make it first" % one["name"]))
            problems += [label + text for text in bad_tags(row)]
        return problems

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
        """Make the attachments so, with one call a port."""
        have = {(one["name"], one["port"]): one["native"] for one in row["servers"]}
        want = {(one["name"], one["port"]): one["native"] for one in wanted}
        for place in sorted(set(have) | set(want)):
            if have.get(place) == want.get(place):
                continue
            change = {"vlan": str(row["vlan"]), "state": "assigned" if place in want else "unassigned"}
            steps = [dict(change, native=want[place])] if place in want else [change]
            if have.get(place) and place in want:  # no longer native: only anew is it without that
                steps = [dict(change, state="unassigned")] + steps
            for step in steps:
                self._assign(self.ports[place], step)

    def _assign(self, port, step):
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


def _row(one, servers):
    tags, stamps = split_tags(one.get("tags"))
    metro = one.get("metro_code") or (one.get("metro") or {}).get("code")
    row = {"name": stamps.get("name") or one.get("description") or "vlan-%s" % one.get("vxlan"), "id": one["id"]}
    row.update(vlan=one.get("vxlan"), metro=metro, facility=metro or (one.get("facility") or {}).get("code"))
    row.update(servers=list(servers), tags=tags, owner=stamps.get("owner"), _tags=one.get("tags") or [])
    return {name: value for name, value in row.items() if value is not None}
