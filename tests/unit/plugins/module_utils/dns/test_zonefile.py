# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Zone files: read like dnspython reads them, with file and line in every complaint."""

from __future__ import annotations

import time

import dns.zone
import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure, Refused
from ansible_collections.rackwright.platform.plugins.module_utils.dns import names, rdata, zonefile
from hypothesis import given, settings
from hypothesis import strategies as st

ZONE = "example.org."
EVERYTHING = r"""
; a comment
$TTL 1h
@       IN SOA  ns1 hostmaster (  ; opens
                2026010101        ; serial (not a parenthesis)
                3h 1h
                1w 60 )
        IN NS   ns1
        3600 IN NS ns2.example.net.
ns1     A       192.0.2.1
        AAAA    2001:db8::1
WWW     300     CNAME @
mail    IN 600  A 192.0.2.10
mail    600 IN  A 192.0.2.11
        MX      10 mail ; trailing
txt     TXT     "one; two" three "fo\"ur"
        TXT     ( "split"
                  "over lines" )
a\.b    A       192.0.2.9
*.wild  A       192.0.2.8
_sip._tcp SRV   0 5 5060 mail
odd     TYPE65280 \# 2 beef
$ORIGIN sub
@       NS      ns1.example.org.
deep    CAA     0 issue "example.net; a=b"
$ORIGIN example.org.
svc     HTTPS   1 . alpn="h2,h3" port=443
"""


def read(tmp_path, text, ttl=3600, name="zone"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return {(row["name"], row["type"]): row for row in zonefile.read(str(path), ZONE, ttl)}


def judged(text):
    """What dnspython reads: {(name, type): (ttl, values)} in the canonical spelling."""
    zone = dns.zone.from_text(text, origin=ZONE, relativize=False, check_origin=False)
    return {
        (names.absolute(str(name)), (kind := rdata.type_name(str(found.rdtype.name)))): (
            found.ttl,
            sorted(rdata.canonical(kind, value.to_text(), names.absolute) for value in found),
        )
        for name, found in ((n, r) for n, node in zone.items() for r in node)
    }


def test_it_reads_what_dnspython_reads(tmp_path):
    found = read(tmp_path, EVERYTHING)
    assert {key: (row["ttl"], row["values"]) for key, row in found.items()} == judged(EVERYTHING)
    assert len(found) == 15
    assert found["txt.example.org.", "TXT"]["_at"].endswith("zone:16")


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"\A[a-z][a-z0-9]{0,8}\Z"),
        st.tuples(st.integers(0, 2**31 - 1), st.lists(st.binary(max_size=300), min_size=1, max_size=3)),
        max_size=5,
    )
)
def test_what_is_written_is_read_again(tmp_path_factory, sets):
    rows = []
    for name, (ttl, texts) in sets.items():
        spelled = ["".join("\\%03d" % byte for byte in data) for data in texts]
        values = sorted({rdata.canonical("TXT", '"%s"' % text, names.absolute) for text in spelled})
        rows.append({"name": "%s.%s" % (name, ZONE), "type": "TXT", "ttl": ttl, "values": values})
    text = "".join(map(zonefile.written, rows))
    found = read(tmp_path_factory.mktemp("zone"), text)
    assert [{k: v for k, v in row.items() if k != "_at"} for row in found.values()] == rows
    assert {key: (row["ttl"], row["values"]) for key, row in found.items()} == judged(text)


@pytest.mark.parametrize(
    "text, ttls",
    [
        ("a 5 A 192.0.2.1\nb A 192.0.2.1", [5, 5]),
        ("a A 192.0.2.1\nb 5 A 192.0.2.1\nc A 192.0.2.1", [77, 5, 5]),
        ("$TTL 9\na 5 A 192.0.2.1\nb A 192.0.2.1", [5, 9]),
        ("a 1h30m A 192.0.2.1", [5400]),
    ],
)
def test_ttl_nobody_gives(tmp_path, text, ttls):
    assert [row["ttl"] for row in read(tmp_path, text, ttl=77).values()] == ttls


@pytest.mark.parametrize(
    "text, reason",
    [
        (" A 192.0.2.1", ":1: the line begins with a blank"),
        ("\n\na A", ":3: the value is empty"),
        ("a", ":1: the line has no record type"),
        ("a AX 192.0.2.1", ":1: 'AX' is no record type"),
        ("a CH A 192.0.2.1", ":1: class CH is not supported"),
        ("a 3x A 192.0.2.1", ":1: '3x' is no time"),
        ("a 2147483648 A 192.0.2.1", "too long"),
        ("a A 192.0.2.300", ":1: '192.0.2.300' is no IPv4 address"),
        ('a TXT "open', ":1: a quote is opened"),
        ("a MX ( 10\nmail", ":1: a parenthesis is opened"),
        ("a A 192.0.2.1 )", ":1: a parenthesis is closed"),
        ("a..b A 192.0.2.1", "an empty label"),
        ("$GENERATE 1-3 a$ A 192.0.2.$", ":1: $GENERATE is not supported"),
        ("$TTL", "$TTL has 0 words"),
        ("a 5 A 192.0.2.1\na 6 A 192.0.2.2", ":2: a.example.org. A has TTL 6 here and 5 at"),
        ("a RRSIG A 1", "made by the server"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path, text, reason):
    with pytest.raises(Refused) as refused:
        read(tmp_path, text)
    assert reason in str(refused.value) and "zone:" in str(refused.value)


def test_all_faults_are_told_at_once(tmp_path):
    with pytest.raises(Refused) as refused:
        read(tmp_path, "a A x\nb A 192.0.2.1\nc AAAA y\nd MX mail\n")
    assert [p.partition("zone:")[2][:1] for p in refused.value.problems] == ["1", "3", "4"]
    with pytest.raises(Refused) as refused:
        read(tmp_path, "a A x\n" * 150)
    assert refused.value.problems[-1] == "... and 50 more"


def test_included_files(tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more/hosts").write_text("h1 A 192.0.2.1\n$ORIGIN elsewhere.\n")
    found = read(tmp_path, "$INCLUDE more/hosts\n$INCLUDE more/hosts lab\nb A 192.0.2.2\n")
    assert list(found) == [("h1.example.org.", "A"), ("h1.lab.example.org.", "A"), ("b.example.org.", "A")]
    assert found["h1.lab.example.org.", "A"]["_at"] == "more/hosts:1"
    with pytest.raises(Refused, match="zone:1: file gone: it cannot be read on this host: No such file"):
        read(tmp_path, "$INCLUDE gone\n")
    with pytest.raises(Refused, match="include each other"):
        read(tmp_path, "$INCLUDE zone\n")
    (tmp_path / "more/bad").write_text("\nx A y\n")
    with pytest.raises(Refused, match="more/bad:2: 'y' is no IPv4"):
        read(tmp_path, "$INCLUDE more/bad\n")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(Failure, match="cannot be read on this host: No such file"):
        zonefile.read(str(tmp_path / "gone"), ZONE, 60)
    (tmp_path / "latin").write_bytes("grün A 192.0.2.1".encode("latin-1"))
    with pytest.raises(Failure, match="not UTF-8 text"):
        zonefile.read(str(tmp_path / "latin"), ZONE, 60)


def test_ten_thousand_records_take_well_under_a_second(tmp_path):
    path = tmp_path / "zone"
    path.write_text("$TTL 300\n" + "".join("h%d A 10.0.%d.%d\n" % (i, i >> 8, i & 255) for i in range(10000)))
    begun = time.process_time()
    assert len(zonefile.read(str(path), ZONE, 60)) == 10000
    assert time.process_time() - begun < 1.0
