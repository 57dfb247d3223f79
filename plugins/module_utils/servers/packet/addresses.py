# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Elastic addresses: reserved for the project, assigned to a server, and moved from one to another."""

from __future__ import annotations

import ipaddress

from ...core.errors import Failure, NotFound
from ..base import Store
from ..resource import age, mark_twins, visible
from . import parts
from .api import ident
from .rows import bad_tags, joined_tags, retagged, split_tags

KINDS = {("public", 4): "public_ipv4", ("public", 6): "public_ipv6", ("private", 4): "private_ipv4"}
KINDS["global", 4] = "global_ipv4"
HELD = ("pending", "denied")  # not to be assigned, or not yet


class Addresses(Store):
    """The project's reservations, but for the blocks that the API keeps for the servers themselves.

    They belong to a metro: one that is reserved in a facility serves the others there as well.
    """

    TWICE = True

    def read(self):
        """Two calls: reservations, and the servers with what is assigned to them."""
        api = self.driver.api
        found = api.get(api.project + "/ips", per_page=1000, include="facility,metro").get("ip_addresses") or []
        kept = [one for one in found if not one.get("management")]
        held = self._held() if kept else {}
        rows = [_row(one, held.get(one["id"], ())) for one in kept]
        return mark_twins(rows, lambda row: row["_stamped"], lambda row: (not row["_held"], *age(row)))

    def _held(self):
        """{id of a reservation: [(server's name, id of the assignment, its network)]}."""
        held = {}
        for row in self.driver.rows():
            for one in row["_device"].get("ip_addresses") or ():
                block = ident(one.get("parent_block"))
                if block and not one.get("management"):
                    held.setdefault(block, []).append((row["name"], one["id"], _network(one)))
        return held

    def vet(self, rows, current):
        """Unknown servers, and addresses that are not where their server is."""
        asked = any(row.get("server") or row.get("parts") for row in rows)
        there = {row["name"]: row for row in self.driver.rows()} if asked else {}
        have, where = {row["name"]: row for row in visible(current)}, self.driver.catalogue
        names = {place["name"] for place in where.places()} | {place.get("metro") for place in where.places()}
        problems = []
        for row in rows:
            if row.get("facility"):
                row["facility"] = where.metro_of(row["facility"])
            label, known = "ip_address %s: " % row["name"], dict(have.get(row["name"]) or {}, **row)
            place = known.get("facility")
            kind = known.get("kind", "public"), known.get("family", 4)
            if kind not in KINDS:
                problems.append(label + "provider packet has no %s addresses of family %d" % kind)
            if row["name"] not in have and kind[0] != "global" and not place:
                problems.append(label + "it is not there, and to make it facility must be given")
            elif row.get("facility") and row["facility"] not in names:
                problems.append(
                    label + "provider packet has no facility %s; facility_info lists them" % row["facility"]
                )
            else:
                far = kind[0] != "global" and where.metro_of(place)
                problems += [label + text for name in _servers(row) for text in _reach(name, there, place, far)]
            parts.settle(row, have.get(row["name"]) or {})
            problems += [label + text for text in parts.problems(row, have.get(row["name"]) or {}) + bad_tags(row)]
        return problems

    def create(self, change):
        """Reserve, then assign."""
        row, kind = change.want, (change.want.get("kind", "public"), change.want.get("family", 4))
        body = {"type": KINDS[kind], "quantity": row.get("size", 1), "details": row["name"]}
        if kind[0] != "global":
            body.update(self.driver.catalogue.where(row["facility"]))
        body["tags"] = joined_tags(row.get("tags"), {"owner": row.get("owner"), "name": row["name"]})
        made = _row(self.driver.api.send("POST", self.driver.api.project + "/ips", body), ())
        if row.get("server"):
            self._assign(made, row["server"], made["address"])
            made["server"] = row["server"]
        if row.get("parts"):
            made["parts"] = self._cut(made, parts.renewed(row["parts"]))
        return made

    def update(self, change):
        """Change tags, or move it to another server."""
        row, fields = change.before, set(change.fields)
        if fields & {"tags", "owner"}:
            body = {"tags": retagged(row["_tags"], change), "details": row["name"]}
            self.driver.api.send("PATCH", "/ips/" + row["id"], body)
        if fields & {"server", "parts"}:
            want = change.after
            self._free(row, want.get("parts") or ())
            if "server" in fields and want["server"]:
                self._assign(row, want["server"], row["address"])
            return dict(want, parts=self._cut(row, want.get("parts") or ()))
        return None

    def replace(self, change):
        """Another block in place of this one."""
        self.delete(change)
        row = {name: value for name, value in change.after.items() if not name.startswith("_")}
        return self.create(type(change)("create", change.key, None, row, row))

    def delete(self, change):
        """Take it from its server and give it back."""
        self._free(change.before)
        self._end(change.before["id"])

    def _free(self, row, kept=()):
        """Take it from everybody, but for the parts that are `kept`."""
        for name, assignment, network in row["_held"]:
            if {"server": name, "address": network} not in kept:
                self._end(assignment)

    def _cut(self, row, wanted):
        """Give servers their parts; returns them with their addresses. Those that are named come before any others."""
        cut = [part for part in wanted if part in row["parts"]]
        for part in sorted((one for one in wanted if one not in cut), key=lambda one: "address" not in one):
            address = part.get("address") or self._spare(row, part["prefix"])
            self._assign(row, part["server"], address)
            cut.append({"server": part["server"], "address": address})
        return cut

    def _spare(self, row, prefix):
        """A part of that length that nobody has. Raises Failure."""
        found = self.driver.api.get("/ips/%s/available" % row["id"], cidr=prefix).get("available") or []
        if not found:
            raise Failure("the block %s has no free part of /%d left" % (row["address"], prefix))
        return str(ipaddress.ip_network(found[0]))

    def _end(self, one):
        try:
            self.driver.api.send("DELETE", "/ips/" + one)
        except NotFound:
            return

    def _assign(self, row, server, address):
        if row["state"] in HELD:
            raise Failure("it is %s: the provider reviews it first; run again once it is active" % row["state"])
        device = self.driver.find(server)["id"]
        self.driver.api.send("POST", "/devices/%s/ips" % device, {"address": address})


def _servers(row):
    """The names of the servers that a row gives addresses to."""
    return [row["server"]] if row.get("server") else [part["server"] for part in row.get("parts") or ()]


def _reach(name, there, place, metro):
    """Why a server cannot have an address. place, metro: where that lies, None or False for anywhere."""
    server = there.get(name)
    if server is None:
        return ["there is no server %s; make it first, or name another" % name]
    if metro and metro != (server.get("metro") or server.get("facility")):
        text = "it lies in %s, and server %s in %s; reserve one in the server's facility or metro"
        return [text % (place, name, server.get("facility"))]
    return []


def _network(one):
    """The network of a block or of a part of it."""
    return str(ipaddress.ip_network("%s/%s" % (one.get("network") or one.get("address"), one.get("cidr")), False))


def _row(one, held):
    tags, stamps = split_tags(one.get("tags"))
    block = _network(one)
    family = one.get("address_family") or 4
    row = {"name": stamps.get("name") or one.get("details") or block, "id": one["id"], "family": family}
    wide = one.get("global_ip") or one.get("type") == "global_ipv4"
    row["kind"] = "global" if wide else "public" if one.get("public") else "private"
    metro = (one.get("metro") or {}).get("code")
    row.update(metro=metro, facility=None if wide else metro or (one.get("facility") or {}).get("code"))
    if one.get("cidr") is not None and family == 4:
        row["size"] = 2 ** (32 - one["cidr"])
    row["state"] = "active" if one.get("state") in (None, "created") else one["state"]
    whole = [name for name, _one, network in held if network == block]
    row["parts"] = [{"server": name, "address": network} for name, _one, network in held if network != block]
    row.update(address=block, tags=tags, owner=stamps.get("owner"), server=whole[0] if whole else "")
    row.update(_tags=one.get("tags") or [], _held=list(held), _created=one.get("created_at"))
    row["_stamped"] = stamps.get("name") == row["name"]
    return {name: value for name, value in row.items() if value is not None}
