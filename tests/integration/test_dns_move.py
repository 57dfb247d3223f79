# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A zone moves from provider to provider by two tasks, dns_zone_info and dns_zone, and comes back as it left."""

from __future__ import annotations

import pytest
from contract.modules import run
from integration.dnsplaces import PROVIDERS, places
from integration.recordtypes import claimed, row_of

ZONE = "move.test."
EVERYWHERE = [
    {"name": "@", "type": "MX", "ttl": 300, "values": ["10 mail", "20 mail2"]},
    {"name": "@", "type": "CAA", "ttl": 300, "values": ['0 issue "ca.example"', '128 iodef "mailto:x@example.org"']},
    {"name": "@", "type": "TXT", "ttl": 60, "values": ["v=spf1 mx -all", '"a;b" "\\"c\\" \\\\ \\200"', "x" * 300]},
    {"name": "mail", "type": "A", "ttl": 300, "values": ["192.0.2.1", "192.0.2.2"]},
    {"name": "mail2", "type": "AAAA", "ttl": 300, "values": ["2001:DB8:0:0::1"]},
    {"name": "www", "type": "CNAME", "ttl": 600, "values": ["mail"]},
    {"name": "*.apps", "type": "A", "ttl": 60, "values": ["192.0.2.9"]},
    {"name": "sub", "type": "NS", "ttl": 3600, "values": ["ns.elsewhere.example.", "ns1.sub.move.test."]},
    {"name": "ns1.sub", "type": "A", "ttl": 3600, "values": ["192.0.2.53"]},
    {"name": "sub", "type": "DS", "ttl": 3600, "values": ["12345 13 2 " + "AB" * 32]},
    {"name": "_sip._tcp", "type": "SRV", "ttl": 300, "values": ["1 2 5060 mail", "1 3 5061 mail2"]},
    {"name": "svc", "type": "HTTPS", "ttl": 300, "values": ['1 . alpn="h3,h2" port=8443 ipv4hint=192.0.2.1']},
    {"name": "svc", "type": "SVCB", "ttl": 300, "values": ["0 other.example."]},
    {"name": "host", "type": "SSHFP", "ttl": 300, "values": ["4 2 " + "cd" * 32]},
    {"name": "_443._tcp", "type": "TLSA", "ttl": 300, "values": ["3 1 1 " + "EF" * 32]},
    {"name": "e164", "type": "NAPTR", "ttl": 300, "values": ['100 10 "u" "E2U+sip" "!^.*$!sip:x@example.org!" .']},
    {"name": "bücher", "type": "A", "ttl": 300, "values": ["192.0.2.10"]},
]
OWN = {("move.test.", "SOA"), ("move.test.", "NS"), ("ns1.move.test.", "A")}


def of_all(*ends):
    """A set of each type that all these places have, beside those above."""
    kinds = set.intersection(*(set(claimed(provider, place)) for provider, place in ends))
    return EVERYWHERE + [row_of(kind, 1, 300) for kind in sorted(kinds)]


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """The places."""
    with places(ZONE, tmp_path_factory.mktemp("zones")) as found:
        yield found


def put(options, rows, **more):
    """The zone with these records at a provider."""
    limits = {"deletes": 100, "changes": 100}
    ignore = [{"name": "ns1", "type": "A"}]
    return run("dns_zone", dict(options, records=rows, prune=True, limits=limits, ignore=ignore, **more))


def taken(options):
    """What dns_zone_info reads of it, but for what is the provider's own, as dns_zone takes it."""
    return [row for row in run("dns_zone_info", options)["records"] if (row["name"], row["type"]) not in OWN]


@pytest.mark.parametrize(
    "way",
    [
        ["powerdns", "bind", "route53", "zonefile", "another powerdns", "knot", "powerdns"],
        ["powerdns", "bind", "zonefile", "knot", "another powerdns"],
        ["powerdns", "zonefile", "knot", "another powerdns"],
    ],
    ids=["everywhere", "on servers", "with keys that sign"],
)
def test_nothing_is_lost_on_the_way(there, way):
    rows = of_all(*((PROVIDERS[place], place) for place in way))
    put(there[way[0]], rows)
    start = moving = taken(there[way[0]])
    assert len(start) == len(rows)
    for place in way[1:]:
        put(there[place], moving)
        assert not put(there[place], moving)["changed"], place
        moving = taken(there[place])
        assert moving == start, place


def test_rows_that_bear_a_stamp_move_too(there):
    rows = [{"name": "stamped", "type": "A", "ttl": 60, "values": ["192.0.2.77"]}]
    for place, owner in (("powerdns", "before"), ("bind", "after")):
        put(there[place], rows, owner=owner)
        rows = [row for row in taken(there[place]) if row["name"].startswith("stamped")]
        assert [row["owner"] for row in rows] == [owner]
