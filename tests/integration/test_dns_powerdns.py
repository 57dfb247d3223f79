# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The PowerDNS driver on the real server: every record type, large zones, odd zone names."""

from __future__ import annotations

import pathlib

import pytest
import yaml
from ansible_collections.rackwright.platform.plugins.module_utils.core.apply import apply
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import plan
from ansible_collections.rackwright.platform.plugins.module_utils.dns.drivers.powerdns import PowerDNS as Driver
from ansible_collections.rackwright.platform.plugins.module_utils.dns.resource import ZONE, record_sets
from contract.proxy import Proxy
from integration.powerdns import PowerDNS

CASES = yaml.safe_load((pathlib.Path(__file__).parents[1] / "unit/cases/dns/values.yml").read_text(encoding="utf-8"))
ZONE_OF_TYPES = "example.org."
REFUSED = ('key667="hello',)  # PowerDNS 4.7 spells this parameter's bytes otherwise and insists on it


@pytest.fixture(scope="module")
def server():
    with PowerDNS() as running:
        yield running


def driver(url, key):
    return Driver({"url": url, "api_key": key, "server": "localhost", "verify": True, "timeout": 30})


@pytest.fixture(scope="module")
def powerdns(server):
    return driver(server.url, server.api_key)


def make(powerdns, zone):
    made = plan(ZONE, powerdns.zones(zone).read(), [{"name": zone}])
    assert apply(powerdns.zones(zone), made)


def converge(store, resource, rows, prune=None):
    """Plan and apply; returns the plan."""
    made = plan(resource, list(store.read()), rows, prune=prune)
    report = apply(store, made)
    assert report, report.failed
    return made


def test_every_type_comes_back_as_it_was_sent(powerdns):
    make(powerdns, ZONE_OF_TYPES)
    resource, rows = record_sets(ZONE_OF_TYPES, ttl=60), []
    for kind, case in CASES.items():
        for number, (value, _wanted) in enumerate(case["good"]):
            if kind != "SOA" and not any(part in value for part in REFUSED):
                name = "@" if kind in ("CDNSKEY", "CDS", "DNSKEY") else "%s-%d" % (kind.lower(), number)
                rows.append({"name": name, "type": kind, "values": value})
    rows = resource.normalise(rows)
    store = powerdns.records(ZONE_OF_TYPES)
    assert len(converge(store, resource, rows).changes) == len(rows) > 50
    assert not converge(store, resource, rows), "a type is read back in another spelling"
    deleted = converge(store, resource, [], prune=lambda row: row["type"] != "SOA")
    assert deleted.count("delete") == len(rows)
    assert [row["type"] for row in store.read()] == ["SOA"]


def test_a_large_zone_is_sent_in_pieces_that_the_server_takes(server):
    with Proxy(("127.0.0.1", server.port)) as door:
        powerdns = driver(door.url, server.api_key)
        make(powerdns, "large.org.")
        resource = record_sets("large.org.", ttl=60)
        rows = resource.normalise({"name": "h%d" % i, "type": "TXT", "values": "x" * 100} for i in range(9000))
        door.clear()
        converge(powerdns.records("large.org."), resource, rows)
        assert [request.method for request in door.seen] == ["GET", "PATCH", "PATCH"]
        assert all(1_000_000 < len(request.body) <= 1_500_000 for request in door.writes[:1])
        door.clear()
        assert not converge(powerdns.records("large.org."), resource, rows)
        assert [request.method for request in door.seen] == ["GET"]


@pytest.mark.parametrize("zone", ["0/25.2.0.192.in-addr.arpa.", "_odd.org.", "xn--bcher-kva.org."])
def test_zone_names_that_need_care(powerdns, zone):
    make(powerdns, zone)
    resource = record_sets(zone, ttl=60)
    rows = resource.normalise([{"name": "10", "type": "PTR", "values": "h.example.org."}])
    assert converge(powerdns.records(zone), resource, rows)
    assert [row["name"] for row in powerdns.zones(zone).read()] == [zone]
    assert zone in [row["name"] for row in powerdns.zones().read()]
    assert apply(powerdns.zones(zone), plan(ZONE, powerdns.zones(zone).read(), [], absent=[zone]))
    assert powerdns.zones(zone).read() == []


def test_disabled_records_do_not_count_and_are_not_kept_by_a_change(powerdns):
    make(powerdns, "off.org.")
    off = {"name": "a.off.org.", "type": "A", "ttl": 60, "changetype": "REPLACE"}
    off["records"] = [{"content": "192.0.2.1", "disabled": True}, {"content": "192.0.2.2", "disabled": False}]
    powerdns.http.call("PATCH", "/zones/off.org.", json={"rrsets": [off]})
    resource, store = record_sets("off.org.", ttl=60), powerdns.records("off.org.")
    assert not converge(store, resource, resource.normalise([{"name": "a", "type": "A", "values": "192.0.2.2"}]))
    assert converge(store, resource, resource.normalise([{"name": "a", "type": "A", "values": "192.0.2.1"}]))
    assert [row["values"] for row in store.read() if row["type"] == "A"] == [["192.0.2.1"]]
