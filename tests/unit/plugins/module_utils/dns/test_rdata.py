# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values: the table of every type, and dnspython as the judge of what generated values mean."""

from __future__ import annotations

import pathlib

import dns.name
import dns.rdata
import dns.rdatatype
import pytest
import yaml
from ansible_collections.rackwright.platform.plugins.module_utils.dns import names, rdata
from hypothesis import given, settings
from hypothesis import strategies as st

CASES = yaml.safe_load((pathlib.Path(__file__).parents[3] / "cases/dns/values.yml").read_text(encoding="utf-8"))
ZONE = "example.org."
RESOLVE = names.in_file(ZONE)
ORIGIN = dns.name.from_text(ZONE)
UNKNOWN_TO_DNSPYTHON = ("ALIAS",)


def pairs(word):
    return [(kind, *pair) for kind, case in CASES.items() for pair in case.get(word, ())]


def meaning(kind, text):
    """The value as dnspython understands it; upper and lower case are the same where the standard says so."""
    if kind == "CAA":
        flags, tag, value = text.split(" ", 2)
        text = " ".join((flags, tag.lower(), value))
    if kind == "LOC":
        text = text.replace(" n ", " N ").replace(" w ", " W ")
    read = dns.rdata.from_text("IN", kind, text, origin=ORIGIN, relativize=False)
    return read.to_digestable()


def test_every_type_has_cases():
    assert set(CASES) - {"TYPE65280"} == set(rdata.TYPES)


@pytest.mark.parametrize("kind, text, wanted", pairs("good"))
def test_a_value_has_one_spelling(kind, text, wanted):
    assert rdata.canonical(kind, text, RESOLVE) == wanted
    assert rdata.canonical(kind, wanted, names.absolute) == wanted, "the canonical spelling is not its own"


@pytest.mark.parametrize("kind, text, _wanted", [p for p in pairs("good") if p[0] not in UNKNOWN_TO_DNSPYTHON])
def test_dnspython_accepts_the_canonical_spelling(kind, text, _wanted):
    found = rdata.canonical(kind, text, RESOLVE)
    bare = kind in rdata.TEXTS and not text.startswith('"')
    if not bare and kind != "EUI64" and text.isascii():
        assert meaning(kind, found) == meaning(kind, text.strip())
    else:
        meaning(kind, found)


@pytest.mark.parametrize("kind, text, reason", pairs("bad"))
def test_a_bad_value_is_refused_with_the_reason(kind, text, reason):
    with pytest.raises(ValueError) as refused:
        rdata.canonical(kind, text, RESOLVE)
    assert reason in str(refused.value)


def test_a_known_type_is_not_written_as_unknown():
    with pytest.raises(ValueError, match="in its own form"):
        rdata.canonical("MX", "\\# 4 00000000", RESOLVE)


@pytest.mark.parametrize(
    "word, wanted", [("a", "A"), ("TYPE28", "AAAA"), ("type65280", "TYPE65280"), ("TYPE099", "SPF")]
)
def test_type_names(word, wanted):
    assert rdata.type_name(word) == wanted


@pytest.mark.parametrize(
    "word, reason", [("AX", "no record type"), ("TYPE0", "no record"), ("RRSIG", "made by the server")]
)
def test_type_names_that_are_refused(word, reason):
    with pytest.raises(ValueError, match=reason):
        rdata.type_name(word)


@pytest.mark.parametrize(
    "text, seconds", [("0", "0"), ("1h30m", "5400"), ("1W", "604800"), ("2147483647", "2147483647")]
)
def test_durations(text, seconds):
    assert rdata.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "-1", "1.5", "h", "2147483648", "٣"])
def test_durations_that_are_refused(text):
    with pytest.raises(ValueError):
        rdata.duration(text)


def test_the_host_that_a_value_points_to():
    assert rdata.pointed("MX", "10 mail.example.org.") == "mail.example.org."
    assert rdata.pointed("SRV", "0 0 1 sip.example.org.") == "sip.example.org."
    assert rdata.pointed("TXT", '"x"') is None
    assert rdata.pointed("TYPE65280", "\\# 0") is None


LABEL = st.from_regex(r"\A[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,20}[a-zA-Z0-9])?\Z").filter(lambda t: t.strip("0123456789"))
HOST = st.lists(LABEL, min_size=1, max_size=4).map(lambda labels: ".".join(labels) + ".")
U8, U16, U32 = (st.integers(0, 2**bits - 1).map(str) for bits in (8, 16, 32))
HEX = st.binary(min_size=1, max_size=40).map(bytes.hex)
QUOTED = st.binary(max_size=255).map(lambda data: '"%s"' % "".join("\\%03d" % byte for byte in data))
WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80)


def fields(*parts):
    return st.tuples(*parts).map(" ".join)


VALUES = st.one_of(
    st.tuples(st.just("A"), st.ip_addresses(v=4).map(str)),
    st.tuples(st.just("AAAA"), st.ip_addresses(v=6).map(lambda a: a.exploded.upper())),
    st.tuples(st.sampled_from(["CNAME", "NS", "PTR", "DNAME"]), HOST),
    st.tuples(st.just("MX"), fields(U16, HOST)),
    st.tuples(st.just("SRV"), fields(U16, U16, U16, HOST)),
    st.tuples(st.just("SOA"), fields(HOST, HOST, U32, *[st.integers(0, 2**31 - 1).map(str)] * 4)),
    st.tuples(st.just("CAA"), fields(U8, st.sampled_from(["issue", "ISSUEWILD", "iodef"]), QUOTED)),
    st.tuples(st.just("TLSA"), fields(U8, U8, st.just("0"), HEX)),
    st.tuples(st.just("DS"), fields(U16, U8, st.just("1"), st.binary(min_size=20, max_size=20).map(bytes.hex))),
    st.tuples(st.just("NAPTR"), fields(U16, U16, QUOTED, QUOTED, QUOTED, HOST)),
    st.tuples(st.just("TXT"), st.lists(QUOTED, min_size=1, max_size=4).map(" ".join)),
    st.tuples(st.just("TYPE65280"), st.binary(max_size=40).map(lambda data: "\\# %d %s" % (len(data), data.hex()))),
)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_the_canonical_spelling_means_the_same(value):
    kind, text = value
    found = rdata.canonical(kind, text, RESOLVE)
    assert rdata.canonical(kind, found, names.absolute) == found
    assert meaning(kind, found) == meaning(kind, text)


@settings(deadline=None)
@given(WORDS.filter(lambda text: "\\" not in text and not text.lstrip().startswith('"')))
def test_bare_text_is_taken_literally(text):
    found = dns.rdata.from_text("IN", "TXT", rdata.canonical("TXT", text, RESOLVE))
    assert b"".join(found.strings) == text.encode()


@settings(deadline=None)
@given(st.integers(0, 1100))
def test_long_text_is_cut_into_strings_of_255_bytes(size):
    text = ("0123456789" * 110)[:size]
    found = dns.rdata.from_text("IN", "TXT", rdata.canonical("TXT", text, RESOLVE))
    assert b"".join(found.strings) == text.encode()
    assert all(len(part) == 255 for part in found.strings[:-1])
    assert rdata.canonical("TXT", '"%s"' % text, RESOLVE) == rdata.canonical("TXT", text, RESOLVE)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("TXT", "x" * (255 * 255 + 254), "x" * (255 * 255 + 255)),
        ("TYPE65280", "\\# 65535 " + "00" * 65535, "\\# 65536 " + "00" * 65536),
        ("OPENPGPKEY", "AAAA" * (65535 // 3), "AAAA" * (65536 // 3 + 1)),
    ],
)
def test_a_value_that_no_record_holds_is_refused(kind, good, bad):
    assert rdata.canonical(kind, good, RESOLVE)
    with pytest.raises(ValueError, match="its data has 655.. bytes; 65535 are the most"):
        rdata.canonical(kind, bad, RESOLVE)
