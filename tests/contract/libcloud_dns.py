# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's record sets by Libcloud: its PowerDNS driver on a real PowerDNS, its Vultr driver on a fake."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from urllib.parse import urlsplit

from contract.powerdns import DnsOnPowerDNS
from contract.provider import OWNER, Meddler, Provider
from fakes.vultr import Vultr


class DnsOnLibcloud(DnsOnPowerDNS):
    """Sets of one value, for that is what the driver writes."""

    NAME, AROUND = "libcloud-dns", DnsOnPowerDNS.ZONE
    ROWS = (
        {"name": "www", "type": "A", "ttl": 300, "values": ["192.0.2.1"]},
        {"name": "mail", "type": "AAAA", "ttl": 300, "values": ["2001:db8::1"]},
        {"name": "note", "type": "TXT", "ttl": 60, "values": ['"one" "two"']},
    )
    CHANGED = (dict(ROWS[0], values=["192.0.2.9"]), dict(ROWS[1], ttl=600), ROWS[2])
    ATOMIC = False
    PAGES = 2  # the zones, and the records of one
    STAMPS = "_rackwright." + DnsOnPowerDNS.ZONE

    def args(self, url, rows, **more):
        """A task of dns_zone."""
        where = {"host": "127.0.0.1", "port": urlsplit(url).port, "secure": False, "api_version": "v1"}
        libcloud = {"driver": "powerdns", "args": where, "secrets": {"key": self.SECRET}, "timeout": 5}
        task = {"provider": "libcloud", "libcloud": libcloud, "zone": self.ZONE, "owner": OWNER}
        return dict(task, records=copy.deepcopy(list(rows)), **more)

    def many(self):
        """The driver reads a zone at once, however large."""
        return [{"name": "h%d" % i, "type": "A", "ttl": 60, "values": ["192.0.2.1"]} for i in range(60)]

    def fleet(self, number):
        """Sets of two types."""
        kinds = (("A", "192.0.2.1"), ("AAAA", "2001:db8::1"))
        return [
            {"name": "h%d" % i, "type": kinds[i % 2][0], "ttl": 60, "values": [kinds[i % 2][1]]} for i in range(number)
        ]

    def strangers(self):
        """A set without a stamp, and one with another owner's."""
        stamp = {"name": "others." + self.STAMPS, "type": "TXT", "ttl": 60, "changetype": "REPLACE"}
        stamp["records"] = [{"content": '"A other"', "disabled": False}]
        self._patch(self._set("unstamped", []), self._set("others", []), stamp)
        return {("%s.%s" % (name, self.ZONE), "A") for name in ("unstamped", "others")}

    @staticmethod
    def spell(request):
        """A PATCH is told by the set that it writes."""
        if request.method != "PATCH":
            return request.method, request.path
        (rrset,) = json.loads(request.body)["rrsets"]
        return "PATCH", "%s#%s-%s" % (request.path, rrset["name"], rrset["type"])

    def meddler(self):
        """A CNAME beside which no other data may be; the server refuses the one set."""
        return replace(super().meddler(), path="#mail.%s-AAAA" % self.ZONE)

    def truth(self):
        """Without the stamps."""
        return {key: facts for key, facts in super().truth().items() if not key[0].endswith(self.STAMPS)}

    def litter(self):
        """Stamps of nothing."""
        found, there = super().truth(), self.truth()
        stamps = {key[0]: facts[1] for key, facts in found.items() if key not in there}
        return [
            "%s %s" % (name, value)
            for name, values in stamps.items()
            for value in values
            if (name.replace(self.STAMPS, self.ZONE), value.strip('"').split()[0]) not in there
        ]


class DnsOnVultr(Provider):
    """Sets of several values by Libcloud's Vultr driver, on a fake of that service."""

    NAME, MODULE = "libcloud-vultr", "dns_zone"
    ZONE = AROUND = "contract.example."
    MX = {"name": "@", "type": "MX", "ttl": 60, "values": ["10 mail", "20 mx.example.net."]}
    ROWS = (*DnsOnPowerDNS.ROWS[:2], MX)
    CHANGED = (dict(ROWS[0], values=["192.0.2.1", "192.0.2.9"]), dict(ROWS[1], ttl=600), ROWS[2])
    REPLACED = "a record set is always changed in place"
    PAGE, MANY = 30, 40
    PAGES = 1 + 3  # the zones, and the records of one with their stamps
    STAMPS = "_rackwright"

    def start(self):
        """Start the fake."""
        self.vultr = Vultr(self.PAGE)
        self.SECRET, self.upstream = self.vultr.key, ("127.0.0.1", self.vultr.port)

    def stop(self):
        """End it."""
        self.vultr.__exit__()

    def fresh(self):
        """No zone."""
        self.vultr.fresh()

    def args(self, url, rows, **more):
        """A task of dns_zone."""
        where = {"host": "127.0.0.1", "port": urlsplit(url).port, "secure": False, "api_version": "2"}
        libcloud = {"driver": "vultr", "args": where, "secrets": {"key": self.SECRET}, "timeout": 5}
        task = {"provider": "libcloud", "libcloud": libcloud, "zone": self.ZONE, "owner": OWNER}
        task["limits"] = {"changes": 100}  # of a dozen sets, those that a killed run has half made are many
        return dict(task, records=copy.deepcopy(list(rows)), **more)

    def removal(self, url, rows):
        """A task of dns_record."""
        named = [{"name": row["name"], "type": row["type"]} for row in rows]
        args = self.args(url, named, state="absent")
        del args["limits"]
        return "dns_record", args

    def many(self):
        """Three pages, stamps included."""
        return [{"name": "h%d" % i, "type": "A", "ttl": 60, "values": ["192.0.2.1"]} for i in range(self.MANY)]

    def fleet(self, number):
        """Sets of two values."""
        values = ["192.0.2.1", "192.0.2.2"]
        return [{"name": "h%d" % i, "type": "A", "ttl": 60, "values": values} for i in range(number)]

    def records(self):
        """The records of the zone."""
        return list(self.vultr.domains.get(self.ZONE[:-1], {}).values())

    def strangers(self):
        """A set without a stamp, and one with another owner's."""
        record, key = {"type": "A", "data": "192.0.2.77", "ttl": 60}, self.ZONE[:-1]
        self.vultr.add(key, dict(record, name="unstamped"))
        self.vultr.add(key, dict(record, name="others"))
        self.vultr.add(key, {"type": "TXT", "data": '"A other"', "ttl": 60, "name": "others." + self.STAMPS})
        return {("others", "A"), ("unstamped", "A")}

    def meddler(self):
        """What the service does not take."""
        return Meddler(
            "POST",
            r"/domains(\?|$)",
            label="mail.%s AAAA" % self.ZONE,
            key=("mail", "AAAA"),
            words="reserved",
            begin=lambda: self.vultr.denied.update({"2001:db8::1": "this address is reserved"}),
            end=self.vultr.denied.clear,
        )

    def truth(self):
        """{(name, type): (ttl, values)} without the stamps."""
        found = {}
        for one in self.records():
            if not one["name"].endswith(self.STAMPS):
                data = "%d %s" % (one["priority"], one["data"]) if one["type"] == "MX" else one["data"]
                found.setdefault((one["name"], one["type"]), (one["ttl"], []))[1].append(data)
        return {key: (ttl, sorted(values)) for key, (ttl, values) in found.items()}

    def facts(self, rows):
        """The same of declared rows."""
        spelled = {"10 mail": "10 mail.contract.example", "20 mx.example.net.": "20 mx.example.net"}
        return {
            (row["name"].strip("@"), row["type"]): (row["ttl"], sorted(spelled.get(v, v) for v in row["values"]))
            for row in rows
        }

    def litter(self):
        """Stamps of nothing."""
        stamps = [one for one in self.records() if one["name"].endswith(self.STAMPS)]
        there = self.truth()
        return [
            one["name"]
            for one in stamps
            if (one["name"][: -len(self.STAMPS)].rstrip("."), one["data"].strip('"').split()[0]) not in there
        ]
