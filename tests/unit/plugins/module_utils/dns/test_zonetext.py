# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a zone's file: what is written is read again, by us and by dnspython; serial numbers go on."""

from __future__ import annotations

import datetime

import dns.zone
import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.dns import names, rdata, zonetext
from hypothesis import example, given, settings
from hypothesis import strategies as st

ZONE = "example.org."
SOA = {"name": ZONE, "type": "SOA", "ttl": 60, "values": ["ns1.example.org. h.example.org. 7 1 2 3 4"]}
TODAY = datetime.date(2026, 11, 28)


def read(tmp_path, text, zone=ZONE):
    path = tmp_path / "zone"
    path.write_text(text, encoding="utf-8")
    reader = zonetext.Reader(zone)
    reader.file(str(path), "zone")
    return reader.whole("zone"), reader.lost


def texts(data):
    return rdata.canonical("TXT", '"%s"' % "".join("\\%03d" % byte for byte in data), names.absolute)


LABEL = st.binary(min_size=1, max_size=12).map(lambda data: "".join("\\%03d" % byte for byte in data))
SETS = st.dictionaries(
    LABEL.map(lambda label: names.absolute("%s.%s" % (label, ZONE))),
    st.tuples(
        st.integers(0, 2**31 - 1),
        st.lists(st.binary(max_size=300), min_size=1, max_size=3),
        st.one_of(st.none(), st.text(min_size=1, max_size=20)),
    ),
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(SETS)
@example({"a.example.org.": (0, [b""], " ")})
def test_what_is_written_is_read_again_with_its_owners(tmp_path_factory, sets):
    rows = [SOA]
    for name, (ttl, data, owner) in sets.items():
        row = {"name": name, "type": "TXT", "ttl": ttl, "values": sorted(set(map(texts, data)))}
        rows.append(dict(row, owner=owner) if owner else row)
    text = zonetext.whole(ZONE, rows)
    found, lost = read(tmp_path_factory.mktemp("zone"), text)
    assert sorted(found, key=lambda row: row["name"]) == sorted(rows, key=lambda row: row["name"]) and lost == set()
    judged = dns.zone.from_text(text, origin=ZONE, relativize=False, check_origin=False)
    assert len(judged.nodes) == len(rows)


def test_the_order_is_dnssecs_and_begins_with_the_soa():
    rows = [
        {"name": name, "type": kind, "ttl": 60, "values": [value]}
        for name, kind, value in (
            ("b.example.org.", "A", "192.0.2.1"),
            ("z.a.example.org.", "A", "192.0.2.2"),
            (ZONE, "MX", "10 b.example.org."),
            (ZONE, "NS", "b.example.org."),
        )
    ]
    lines = zonetext.whole(ZONE, rows + [SOA]).splitlines()[2:]
    assert [line.split("\t")[::3] for line in lines] == [
        ["@", "SOA"],
        ["@", "NS"],
        ["@", "MX"],
        ["z.a", "A"],
        ["b", "A"],
    ]


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        (lambda text: text, set()),
        (lambda text: text + "www\t60\tIN\tA\t192.0.2.1\n", set()),
        (lambda text: text + "www\t60\tIN\tA\t192.0.2.1\t; rackwright/me\n", set()),
        (lambda text: text + "www\t60\tIN\tA\t192.0.2.1\t; the web server\n", {"comment"}),
        (lambda text: text + "; www\t60\tIN\tA\t192.0.2.1\t; rackwright/me\n", {"comment"}),
        (lambda text: text + "$INCLUDE more\n", {"$INCLUDE"}),
        (lambda text: text.split("\n", 1)[1], {"header"}),
    ],
)
def test_what_a_rewriting_would_lose_is_noticed(tmp_path, change, lost):
    (tmp_path / "more").write_text("more 60 A 192.0.2.1\n")
    assert read(tmp_path, change(zonetext.whole(ZONE, [SOA])))[1] == lost


def test_a_stamp_belongs_to_its_own_line(tmp_path):
    lines = ("; rackwright/none", "@ SOA a b 1 2 3 4 5", "a 60 A 192.0.2.1", "b 60 A 192.0.2.1 ; rackwright/b%20c")
    rows, _lost = read(tmp_path, "\n".join(lines + ("c 60 A 192.0.2.1\n",)))
    assert {row["name"]: row["owner"] for row in rows if "owner" in row} == {"b.example.org.": "b c"}


def test_a_file_of_another_zone_is_none(tmp_path):
    with pytest.raises(Refused, match="it has no SOA of the zone example.org."):
        read(tmp_path, "$ORIGIN example.net.\n@ 60 SOA a b 1 2 3 4 5\n")


@pytest.mark.parametrize(
    ("serial", "form", "after"),
    [
        (0, "increment", 1),
        (7, "increment", 8),
        (2**32 - 1, "increment", 1),
        (0, "date", 2026112801),
        (2026112700, "date", 2026112801),
        (2026112801, "date", 2026112802),
        (2026112899, "date", 2026112900),
        (2026120101, "date", 2026120102),
        (1764320000, "date", 2026112801),
    ],
)
def test_serial_numbers_go_on(serial, form, after):
    assert zonetext.raised(serial, form, TODAY) == after and zonetext.ahead(after, serial)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["date", "increment"]))
def test_the_next_serial_number_is_always_ahead(serial, form):
    assert zonetext.ahead(zonetext.raised(serial, form, TODAY), serial)
