# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches: every change once, no limit passed, deletions first, one name together, what is sent and how."""

from __future__ import annotations

from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import Change
from ansible_collections.rackwright.platform.plugins.module_utils.dns import stamps
from ansible_collections.rackwright.platform.plugins.module_utils.dns.resource import RECORD_SET
from ansible_collections.rackwright.platform.plugins.module_utils.dns.route53 import batches, spelling
from hypothesis import given, settings
from hypothesis import strategies as st

ZONE, OWN = "example.org.", "Z1OWN"
ALIAS = {"name": "b.example.org.", "evaluate_health": False}


def row(number, kind="TXT", values=("x",), **more):
    values = ['"%s"' % value for value in values]
    return dict({"name": "h%d.%s" % (number, ZONE), "type": kind, "ttl": 60, "values": values}, **more)


def change(verb, before=None, after=None, fields=("values",)):
    return Change(verb, RECORD_SET.key(after or before), before, after, after, fields)


def wire_of(changes):
    return {one.key: spelling.record_set(one.before, OWN) for one in changes if one.before}


def sent(changes, wire, known=None):
    more, _stamps = stamps.changed(changes, ZONE, known or {})
    made = [one for some in (*changes, *more) for one in batches.actions(some, ZONE, OWN, wire)]
    return batches.ordered(made)


@st.composite
def plans(draw):
    """Changes of many names: new, changed and gone, plain and aliased, small and large, with an owner and without."""
    found = []
    for number in range(draw(st.integers(1, 40))):
        for kind in draw(st.sets(st.sampled_from(["A", "TXT", "MX"]), min_size=1)):
            values = ["v" * draw(st.integers(1, 400))] * draw(st.sampled_from([1, 1, 2, 35]))
            one = row(number, kind, values)
            if draw(st.booleans()):
                one = {"name": one["name"], "type": kind, "alias": ALIAS}
            if draw(st.booleans()):
                one["owner"] = "us"
            verb = draw(st.sampled_from(["create", "update", "delete"]))
            before = None if verb == "create" else row(number, kind)
            found.append(change(verb, before, None if verb == "delete" else one))
    return found


@settings(deadline=None)
@given(plans())
def test_every_change_once_within_the_limits_and_deletions_first(changes):
    wire = wire_of(changes)
    chunks = list(batches.chunks(changes, lambda some: sent(some, wire)))
    keys = [one.key for chunk in chunks for one in chunk]
    assert sorted(keys) == sorted(one.key for one in changes)
    for name in {key[0] for key in keys}:
        group = [one for one in changes if one.key[0] == name]
        parts = [chunk for chunk in chunks if any(one.key[0] == name for one in chunk)]
        assert len(parts) == 1 or not batches.fits(*batches.load(sent(group, wire))), "a name was split"
    for chunk in chunks:
        made = sent(chunk, wire)
        records = sum(
            (2 if a["Action"] == "UPSERT" else 1) * len(a["ResourceRecordSet"].get("ResourceRecords", ())) for a in made
        )
        letters = sum(
            (2 if a["Action"] == "UPSERT" else 1) * len(record["Value"])
            for a in made
            for record in a["ResourceRecordSet"].get("ResourceRecords", ())
        )
        assert records <= 1000 and letters <= 32000 and len(made) <= 1000
        deletions = [a["Action"] == "DELETE" for a in made]
        assert deletions == sorted(deletions, reverse=True)
        aliases = ["AliasTarget" in a["ResourceRecordSet"] for a in made if a["Action"] != "DELETE"]
        assert aliases == sorted(aliases)


def sizes(changes, wire=None):
    wire = wire or wire_of(changes)
    return [len(chunk) for chunk in batches.chunks(changes, lambda some: sent(some, wire))]


def test_a_thousand_new_ones_are_one_batch_and_as_many_changed_ones_are_two():
    new = [change("create", None, row(n)) for n in range(1001)]
    assert sizes(new) == [1000, 1]
    assert sizes([change("update", row(n), row(n, values=["y"])) for n in range(1001)]) == [500, 500, 1]
    assert sizes([change("delete", row(n)) for n in range(1001)]) == [1000, 1]
    assert sizes([change("create", None, row(n, owner="us")) for n in range(1000)]) == [500, 500]


def test_long_values_fill_a_batch_sooner():
    assert sizes([change("create", None, row(n, values=["v" * 198])) for n in range(200)]) == [160, 40]


def test_a_name_with_more_than_a_batch_takes_is_sent_in_pieces():
    one = [change("create", None, row(1, values=["v" * 200] * 50, set=str(n), routing={"weight": 1})) for n in range(9)]
    assert sizes(one) == [3, 3, 3]


def test_deletions_come_before_and_aliases_after_all_others():
    alias = {"name": "@." + ZONE, "type": "A", "alias": ALIAS}
    changes = [change("create", None, alias), *(change("create", None, row(n)) for n in range(999))]
    changes += [change("delete", row(n)) for n in range(2000, 3500)]
    wire = wire_of(changes)
    chunks = list(batches.chunks(changes, lambda some: sent(some, wire)))
    verbs = [one.verb for chunk in chunks for one in chunk]
    assert verbs == ["delete"] * 1500 + ["create"] * 1000 and "alias" in chunks[-1][-1].after


def test_a_deletion_repeats_what_the_server_told():
    told = {
        "Name": "h\\0521.example.org.",
        "Type": "TXT",
        "TTL": 60,
        "ResourceRecords": [{"Value": '"b"'}, {"Value": '"a"'}],
    }
    gone = change("delete", row(1))
    assert batches.actions(gone, ZONE, OWN, {gone.key: told}) == [{"Action": "DELETE", "ResourceRecordSet": told}]


def test_what_a_zone_always_has_is_never_created_again():
    name = {"name": ZONE, "ttl": 60, "values": ["ns1.example.net."]}
    made = [sent([change("create", None, dict(name, type=kind))], {})[0]["Action"] for kind in ("NS", "TXT")]
    assert made == ["UPSERT", "CREATE"]


def test_another_way_of_choosing_takes_a_new_set_in_the_same_batch():
    before = row(1, set="a", routing={"weight": 1})
    changes = [change("update", before, dict(before, routing={"region": "eu-west-1"}), ("routing",))]
    assert [one["Action"] for one in sent(changes, wire_of(changes))] == ["DELETE", "CREATE"]
    changes = [change("update", before, dict(before, routing={"weight": 2}), ("routing",))]
    assert [one["Action"] for one in sent(changes, wire_of(changes))] == ["UPSERT"]


def test_a_new_owner_is_a_new_stamp_and_nothing_else():
    have = row(1)
    changes = [change("update", have, dict(have, owner="us"), ("owner",))]
    (made,) = sent(changes, wire_of(changes))
    assert (made["Action"], made["ResourceRecordSet"]["Name"]) == ("CREATE", "h1._rackwright.example.org.")
    assert made["ResourceRecordSet"]["ResourceRecords"] == [{"Value": '"TXT us"'}]


def test_sets_of_one_name_and_type_have_stamps_of_their_own():
    blue, green = (row(1, "A", set=name, routing={"weight": 1}, owner="us") for name in ("blue one", "green"))
    more, known = stamps.changed([change("create", None, one) for one in (blue, green)], ZONE, {})
    assert more[0].after["values"] == ['"A/blue%20one us"', '"A/green us"']
    bare = [{name: value for name, value in one.items() if name != "owner"} for one in (blue, green)]
    rows, _known = stamps.fold([*bare, more[0].after], ZONE)
    assert [one["owner"] for one in rows] == ["us", "us"]
    gone, _known = stamps.changed([change("delete", blue)], ZONE, known)
    assert gone[0].after["values"] == ['"A/green us"']
