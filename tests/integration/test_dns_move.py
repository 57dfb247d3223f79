# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A zone moves by two tasks each time: PowerDNS to BIND to Route 53 (on moto) and back to another PowerDNS; nothing is
lost, and what arrives is what was read."""

from __future__ import annotations

import contextlib
import pathlib

import pytest
import yaml
from contract.modules import run
from integration.bind import Bind
from integration.moto import KEY, Moto
from integration.powerdns import PowerDNS

ZONE = "move.example."
CASES = yaml.safe_load((pathlib.Path(__file__).parents[1] / "unit/cases/dns/values.yml").read_text(encoding="utf-8"))
TYPES = "A AAAA CAA CNAME HTTPS MX NAPTR PTR SRV SSHFP TLSA TXT".split()  # that all three have, beside NS and DS
ODD = ('key667="hello',)  # PowerDNS 4.7 spells this parameter's bytes otherwise and insists on it


@pytest.fixture(scope="module")
def places():
    """Where the zone is taken, in this order: (provider, its options)."""
    with contextlib.ExitStack() as stack:
        first, last = (stack.enter_context(PowerDNS()) for _ in range(2))
        bind, moto = stack.enter_context(Bind(ZONE.rstrip("."))), stack.enter_context(Moto())
        amazon = {"url": moto.url, "access_key": KEY["aws_access_key_id"], "secret_key": KEY["aws_secret_access_key"]}
        yield [
            ("powerdns", {"url": first.url, "api_key": first.api_key}),
            ("rfc2136", bind.options()),
            ("route53", amazon),
            ("powerdns", {"url": last.url, "api_key": last.api_key}),
        ]


def task(module, place, **more):
    """Run a module at a place."""
    provider, options = place
    return run(module, dict({"provider": provider, provider: options, "zone": ZONE}, **more))


def read(place):
    """The zone's rows but for its SOA, which each server writes itself."""
    return [row for row in task("dns_zone_info", place)["records"] if row["type"] != "SOA"]


def everything():
    """A delegation, a wildcard, names that need care, and each value of each type."""
    rows = [
        {"name": "@", "type": "NS", "ttl": 3600, "values": ["ns1"]},
        {"name": "ns1", "type": "A", "ttl": 3600, "values": ["192.0.2.53"]},
        {"name": "sub", "type": "NS", "ttl": 60, "values": ["ns.sub.move.example", "ns.example.net."]},
        {"name": "sub", "type": "DS", "ttl": 60, "values": [value for value, _wanted in CASES["DS"]["good"]]},
        {"name": "ns.sub", "type": "A", "ttl": 60, "values": ["192.0.2.54"]},
        {"name": "mail", "type": "A", "ttl": 60, "values": ["192.0.2.55"]},
        {"name": "*.wild", "type": "MX", "ttl": 60, "values": ["10 mail", "20 mail.example.net."]},
        {"name": "0/25", "type": "PTR", "ttl": 60, "values": ["ns1"]},
        {"name": "_sip._tcp", "type": "TXT", "ttl": 60, "values": ["v" * 300]},
        {"name": "b\u00fccher", "type": "A", "ttl": 60, "values": ["192.0.2.3", "192.0.2.2", "192.0.2.1"]},
    ]
    for kind in TYPES:
        for number, (value, _wanted) in enumerate(CASES[kind]["good"]):
            if not any(words in value for words in ODD):
                rows.append({"name": "%s-%d" % (kind.lower(), number), "type": kind, "ttl": 300, "values": [value]})
    return rows


def test_a_zone_goes_round_and_nothing_is_lost(places):
    declared = everything()
    task("dns_zone", places[0], records=declared)
    rows = read(places[0])
    assert len(rows) == len(declared) > 40
    for number, place in enumerate(places[1:], 1):
        task("dns_zone", place, records=read(places[number - 1]), prune=True, limits={"deletes": 100})
        assert read(place) == rows, "%s tells another zone" % place[0]
        again = task("dns_zone", place, records=rows, prune=True)
        assert not again["changed"], again["plan"]
