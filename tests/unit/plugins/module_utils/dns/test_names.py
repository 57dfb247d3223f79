# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names: one spelling, and how tasks and zone files read them; dnspython as the judge."""

from __future__ import annotations

import dns.name
import dns.reversename
import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.dns import names
from hypothesis import given, settings
from hypothesis import strategies as st

ZONE = "example.org."
LONG = ".".join(["a" * 63] * 3 + ["b" * 61]) + "."


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("example.org", "example.org."),
        ("WWW.Example.ORG.", "www.example.org."),
        (".", "."),
        ("*.example.org", "*.example.org."),
        ("_sip._tcp.example.org", "_sip._tcp.example.org."),
        ("0/25.2.0.192.in-addr.arpa.", "0/25.2.0.192.in-addr.arpa."),
        ("Bücher.example", "xn--bcher-kva.example."),
        ("_dmarc.ÄPFEL.example", "_dmarc.xn--pfel-koa.example."),
        ("a\\.b.example.", "a\\.b.example."),
        ("\\065.example.", "a.example."),
        ("a\\ b.example.", "a\\032b.example."),
        (LONG, LONG),
    ],
)
def test_one_spelling(text, wanted):
    assert names.absolute(text) == wanted
    assert names.absolute(wanted) == wanted


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", "empty"),
        ("a..b", "an empty label"),
        (".a", "an empty label"),
        ("a\\", "stray backslash"),
        ("a" * 64 + ".org", "a label of 64 bytes"),
        ("c." + LONG, "longer than 255 bytes"),
        ("a b.org", "escape it"),
        ("me@example.org", "escape it"),
        ("xn--\u0080.org", "no international name"),
    ],
)
def test_names_that_are_none(text, reason):
    with pytest.raises(ValueError, match=reason):
        names.absolute(text)


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("@", "example.org."),
        ("www", "www.example.org."),
        ("a.b", "a.b.example.org."),
        ("www.example.org", "www.example.org."),
        ("EXAMPLE.org", "example.org."),
        ("notexample.org", "notexample.org.example.org."),
        ("www.example.com.", "www.example.com."),
        ("a\\.", "a\\..example.org."),
    ],
)
def test_owner_names_of_a_task(text, wanted):
    assert names.owner_in(ZONE)(text) == wanted


def test_a_zone_file_takes_every_name_without_a_dot_as_relative():
    assert names.in_file(ZONE)("www.example.org") == "www.example.org.example.org."
    assert names.in_file(".")("org") == "org."


def test_targets_of_a_task_are_clear_or_refused():
    target = names.target_in(ZONE)
    assert [target(t) for t in ("@", "ns1", "a.example.org", "_sip._udp", "ns.example.net.")] == [
        "example.org.",
        "ns1.example.org.",
        "a.example.org.",
        "_sip._udp.example.org.",
        "ns.example.net.",
    ]
    with pytest.raises(ValueError) as refused:
        target("ns.example.net")
    assert str(refused.value) == "ns.example.net is unclear; write ns.example.net. or ns.example.net.example.org."


def test_seen_from_the_zone():
    assert names.relative("example.org.", ZONE) == "@"
    assert names.relative("a.b.example.org.", ZONE) == "a.b"
    assert names.relative("example.net.", ZONE) == "example.net."
    assert names.within("example.org.", ".") and names.within("a.example.org.", ZONE)
    assert not names.within("notexample.org.", ZONE)


LABEL = st.binary(min_size=1, max_size=63)


def spelled(label):
    return "".join("\\%03d" % byte for byte in label)


@settings(deadline=None)
@given(st.lists(LABEL, min_size=1, max_size=6).filter(lambda labels: sum(map(len, labels)) + len(labels) < 255))
def test_any_bytes_are_a_name(labels):
    found = names.absolute(".".join(map(spelled, labels)))
    assert names.absolute(found) == found
    assert dns.name.from_text(found) == dns.name.Name([*labels, b""])
    assert found.isascii() and found == found.lower()


@given(st.ip_addresses().filter(lambda address: not getattr(address, "ipv4_mapped", None)))
def test_reverse_names(address):
    assert names.reverse(str(address)) == dns.reversename.from_address(str(address)).to_text()
