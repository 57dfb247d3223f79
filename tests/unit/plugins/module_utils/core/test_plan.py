# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.core.field import Field
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import actions, guard, plan
from ansible_collections.rackwright.platform.plugins.module_utils.core.resource import Limits, Resource
from hypothesis import given
from hypothesis import strategies as st

from .things import THING, Store, lower


def verbs(made):
    return [(change.verb, change.key) for change in made.changes]


def mine(row):
    return row.get("owner") == "me"


@pytest.mark.parametrize(
    "have, want, expected",
    [
        (None, {"colour": "red"}, [("create", "a")]),
        ({"colour": "red"}, {"colour": "red"}, []),
        ({"colour": "red"}, {}, []),
        ({"colour": "red"}, {"colour": "blue"}, [("update", "a")]),
        ({"colour": "red"}, {"colour": ""}, [("update", "a")]),
        ({"size": 1}, {"size": 2}, [("replace", "a")]),
        ({"size": 1, "colour": "red"}, {"size": 2, "colour": "blue"}, [("replace", "a")]),
        ({"tags": {"x": "1", "y": "2"}}, {"tags": {"x": "1"}}, []),
        ({"tags": {"x": "1"}}, {"tags": {"x": "2"}}, [("update", "a")]),
        ({"ports": [1, 2]}, {"ports": [2, 1]}, []),
        ({"ports": [1, 2]}, {"ports": [1]}, [("update", "a")]),
        ({"seed": "x"}, {"seed": "y"}, []),
    ],
)
def test_one_row(have, want, expected):
    current = [] if have is None else [dict(have, name="a")]
    assert verbs(plan(THING, current, [dict(want, name="a")])) == expected


def test_update_keeps_what_is_not_declared():
    current = [{"name": "a", "colour": "red", "tags": {"x": "1"}, "id": "7"}]
    change = plan(THING, current, [{"name": "a", "tags": {"y": "2"}}]).changes[0]
    assert change.after == {"name": "a", "colour": "red", "tags": {"x": "1", "y": "2"}, "id": "7"}
    assert change.fields == ("tags",)


def test_order_is_by_wave_then_as_declared():
    current = [{"name": "gone"}, {"name": "new", "size": 1}, {"name": "up", "colour": "x"}]
    desired = [{"name": "z"}, {"name": "up", "colour": "y"}, {"name": "a"}, {"name": "new", "size": 2}]
    made = plan(THING, current, desired, absent=["gone"])
    assert verbs(made) == [("delete", "gone"), ("replace", "new"), ("create", "z"), ("create", "a"), ("update", "up")]


def test_prune_touches_only_what_is_ours():
    current = [{"name": "a", "owner": "me"}, {"name": "b", "owner": "you"}, {"name": "c"}]
    assert verbs(plan(THING, current, [], prune=mine)) == [("delete", "a")]
    assert verbs(plan(THING, current, [])) == []
    foreign = [{"name": "a", "owner": "me", "_foreign": "somebody made it by hand"}]
    assert verbs(plan(THING, foreign, [], prune=mine)) == []


def test_what_belongs_to_others_is_refused():
    for current in ([{"name": "a", "owner": "you"}], [{"name": "a", "_foreign": "made by hand"}]):
        with pytest.raises(Refused, match="thing a: "):
            plan(THING, current, [{"name": "a", "owner": "me"}])
    with pytest.raises(Refused, match="not ours to delete"):
        plan(THING, [{"name": "a", "_foreign": "made by hand"}], [], absent=["a"])
    with pytest.raises(Refused, match="only that owner deletes it"):
        plan(THING, [{"name": "a", "owner": "you"}], [], absent=["a"], owner="me")
    assert verbs(plan(THING, [{"name": "a", "owner": "you"}], [], absent=["a"])) == [("delete", "a")]
    assert verbs(plan(THING, [{"name": "a"}], [], absent=["a"], owner="me")) == [("delete", "a")]


def test_debris_is_removed_and_never_counts_as_the_thing():
    debris = {"name": "a", "owner": "me", "_debris": "left by an interrupted run"}
    assert verbs(plan(THING, [debris], [{"name": "a"}])) == [("delete", "a"), ("create", "a")]
    assert verbs(plan(THING, [debris, {"name": "a"}], [{"name": "a"}])) == [("delete", "a")]
    assert verbs(plan(THING, [debris], [], absent=["a"])) == [("delete", "a")]
    assert verbs(plan(THING, [debris], [], prune=mine)) == [("delete", "a")]
    assert verbs(plan(THING, [debris], [{"name": "b"}])) == [("create", "b")]


def test_two_of_one_name_are_refused():
    with pytest.raises(Refused, match="more than one of this name"):
        plan(THING, [{"name": "a"}, {"name": "a"}], [{"name": "a"}])


def test_two_of_one_name_are_refused_only_where_they_are_meant():
    twins = [{"name": "a"}, {"name": "a", "owner": "me"}, {"name": "b"}]
    assert verbs(plan(THING, twins, [{"name": "c"}])) == [("create", "c")]
    assert verbs(plan(THING, twins, [], absent=["b"])) == [("delete", "b")]
    assert verbs(actions(THING, twins, ["b"], "reboot")) == [("reboot", "b")]
    for more in ({"absent": ["a"]}, {"prune": mine}):
        with pytest.raises(Refused, match="thing a: the provider has more than one of this name"):
            plan(THING, twins, [], **more)
    with pytest.raises(Refused, match="thing a: the provider has more than one of this name"):
        actions(THING, twins, ["a", "b"], "reboot")


def test_recreate():
    current, want = [{"name": "a", "size": 1}], [{"name": "a", "size": 2}]
    with pytest.raises(Refused, match=r"size cannot be changed in place.*recreate: auto.*size: 1"):
        plan(THING, current, want, recreate="never")
    assert verbs(plan(THING, current, [{"name": "a", "size": 1}], recreate="always")) == [("replace", "a")]
    assert plan(THING, current, want).changes[0].why == "size cannot be changed in place"


def test_create_only_difference_is_told():
    made = plan(THING, [{"name": "a", "seed": "x"}], [{"name": "a", "seed": "y"}])
    assert not made and "seed differs" in made.warnings[0]


def test_normalise_reports_every_problem_at_once():
    with pytest.raises(Refused) as caught:
        THING.normalise([{"name": "a b"}, {"name": "c d"}, {"name": "e"}, {"name": "E"}])
    assert len(caught.value.problems) == 3
    assert "has a space" in caught.value.problems[0] and "more than once" in caught.value.problems[2]


def test_every_field_of_a_row_that_is_wrong_is_named():
    both = replace(THING, fields=tuple(replace(f, normal=lower) if f.name == "colour" else f for f in THING.fields))
    with pytest.raises(Refused) as caught:
        both.normalise([{"name": "a b", "colour": "dark red"}])
    assert caught.value.problems == [
        "thing a b: name: 'a b' has a space in it",
        "thing a b: colour: 'dark red' has a space in it",
    ]


def test_guard():
    current = [{"name": "n%d" % i, "owner": "me", "colour": "red"} for i in range(20)]
    few = plan(THING, current, current[:15], prune=mine)
    guard(few)
    many = plan(THING, current, current[:13], prune=mine)
    with pytest.raises(Refused, match=r"delete 7 of 20 things \(35 %\).*limits: {deletes: 36}"):
        guard(many)
    guard(many, Limits(deletes=35))
    guard(plan(THING, current[:9], [], prune=mine))
    guard(plan(THING, current, [], absent=[row["name"] for row in current]))
    blue = plan(THING, current, [dict(row, colour="blue") for row in current])
    guard(blue)
    with pytest.raises(Refused, match="change 20 of 20"):
        guard(blue, Limits(changes=30))


def test_actions():
    assert verbs(actions(THING, [{"name": "a"}], ["a"], "reboot")) == [("reboot", "a")]
    with pytest.raises(Refused, match="thing b: it is not there, so it cannot reboot"):
        actions(THING, [{"name": "a"}], ["a", "b"], "reboot")


def test_secrets_are_masked():
    row = {"name": "a", "password": "hunter2"}
    assert "hunter2" not in THING.as_text(row) and "hunter2" not in str(THING.shown(row))


def test_two_of_one_name_matter_to_those_who_ask_for_it():
    rows = [{"name": "a"}, {"name": "a", "owner": "me"}, {"name": "b"}]
    assert not plan(THING, rows, [{"name": "b"}])
    assert not plan(THING, rows, [{"name": "b"}], prune=lambda row: row.get("owner") == "you")
    for more in ({"desired": [{"name": "a"}]}, {"desired": [], "absent": ["a"]}, {"desired": [], "prune": mine}):
        with pytest.raises(Refused, match="thing a: the provider has more than one of this name"):
            plan(THING, rows, **more)
    assert verbs(actions(THING, rows, ["b"], "reboot")) == [("reboot", "b")]
    with pytest.raises(Refused, match="more than one"):
        actions(THING, rows, ["a"], "reboot")


def test_a_field_may_be_declared_by_its_alias():
    place = Resource("spot", "spots", (Field("name"), Field("site", mutable="replace", alias="city"), Field("city")))
    there = {"name": "a", "site": "sv15", "city": "sv"}
    assert not plan(place, [there], [{"name": "a", "site": "sv"}])
    assert place.merged(there, {"name": "a", "site": "sv"})["site"] == "sv15"
    assert verbs(plan(place, [there], [{"name": "a", "site": "ny"}])) == [("replace", "a")]
    assert verbs(plan(place, [dict(there, city=None)], [{"name": "a", "site": "sv"}])) == [("replace", "a")]


def test_a_resource_may_take_a_new_object_for_more():
    rows, want = [{"name": "a", "colour": "red"}], [{"name": "a", "colour": "blue"}]
    assert verbs(plan(THING, rows, want)) == [("update", "a")]
    assert verbs(plan(THING.taking(("colour",)), rows, want)) == [("replace", "a")]


ROWS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from("abcdef")},
        optional={
            "colour": st.sampled_from(["red", "blue", ""]),
            "size": st.integers(0, 2),
            "tags": st.dictionaries(st.sampled_from("xyz"), st.sampled_from("12")),
            "ports": st.lists(st.integers(1, 3), unique=True),
            "owner": st.just("me"),
        },
    ),
    unique_by=lambda row: row["name"],
)


@given(current=ROWS, desired=ROWS, prune=st.booleans())
def test_applied_plan_leaves_nothing_to_plan(current, desired, prune):
    from ansible_collections.rackwright.platform.plugins.module_utils.core.apply import apply

    store, owned = Store(current), mine if prune else None
    report = apply(store, plan(THING, store.read(), desired, prune=owned))
    assert report
    again = plan(THING, store.read(), desired, prune=owned)
    assert not again and set(again.kept) >= {row["name"] for row in desired}
