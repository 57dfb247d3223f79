# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's record sets on a real PowerDNS."""

from __future__ import annotations

import copy

import requests
from contract.provider import OWNER, Meddler
from contract.zones import ZoneProvider
from integration.powerdns import PowerDNS


class DnsOnPowerDNS(ZoneProvider):
    """Record sets of one zone on a real PowerDNS."""

    NAME = "powerdns"

    def start(self):
        """Start a PowerDNS of its own."""
        self.server = PowerDNS()
        self.server.__enter__()
        self.SECRET = self.server.api_key
        self.upstream = ("127.0.0.1", self.server.port)
        self.api = requests.Session()
        self.api.headers["X-API-Key"] = self.SECRET
        self.zones = self.server.url + "/api/v1/servers/localhost/zones"

    def stop(self):
        """End it."""
        self.server.stop()

    def fresh(self):
        """No zone."""
        self.api.delete("%s/%s" % (self.zones, self.ZONE))

    def args(self, url, rows, **more):
        """A task of dns_zone."""
        connection = {"url": url, "api_key": self.SECRET, "timeout": 5}
        task = {"provider": "powerdns", "powerdns": connection, "zone": self.ZONE, "owner": OWNER}
        return dict(task, records=copy.deepcopy(list(rows)), **more)

    def removal(self, url, rows):
        """A task of dns_record."""
        named = [{"name": row["name"], "type": row["type"]} for row in rows]
        return "dns_record", self.args(url, named, state="absent")

    def many(self):
        """The API has no pages: one GET returns the whole zone, however large."""
        return [{"name": "h%d" % i, "type": "A", "ttl": 60, "values": ["192.0.2.1"]} for i in range(3000)]

    def strangers(self):
        """A set without a stamp, and one with another owner's."""
        stamp = [{"content": "theirs", "account": "rackwright/other"}]
        self._patch(self._set("unstamped", []), self._set("others", stamp))
        return {("%s.%s" % (name, self.ZONE), "A") for name in ("unstamped", "others")}

    def _set(self, name, comments):
        records = [{"content": "192.0.2.77", "disabled": False}]
        head = {"name": "%s.%s" % (name, self.ZONE), "type": "A", "ttl": 60, "changetype": "REPLACE"}
        return dict(head, records=records, comments=comments)

    def meddler(self):
        """A CNAME beside which no other data may be; the server refuses the whole PATCH."""
        name = "mail." + self.ZONE
        alias = {"name": name, "type": "CNAME", "ttl": 60, "changetype": "REPLACE"}
        alias["records"] = [{"content": "www.%s" % self.ZONE, "disabled": False}]
        gone = {"name": name, "type": "CNAME", "changetype": "DELETE"}
        return Meddler(
            "PATCH",
            "/zones/contract",
            label=name + " AAAA",
            key=(name, "AAAA"),
            words="Conflicts with pre-existing RRset",
            begin=lambda: self._patch(alias),
            end=lambda: self._patch(gone),
        )

    def _patch(self, *sets):
        self.api.patch("%s/%s" % (self.zones, self.ZONE), json={"rrsets": sets}).raise_for_status()

    def truth(self):
        """The zone's record sets but for its own SOA."""
        answer = self.api.get("%s/%s" % (self.zones, self.ZONE))
        found = answer.json()["rrsets"] if answer.ok else []
        return {
            (rrset["name"], rrset["type"]): (rrset["ttl"], sorted(r["content"] for r in rrset["records"]))
            for rrset in found
            if rrset["type"] != "SOA"
        }

    def facts(self, rows):
        """The same of declared rows."""
        return {("%s.%s" % (row["name"], self.ZONE), row["type"]): (row["ttl"], sorted(row["values"])) for row in rows}
