# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is declared, as data cases, and what follows from a row."""

from __future__ import annotations

import pathlib

import pytest
import yaml
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import plan
from ansible_collections.rackwright.platform.plugins.module_utils.servers import options, resource
from ansible_collections.rackwright.platform.plugins.module_utils.servers.options import declared
from ansible_collections.rackwright.platform.plugins.module_utils.servers.resource import SERVER

CASES = yaml.safe_load((pathlib.Path(__file__).parents[3] / "cases/servers/declared.yml").read_text(encoding="utf-8"))
SECRET = "#cloud-config\npassword: geheim99\n"


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_declared(case):
    params = {name: case.get(name) for name in ("servers", "ssh_keys", "owner", "prune")}
    params["state"] = case.get("state", "present")
    if "problems" in case:
        with pytest.raises(Refused) as refusal:
            declared(params)
        assert len(refusal.value.problems) == len(case["problems"]), refusal.value.problems
        for problem, words in zip(refusal.value.problems, case["problems"]):
            assert words in problem
        return
    rows = declared(params)
    assert [row["name"] for row in rows] == [row["name"] for row in case["rows"]]
    for row, expected in zip(rows, case["rows"]):
        assert {name: row.get(name) for name in expected} == expected


def test_user_data_is_compared_and_shown_by_its_digest_and_kept_for_the_driver():
    row = declared({"state": "present", "servers": [{"name": "a", "user_data": SECRET}]})[0]
    assert row["_user_data"] == SECRET
    assert SERVER.shown(row)["user_data"].startswith("sha256:") and "geheim99" not in SERVER.as_text(row)
    assert not plan(SERVER, [{"name": "a", "user_data": resource.digest(SECRET), "installed": True}], [row])
    made = plan(SERVER, [{"name": "a", "user_data": resource.digest("other"), "installed": True}], [row])
    assert not made and made.warnings == ["server a: user_data differs, and is only used when it is made anew"]


def test_an_unfinished_installation_is_a_change():
    row = declared({"state": "present", "servers": [{"name": "a"}]})[0]
    made = plan(SERVER, [{"name": "a", "installed": False}], [row])
    assert [(change.verb, change.fields) for change in made.changes] == [("update", ("installed",))]


def test_lacking_names_what_must_be_given():
    rows = [{"name": "a"}, {"name": "b", "plan": "p"}, {"name": "c"}]
    current = [{"name": "a"}, {"name": "c", "_debris": "left"}]
    problems = resource.lacking(rows, current, ("facility", "plan"))
    assert problems == [
        "server b: it is not there, and to make it facility must be given",
        "server c: it is not there, and to make it facility and plan must be given",
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (None, True),
        ({"facility": ["ams1", "ewr1"], "owner": None}, True),
        ({"facility": ["sjc1"]}, False),
        ({"owner": ["x"]}, False),
        ({"tags": {"role": "web"}}, True),
        ({"tags": {"role": "web", "rank": 3}}, True),
        ({"tags": {"other": "web"}}, False),
        ({"tags": {"role": "db"}}, False),
    ],
)
def test_filters(filters, expected):
    row = {"name": "a", "facility": "ams1", "tags": {"role": "web", "rank": "3"}}
    assert resource.matches(row, filters) is expected


def test_addresses_of_a_row():
    row = {"addresses": [{"address": "10.0.0.1", "public": False}, {"address": "192.0.2.1", "public": True}]}
    assert (resource.public_address(row), resource.private_address(row)) == ("192.0.2.1", "10.0.0.1")
    assert resource.public_address({"addresses": row["addresses"][:1]}) == "10.0.0.1"
    assert (resource.public_address({}), resource.private_address({})) == (None, None)


def test_names():
    assert options.names_of(["A", "b", "a"]) == ["a", "b"]
    with pytest.raises(Refused, match="names: 'x y'"):
        options.names_of(["x y"])


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-12-24T18:00:00Z", "2026-12-24T18:00:00Z"),
        ("2026-12-24 21:00:00+03:00", "2026-12-24T18:00:00Z"),
        ("2026-12-24T18:00", "2026-12-24T18:00:00Z"),
        ("2026-12-24", "2026-12-24T00:00:00Z"),
    ],
)
def test_a_moment_has_one_spelling(text, utc):
    assert resource.moment(text) == utc


def test_what_is_no_moment():
    with pytest.raises(ValueError, match="'tomorrow' is no moment such as 2026-12-24T18:00:00Z"):
        resource.moment("tomorrow")


@pytest.mark.parametrize(
    ("others", "debris"),
    [
        ([], []),
        ([{"id": "2", "created": "2026-01-02"}], ["2"]),
        ([{"id": "2", "created": "2025-01-02"}], ["1"]),  # the older stays
        ([{"id": "2", "created": "2026-01-01"}], ["2"]),  # of the same second, one and the same each time
        ([{"id": "2", "created": "2026-01-02", "locked": True}], []),
        ([{"id": "2", "created": "2026-01-02", "owner": None}], []),  # somebody else's
        ([{"id": "0", "created": "2025-01-02", "_debris": "unfinished"}], ["0"]),
        ([{"id": "2", "created": "2026-01-02"}, {"id": "3", "created": "2026-01-03"}], ["2", "3"]),
        ([{"id": "2", "created": "2026-01-02", "name": "b"}], []),
    ],
)
def test_what_was_made_twice(others, debris):
    first = {"name": "a", "owner": "shop", "id": "1", "created": "2026-01-01"}
    rows = resource.mark_twins([dict(first, **other) for other in [{}, *others]], lambda row: row["owner"])
    assert [row["id"] for row in rows if "_debris" in row] == debris


def test_a_facility_may_be_declared_by_its_metro():
    there = {"name": "a", "facility": "sv15", "metro": "sv"}
    assert not plan(SERVER, [there], [{"name": "a", "facility": "sv"}])
    assert plan(SERVER, [there], [{"name": "a", "facility": "ny"}]).count("replace") == 1
