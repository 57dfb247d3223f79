# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planning: data cases, and the property that a plan carried out leaves nothing to plan."""

from __future__ import annotations

import copy
import pathlib

import pytest
import yaml
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import guard, plan
from ansible_collections.rackwright.platform.plugins.module_utils.dns import declared, names, rdata, zonefile
from ansible_collections.rackwright.platform.plugins.module_utils.dns.resource import RECORD_SET, ZONE, record_sets
from hypothesis import given, settings
from hypothesis import strategies as st

CASES = yaml.safe_load((pathlib.Path(__file__).parents[3] / "cases/dns/plans.yml").read_text(encoding="utf-8"))
APEX = "example.org."


def there(rows, stamps):
    """Rows as a driver reads them; what cannot be declared stays as it is."""
    resolve = names.owner_in(APEX)
    for name, kind, ttl, *values in rows:
        known = kind in rdata.TYPES or kind.startswith("TYPE")
        spelled = sorted(rdata.canonical(kind, value, resolve) if known else value for value in values)
        row = {"name": resolve(name), "type": kind, "ttl": ttl, "values": spelled}
        yield dict(row, owner=stamps[name]) if name in stamps else row


def given_rows(rows):
    return [{"name": name, "type": kind, "ttl": ttl, "values": values} for name, kind, ttl, *values in rows]


def planned(rows, current, prune=False, owner=None, ignore=()):
    """What dns_zone does before it writes: (plan, declared rows, warnings)."""
    resource = record_sets(APEX)
    rows = resource.normalise(rows)
    ignored = declared.ignoring(ignore, APEX)
    declared.refuse_ignored(rows, ignored)
    declared.settle(rows, current, owner)
    prune = declared.prunable(APEX, owner, ignored) if prune else None
    warnings = declared.examine(rows, current, prune=prune)
    made = plan(resource, current, rows, prune=prune)
    guard(made)
    return made, rows, warnings


def carried_out(made, current):
    """The rows after the plan."""
    rows = {RECORD_SET.key(row): row for row in current}
    for change in made.changes:
        rows.pop(change.key, None)
        if change.after is not None:
            rows[change.key] = change.after
    return list(rows.values())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_plans(case):
    current = list(there(case["have"], case.get("stamps", {})))
    options = {name: case[name] for name in ("prune", "owner", "ignore") if name in case}
    rows = given_rows(case["want"])
    if "refused" in case:
        with pytest.raises(Refused) as refused:
            planned(rows, current, **options)
        for reason in case["refused"]:
            assert reason in str(refused.value)
        return
    made, wanted, warnings = planned(copy.deepcopy(rows), current, **options)
    assert [[c.verb, names.relative(c.key[0], APEX), c.key[1]] for c in made.changes] == case["plan"]
    ttls = {names.relative(row["name"], APEX): row["ttl"] for row in wanted}
    assert {name: ttls[name] for name in case.get("ttls", ())} == case.get("ttls", {})
    assert len(warnings) == len(case.get("warned", ()))
    for text, part in zip(warnings, case.get("warned", ())):
        assert part in text
    again, _rows, _warnings = planned(rows, carried_out(made, current), **options)
    assert not again


OWNER = st.sampled_from(["@", "a", "b", "c.d", "*.e"])
SETS = st.one_of(
    st.tuples(OWNER, st.just("A"), st.integers(0, 9), st.lists(st.ip_addresses(v=4).map(str), min_size=1, max_size=3)),
    st.tuples(OWNER, st.just("TXT"), st.integers(0, 9), st.lists(st.sampled_from("xyz"), min_size=1, max_size=3)),
    st.tuples(
        OWNER, st.just("MX"), st.integers(0, 9), st.lists(st.sampled_from(["1 a", "2 b."]), min_size=1, max_size=2)
    ),
)
ZONES = st.lists(SETS, max_size=8, unique_by=lambda row: (row[0], row[1])).map(
    lambda rows: [{"name": n, "type": k, "ttl": t, "values": v} for n, k, t, v in rows]
)


@settings(deadline=None)
@given(ZONES, ZONES, st.booleans(), st.sampled_from([None, "me"]))
def test_a_plan_carried_out_leaves_nothing_to_plan(have, want, prune, owner):
    current = record_sets(APEX).normalise(have)
    made, rows, _warnings = planned(copy.deepcopy(want), current, prune=prune, owner=owner)
    after = carried_out(made, current)
    found = {RECORD_SET.key(row): row for row in after}
    for row in rows:
        assert found[RECORD_SET.key(row)] == row
    if prune and owner is None:
        assert len([row for row in after if not (row["name"] == APEX and row["type"] == "NS")]) == len(rows)
    again, _rows, _warnings = planned(want, after, prune=prune, owner=owner)
    assert not again


def test_declared_absences():
    current = record_sets(APEX).normalise(
        given_rows([["a", "A", 60, "192.0.2.1", "192.0.2.2"], ["b", "A", 60, "192.0.2.1"]])
    )
    rows = record_sets(APEX, whole=False).normalise(
        [
            {"name": "a", "type": "A", "values": ["192.0.2.2", "192.0.2.9"]},
            {"name": "b", "type": "A", "values": ["192.0.2.1"]},
            {"name": "c", "type": "A"},
        ]
    )
    kept, gone = declared.without(rows, current)
    assert kept == [{"name": "a.example.org.", "type": "A", "ttl": 60, "values": ["192.0.2.1"]}]
    assert gone == [("b.example.org.", "A"), ("c.example.org.", "A")]
    current[1]["owner"] = "them"
    assert declared.without(rows, current) == declared.without(rows, current, "them") == (kept, gone)
    with pytest.raises(Refused, match="b.example.org. A: it belongs to owner 'them', this task is 'me'"):
        declared.without(rows, current, "me")


def test_a_value_alone_a_number_and_what_is_no_text():
    read = record_sets(APEX, ttl=5).normalise
    assert read([{"name": "t", "type": "TXT", "values": "a, b"}])[0]["values"] == ['"a, b"']
    assert read([{"name": "t", "type": "TXT", "values": [7]}])[0]["values"] == ['"7"']
    for value in (True, {"a": 1}, None, ["x", None]):
        with pytest.raises(Refused, match="no text|no values"):
            read([{"name": "t", "type": "TXT", "values": value}])


def test_the_text_of_a_set_is_its_zone_file():
    row = {"name": "a.example.org.", "type": "A", "ttl": 60, "values": ["192.0.2.1", "192.0.2.2"]}
    assert RECORD_SET.as_text(row) == zonefile.written(row)
    assert RECORD_SET.as_text(row) == "a.example.org.\t60\tIN\tA\t192.0.2.1\na.example.org.\t60\tIN\tA\t192.0.2.2\n"
    assert RECORD_SET.as_text(None) == ""


def test_old_words_for_the_kind_of_a_zone():
    rows = ZONE.normalise(
        [{"name": "a.", "kind": "Master"}, {"name": "b.", "kind": "Slave"}, {"name": "c.", "kind": "Native"}]
    )
    assert [row["kind"] for row in rows] == ["Primary", "Secondary", "Native"]


def test_a_secondary_takes_no_records():
    with pytest.raises(Refused, match="zone b.: it is a Secondary"):
        declared.refuse_secondary({}, [{"name": "b.", "kind": "Secondary"}])
    declared.refuse_secondary({"kind": "Native"}, [{"name": "b.", "kind": "Secondary"}])


@pytest.mark.parametrize(
    "text, reason",
    [
        ("a: [", "it is not YAML"),
        ("just text", "must hold a list"),
        ("{records: 5}", "must hold a list"),
        ("[5]", "record set 1: it is no dictionary"),
        ("[{type: A}]", "record set 1: name is missing"),
        ("[{name: a, type: A, value: x}]", "unknown: value; known are name, type, ttl, values"),
        ("[{name: 10, type: PTR, values: [a.]}]", "record set 1: name is no text"),
    ],
)
def test_yaml_files_that_are_refused(tmp_path, text, reason):
    path = tmp_path / "zone.yml"
    path.write_text(text)
    with pytest.raises(Refused, match="zone.yml") as refused:
        declared.read_file(str(path), "auto", APEX, 60)
    assert reason in str(refused.value)


def test_files_by_their_ending(tmp_path):
    rows = [{"name": "a", "type": "A", "values": ["192.0.2.1"]}]
    for name, text in (("z.yml", {"records": rows}), ("z.json", rows)):
        (tmp_path / name).write_text(yaml.safe_dump(text))
        assert declared.read_file(str(tmp_path / name), "auto", APEX, 60) == rows
    (tmp_path / "z.txt").write_text("a A 192.0.2.1")
    assert declared.read_file(str(tmp_path / "z.txt"), "auto", APEX, 60)[0]["ttl"] == 60
    (tmp_path / "z.txt").write_text(yaml.safe_dump(rows))
    assert declared.read_file(str(tmp_path / "z.txt"), "yaml", APEX, 60) == rows
