# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stamps of owners: where they stand, and that they follow their record sets through any changes."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import Change, plan
from ansible_collections.rackwright.platform.plugins.module_utils.dns import rdata, stamps
from ansible_collections.rackwright.platform.plugins.module_utils.dns.resource import RECORD_SET
from hypothesis import assume, given
from hypothesis import strategies as st

ZONE = "example.org."


def row(name, kind, owner=None, values=("192.0.2.1",)):
    found = {"name": name, "type": kind, "ttl": 60, "values": list(values)}
    return dict(found, owner=owner) if owner else found


@pytest.mark.parametrize(
    "name, where",
    [
        ("www.example.org.", "www._rackwright.example.org."),
        ("a.b.example.org.", "a.b._rackwright.example.org."),
        ("example.org.", "_rackwright.example.org."),
        ("*.example.org.", "_wildcard._rackwright.example.org."),
        ("*.a.example.org.", "_wildcard.a._rackwright.example.org."),
    ],
)
def test_where_the_stamps_of_a_name_stand(name, where):
    assert stamps.place(name, ZONE) == where and stamps.name_at(where, ZONE) == name
    assert stamps.is_place(where, ZONE) and not stamps.is_place(name, ZONE)


def test_a_name_whose_stamp_has_no_room_is_refused_with_the_way_out():
    name = ".".join(["x" * 60] * 3 + ["y" * 55, ZONE])
    with pytest.raises(Refused, match="leave `owner` out"):
        stamps.changed([Change("create", (name, "A"), None, row(name, "A", "fleet"))], ZONE, {})
    assert stamps.changed([Change("create", (name, "A"), None, row(name, "A"))], ZONE, {"x": {"A": "o"}}) == ([], {})
    assert stamps.fold([row(name, "A"), row("_rackwright.example.org.", "TXT", None, ['"A o"'])], ZONE)[0] == [
        row(name, "A")
    ]


def test_nothing_may_be_declared_where_stamps_stand():
    stamps.refuse_places([row("www.example.org.", "TXT"), row("x_rackwright.example.org.", "TXT")], ZONE)
    with pytest.raises(Refused) as refused:
        stamps.refuse_places([row("www._rackwright.example.org.", "A"), row("_rackwright.example.org.", "TXT")], ZONE)
    assert len(refused.value.problems) == 2 and "choose another" in refused.value.problems[0]


def test_a_zone_without_stamps_is_left_as_it_is():
    rows = [row("www.example.org.", "A"), row("x_rackwright.example.org.", "TXT", None, ['"A fleet"'])]
    assert stamps.fold(rows, ZONE) == (rows, {})


def test_stamps_of_sets_that_are_gone_or_make_no_sense_count_for_nothing():
    rows = [
        row("www.example.org.", "A"),
        row("www._rackwright.example.org.", "TXT", None, ['"AAAA fleet"', '"nonsense"', '"A"']),
        row("gone._rackwright.example.org.", "TXT", None, ['"A fleet"']),
    ]
    kept, found = stamps.fold(rows, ZONE)
    assert kept == [row("www.example.org.", "A")] and found["www._rackwright.example.org."] == {"AAAA": "fleet"}


NAMES = st.sampled_from([ZONE, "www." + ZONE, "*." + ZONE, "a.www." + ZONE])
OWNERS = st.sampled_from([None, "fleet", 'o"d\\d " " ones', "Zoë", "long" * 99, " ü" * 200])
ROWS = st.dictionaries(st.tuples(NAMES, st.sampled_from(["A", "TXT", "MX"])), OWNERS, max_size=8).map(
    lambda found: [row(name, kind, owner) for (name, kind), owner in found.items()]
)


def served(zone):
    """A zone {(name, type): row} as its server tells it: without owners, values in canonical spelling."""
    found = []
    for each in zone.values():
        values = each["values"]
        if stamps.is_place(each["name"], ZONE):
            assert each["type"] == "TXT" and values == [rdata.canonical("TXT", value, None) for value in values]
        found.append({name: value for name, value in each.items() if name != "owner"})
    return found


def carry_out(zone, changes):
    for change in changes:
        assert (change.before is None) == (change.verb == "create") and (change.after is None) == (
            change.verb == "delete"
        )
        zone.pop(change.key, None)
        if change.after:
            zone[change.key] = change.after


def owners(zone):
    return {(each["name"], each["type"]): each.get("owner") for each in stamps.fold(served(zone), ZONE)[0]}


@given(ROWS, ROWS, st.integers(1, 3))
def test_stamps_follow_their_sets_through_any_plan_cut_anywhere(first, second, size):
    zone, key = {}, RECORD_SET.key
    for desired in (first, second):
        kept, known = stamps.fold(served(zone), ZONE)
        had = owners(zone)
        assume(all(not had.get(key(each)) or each.get("owner") in (None, had[key(each)]) for each in desired))
        changes = plan(RECORD_SET, kept, desired, prune=lambda _row: True).changes
        for at in range(0, len(changes), size):
            part = changes[at : at + size]
            more, touched = stamps.changed(part, ZONE, known)
            carry_out(zone, part + more)
            known.update(touched)
        assert owners(zone) == {key(each): each.get("owner") or had.get(key(each)) for each in desired}
    assert all(stamps.fold(served(zone), ZONE)[1].values()), "an empty stamp set is left behind"


def test_stamps_of_one_place_change_together():
    changes = [
        Change("create", ("www.example.org.", kind), None, row("www.example.org.", kind, "fleet"))
        for kind in ("TXT", "A")
    ]
    (made,), after = stamps.changed(changes, ZONE, {})
    assert (made.verb, made.key) == ("create", ("www._rackwright.example.org.", "TXT"))
    assert made.after["values"] == ['"A fleet"', '"TXT fleet"']
    gone = [Change("delete", change.key, change.after) for change in changes]
    (less,), after = stamps.changed(gone[:1], ZONE, after)
    assert (less.verb, less.after["values"]) == ("update", ['"A fleet"'])
    (none,), after = stamps.changed(gone[1:], ZONE, after)
    assert (none.verb, none.after) == ("delete", None) and after == {"www._rackwright.example.org.": {}}
