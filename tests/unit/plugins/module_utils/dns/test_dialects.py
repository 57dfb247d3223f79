# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What drivers of Libcloud are told, and what they tell: names and values there and back, in every dialect."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.dns import names, rdata
from ansible_collections.rackwright.platform.plugins.module_utils.dns.dialects import DIALECTS, Dialect, dialect

ZONE = "example.org."
VALUES = [
    ("A", "192.0.2.1"),
    ("AAAA", "2001:db8::1"),
    ("CNAME", "www.example.org."),
    ("MX", "10 mail.example.org."),
    ("NS", "ns1.example.net."),
    ("SRV", "0 5 5060 sip.example.org."),
    ("CAA", '0 issue "example.net"'),
    ("TXT", '"v=spf1 mx -all"'),
    ("TXT", '"say \\"so\\"; \\195\\188"'),
    ("TXT", rdata.canonical("TXT", "x" * 300, names.absolute)),
]
USED = sorted(name for name, found in DIALECTS.items() if not found.refused) + ["whatever"]


@pytest.mark.parametrize("name", USED)
@pytest.mark.parametrize(("kind", "value"), VALUES)
def test_a_value_comes_back_as_it_went(name, kind, value):
    data, extra = dialect(name).written(kind, value)
    assert dialect(name).read(kind, data, extra, ZONE) == value


@pytest.mark.parametrize(
    ("name", "kind", "value", "told"),
    [
        ("digitalocean", "MX", "10 mail.example.org.", ("mail.example.org.", {"priority": 10})),
        ("digitalocean", "SRV", "1 2 3 a.example.org.", ("a.example.org.", {"priority": 1, "weight": 2, "port": 3})),
        ("vultr", "SRV", "1 2 3 a.example.org.", ("2 3 a.example.org", {"priority": 1})),
        ("vultr", "TXT", '"a b"', ('"a b"', {})),
        ("whatever", "TXT", '"a b"', ("a b", {})),
        ("whatever", "MX", "10 mail.example.org.", ("mail.example.org", {"priority": 10})),
        ("powerdns", "MX", "10 mail.example.org.", ("10 mail.example.org.", {})),
    ],
)
def test_what_a_driver_is_told_of_a_value(name, kind, value, told):
    assert dialect(name).written(kind, value) == told


@pytest.mark.parametrize(
    ("kind", "data", "extra", "value"),
    [
        ("MX", "mail.example.org", {"priority": "10"}, "10 mail.example.org."),
        ("MX", "10 mail.example.org", {"priority": None}, "10 mail.example.org."),
        ("MX", "10 mail.example.org", {"priority": 10}, "10 mail.example.org."),
        ("CNAME", "@", {}, ZONE),
        ("AAAA", "2001:DB8:0::1", None, "2001:db8::1"),
        ("TXT", '"quoted"', {}, '"quoted"'),
        ("URL", "http://example.org/", {}, "http://example.org/"),
        ("A", "not an address", {}, "not an address"),
    ],
)
def test_what_a_driver_tells(kind, data, extra, value):
    assert Dialect().read(kind, data, extra, ZONE) == value


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("powerdns", ["example.org.", "www.example.org.", "example.org."]),
        ("cloudflare", ["example.org", "www.example.org", "example.org"]),
        ("digitalocean", ["@", "www", "example.org"]),
        ("whatever", ["", "www", "example.org"]),
    ],
)
def test_how_a_driver_spells_names(name, told):
    found = dialect(name)
    assert [found.name(ZONE, ZONE), found.name("www." + ZONE, ZONE), found.domain(ZONE)] == told
