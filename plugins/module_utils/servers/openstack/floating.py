# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Neutron's floating addresses. What we call one, whose it is and its tags stand in its description."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode, urlsplit

from ...core.errors import NotFound, Refused
from ..base import Store
from ..resource import age, mark_twins
from .nova import pages

LONGEST = 255  # of a description
FIXED = {"kind": "public", "family": 4, "size": 1}


class Addresses(Store):
    """Floating addresses of all regions; one that nobody has named is called by itself."""

    NEEDS = ("facility",)
    TWICE = True

    def read(self):
        """One call a region; more where addresses are in use, to tell by which server."""
        rows = [row for _region, rows in self.driver.everywhere(self._read) for row in rows]
        return mark_twins(rows, lambda row: row["_named"], lambda row: (not row["server"], *age(row)))

    def _read(self, region):
        client, base = self._neutron(region)
        found = pages(client, base + "/floatingips", "floatingips")
        owners, names = {}, {}
        if any(one.get("port_id") for one in found):
            owners = {port["id"]: port["device_id"] for port in pages(client, base + "/ports", "ports")}
            names = {server["id"]: server["name"] for server in region.servers()}
        return [self._row(one, region.name, names.get(owners.get(one.get("port_id")), "")) for one in found]

    @staticmethod
    def _row(address, region, server):
        said = _said(address.get("description"))
        row = {"name": said.get("rackwright") or address["floating_ip_address"], "facility": region, "metro": region}
        row.update(FIXED, server=server, tags=said.get("tags") or {}, id=address["id"], _region=region)
        row["address"] = address["floating_ip_address"] + "/32"
        row.update(state="active", _named=bool(said), _created=address.get("created_at"))
        return dict(row, owner=said["owner"]) if said.get("owner") else row

    def vet(self, rows, current):
        """What Neutron has not, and servers that are elsewhere or nowhere. A zone is understood as its region."""
        there, found = {row["name"]: row for row in current}, []
        asked = any(want.get("server") for want in rows)
        servers = {row["name"]: row["metro"] for row in self.driver.read()} if asked else {}
        regions = [region.name for region in self.driver.regions()]
        for want in rows:
            text, have = "ip_address %s: " % want["name"], there.get(want["name"]) or {}
            if want.get("facility"):
                want["facility"] = want["facility"].partition("/")[0]
            place = want.get("facility") or have.get("facility")
            for name, only in FIXED.items():
                if want.get(name) not in (None, only):
                    found.append(text + "a floating address has %s %s" % (name, only))
            if place not in regions:
                found.append(text + "there is no region %s, there are %s" % (place, ", ".join(regions)))
            if want.get("server") and servers.get(want["server"]) != place:
                where = "is in %s" % servers[want["server"]] if want["server"] in servers else "is not there"
                found.append(text + "the server %s %s, the address is in %s" % (want["server"], where, place))
            if len(_description(dict(have, **want))) > LONGEST:
                found.append(text + "its name, owner and tags are too long for a description of %d" % LONGEST)
        return found

    def create(self, change):
        """Reserve one that bears its name from the first moment on, and give it to its server."""
        want = change.want
        region = self._region(want["facility"])
        client, base = self._neutron(region)
        body = {"floating_network_id": self._outside(client, base), "description": _description(want)}
        if want.get("server"):
            body["port_id"] = self._port(region, client, base, want["server"])
        made = client.json("POST", base + "/floatingips", json={"floatingip": body})["floatingip"]
        return dict(change.after, id=made["id"], address=made["floating_ip_address"] + "/32")

    def update(self, change):
        """Move it to another server, in one call, or write down what has changed."""
        region = self._region(change.before["_region"])
        client, base = self._neutron(region)
        body = {}
        if "server" in change.fields:
            name = change.after["server"]
            body["port_id"] = self._port(region, client, base, name) if name else None
        if {"tags", "owner"} & set(change.fields):
            body["description"] = _description(change.after)
        client.call("PUT", "%s/floatingips/%s" % (base, change.before["id"]), json={"floatingip": body})

    def replace(self, change):
        """Elsewhere it is another address."""
        self.delete(change)
        self.create(change)

    def delete(self, change):
        """Give it back; one that is gone is no error."""
        client, base = self._neutron(self._region(change.before["_region"]))
        try:
            client.call("DELETE", "%s/floatingips/%s" % (base, change.before["id"]))
        except NotFound:
            pass

    def _region(self, name):
        return next(region for region in self.driver.regions() if region.name == name)

    def _neutron(self, region):
        if not self.driver.keystone.has("network"):
            raise Refused("provider openstack cannot do ip_addresses: this cloud has no network service")
        client = self.driver.keystone.service("network", region.name)
        return client, "" if re.search(r"/v2\.0\Z", urlsplit(client.base).path) else "/v2.0"

    @staticmethod
    def _outside(client, base):
        """The network that floating addresses come from: the default one, else the only one. Raises Refused."""
        found = client.json("GET", "%s/networks?%s" % (base, urlencode({"router:external": "true"})))["networks"]
        chosen = [one for one in found if one.get("is_default")] or found
        if len(chosen) != 1:
            names = ", ".join(sorted(one["name"] for one in found)) or "none"
            raise Refused("there must be one external network, or one that is the default; there are: %s" % names)
        return chosen[0]["id"]

    @staticmethod
    def _port(region, client, base, name):
        """The first port of the server of that name."""
        ident = next((server["id"] for server in region.servers() if server["name"] == name), None)
        ports = client.json("GET", "%s/ports?%s" % (base, urlencode({"device_id": ident})))["ports"] if ident else ()
        if not ports:
            raise Refused("the server %s has no port in %s to give an address to" % (name, region.name))
        return ports[0]["id"]


def _said(description):
    """What we have written into a description; {} for somebody else's."""
    try:
        said = json.loads(description or "")
    except ValueError:
        return {}
    return said if isinstance(said, dict) and "rackwright" in said else {}


def _description(row):
    said = {"rackwright": row["name"], "owner": row.get("owner"), "tags": row.get("tags")}
    return json.dumps({name: value for name, value in said.items() if value}, sort_keys=True)
