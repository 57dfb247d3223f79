# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's providers by dynamic updates: one zone on a real BIND, and on a real Knot."""

from __future__ import annotations

import copy

import dns.query
import dns.rdatatype
import dns.tsig
import dns.update
from contract.dnsdoor import DnsProxy, rcode
from contract.provider import OWNER, Meddler
from contract.zones import ZoneProvider
from integration.bind import Bind
from integration.knot import Knot

ZONE = ZoneProvider.ZONE
STAMPS = "._rackwright." + ZONE


class OnUpdates(ZoneProvider):
    """What is common to all nameservers. SERVER: the class of the one under test."""

    WORDS = {401: ("BADKEY", "does not know the TSIG key"), 403: ("REFUSED", "does not let the TSIG key")}
    TROUBLE = "SERVFAIL"
    SERVER = None

    def start(self):
        """Start a server of its own."""
        self.server = self.SERVER(ZONE.rstrip("."))
        self.server.__enter__()
        self.SECRET = self.server.secret
        self.upstream = ("127.0.0.1", self.server.port)
        self.kept = set(self.sets())

    def stop(self):
        """End it."""
        self.server.stop()

    def door(self):
        """One for DNS over TCP."""
        return DnsProxy(self.upstream)

    def answer(self, status):
        """In DNS's own words."""
        if status == 429:
            return "a nameserver asks nobody to come back later"
        return rcode("NOTAUTH", Bind.KEY) if status == 401 else rcode("REFUSED" if status == 403 else "SERVFAIL")

    def sets(self):
        """{(name, type): (ttl, values)} past the driver."""
        found = {}
        for name, rdataset in self.server.transfer(ZONE).iterate_rdatasets():
            key = name.to_text().lower(), dns.rdatatype.to_text(rdataset.rdtype)
            if key[1] != "SOA":
                found[key] = rdataset.ttl, sorted(rdata.to_text() for rdata in rdataset)
        return found

    def send(self, *acts):
        """Change the zone past the driver: ("add", name, ttl, type, value) or ("delete", name[, type])."""
        message = dns.update.UpdateMessage(ZONE)
        for act, *what in acts:
            getattr(message, act)(*what)
        message.use_tsig(dns.tsig.Key(Bind.KEY, self.server.secret, "hmac-sha256"))
        answer = dns.query.tcp(message, "127.0.0.1", port=self.server.port, timeout=20)
        assert answer.rcode() == 0, answer

    def fresh(self):
        """The zone as it was."""
        gone = sorted({name for name, kind in self.sets() if (name, kind) not in self.kept})
        for at in range(0, len(gone), 1000):
            self.send(*[("delete", name) for name in gone[at : at + 1000]])

    def args(self, url, rows, **more):
        """A task of dns_zone."""
        port = int(url.rpartition(":")[2])
        task = {"provider": "rfc2136", "rfc2136": self.server.options(port=port), "zone": ZONE, "owner": OWNER}
        return dict(task, records=copy.deepcopy(list(rows)), **more)

    def removal(self, url, rows):
        """A task of dns_record."""
        named = [{"name": row["name"], "type": row["type"]} for row in rows]
        return "dns_record", self.args(url, named, state="absent")

    def many(self):
        """More than one message of a transfer, and of updates."""
        return self.fleet(3000)

    def fleet(self, number):
        """Names with an address each."""
        return [{"name": "h%d" % i, "type": "A", "ttl": 60, "values": ["192.0.2.1"]} for i in range(number)]

    def strangers(self):
        """A set without a stamp, and one with another owner's."""
        both = [("add", name + "." + ZONE, 60, "A", "192.0.2.77") for name in ("unstamped", "others")]
        self.send(*both, ("add", "others" + STAMPS, 60, "TXT", '"A other"'))
        return {("%s.%s" % (name, ZONE), "A") for name in ("unstamped", "others")}

    def truth(self):
        """The zone's sets but for those that were there from the start, and stamps, which `litter` tells."""
        return {
            key: facts
            for key, facts in self.sets().items()
            if key not in self.kept and not key[0].endswith("_rackwright." + ZONE)
        }

    def litter(self):
        """Stamps of what is not there."""
        there = {name for name, _kind in self.truth()}
        stamped = {name for name, _kind in self.sets() if name.endswith(STAMPS)}
        return sorted(name for name in stamped if name.replace(STAMPS, "." + ZONE) not in there)

    def facts(self, rows):
        """The same of declared rows."""
        return {("%s.%s" % (row["name"], ZONE), row["type"]): (row["ttl"], sorted(row["values"])) for row in rows}

    def meddler(self):
        """A CNAME beside which no other data may be, from somebody who comes before the update."""
        name = "mail." + ZONE
        return Meddler(
            "PATCH",
            "/UPDATE/contract",
            label=name + " AAAA",
            key=(name, "AAAA"),
            words="a CNAME stands alone",
            begin=lambda: self.send(("add", name, 60, "CNAME", "www." + ZONE)),
            end=lambda: self.send(("delete", name, "CNAME")),
        )


class DnsOnBind(OnUpdates):
    """BIND."""

    NAME, SERVER = "rfc2136", Bind


class DnsOnKnot(OnUpdates):
    """Knot DNS."""

    NAME, SERVER = "rfc2136-knot", Knot
