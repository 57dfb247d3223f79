# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BGP: how the project speaks it, and the sessions of its servers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from ...core.errors import Failure, NotFound
from ..base import Store
from .api import ident

LOCAL = 65000  # the AS number of everybody whose routes stay in their facility
FAMILIES = {4: "ipv4", 6: "ipv6"}
TOLD = ("peer_ips", "peer_as", "customer_ip", "customer_as", "multihop")  # never the password


class Config(Store):
    """The project's one configuration. It can be made, not changed or removed."""

    STAMPS = False

    def read(self):
        """One call."""
        try:
            one = self.driver.api.get(self.driver.api.project + "/bgp-config")
        except NotFound:
            return []
        if not one.get("deployment_type") or one.get("status") == "disabled":
            return []
        row = {"deployment": one["deployment_type"], "asn": one.get("asn"), "password": one.get("md5")}
        row.update(state=one.get("status"), id=one.get("id"))
        row["ranges"] = [each["range"] for each in one.get("ranges") or () if each.get("range")]
        return [{name: value for name, value in row.items() if value is not None}]

    def create(self, change):
        """Ask for it; local ones are there at once, global ones are reviewed."""
        row, other = change.want, [row["deployment"] for row in self.read() if row["deployment"] != change.key]
        if other:
            raise Failure("the project has %s BGP, and one configuration only; use another project" % other[0])
        if row["deployment"] == "global" and not row.get("asn"):
            raise Failure("global BGP needs your AS number: give asn")
        body = {"deployment_type": row["deployment"], "asn": row.get("asn") or LOCAL}
        body.update(
            {word: row[name] for word, name in (("md5", "password"), ("use_case", "use_case")) if row.get(name)}
        )
        self.driver.api.send("POST", self.driver.api.project + "/bgp-configs", body)


class Sessions(Store):
    """The project's sessions."""

    STAMPS = False

    def __init__(self, driver, params):
        super().__init__(driver, params)
        self.servers = {}

    def read(self):
        """Two calls; to list them, one more for each server that speaks BGP."""
        api = self.driver.api
        self.servers = {row["id"]: row["name"] for row in self.driver.rows()}
        found = api.get(api.project + "/bgp/sessions").get("bgp_sessions") or []
        rows = [self._row(one) for one in found if ident(one.get("device")) in self.servers]
        if "bgp_sessions" not in self.params:
            self._neighbors(rows)
        return rows

    def _row(self, one):
        family = 4 if one["address_family"] == "ipv4" else 6
        row = {"server": self.servers[ident(one["device"])], "family": family, "id": one["id"]}
        row.update(default_route=bool(one.get("default_route")), state=one.get("status"))
        return dict({name: value for name, value in row.items() if value is not None}, _device=ident(one["device"]))

    def _neighbors(self, rows):
        def ask(device):
            return self.driver.api.get("/devices/%s/bgp/neighbors" % device).get("bgp_neighbors") or []

        devices = sorted({row["_device"] for row in rows})
        with ThreadPoolExecutor(max(1, min(self.WORKERS, len(devices)))) as pool:
            told = dict(zip(devices, pool.map(ask, devices)))
        for row in rows:
            mine = [one for one in told[row["_device"]] if one.get("address_family") == row["family"]]
            row["neighbors"] = [{name: one[name] for name in TOLD if name in one} for one in mine]

    def vet(self, rows, current):
        """Unknown servers."""
        there = set(self.servers.values())
        text = "bgp_session %s %s: there is no server %s; make it first, or name another"
        return [text % (row["server"], row["family"], row["server"]) for row in rows if row["server"] not in there]

    def create(self, change):
        """Begin a session."""
        row = change.want
        device = next(one for one, name in self.servers.items() if name == row["server"])
        body = {"address_family": FAMILIES[row["family"]], "default_route": bool(row.get("default_route"))}
        one = self.driver.api.send("POST", "/devices/%s/bgp/sessions" % device, body)
        return self._row(dict(one, device={"id": device}))

    def update(self, change):
        """Turn the default route on or off: the body is that one word."""
        self.driver.api.send("PUT", "/bgp/sessions/" + change.before["id"], change.after["default_route"])

    def delete(self, change):
        """End a session."""
        try:
            self.driver.api.send("DELETE", "/bgp/sessions/" + change.before["id"])
        except NotFound:
            return


STORES = {"bgp_config": Config, "bgp_session": Sessions}
