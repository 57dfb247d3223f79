# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's record sets on Designate: a real Keystone, and behind it a fake Designate that asks it about
tokens."""

from __future__ import annotations

import copy

from contract.provider import OWNER, Meddler
from contract.zones import ZoneProvider
from fakes.designate import Designate, Refusal
from integration.keystone import REGION, Keystone


class DnsOnDesignate(ZoneProvider):
    """Record sets of one zone of a project, whose changes are done at the next look."""

    NAME = "designate"
    AROUND = ZoneProvider.ZONE
    ATOMIC = False
    SECRET = "contract-s3cret"
    ASKS = 2  # a token may have ended before its time, so it gets a new one
    MANY, PAGE = 40, 15
    PAGES = 1 + 3  # the zone, and its sets with SOA and NS

    def start(self):
        """Start both; the user is a member of a project of the suite's."""
        self.keystone = Keystone()
        self.keystone.__enter__()
        self.project = self.keystone.make("project", name="contract", domain_id="default")
        self.keystone.user("contract", self.SECRET, self.project)
        self.designate = Designate(page=self.PAGE, allow=self.keystone.project_of)
        self.designate.__enter__()
        self.upstream = ("127.0.0.1", self.designate.port)

    def stop(self):
        """End them."""
        self.designate.__exit__()
        self.keystone.stop()

    def fresh(self):
        """No zone."""
        self.designate.fresh()

    def args(self, url, rows, **more):
        """A task of dns_zone: Keystone is asked directly, everything else through the door."""
        login = {"auth_url": self.keystone.url, "username": "contract", "password": self.SECRET}
        login.update(project_name="contract", regions=[REGION], endpoints={"dns": url + "/dns"}, timeout=10)
        task = {"provider": "designate", "designate": dict(login, patience=20), "zone": self.ZONE, "owner": OWNER}
        return dict(task, records=copy.deepcopy(list(rows)), **more)

    def removal(self, url, rows):
        """A task of dns_record."""
        named = [{"name": row["name"], "type": row["type"]} for row in rows]
        return "dns_record", self.args(url, named, state="absent")

    def many(self):
        """Three pages."""
        return [{"name": "h%d" % i, "type": "A", "ttl": 60, "values": ["192.0.2.1"]} for i in range(self.MANY)]

    def fleet(self, number):
        """Sets of two types."""
        kinds = (("A", "192.0.2.1"), ("AAAA", "2001:db8::1"))
        return [
            {"name": "h%d" % i, "type": kinds[i % 2][0], "ttl": 60, "values": [kinds[i % 2][1]]} for i in range(number)
        ]

    def zone(self):
        """The zone, as it really is, or None."""
        self.designate.work()
        return next((one for one in self.designate.zones.values() if one["name"] == self.ZONE), None)

    def put(self, name, kind, value, description=None):
        """Somebody's own record set."""
        facts = {"name": "%s.%s" % (name, self.ZONE), "type": kind, "ttl": 60, "records": [value]}
        with self.designate.lock:
            return self.designate.put(self.zone(), dict(facts, description=description))

    def strangers(self):
        """A set without a stamp, and one with another owner's."""
        self.put("unstamped", "A", "192.0.2.77", "by hand")
        self.put("others", "A", "192.0.2.77", "theirs rackwright/other")
        return {("%s.%s" % (name, self.ZONE), "A") for name in ("unstamped", "others")}

    def meddler(self):
        """No room for the second set."""
        key = ("mail." + self.ZONE, "AAAA")
        words = "Quota exceeded for zone_recordsets."
        return Meddler(
            "POST",
            "/zones$",
            label="%s %s" % key,
            key=key,
            words=words,
            begin=lambda: self.designate.denied.update({key: Refusal(413, "over_quota", words)}),
            end=self.designate.denied.clear,
        )

    def truth(self):
        """The zone's record sets but for those that Designate writes itself."""
        zone = self.zone()
        return {
            (one["name"], one["type"]): (one["ttl"], sorted(one["records"]))
            for one in (zone["sets"].values() if zone else ())
            if not one["managed"]
        }

    def facts(self, rows):
        """The same of declared rows."""
        return {("%s.%s" % (row["name"], self.ZONE), row["type"]): (row["ttl"], sorted(row["values"])) for row in rows}
