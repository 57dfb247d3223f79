# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's record sets by Libcloud's own PowerDNS driver, on a real PowerDNS."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from urllib.parse import urlsplit

from contract.powerdns import DnsOnPowerDNS
from contract.provider import OWNER


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
