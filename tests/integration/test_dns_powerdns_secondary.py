# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A secondary zone that PowerDNS fetches from another PowerDNS: signed by itself, or by the primary."""

from __future__ import annotations

import dns.dnssec
import dns.message
import dns.name
import dns.query
import dns.rdatatype
import pytest
import requests
from ansible_collections.rackwright.platform.plugins.module_utils.dns.powerdns import zones
from contract.modules import run
from integration.powerdns import PowerDNS
from integration.process import until

ZONE, PATIENCE = "second.test.", 60  # seconds; the server looks at its own database now and then only
CACHES = ("cache-ttl", "query-cache-ttl", "negquery-cache-ttl", "domain-metadata-cache-ttl", "dnssec-key-cache-ttl")
SIGNING = dict(dict.fromkeys(CACHES, "0"), **{"gsqlite3-dnssec": "yes", "secondary": "yes"})
RECORDS = [
    {"name": "www", "type": "A", "values": "192.0.2.1"},
    {"name": "@", "type": "NS", "values": "ns.example.org."},
]


class Pair:
    """Two servers, and what the second gives for the zone of the first."""

    def __init__(self, first, second):
        self.first, self.second = first, second
        self.primary = self.options(first, kind="Primary", records=RECORDS)
        self.secondary = self.options(second, kind="Secondary", masters=["127.0.0.1:%d" % first.dns_port])

    @staticmethod
    def options(server, **more):
        """Arguments of dns_zone."""
        where = {"url": server.url, "api_key": server.api_key}
        return dict({"provider": "powerdns", "powerdns": where, "zone": ZONE}, **more)

    def api(self, method="GET", path=""):
        """What the second's API says of the zone."""
        url = "%s/api/v1/servers/localhost/zones/%s%s" % (self.second.url, ZONE, path)
        answer = requests.request(method, url, headers={"X-API-Key": self.second.api_key}, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def fetch(self):
        """Have the second transfer the zone, and wait for it."""
        self.api("PUT", "/axfr-retrieve")
        until(lambda: self.api()["rrsets"], PATIENCE, "it is not fetched")

    def answer(self, name, kind):
        """The second's answer for one that wants signatures."""
        query = dns.message.make_query(name, kind, want_dnssec=True)
        return dns.query.tcp(query, "127.0.0.1", port=self.second.dns_port, timeout=10)

    def is_signed(self):
        """Whether answers are signed: for what is there and for what is not, with the zone's own keys."""
        found = self.answer("www." + ZONE, "A").answer
        signatures = [rrset for rrset in found if rrset.rdtype == dns.rdatatype.RRSIG]
        if not signatures:
            return False
        keys = {dns.name.from_text(ZONE): self.answer(ZONE, "DNSKEY").answer[0]}
        dns.dnssec.validate(found[0], signatures[0], keys)
        missing = self.answer("none." + ZONE, "A").authority
        covered = {(rrset.rdtype, rrset.covers): rrset for rrset in missing}
        proof = covered[dns.rdatatype.NSEC, dns.rdatatype.NONE]
        dns.dnssec.validate(proof, covered[dns.rdatatype.RRSIG, dns.rdatatype.NSEC], keys)
        return True


@pytest.fixture
def pair():
    with PowerDNS(SIGNING) as first, PowerDNS(SIGNING) as second:
        yield Pair(first, second)


def test_it_is_signed_by_itself(pair):
    run("dns_zone", pair.primary)
    for dnssec in (True, False, True):
        assert run("dns_zone", dict(pair.secondary, dnssec=dnssec))["changed"]
        assert not run("dns_zone", dict(pair.secondary, dnssec=dnssec))["changed"]
        assert bool(pair.api(path="/cryptokeys")) is dnssec
        until(lambda wanted=dnssec: pair.is_signed() is wanted, PATIENCE, "its answers do not follow")


def test_nothing_comes_to_be_signed(pair, monkeypatch):
    """The primary does not have the zone; once it has, the next run does what is left."""
    monkeypatch.setattr(zones, "ARRIVAL", 1)
    signed = dict(pair.secondary, dnssec=True)
    for _turn in range(2):
        told = run("dns_zone", signed, fails=True)["msg"]
        assert "not signed: nothing came from its primaries in 1 s" in told and "run this again" in told
        assert pair.api()["kind"] == "Slave" and pair.api(path="/cryptokeys") == []
    run("dns_zone", pair.primary)
    assert run("dns_zone", signed)["changed"] and not run("dns_zone", signed)["changed"]
    until(pair.is_signed, PATIENCE, "its answers do not follow")


def test_what_the_primary_signed_stays_so(pair):
    run("dns_zone", dict(pair.primary, dnssec=True))
    run("dns_zone", pair.secondary)
    pair.fetch()
    until(pair.is_signed, PATIENCE, "its answers bear no signatures")
    assert pair.api(path="/cryptokeys") == []
    assert not run("dns_zone", pair.secondary)["changed"]
