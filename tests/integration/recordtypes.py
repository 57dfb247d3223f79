# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A record set of each type, and what becomes of one of each in a zone."""

from __future__ import annotations

from ansible_collections.rackwright.platform.plugins.module_utils.dns.registry import DRIVERS
from contract.modules import run

SAMPLES = {  # type: (a value, another one), in canonical spelling
    "A": ("192.0.2.1", "192.0.2.2"),
    "AAAA": ("2001:db8::1", "2001:db8::2"),
    "AFSDB": ("1 db.example.org.", "2 db.example.org."),
    "ALIAS": ("one.example.org.", "two.example.org."),
    "CAA": ('0 issue "ca.example"', '128 iodef "mailto:x@example.org"'),
    "CDNSKEY": ("257 3 13 " + "AA" * 42 + "AA==", "256 3 13 " + "AB" * 42 + "AA=="),
    "CDS": ("1 13 2 " + "ab" * 32, "2 13 2 " + "cd" * 32),
    "CNAME": ("one.example.org.", "two.example.org."),
    "DNAME": ("one.example.org.", "two.example.org."),
    "DNSKEY": ("257 3 13 " + "AA" * 42 + "AA==", "256 3 13 " + "AB" * 42 + "AA=="),
    "DS": ("1 13 2 " + "ab" * 32, "2 13 2 " + "cd" * 32),
    "EUI48": ("00-00-5e-00-53-2a", "00-00-5e-00-53-2b"),
    "EUI64": ("00-00-5e-ef-10-00-00-2a", "00-00-5e-ef-10-00-00-2b"),
    "HINFO": ('"PC" "Linux"', '"Server" "Linux"'),
    "HTTPS": ("1 . alpn=h2", "1 . alpn=h3 port=8443"),
    "LOC": (
        "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m",
        "1 0 0.000 S 2 0 0.000 W 5.00m 1.00m 100.00m 10.00m",
    ),
    "MX": ("10 mail.example.org.", "20 mail.example.org."),
    "NAPTR": ('100 10 "u" "E2U+sip" "!^.*$!sip:x@example.org!" .', '50 10 "s" "SIP+D2U" "" _sip._udp.example.org.'),
    "NS": ("ns1.example.org.", "ns2.example.org."),
    "OPENPGPKEY": ("AAEC", "AAED"),
    "PTR": ("one.example.org.", "two.example.org."),
    "RP": ("ops.example.org. text.example.org.", "ops.example.org. ."),
    "SMIMEA": ("3 1 1 " + "ef" * 32, "3 0 1 " + "01" * 32),
    "SPF": ('"v=spf1 -all"', '"v=spf1 mx -all"'),
    "SRV": ("1 2 5060 sip.example.org.", "2 2 5060 sip.example.org."),
    "SSHFP": ("4 2 " + "cd" * 32, "1 1 " + "ab" * 20),
    "SVCB": ("0 other.example.org.", "1 other.example.org. port=53"),
    "TLSA": ("3 1 1 " + "ef" * 32, "2 0 2 " + "01" * 64),
    "TXT": ('"one"', '"two;" "\\"three\\""'),
    "URI": ('10 1 "https://example.org/"', '20 1 "https://example.org/"'),
    "TYPE65280": ("\\# 2 beef", "\\# 3 beefed"),
}

APEX = ("DNSKEY", "CDS", "CDNSKEY")  # which prune leaves alone, too


def at(kind):
    """Where the type has its place: a DS is beside a delegation."""
    return "@" if kind in APEX else "x-ns" if kind == "DS" else "x-" + kind.lower()


def claimed(provider, place=None):
    """The types of sets that one can declare beside the SOA; BIND takes what signs at the apex of its own keys only."""
    able = DRIVERS[provider].abilities()
    kinds = [kind for kind in SAMPLES if able.get("type=" + kind, True) is True]
    without = APEX if place == "bind" else ("TYPE65280",) if provider in ("route53", "designate") else ()
    return [kind for kind in kinds if kind not in without]


def row_of(kind, which=0, ttl=None):
    """The set of a type, as it is declared."""
    row = {"name": at(kind), "type": kind, "values": [SAMPLES[kind][which]]}
    return dict(row, ttl=ttl) if ttl else row


def walk(base, kinds):
    """Make, read, change and prune a set of each type. base: the options that name provider and zone."""
    zone = base["zone"]
    more = {"prune": True, "limits": {"deletes": 100, "changes": 100}, "ignore": [{"name": "ns1", "type": "A"}]}

    def put(which):
        return run("dns_zone", dict(base, **more, records=[row_of(kind, which) for kind in kinds]))

    def there():
        own = [*((at(kind) + "." + zone, kind) for kind in kinds), *((zone, kind) for kind in APEX)]
        found = run("dns_zone_info", base)["records"]
        return {row["type"]: row["values"] for row in found if (row["name"], row["type"]) in own}

    for which in (0, 1):
        assert put(which)["changed"]
        assert there() == {kind: [SAMPLES[kind][which]] for kind in kinds}
        assert not put(which)["changed"]
    run("dns_zone", dict(base, **more, records=[]))
    assert set(there()) == set(kinds) & set(APEX)
    left = [{"name": "@", "type": kind} for kind in APEX if kind in kinds]
    if left:
        run("dns_record", dict(base, records=left, state="absent"))
    assert there() == {}
