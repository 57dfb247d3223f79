# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin `containers` under ansible-inventory, on the real engine: by its socket, and by a door."""

from __future__ import annotations

import functools

import pytest
from integration.containers_fixtures import PREFIX, fixtures
from integration.play import listed as listed_by

engine, site = fixtures()
listed = functools.partial(listed_by, "containers")


@pytest.fixture(scope="module")
def fleet(engine):
    """Three of ours, one of them stopped, and somebody else's."""
    engine.clean()
    labels = {"tier": "web", "note": "{{ 7 * 6 }}"}
    rows = [engine.row("one", labels=labels, ports=[{"private": 80}]), engine.row("two", labels={"tier": "db"})]
    engine.task(*rows, engine.row("off", state="stopped"), owner="shop")
    engine.hold("theirs", start=True)
    return engine


def names(found):
    """The hosts without our prefix."""
    return {name.replace(PREFIX, "") for name in found["_meta"]["hostvars"]}


def test_what_runs_is_a_host_whoever_made_it(fleet, tmp_path):
    keyed = [{"key": "rackwright_labels.tier", "prefix": "tier"}]
    found = listed(tmp_path, {"provider": "docker", "names": [PREFIX + "*"]}, keyed_groups=keyed)
    assert names(found) == {"one", "two", "theirs"}
    assert found["tier_web"]["hosts"] == [PREFIX + "one"]
    one = found["_meta"]["hostvars"][PREFIX + "one"]
    assert one["rackwright_labels"] == {"tier": "web", "note": "{{ 7 * 6 }}"} and one["rackwright_owner"] == "shop"
    assert one["ansible_host"] == PREFIX + "one" and one["rackwright_engine"] == "127.0.0.1"
    assert one["ansible_connection"] == "community.docker.docker_api" and "_exec" not in str(one)
    assert one["rackwright_published"][0]["private"] == 80 and not one["rackwright_foreign"]
    assert found["_meta"]["hostvars"][PREFIX + "theirs"]["rackwright_foreign"]


def test_owner_state_and_labels_choose(fleet, tmp_path):
    mine = {"provider": "docker", "owner": "shop", "names": [PREFIX + "*"]}
    assert names(listed(tmp_path, mine)) == {"one", "two"}
    assert names(listed(tmp_path, dict(mine, states=["stopped"]))) == {"off"}
    assert names(listed(tmp_path, dict(mine, labels={"tier": "db"}))) == {"two"}
    said = " ".join(listed(tmp_path, dict(mine, states=["gone"]), fails=True).split())
    assert "value of states must be one or more of" in said


def test_two_engines_are_one_inventory_and_each_answers_in_one_call(fleet, tmp_path):
    fleet.door.clear()
    sources = [{"provider": "docker", "names": [PREFIX + "one"]}, {"provider": "docker", "names": [PREFIX + "t*"]}]
    sources[1]["docker"] = {"url": fleet.url}
    found = listed(tmp_path, *sources, connect="address")
    assert names(found) == {"one", "two", "theirs"}
    assert [seen.path.split("?")[0].rsplit("/", 2)[-2:] for seen in fleet.door.seen][1:] == [["containers", "json"]]
    two = found["_meta"]["hostvars"][PREFIX + "two"]
    assert two["ansible_host"] == two["rackwright_addresses"]["bridge"] and "ansible_connection" not in two


def test_an_engine_that_is_away_is_told(fleet, tmp_path):
    away = {"provider": "docker", "docker": {"url": "tcp://127.0.0.1:1"}}
    said = " ".join(listed(tmp_path, away, fails=True).split())
    assert "source 1 (docker): provider docker: no engine answers at tcp://127.0.0.1:1" in said
    mine = {"provider": "docker", "owner": "shop", "names": [PREFIX + "*"]}
    assert names(listed(tmp_path, dict(away, on_error="warn"), mine)) == {"one", "two"}
