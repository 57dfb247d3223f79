# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Aliases and sets that are chosen by who asks: spelling, conflicts, plans, and what prune leaves alone."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import plan
from ansible_collections.rackwright.platform.plugins.module_utils.dns import declared
from ansible_collections.rackwright.platform.plugins.module_utils.dns.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.dns.resource import RECORD_SET, record_sets
from hypothesis import assume, given
from hypothesis import strategies as st

ZONE = "example.org."
BALANCER = {"name": "lb-1.elb.example.net", "zone_id": "Z35SXDOTRQ7X7K", "evaluate_health": True}


def routed(name, value="192.0.2.1", kind="A", **routing):
    return {"name": "www", "type": kind, "ttl": 60, "values": [value], "set": name, "routing": routing}


BLUE, GREEN = routed("blue", weight=10), routed("green", "192.0.2.2", weight=0, health_check="abc")


def canonical(*rows, whole=True):
    return record_sets(ZONE, ttl=300, whole=whole).normalise(rows)


def refused(*rows, whole=True):
    with pytest.raises(Refused) as error:
        canonical(*rows, whole=whole)
    return str(error.value)


def planned(rows, current, prune=False, owner=None):
    rows = canonical(*rows)
    declared.settle(rows, current, owner)
    prune = declared.prunable(ZONE, owner, lambda _row: False) if prune else None
    declared.examine(rows, current, prune=prune)
    return plan(record_sets(ZONE), current, rows, prune=prune)


def changes(made):
    return [(change.verb, *change.key[1:], *change.fields) for change in made.changes]


def test_sets_of_one_name_and_type_are_told_apart_by_their_names():
    blue, green = canonical(BLUE, GREEN)
    assert RECORD_SET.key(blue) == ("www.example.org.", "A", "blue")
    assert green["routing"] == {"weight": 0, "health_check": "abc"}
    assert "declared more than once" in refused(BLUE, BLUE)


def test_options_that_nobody_gave_are_none_and_do_not_count():
    unsaid = {"weight": 1, "region": None, "failover": None, "geo": {"continent": None, "country": "fr"}}
    assert "one of weight, region" in refused(dict(BLUE, routing=unsaid))
    (row,) = canonical(dict(BLUE, routing=dict(unsaid, weight=None), alias=None))
    assert row["routing"] == {"geo": {"country": "FR"}}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (dict(BLUE, set=None), "give it a name with `set`"),
        (dict(BLUE, routing=None), "needs `routing`"),
        (dict(BLUE, routing={}), "here are none"),
        (routed("a", weight=256), "256 is no number from 0 to 255"),
        (routed("a", weight=True), "is no number"),
        (routed("a", failover="third"), "primary or secondary"),
        (routed("a", geo={"subdivision": "CA"}), "a continent, or a country"),
        (routed("a", geo={"continent": "EU", "country": "FR"}), "a continent, or a country"),
        (routed("a", geo={"planet": "Mars"}), "geo has no planet"),
        (routed("a", wieght=1), "routing has no wieght"),
        (dict(BLUE, routing="weight"), "routing is no dictionary"),
        (dict(BLUE, set=5), "set is no text"),
        ({"name": "a", "type": "A", "alias": "lb"}, "alias is no dictionary"),
        ({"name": "a", "type": "A", "alias": {"zone_id": "Z1"}}, "alias.name is no text"),
        ({"name": "a", "type": "A", "alias": BALANCER, "ttl": 60}, "neither values nor a ttl"),
        ({"name": "a", "type": "A", "alias": BALANCER, "values": ["192.0.2.1"]}, "neither values nor a ttl"),
        ({"name": "a", "type": "A", "alias": {"name": "192.0.2.1"}}, "is an address"),
    ],
)
def test_what_makes_no_sense_is_refused(row, reason):
    assert reason in refused(row)


def test_a_refusal_names_the_set():
    assert refused(routed("blue", weight=256)).startswith("record set www A blue: weight 256")


def test_an_alias_in_the_zone_and_one_elsewhere():
    inside, outside = canonical(
        {"name": "@", "type": "A", "alias": {"name": "www"}}, {"name": "lb", "type": "A", "alias": BALANCER}
    )
    assert inside["alias"] == {"name": "www.example.org.", "evaluate_health": False} and "ttl" not in inside
    assert outside["alias"]["name"] == "lb-1.elb.example.net."
    have = dict(inside, alias=dict(inside["alias"], zone_id="ZOWN"))  # as a provider tells it
    assert not planned([{"name": "@", "type": "A", "alias": {"name": "www"}}], [have])


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ((BLUE, {"name": "www", "type": "A", "values": ["192.0.2.9"]}), "it also has the sets blue"),
        ((BLUE, routed("far", region="eu-west-1")), "chosen in one way; here by region and by weight"),
        ((routed("a", failover="primary"), routed("b", failover="primary")), "more than one primary"),
        ((BLUE, {"name": "www", "type": "CNAME", "values": ["x"]}), "a CNAME holds nothing else"),
    ],
)
def test_sets_that_cannot_stand_together(rows, reason):
    assert reason in refused(*rows)


def test_several_aliases_of_one_name_may_be_chosen_among():
    rows = (routed("a", "x", "CNAME", weight=1), routed("b", "y", "CNAME", weight=1))
    assert [row["set"] for row in canonical(*rows)] == ["a", "b"]


def test_each_set_changes_on_its_own():
    current = canonical(BLUE, GREEN)
    assert not planned([BLUE, GREEN], current)
    heavier = dict(BLUE, routing={"weight": 90})
    assert changes(planned([heavier, GREEN], current)) == [("update", "A", "blue", "routing")]
    made = planned([dict(GREEN, routing={"weight": 0})], current)
    assert changes(made) == [("update", "A", "green", "routing")]
    assert made.changes[0].after["routing"] == {"weight": 0}


def test_values_become_an_alias_and_back_and_nothing_of_the_other_is_left():
    plain, alias = (
        {"name": "www", "type": "A", "values": ["192.0.2.1"]},
        {"name": "www", "type": "A", "alias": BALANCER},
    )
    to_alias = planned([alias], canonical(plain)).changes[0]
    assert to_alias.verb == "update" and not {"ttl", "values"} & set(to_alias.after)
    back = planned([plain], canonical(alias)).changes[0]
    assert back.verb == "update" and "alias" not in back.after
    assert (back.after["ttl"], back.after["values"]) == (300, ["192.0.2.1"])


def test_prune_takes_aliases_and_routed_sets_by_their_stamp_only():
    alias = {"name": "lb", "type": "A", "alias": BALANCER}
    current = canonical(BLUE, GREEN, alias, {"name": "old", "type": "A", "values": ["192.0.2.1"]})
    assert changes(planned([], current, prune=True)) == [("delete", "A")]
    ours = [dict(row, owner="us") for row in current]
    assert len(planned([], ours, prune=True, owner="us").changes) == 4
    assert not planned([], [dict(row, _foreign="a policy's") for row in ours], prune=True, owner="us")


def test_a_plain_set_never_comes_in_place_of_routed_ones_unseen():
    plain = {"name": "www", "type": "A", "values": ["192.0.2.9"]}
    with pytest.raises(Refused, match="also has the sets blue, green"):
        planned([plain], canonical(BLUE, GREEN), prune=True)
    ours = [dict(row, owner="us") for row in canonical(BLUE, GREEN)]
    made = planned([plain], ours, prune=True, owner="us")
    assert changes(made)[:2] == [("delete", "A", "blue"), ("delete", "A", "green")]


def test_values_are_taken_from_a_routed_set_and_the_set_keeps_its_routing():
    current = canonical(dict(BLUE, values=["192.0.2.1", "192.0.2.2"]))
    row = {"name": "www", "type": "A", "set": "blue", "values": ["192.0.2.2"]}
    kept, gone = declared.without(canonical(row, whole=False), current)
    assert gone == [] and kept[0]["routing"] == {"weight": 10} and kept[0]["values"] == ["192.0.2.1"]
    assert declared.without(canonical(dict(row, values=None), whole=False), current) == (
        [],
        [("www.example.org.", "A", "blue")],
    )


def test_the_diff_tells_in_a_comment_what_a_zone_file_cannot():
    blue, alias = canonical(
        routed("blue", geo={"country": "US", "subdivision": "CA"}), dict(name="a", type="A", alias=BALANCER)
    )
    assert RECORD_SET.as_text(blue) == (
        "www.example.org.\t60\tIN\tA\t192.0.2.1\t; set blue, geo country US subdivision CA\n"
    )
    assert RECORD_SET.as_text(alias) == (
        "a.example.org.\t\tIN\tA\t; alias of lb-1.elb.example.net. in zone Z35SXDOTRQ7X7K with its health\n"
    )


@pytest.mark.parametrize("name", sorted(DRIVERS))
def test_each_provider_can_do_it_or_says_why_not(name):
    abilities = DRIVERS[name].abilities()
    for ability in ("set", "routing", "alias", "vpcs", "comment", "delegation_set"):
        assert ability in abilities, "%s: derive it from dns.base.DnsDriver" % name


def test_a_provider_of_one_answer_refuses_with_the_reason():
    with pytest.raises(Refused, match="powerdns cannot do routing: it gives everybody the same answer"):
        DRIVERS["powerdns"].refuse(RECORD_SET, canonical(BLUE))


ROUTED = st.builds(
    lambda host, name, weight, last: dict(routed(name, "192.0.2.%d" % last, weight=weight), name=host),
    st.sampled_from("uvw"),
    st.sampled_from("abc"),
    st.integers(0, 255),
    st.integers(1, 3),
)
PLAIN = st.builds(lambda host: {"name": host, "type": "A", "values": ["192.0.2.9"]}, st.sampled_from("uvwxyz"))
ALIASED = st.builds(lambda host: {"name": host, "type": "A", "alias": BALANCER}, st.sampled_from("uvwxyz"))
ROWS = st.lists(ROUTED | PLAIN | ALIASED, max_size=9)


def sound(rows):
    try:
        return canonical(*rows)
    except Refused:
        return assume(False)


@given(ROWS, ROWS)
def test_what_was_planned_and_carried_out_leaves_nothing_to_plan(have, want):
    current = [dict(row, owner="us") for row in sound(have)]
    sound(want)
    made = planned(want, current, prune=True, owner="us")
    rows = {RECORD_SET.key(row): row for row in current}
    for one in made.changes:
        rows.pop(one.key, None)
        if one.after:
            rows[one.key] = one.after
    assert not planned(want, list(rows.values()), prune=True, owner="us")
    assert sorted(map(str, rows)) == sorted(str(RECORD_SET.key(row)) for row in canonical(*want))
    for row in rows.values():
        assert ("alias" in row) != ("values" in row) and ("set" in row) == ("routing" in row)
