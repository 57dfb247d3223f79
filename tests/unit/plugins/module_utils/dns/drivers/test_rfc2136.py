# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rfc2136 driver's own decisions, on a stand-in that answers what a test tells it; real servers are in
tests/integration and tests/contract."""

from __future__ import annotations

import itertools
import pathlib

import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tsig
import pytest
import yaml
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import (
    Ambiguous,
    Failure,
    Refused,
    Unauthorized,
)
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import plan
from ansible_collections.rackwright.platform.plugins.module_utils.dns.drivers import rfc2136
from ansible_collections.rackwright.platform.plugins.module_utils.dns.nameserver import Nameserver
from ansible_collections.rackwright.platform.plugins.module_utils.dns.resource import record_sets

ZONE = "example.org."
SETS = record_sets(ZONE, ttl=60)
CASES = yaml.safe_load((pathlib.Path(__file__).parents[4] / "cases/dns/values.yml").read_text(encoding="utf-8"))
APEX = [
    ("@", "SOA", ["ns1 hostmaster 7 3600 600 86400 300"]),
    ("@", "NS", ["ns1", "ns.example.net."]),
    ("ns1", "A", ["192.0.2.53"]),
]


class StandIn(Nameserver):
    """No real server: a zone to transfer, and rcodes for the updates that come."""

    def __init__(self, sets=(), codes=(), serial=None):
        super().__init__("provider rfc2136", "192.0.2.1", key=("k", "c2VjcmV0", "hmac-sha256"))
        self.sets, self.codes, self.serial, self.messages = list(APEX) + list(sets), list(codes), serial, []

    def transfer(self, _zone):
        """The zone, as a transfer tells it."""
        rows = SETS.normalise({"name": name, "type": kind, "values": values} for name, kind, values in self.sets)
        return [
            (
                dns.name.from_text(row["name"]),
                60,
                row["type"],
                [dns.rdata.from_text("IN", row["type"], value) for value in row["values"]],
            )
            for row in rows
        ]

    def soa(self, zone):
        """The SOA that it shows now."""
        (soa,) = self.transfer(zone)[0][3]
        return soa.replace(serial=self.serial or soa.serial)

    def update(self, message, _zone):
        """The next rcode."""
        self.messages.append(message)
        return self.codes.pop(0) if self.codes else "NOERROR"


def store_of(server):
    store = rfc2136.RFC2136({"server": "192.0.2.1"}, transport=server).records(ZONE)
    return store, list(store.read())


def planned(rows, *sets, **more):
    wanted = SETS.normalise({"name": name, "type": kind, "values": values} for name, kind, values in sets)
    return plan(SETS, rows, [dict(row, **more) for row in wanted])


def hosts(number):
    return [("h%d" % i, "A", "192.0.2.1") for i in range(number)]


def sent(message):
    """What an update asks for, as text: the conditions, and the changes in their order, which values of a set have
    not."""
    parts = dns.message.from_wire(message.to_wire()).sections[1:3]
    lines = [[line for rrset in part for line in rrset.to_text().splitlines()] for part in parts]
    alike = [itertools.groupby(part, key=lambda line: line.split()[:4]) for part in lines]
    return [[line for _set, group in part for line in sorted(group)] for part in alike]


def test_a_key_needs_both_halves():
    for half in ({"key_name": "k"}, {"key_secret": "c2VjcmV0"}):
        with pytest.raises(Refused, match="go together"):
            rfc2136.RFC2136(dict(half, server="192.0.2.1"))


def test_a_secret_that_is_no_base64_is_refused_and_not_told():
    with pytest.raises(Refused, match="not base64") as refused:
        rfc2136.RFC2136({"server": "192.0.2.1", "key_name": "k", "key_secret": "hush!"})
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("owner", [{}, {"owner": "fleet"}])
def test_a_thousand_records_are_two_updates_that_a_message_holds(owner):
    server = StandIn()
    store, rows = store_of(server)
    made = planned(rows, *hosts(1000), **owner)
    chunks = list(store.chunks(made.changes))
    assert [len(chunk) for chunk in chunks] == [500, 500]
    for chunk in chunks:
        store.send(chunk)
    assert all(len(message.to_wire()) < 65536 for message in server.messages)


def test_the_changes_of_a_name_stay_together(monkeypatch):
    monkeypatch.setattr(rfc2136, "CHANGES", 4)
    store, rows = store_of(StandIn([("h%d" % i, "CNAME", ["www"]) for i in range(6)]))
    wanted = SETS.normalise({"name": name, "type": kind, "values": values} for name, kind, values in hosts(6))
    made = plan(SETS, rows, wanted, prune=lambda row: row["type"] == "CNAME")
    chunks = list(store.chunks(made.changes))
    assert [[change.verb for change in chunk] for chunk in chunks] == [["delete", "create"] * 2] * 3
    assert [sorted({change.key[0] for change in chunk}) for chunk in chunks] == [
        ["h%d.%s" % (i, ZONE) for i in (at, at + 1)] for at in (0, 2, 4)
    ]
    assert list(store.chunks([])) == []


def size(store, server, changes):
    """The bytes of the update for these changes."""
    store.send(changes)
    return len(server.messages[-1].to_wire())


@pytest.mark.parametrize("by_soa", [True, False])
@pytest.mark.parametrize("kind", sorted(set(CASES) - {"SOA", "ALIAS", "CDNSKEY", "CDS", "DNSKEY"}))
def test_no_change_takes_more_bytes_than_it_is_weighed(kind, by_soa):
    spelled = [value for value, _wanted in CASES[kind]["good"]]
    single = kind in ("CNAME", "DNAME")
    server = StandIn([("other", kind, spelled[:1] if single else spelled)])
    store, rows = store_of(server)
    store.by_soa = by_soa
    nothing = size(store, server, [])
    made = planned(rows, ("other", kind, spelled[-1]), ("new.and.long", kind, spelled[-1]), owner="fleet").changes
    made += plan(SETS, rows, [], absent=[("ns1." + ZONE, "A")]).changes
    for change in made:
        store, _rows = store_of(server)
        store.by_soa = by_soa
        (stamp,) = rfc2136.stamps.changed([change], ZONE, {})[0] or [None]
        weighed = rfc2136._weight(change, ZONE, True) + (rfc2136._weight(stamp, ZONE) if stamp else 0)
        assert 0 < size(store, server, [change]) - nothing <= weighed, change
        assert list(store.chunks([change])) == [[change]]


def test_an_update_asks_for_the_soa_it_has_read_and_raises_it():
    server = StandIn([("old", "CNAME", ["www"]), ("old2", "A", ["192.0.2.9"])])
    store, rows = store_of(server)
    made = plan(
        SETS,
        rows,
        SETS.normalise([{"name": "old", "type": "A", "values": "192.0.2.1"}]),
        absent=[("old." + ZONE, "CNAME")],
    )
    for chunk in ([*made.changes[::-1]], planned(rows, ("new", "A", "192.0.2.2")).changes):
        store.send(chunk)
    soa = "example.org. %d IN SOA ns1.example.org. hostmaster.example.org. %d 3600 600 86400 300"
    assert sent(server.messages[0]) == [
        [soa % (0, 7)],
        ["old.example.org. ANY CNAME", "old.example.org. 60 IN A 192.0.2.1", soa % (60, 8)],
    ]
    assert sent(server.messages[1]) == [[soa % (0, 8)], ["new.example.org. 60 IN A 192.0.2.2", soa % (60, 9)]]


def test_somebody_else_in_between_is_noticed():
    store, rows = store_of(StandIn(codes=["NXRRSET"], serial=9))
    with pytest.raises(Ambiguous, match=r"changed it since it was read \(serial 7, now 9\)"):
        store.send(planned(rows, *hosts(1)).changes)


@pytest.mark.parametrize("code", ["NXRRSET", "REFUSED"])
def test_where_the_soa_cannot_guard_the_zone_the_sets_themselves_do(code):
    server = StandIn([("a", "A", ["192.0.2.1", "192.0.2.2"]), ("b", "MX", ["5 a"])], codes=[code])
    store, rows = store_of(server)
    sets = [("a", "A", "192.0.2.9"), ("b", "A", "192.0.2.9"), ("new", "A", "192.0.2.9")]
    store.send(planned(rows, *sets, owner="fleet").changes)
    store.send(planned(rows, ("more", "A", "192.0.2.9")).changes)
    assert len(server.messages) == 3 and any(" SOA " in line for line in sent(server.messages[0])[0])
    asked, done = sent(server.messages[1])
    assert sorted(asked) == [
        "a.example.org. 0 IN A 192.0.2.1",
        "a.example.org. 0 IN A 192.0.2.2",
        "b.example.org. NONE A",
        "new.example.org. NONE ANY",
    ]
    assert not any(" SOA " in line for line in done) and "b.example.org. 60 IN A 192.0.2.9" in done
    assert sent(server.messages[2])[0] == ["more.example.org. NONE ANY"], "a way that is found is kept to"


@pytest.mark.parametrize("code", rfc2136.MOVED)
def test_somebody_else_is_noticed_by_the_sets_too(code):
    store, rows = store_of(StandIn(codes=["REFUSED", code]))
    with pytest.raises(Ambiguous, match="somebody has changed it"):
        store.send(planned(rows, *hosts(1)).changes)


def test_a_declared_soa_is_not_left_out_when_it_is_refused():
    server = StandIn(codes=["REFUSED"])
    store, rows = store_of(server)
    with pytest.raises(Unauthorized, match="REFUSED"):
        store.send(planned(rows, ("@", "SOA", ["ns1 hostmaster 7 3600 600 86400 60"])).changes)
    assert len(server.messages) == 1


def test_what_is_refused_for_good_is_told():
    store, rows = store_of(StandIn(codes=["REFUSED", "REFUSED"]))
    with pytest.raises(Unauthorized, match="does not let the TSIG key k do that.*log"):
        store.send(planned(rows, *hosts(1)).changes)


def test_data_beside_a_cname_is_blamed_on_its_row_alone():
    store, rows = store_of(StandIn([("a", "CNAME", ["www"])]))
    with pytest.raises(Failure, match="a CNAME stands alone") as failure:
        store.send(planned(rows, ("b", "A", "192.0.2.1"), ("a", "A", "192.0.2.1")).changes)
    assert failure.value.keys == [("a." + ZONE, "A")]


@pytest.mark.parametrize(
    "gone, words",
    [
        ([("", "NS")], ["never without it"]),
        ([("", "SOA"), ("", "NS")], ["never without it"] * 2),
        ([("ns1.", "A")], ["must keep an address"]),
        ([("ns1.", "A"), ("ns1.", "AAAA")], ["must keep an address"] * 2),
        ([("ns1.", "AAAA")], []),
        ([("other.", "A")], []),
    ],
)
def test_deletions_that_a_server_would_pass_over_are_refused(gone, words):
    store, rows = store_of(StandIn([("other", "A", ["192.0.2.1"]), ("ns1", "AAAA", ["2001:db8::1"])]))
    if gone == [("ns1.", "A")]:
        store, rows = store_of(StandIn())
    made = plan(SETS, rows, [], absent=[(name + ZONE, kind) for name, kind in gone])
    assert len(made.changes) == len(gone)
    if not words:
        store.amend(made, [], None)
        return
    with pytest.raises(Refused) as refused:
        store.amend(made, [], None)
    assert [word in problem for word, problem in zip(words, refused.value.problems)] == [True] * len(words)
    assert len(refused.value.problems) == len(words)


def test_an_address_may_go_with_the_name_that_needed_it_or_when_another_comes():
    store, rows = store_of(StandIn())
    absent = [("ns1." + ZONE, "A")]
    elsewhere = SETS.normalise([{"name": "@", "type": "NS", "values": ["ns.example.net."]}])
    store.amend(plan(SETS, rows, elsewhere, absent=absent), [], None)
    six = SETS.normalise([{"name": "ns1", "type": "AAAA", "values": ["2001:db8::1"]}])
    store.amend(plan(SETS, rows, six, absent=absent), [], None)


def test_the_zones_own_ns_are_never_all_away():
    server = StandIn()
    store, rows = store_of(server)
    store.send(planned(rows, ("@", "NS", ["ns2.example.net.", "ns1"])).changes)
    assert [line for line in sent(server.messages[0])[1] if " NS " in line] == [
        "example.org. 60 IN NS ns1.example.org.",
        "example.org. 60 IN NS ns2.example.net.",
        "example.org. 0 NONE NS ns.example.net.",
    ]


def test_names_that_are_kept_for_stamps_are_refused():
    store, rows = store_of(StandIn())
    with pytest.raises(Refused, match="kept for the stamps of owners"):
        store.amend(planned(rows, ("www._rackwright", "TXT", "A me")), [], None)


def test_a_ds_needs_the_delegation_that_it_signs():
    store, rows = store_of(StandIn([("old", "NS", ["ns.example.net."])]))
    ds = "1 8 2 " + "ab" * 32
    store.amend(planned(rows, ("old", "DS", ds), ("new", "DS", ds), ("new", "NS", "ns.example.net.")), [], None)
    with pytest.raises(Refused, match="record set lone.example.org. DS: it stands beside the NS set"):
        store.amend(planned(rows, ("lone", "DS", ds)), [], None)


def test_what_others_point_to_comes_first_and_deletions_last(monkeypatch):
    monkeypatch.setattr(rfc2136, "CHANGES", 1)
    store, rows = store_of(StandIn([("gone", "A", ["192.0.2.1"])]))
    wanted = SETS.normalise(
        [{"name": "m", "type": "MX", "values": "5 t"}, {"name": "t", "type": "AAAA", "values": "2001:db8::1"}]
    )
    made = plan(SETS, rows, wanted, absent=[("gone." + ZONE, "A")])
    assert [change.key[0][0] for (change,) in store.chunks(made.changes)] == ["t", "m", "g"]


def test_a_target_without_an_address_is_told_as_what_is_refused():
    store, rows = store_of(StandIn(codes=["REFUSED", "REFUSED"]))
    with pytest.raises(Failure, match="because nowhere.example.org. has no address") as failure:
        store.send(planned(rows, ("m", "MX", "5 nowhere"), ("n", "MX", ["5 ns1", "6 mx.example.net."])).changes)
    assert failure.value.keys == [("m." + ZONE, "MX")]


def test_stamps_of_others_are_not_touched():
    place = "www._rackwright"
    server = StandIn(
        [("www", "A", ["192.0.2.1"]), ("www", "TXT", ['"x"']), (place, "TXT", ['"A us"', '"TXT us"', '"MX them"'])]
    )
    store, rows = store_of(server)
    store.send(plan(SETS, rows, [], absent=[("www." + ZONE, "A")]).changes)
    store.send(planned(rows, ("www", "AAAA", "2001:db8::1"), owner="us").changes)
    first, second = [[line for line in sent(message)[1] if place in line] for message in server.messages]
    assert first == ['www._rackwright.example.org. 0 NONE TXT "A us"']
    assert second == ['www._rackwright.example.org. 3600 IN TXT "AAAA us"']


def test_what_the_library_cannot_write_is_refused_while_planning():
    store, rows = store_of(StandIn())
    with pytest.raises(Refused, match="record set u.example.org. URI: dnspython cannot write the value 1 1 "):
        store.amend(planned(rows, ("u", "URI", '1 1 ""'), ("v", "URI", '1 1 "https://example.org"')), [], None)


def test_a_stamp_without_room_is_refused_while_planning_and_a_long_owner_has_it():
    store, rows = store_of(StandIn())
    long = ".".join(["x" * 60] * 3 + ["y" * 55])
    with pytest.raises(Refused, match="leave `owner` out"):
        store.amend(planned(rows, (long, "A", "192.0.2.1"), owner="fleet"), [], None)
    made = planned(rows, ("www", "A", "192.0.2.1"), owner="f" * 400)
    store.amend(made, [], None)
    store.send(made.changes)
