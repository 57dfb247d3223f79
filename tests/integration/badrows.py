# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declarations that no provider may take, each with what its error says."""

from __future__ import annotations

from contract.modules import run

THERE = [
    {"name": "there", "type": "A", "ttl": 60, "values": ["192.0.2.1"]},
    {"name": "alias", "type": "CNAME", "ttl": 60, "values": ["there"]},
]
ADDRESS = "192.0.2.1"
LONG = "a" * 64


def row(name, kind, values, **more):
    """A declared set."""
    return dict({"name": name, "type": kind, "values": values}, **more)


BAD = {  # what is wrong: (rows, of which set and by which rule they are refused)
    "outside the zone": ([row("a.net.", "A", ADDRESS)], "a.net. A: the name is outside the zone {zone}"),
    "data beside an alias": (
        [row("a", "CNAME", "b"), row("a", "A", ADDRESS)],
        "a.{zone} CNAME: a name with a CNAME holds nothing else; here it also has A",
    ),
    "an alias beside what is there": (
        [row("there", "CNAME", "b")],
        "there.{zone} CNAME: the zone has A of that name, and a CNAME stands alone",
    ),
    "what is there is an alias": (
        [row("alias", "A", ADDRESS)],
        "alias.{zone} A: the zone has CNAME of that name, and a CNAME stands alone",
    ),
    "an alias at the zone's name": ([row("@", "CNAME", "b")], "{zone} CNAME: the zone's own name holds SOA and NS"),
    "two targets of an alias": ([row("a", "CNAME", ["b", "c"])], "a.{zone} CNAME: it has 2 values; CNAME takes one"),
    "an unclear target": ([row("a", "CNAME", "b.net")], "a CNAME: b.net is unclear; write b.net. or b.net.{zone}"),
    "a target with an empty label": (
        [row("a", "MX", "10 b..net.")],
        "a MX: target: the name 'b..net.' has an empty label",
    ),
    "a target without a preference": (
        [row("a", "MX", "mail")],
        "a MX: 1 fields instead of 2; it is: <preference> <target>",
    ),
    "an address for a target": (
        [row("a", "MX", "10 192.0.2.1")],
        "a MX: target: 192.0.2.1 is an address; a name must stand here",
    ),
    "a bad address": ([row("a", "A", "192.0.2.300")], "a A: '192.0.2.300' is no IPv4 address"),
    "a TTL below none": ([row("a", "A", ADDRESS, ttl=-1)], "a A: ttl '-1' is no time"),
    "a TTL too long": (
        [row("a", "A", ADDRESS, ttl=2**31)],
        "a A: ttl 2147483648 is too long; 2147483647 seconds are the most",
    ),
    "a label too long": ([row(LONG, "A", ADDRESS)], "has a label of 64 bytes; 63 is the most"),
    "no values": ([row("a", "A", [])], "a A: it has no values; give some, or leave the set out"),
    "a type that is none": ([row("a", "ADDRESS", ADDRESS)], "'ADDRESS' is no record type known here"),
    "a port out of range": (
        [row("_s._tcp", "SRV", "1 1 65536 there")],
        "_s._tcp SRV: port: 65536 is too high; 65535 is the most",
    ),
    "a text too long": ([row("a", "TXT", "x" * 70000)], "a TXT: its data has 70275 bytes; 65535 are the most"),
}


def refused(base, case):
    """Declare what is wrong beside what is right: the task fails with one sentence that names set and rule."""
    rows, words = BAD[case]
    result = run("dns_zone", dict(base, records=[*rows, row("good", "A", "192.0.2.9")]), fails=True)
    assert words.format(zone=base["zone"]) in result["msg"], result["msg"]
    assert not result["changed"] and not result.get("applied"), result
    assert len(result["msg"].splitlines()) == 1, result["msg"]
    return result["msg"]
