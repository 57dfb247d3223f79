# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's record sets behind Route 53's API, as moto imitates it."""

from __future__ import annotations

import copy
import re

from contract.provider import OWNER, Meddler
from contract.proxy import answer
from contract.zones import ZoneProvider
from integration.moto import KEY, Moto

CONFLICT = b"""<?xml version="1.0"?>
<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type>
<Code>InvalidChangeBatch</Code><Message>[RRSet of type AAAA with DNS name mail.contract.example. is not permitted
 because a conflicting RRSet of type CNAME with the same DNS name already exists in zone contract.example.]</Message>
</Error><RequestId>1</RequestId></ErrorResponse>"""
IDENT = re.compile(r"/hostedzone/[A-Z0-9]{20,}")


class DnsOnRoute53(ZoneProvider):
    """Record sets of one zone."""

    NAME = "route53"
    SECRET = KEY["aws_secret_access_key"]
    PAGES = 4  # one for the zone, and three of 300 for 702 sets, stamps among them

    @staticmethod
    def spell(request):
        """As it is; a zone's id, which is another one each time, is told alike."""
        return request.method, IDENT.sub("/hostedzone/ID", request.path)

    def start(self):
        """Start a moto of its own."""
        self.moto = Moto()
        self.moto.__enter__()
        self.upstream = ("127.0.0.1", self.moto.port)
        self.api = self.moto.client("route53")

    def stop(self):
        """End it."""
        self.moto.__exit__()

    def fresh(self):
        """No zone."""
        self.moto.reset()

    def args(self, url, rows, **more):
        """A task of dns_zone."""
        connection = {"url": url, "access_key": KEY["aws_access_key_id"], "secret_key": self.SECRET, "timeout": 20}
        task = {"provider": "route53", "route53": connection, "zone": self.ZONE, "owner": OWNER}
        return dict(task, records=copy.deepcopy(list(rows)), **more)

    def removal(self, url, rows):
        """A task of dns_record."""
        named = [{"name": row["name"], "type": row["type"]} for row in rows]
        return "dns_record", self.args(url, named, state="absent")

    def many(self):
        """Sets that with their stamps fill three pages."""
        return [{"name": "h%d" % i, "type": "A", "ttl": 60, "values": ["192.0.2.1"]} for i in range(350)]

    def fleet(self, number):
        """Sets for runs that are killed at each call."""
        return self.many()[:number]

    def strangers(self):
        """A set without a stamp, and one with another owner's."""
        changes = [self._change("unstamped", "A", "192.0.2.77"), self._change("others", "A", "192.0.2.77")]
        changes.append(self._change("others._rackwright", "TXT", '"A other"'))
        zone = self.api.list_hosted_zones_by_name(DNSName=self.ZONE)["HostedZones"][0]["Id"]
        self.api.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
        return {("%s.%s" % (name, self.ZONE), "A") for name in ("unstamped", "others")}

    def _change(self, name, kind, value):
        made = {"Name": "%s.%s" % (name, self.ZONE), "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]}
        return {"Action": "CREATE", "ResourceRecordSet": made}

    def meddler(self):
        """A CNAME that came meanwhile, in Amazon's words; moto would let both stand."""
        name = "mail." + self.ZONE
        return Meddler(
            "POST",
            "/rrset",
            label=name + " AAAA",
            key=(name, "AAAA"),
            words="conflicting RRSet of type CNAME",
            begin=lambda: None,
            end=lambda: None,
            answer=answer(400, CONFLICT, Content_Type="text/xml"),
        )

    def everything(self):
        """{(name, type): (TTL, values)} of all zones of the name, but for the sets that are there from the start."""
        found = {}
        for zone in self.api.list_hosted_zones_by_name(DNSName=self.ZONE)["HostedZones"]:
            pages = self.api.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone["Id"])
            for one in (one for page in pages for one in page["ResourceRecordSets"]):
                key = (one["Name"], one["Type"])
                if key not in ((self.ZONE, "NS"), (self.ZONE, "SOA")):
                    assert key not in found, "twice: %s" % (key,)
                    found[key] = (one["TTL"], sorted(record["Value"] for record in one["ResourceRecords"]))
        return found

    def truth(self):
        """The sets without their stamps."""
        return {key: facts for key, facts in self.everything().items() if "_rackwright" not in key[0]}

    def facts(self, rows):
        """The same of declared rows."""
        return {("%s.%s" % (row["name"], self.ZONE), row["type"]): (row["ttl"], sorted(row["values"])) for row in rows}

    def litter(self):
        """Zones that were made twice, and stamps of what is not there."""
        zones = self.api.list_hosted_zones_by_name(DNSName=self.ZONE)["HostedZones"]
        there = self.everything()
        named = {name for name, _kind in there if "_rackwright" not in name}
        stamps = [name for name, _kind in there if "_rackwright" in name]
        return [zone["Id"] for zone in zones[1:]] + [s for s in stamps if s.replace("._rackwright", "") not in named]
