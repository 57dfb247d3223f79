# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The PowerDNS driver's pure parts; the real server is in tests/integration and tests/contract."""

from __future__ import annotations

import json

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure, Refused
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import Change
from ansible_collections.rackwright.platform.plugins.module_utils.dns.drivers import powerdns
from ansible_collections.rackwright.platform.plugins.module_utils.dns.resource import RECORD_SET, record_sets
from hypothesis import given, settings
from hypothesis import strategies as st

OPTIONS = {"url": "http://127.0.0.1:1", "api_key": "k", "server": "localhost", "verify": True, "timeout": 1}


def change(name, kind="A", values=("192.0.2.1",), verb="create", owner=None, before=None):
    after = {"name": name, "type": kind, "ttl": 60, "values": list(values)}
    if owner:
        after["owner"] = owner
    after = None if verb == "delete" else after
    return Change(verb, (name, kind), before, after, after)


@pytest.mark.parametrize("url", ["http://h:1", "http://h:1/", "http://h:1/api", "http://h:1/api/v1/", "http://h:1//"])
def test_the_url_with_and_without_the_apis_own_path(url):
    assert powerdns.PowerDNS(dict(OPTIONS, url=url)).http.base == "http://h:1/api/v1/servers/localhost"


def test_a_url_without_a_scheme_is_refused():
    with pytest.raises(Refused, match="'h:8081' must begin with http"):
        powerdns.PowerDNS(dict(OPTIONS, url="h:8081"))


@pytest.mark.parametrize(
    "zone, path",
    [
        ("example.org.", "/zones/example.org."),
        ("0/25.2.0.192.in-addr.arpa.", "/zones/0=2F25.2.0.192.in-addr.arpa."),
        ("_x.org.", "/zones/=5Fx.org."),
        (".", "/zones/=2E"),
    ],
)
def test_the_path_of_a_zone(zone, path):
    assert powerdns.path_of(zone) == path


def test_names_that_the_api_does_not_take_are_refused_while_planning():
    rows = record_sets("example.org.").normalise(
        [{"name": name, "type": "A", "ttl": 1, "values": "192.0.2.1"} for name in ("a\\.b", "x.*", "*.y", "_z/1")]
    )
    with pytest.raises(Refused) as refused:
        powerdns.PowerDNS.refuse(RECORD_SET, rows)
    assert [problem.split(": ")[0] for problem in refused.value.problems] == [
        "record set a\\.b.example.org. A",
        "record set x.*.example.org. A",
    ]


def test_chunks_keep_a_name_together(monkeypatch):
    monkeypatch.setattr(powerdns, "BODY", 800)
    changes = [change("n%d." % i, verb="delete", kind="CNAME") for i in range(9)] + [
        change("n%d." % i) for i in range(9)
    ]
    chunks = list(powerdns.Records.chunks(changes))
    assert sum(len(chunk) for chunk in chunks) == 18
    assert [{c.key[0] for c in chunk} for chunk in chunks] == [
        {"n%d." % i for i in (j, j + 1, j + 2)} for j in (0, 3, 6)
    ]
    assert list(powerdns.Records.chunks([])) == []


TEXTS = st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=300), min_size=1, max_size=4)


@settings(deadline=None)
@given(TEXTS, st.sampled_from([None, "me", 'o"w\\n é']), st.sampled_from(["create", "delete"]), st.booleans())
def test_the_weight_of_a_change_is_no_less_than_its_bytes(values, owner, verb, commented):
    before = {"_comments": [{"content": "c", "account": "someone", "modified_at": 1}]} if commented else None
    one = change("a\\032b.example.org.", "TYPE65280", ['"%s"' % v for v in values], verb, owner, before)
    bytes_sent = len(json.dumps(powerdns._patch(one), separators=(",", ":"))) + 1
    assert bytes_sent <= powerdns._weight(one)


def test_the_stamp_is_written_once_and_beside_other_comments():
    theirs = {"content": "note", "account": "someone", "modified_at": 1}
    stamped = {"owner": "me", "_comments": [theirs, {"content": "x", "account": "rackwright/me"}]}
    assert "comments" not in powerdns._patch(change("a."))
    assert "comments" not in powerdns._patch(change("a.", owner="me", before=stamped))
    new = powerdns._patch(change("a.", owner="me", before={"_comments": [theirs]}))
    assert [comment["account"] for comment in new["comments"]] == ["someone", "rackwright/me"]


@pytest.mark.parametrize(
    "text, key",
    [
        ("RRset www.example.org. IN CNAME: Conflicts with pre-existing RRset", ("www.example.org.", "CNAME")),
        ("RRset www.example.org. IN CNAME has more than one record", ("www.example.org.", "CNAME")),
        ("Record www.example.org./A '1': unable to parse IP address", ("www.example.org.", "A")),
        ("Record www.example.org. IN DNSKEY is only allowed at apex", ("www.example.org.", "DNSKEY")),
    ],
)
def test_the_record_set_that_powerdns_blames(text, key):
    failure = powerdns._blamed(Failure("PATCH: PowerDNS answered 422: " + text), [change(*key), change("other.")])
    assert failure.keys == [key]


def test_blame_for_what_was_not_sent_is_no_blame():
    failure = powerdns._blamed(Failure("RRset x.example.org. IN A: odd"), [change("other.")])
    assert not hasattr(failure, "keys")


def test_rows_as_the_api_tells_them():
    row = powerdns.set_row(
        {
            "name": "a.example.org.",
            "type": "TXT",
            "ttl": 5,
            "records": [{"content": '"b"', "disabled": False}, {"content": '"a"', "disabled": True}],
            "comments": [{"content": "x", "account": "rackwright/me"}],
        }
    )
    assert (row["values"], row["owner"]) == (['"b"'], "me")
    odd = {"name": "a.example.org.", "type": "LUA", "ttl": 5, "records": [{"content": "A 'x", "disabled": False}]}
    assert powerdns.set_row(odd)["values"] == ["A 'x"]


class Answer:
    status_code, text = 400, "Bad Request"

    def json(self):
        raise ValueError


def test_a_body_that_is_too_big_is_explained():
    assert "webserver-max-bodysize" in powerdns.explained(Answer())
