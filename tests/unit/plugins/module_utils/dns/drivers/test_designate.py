# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Designate driver's pure parts; tests/integration and tests/contract have the service's API."""

from __future__ import annotations

import json
import types

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.driver import refuse
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.dns.drivers import designate
from ansible_collections.rackwright.platform.plugins.module_utils.dns.resource import RECORD_SET, ZONE, record_sets

LOGIN = {"auth_url": "http://127.0.0.1:1/v3", "username": "u", "password": "p"}


@pytest.mark.parametrize(
    ("kind", "theirs", "canonical"),
    [
        ("A", "192.0.2.1", "192.0.2.1"),
        ("TXT", '"a b" "c"', '"a b" "c"'),
        ("CAA", "0 issue example.net; a=b", '0 issue "example.net; a=b"'),
        ("CAA", '0 issue "example.net"', '0 issue "example.net"'),
        ("NAPTR", "1 2 u E2U+sip !^(.*)$!sip:\\1! .", '1 2 "u" "E2U+sip" "!^(.*)$!sip:\\\\1!" .'),
        ("NAPTR", "1 2 S SIP+D2U  _sip._udp.example.org.", '1 2 "S" "SIP+D2U" "" _sip._udp.example.org.'),
        ("CERT", "PKIX 1 2 x", "PKIX 1 2 x"),
    ],
)
def test_values_with_and_without_quotes(kind, theirs, canonical):
    assert designate._value(kind, theirs) == canonical
    if '"' not in theirs or kind == "TXT":
        assert designate._bare(kind, canonical) == theirs


@pytest.mark.parametrize(
    ("before", "owner", "after"),
    [
        ("", "me", "rackwright/me"),
        ("the web server", "me", "the web server rackwright/me"),
        ("the web server rackwright/you", "me", "the web server rackwright/me"),
        ("", "my team", "rackwright/my%20team"),
        ("x" * 160, "me", "x" * 146 + " rackwright/me"),
    ],
)
def test_a_stamp_stands_behind_what_people_wrote(before, owner, after):
    assert designate.stamped(before, owner) == after and len(after) <= 160
    assert designate.STAMP.search(after)


@pytest.mark.parametrize("text", ["", "about rackwright", "rackwright/me and more", "xrackwright/me"])
def test_what_is_no_stamp(text):
    assert designate.STAMP.search(text) is None


def test_what_it_cannot_is_refused_while_planning():
    given = [
        ("a", "TLSA", "3 1 1 " + "ab" * 32),
        ("a", "TYPE65280", "\\# 0"),
        ("0/25", "PTR", "a"),
        ("n", "NAPTR", '1 2 "u" "E2U+sip" "!a b!c!" .'),
        ("fine", "A", "192.0.2.1"),
        ("*", "A", "192.0.2.1"),
    ]
    rows = record_sets("example.org.").normalise([{"name": n, "type": t, "values": v} for n, t, v in given])
    with pytest.raises(Refused, match="provider designate cannot do type TLSA: it has no such type"):
        designate.Designate.refuse(RECORD_SET, rows)
    with pytest.raises(Refused) as refused:
        designate.Designate.refuse(RECORD_SET, rows[1:])
    assert [problem.split(": ")[0] for problem in refused.value.problems] == [
        "record set a.example.org. TYPE65280",
        "record set 0/25.example.org. PTR",
        "record set n.example.org. NAPTR",
    ]
    with pytest.raises(Refused, match="cannot do kind Native: its zones are Primary or Secondary"):
        refuse("designate", designate.CAPS, ZONE, [{"name": "example.org.", "kind": "Native"}])


def test_rackspace_is_told_where_to_go():
    with pytest.raises(Refused, match="Rackspace Cloud DNS is no Designate.*driver rackspace"):
        designate.Designate({"profile": "rackspace", "username": "u", "api_key": "k"})


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"code": 409, "type": "duplicate_zone", "message": "Duplicate Zone"}, "Duplicate Zone"),
        ({"type": "over_quota"}, "over_quota"),
        (
            {"message": "bad", "errors": {"errors": [{"path": ["records", 0], "message": "'x' is not a 'A' Record"}]}},
            "bad; records.0: 'x' is not a 'A' Record",
        ),
        ([1], "[1]"),
    ],
)
def test_errors_in_designates_own_words(told, words):
    text = json.dumps(told)
    assert designate.explained(types.SimpleNamespace(json=lambda: told, text=text)) == words
