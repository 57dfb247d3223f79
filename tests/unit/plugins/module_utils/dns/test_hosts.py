# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.dns.hosts import hosts, is_reverse


def row(name, kind, *values):
    return {"name": name, "type": kind, "ttl": 60, "values": list(values)}


def test_services_and_aliases_of_other_zones():
    zones = {
        "a.test.": [row("web.a.test.", "A", "192.0.2.1")],
        "b.test.": [
            row("_http._tcp.shop.b.test.", "SRV", "0 5 80 web.a.test.", "0 5 80 away.example."),
            row("www.b.test.", "CNAME", "web.a.test."),
            row("db.b.test.", "AAAA", "2001:db8::1"),
        ],
    }
    db, web = hosts(zones)
    assert (db["name"], db["zone"], db["relative"], db["services"]) == ("db.b.test", "b.test", "db", [])
    assert (web["zone"], web["relative"], web["aliases"]) == ("a.test", "web", ["www.b.test"])
    assert web["services"] == [{"name": "http_tcp", "at": "shop", "priority": 0, "weight": 5, "port": 80}]


def test_what_lies_below_a_delegation_is_the_other_zones_to_tell():
    parent = [
        row("x.test.", "NS", "ns.x.test."),
        row("ns.x.test.", "A", "192.0.2.53"),
        row("sub.x.test.", "NS", "ns.sub.x.test."),
        row("ns.sub.x.test.", "A", "192.0.2.54"),
    ]
    child = [row("sub.x.test.", "NS", "ns.sub.x.test."), row("ns.sub.x.test.", "A", "192.0.2.55")]
    assert [found["name"] for found in hosts({"x.test.": parent})] == ["ns.x.test"]
    both = {found["name"]: found for found in hosts({"x.test.": parent, "sub.x.test.": child})}
    assert both["ns.sub.x.test"]["addresses"] == [{"address": "192.0.2.55", "public": False}]
    assert both["ns.sub.x.test"]["zone"] == "sub.x.test"


def test_sets_without_values_and_wildcards_are_no_hosts():
    alias = {"name": "lb.x.test.", "type": "A", "alias": {"name": "lb.example."}}
    rows = [alias, dict(alias, name="x.test.", values=None), row("*.x.test.", "A", "192.0.2.1")]
    assert hosts({"x.test.": rows}) == []


@pytest.mark.parametrize(
    ("zone", "reverse"),
    [
        ("10.in-addr.arpa.", True),
        ("8.b.d.0.1.0.0.2.ip6.arpa.", True),
        ("in-addr.arpa.", True),
        ("home.arpa.", False),
        ("in-addr.arpa.example.org.", False),
    ],
)
def test_reverse_zones(zone, reverse):
    assert is_reverse(zone) is reverse
