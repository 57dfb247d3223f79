# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A zone moves from provider to provider by two tasks, dns_zone_info and dns_zone, and comes back as it left.

Real PowerDNS, BIND and Knot, a folder of zone files, and moto in Route 53's place.
"""

from __future__ import annotations

import contextlib

import pytest
from contract.modules import run
from integration.bind import Bind
from integration.knot import Knot
from integration.moto import KEY, Moto
from integration.powerdns import PowerDNS

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
ON_SERVERS = [  # of which Route 53 has none
    {"name": "here", "type": "LOC", "ttl": 300, "values": ["52 22 23 N 4 53 32 E -2m"]},
    {"name": "raw", "type": "TYPE65280", "ttl": 300, "values": ["\\# 2 beef"]},
    {"name": "key", "type": "OPENPGPKEY", "ttl": 300, "values": ["AAEC"]},
    {"name": "link", "type": "URI", "ttl": 300, "values": ['10 1 "https://example.org/"']},
    {"name": "who", "type": "RP", "ttl": 300, "values": ["ops mail"]},
]
OWN = {("move.test.", "SOA"), ("move.test.", "NS")}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """{provider, with a number where there are several: its options}."""
    bare = ZONE.rstrip(".")
    with contextlib.ExitStack() as stack:
        first, second = (stack.enter_context(PowerDNS()) for _ in range(2))
        bind, knot, moto = (stack.enter_context(server) for server in (Bind(bare), Knot(bare), Moto()))
        yield {
            "powerdns": {"url": first.url, "api_key": first.api_key},
            "powerdns 2": {"url": second.url, "api_key": second.api_key},
            "rfc2136": bind.options(),
            "rfc2136 2": knot.options(),
            "zonefile": {"folder": str(tmp_path_factory.mktemp("zones"))},
            "route53": {
                "url": moto.url,
                "access_key": KEY["aws_access_key_id"],
                "secret_key": KEY["aws_secret_access_key"],
            },
        }


def put(places, place, rows, **more):
    """The zone with these records at a provider."""
    provider = place.split()[0]
    args = dict(more, provider=provider, zone=ZONE, records=rows, prune=True, **{provider: places[place]})
    return run("dns_zone", dict(args, limits={"deletes": 100, "changes": 100}, ignore=[{"name": "ns1", "type": "A"}]))


def taken(places, place):
    """What dns_zone_info reads of it, but for what is the provider's own, as dns_zone takes it."""
    provider = place.split()[0]
    found = run("dns_zone_info", {"provider": provider, provider: places[place], "zone": ZONE})
    rows = [row for row in found["records"] if (row["name"], row["type"]) not in OWN]
    return [row for row in rows if (row["name"], row["type"]) != ("ns1.move.test.", "A")]


@pytest.mark.parametrize(
    ("rows", "way"),
    [
        (EVERYWHERE, ["powerdns", "rfc2136", "route53", "zonefile", "powerdns 2", "rfc2136 2", "powerdns"]),
        (EVERYWHERE + ON_SERVERS, ["powerdns", "rfc2136", "zonefile", "rfc2136 2", "powerdns 2"]),
    ],
    ids=["everywhere", "on servers"],
)
def test_nothing_is_lost_on_the_way(places, rows, way):
    put(places, way[0], rows)
    start = moving = taken(places, way[0])
    assert len(start) == len(rows)
    for place in way[1:]:
        put(places, place, moving)
        assert not put(places, place, moving)["changed"], place
        moving = taken(places, place)
        assert moving == start, place


def test_rows_that_bear_a_stamp_move_too(places):
    rows = [{"name": "stamped", "type": "A", "ttl": 60, "values": ["192.0.2.77"]}]
    for place, owner in (("powerdns", "before"), ("rfc2136", "after")):
        put(places, place, rows, owner=owner)
        rows = [row for row in taken(places, place) if row["name"].startswith("stamped")]
        assert [row["owner"] for row in rows] == [owner]
