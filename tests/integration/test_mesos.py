# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""mesos_maintenance through the module, against the fake of Mesos' documented operator API."""

from __future__ import annotations

import copy
import json

import pytest
from ansible_collections.rackwright.platform.plugins.filter.mesos_cluster import mesos_cluster
from contract.modules import run
from contract.proxy import Proxy, cut, reset_after, reset_before
from fakes.mesos import Mesos
from integration.play import program

NANO = 10**9
FOREIGN = {
    "machine_ids": [{"hostname": "other1", "ip": "198.51.100.1"}, {"hostname": "agent3", "ip": "192.0.2.3"}],
    "unavailability": {"start": {"nanoseconds": 1700000000123456789}},
}


@pytest.fixture
def mesos():
    with Mesos(agents=["agent1", "agent2", "agent3"], tasks=3) as found:
        found.schedule["windows"].append(copy.deepcopy(FOREIGN))
        yield found


def machines(mesos, *rows, check=False, fails=False, **more):
    args = {"url": mesos.urls, "machines": list(rows), "leader_timeout": 2, "timeout": 10}
    return run("mesos_maintenance", dict(args, **more), check=check, diff=True, fails=fails)


ONE, TWO, THREE = {"hostname": "agent1"}, {"ip": "192.0.2.2"}, {"hostname": "agent3", "ip": "192.0.2.3"}
TONIGHT = {"start": "2026-12-01T22:00:00Z", "duration": "2h"}


def test_a_window_is_merged_with_those_of_others(mesos):
    assert machines(mesos, ONE, TWO, check=True, **TONIGHT)["changed"] and mesos.writes == []
    first = machines(mesos, ONE, TWO, **TONIGHT)
    assert mesos.schedule["windows"][0] == FOREIGN and len(mesos.schedule["windows"]) == 2
    assert mesos.schedule["windows"][1] == {
        "machine_ids": [{"hostname": "agent1", "ip": "192.0.2.1"}, {"hostname": "agent2", "ip": "192.0.2.2"}],
        "unavailability": {"start": {"nanoseconds": 1796162400 * NANO}, "duration": {"nanoseconds": 7200 * NANO}},
    }
    shown = {"hostname": "agent1", "ip": "192.0.2.1", "start": "2026-12-01T22:00:00Z", "duration": 7200}
    assert first["machines"][0] == dict(shown, mode="scheduled")
    again = machines(mesos, ONE, {"hostname": "agent2"}, start="2026-12-02T00:00:00+02:00", duration=7200)
    assert not again["changed"] and mesos.writes == ["UPDATE_MAINTENANCE_SCHEDULE"]


def test_a_machine_of_another_window_takes_only_itself_along(mesos):
    result = machines(mesos, THREE, **TONIGHT)
    assert [line["fields"] for line in result["plan"]] == [["start", "duration"]]
    assert mesos.schedule["windows"][0] == dict(FOREIGN, machine_ids=FOREIGN["machine_ids"][:1])
    machines(mesos, THREE, state="up")
    assert mesos.schedule["windows"] == [dict(FOREIGN, machine_ids=FOREIGN["machine_ids"][:1])]
    assert not machines(mesos, THREE, {"hostname": "unknown"}, state="up")["changed"]


def test_without_a_time_it_begins_now_and_stays_at_that(mesos):
    begun = machines(mesos, ONE)["machines"][0]["start"]
    assert begun.startswith("20") and not machines(mesos, ONE)["changed"]


def test_down_waits_until_tasks_are_gone_and_up_brings_back(mesos):
    down = machines(mesos, ONE, state="down", **TONIGHT)
    assert down["machines"][0]["mode"] == "down" and mesos.down == {("agent1", "192.0.2.1")}
    assert mesos.writes == ["UPDATE_MAINTENANCE_SCHEDULE", "START_MAINTENANCE"]
    assert mesos.calls.count("GET_TASKS") >= 2 and mesos.agents["agent2"]["tasks"]
    assert not machines(mesos, ONE, state="down", **TONIGHT)["changed"]
    assert machines(mesos, ONE, state="down", duration="3h")["changed"]
    assert machines(mesos, {"hostname": "agent1"}, state="up", check=True) is not None
    up = machines(mesos, ONE, state="up")
    assert up["changed"] and up["machines"] == [] and mesos.down == set() and mesos.schedule["windows"] == [FOREIGN]


def test_tasks_that_nobody_moves_are_named(mesos):
    mesos.obedient = False
    result = machines(mesos, ONE, TWO, state="down", timeout=1, fails=True)
    stuck = result["failed_keys"]["agent1 192.0.2.1"]
    assert "it is scheduled, but 3 tasks still run after 1 s (agent1-task0, agent1-task1, agent1-task2)" in stuck
    assert "`drain: agent`" in stuck and mesos.down == set()
    done = machines(mesos, ONE, TWO, state="down", drain="agent", grace_period="5m")
    assert done["changed"] and len(mesos.down) == 2 and "DRAIN_AGENT" in mesos.writes


def test_an_agent_is_drained_before_a_restart_and_works_again_after_it(mesos):
    mesos.obedient = False
    result = machines(mesos, ONE, drain="agent", grace_period=30, **TONIGHT)
    assert result["machines"][0]["drained"] and mesos.agents["agent1"]["tasks"] == []
    assert mesos.agents["agent1"]["leaving"] == {"seconds": 30}
    assert not machines(mesos, ONE, drain="agent", **TONIGHT)["changed"]
    machines(mesos, ONE, state="up")
    assert mesos.agents["agent1"]["leaving"] is None and mesos.schedule["windows"] == [FOREIGN]


def test_a_drain_that_was_interrupted_is_gone_on_with(mesos):
    mesos.obedient = False
    mesos.agents["agent1"]["tasks"] = ["task%d" % number for number in range(11)]
    machines(mesos, ONE, drain="agent", timeout=0, fails=True, **TONIGHT)
    assert machines(mesos, ONE, drain="agent", **TONIGHT)["plan"][0]["fields"] == ["drained"]
    assert mesos.writes.count("UPDATE_MAINTENANCE_SCHEDULE") == 1
    mesos.schedule["windows"] = []
    up = machines(mesos, ONE, state="up")  # drained, and not in the schedule
    assert up["changed"] and mesos.agents["agent1"]["leaving"] is None


def test_no_wait_when_none_is_wanted(mesos):
    mesos.obedient = False
    assert machines(mesos, ONE, state="down", drain="none")["changed"] and mesos.down


def test_states_of_their_own(mesos):
    machines(mesos, ONE, TWO, state="down")
    result = machines(mesos, dict(ONE, state="up"), dict(TWO, state="scheduled", start=1800000000), THREE, state="down")
    assert {line["verb"] for line in result["plan"]} == {"delete", "update"}
    assert mesos.down == {("agent3", "192.0.2.3")}
    assert {key["hostname"] for key in mesos.scheduled()} == {"agent2", "agent3", "other1"}


@pytest.mark.parametrize("fault", [reset_before, reset_after, cut])
def test_a_broken_connection_at_any_call_changes_nothing_of_the_outcome(mesos, fault):
    with Proxy(mesos.masters[0].address) as door:
        machines(mesos, ONE, TWO, state="down", drain="agent", url=[door.url])
        number = len(door.seen)
        for index in range(number):
            mesos.fresh()
            mesos.schedule["windows"].append(copy.deepcopy(FOREIGN))
            door.clear()
            door.fault(fault, after=index)
            result = machines(mesos, ONE, TWO, state="down", drain="agent", url=[door.url], fails=None)
            assert not result.get("failed"), (index, result["msg"])
            assert mesos.down == {("agent1", "192.0.2.1"), ("agent2", "192.0.2.2")}
            assert mesos.schedule["windows"][0] == FOREIGN and len(mesos.scheduled()) == 4
            assert not machines(mesos, ONE, TWO, state="down", drain="agent")["changed"]


def test_somebody_who_writes_the_schedule_at_the_same_time_is_noticed(mesos):
    take = mesos.update_maintenance_schedule
    times = []

    def overwritten(schedule):
        take(schedule)
        times.append(1)
        if len(times) == 1:
            take({"windows": [FOREIGN]})

    mesos.update_maintenance_schedule = overwritten
    assert machines(mesos, ONE, **TONIGHT)["failed_keys"] == {} and len(times) == 2
    assert {one["hostname"] for one in mesos.scheduled()} == {"other1", "agent3", "agent1"}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({}, "neither hostname nor ip"),
        ({"hostname": "nobody"}, "no agent is registered as that (there are agent1, agent2, agent3)"),
        ({"hostname": "agent1", "start": "tonight"}, "'tonight' is not a time"),
        ({"hostname": "agent1", "duration": "long"}, "'long' is not a duration"),
    ],
)
def test_what_cannot_be_is_told(mesos, row, words):
    assert words in machines(mesos, row, fails=True)["msg"] and mesos.writes == []


def test_two_agents_of_one_name_are_told_apart(mesos):
    mesos.agents["agent1"]["ip"] = mesos.agents["agent2"]["ip"] = "192.0.2.7"
    result = machines(mesos, {"ip": "192.0.2.7"}, fails=True)
    assert "it may be agent1 at 192.0.2.7 and agent2 at 192.0.2.7; give hostname and ip" in result["msg"]
    twice = machines(mesos, ONE, dict(ONE, state="up"), fails=False)
    assert twice["changed"]
    assert "declared both up and not" in machines(mesos, ONE, dict(ONE, state="up"), fails=True)["msg"]


def test_the_leader_is_found_and_an_election_is_waited_for():
    with Mesos(masters=3, agents=["agent1"], authorization="Basic bWU6aHVudGVyMjI=") as mesos:
        mesos.leader = mesos.masters[1]
        login = {"username": "me", "password": "hunter22"}
        result = machines(mesos, ONE, **login, **TONIGHT)
        assert result["changed"] and "hunter22" not in str(result)
        for master in mesos.masters:
            master.script = [(503, {}, "No leader elected")] * 2
        assert not machines(mesos, ONE, **login, **TONIGHT)["changed"]
        alone = machines(mesos, ONE, fails=True, url=mesos.urls[:1], **login)
        assert "not among those of `url`" in alone["msg"] and mesos.urls[1] in alone["msg"]
        mesos.leader = None
        assert "No leader elected" in machines(mesos, ONE, fails=True, leader_timeout=1, **login)["msg"]


def test_the_sample_inventory_is_a_cluster():
    rc, output = program("ansible-inventory", "-i", "inventories/mesos", "--list")
    assert rc == 0, output
    found = json.loads(output[output.index("{\n") :])
    groups = {name: row["hosts"] for name, row in found.items() if isinstance(row, dict) and "hosts" in row}
    sample = mesos_cluster(groups, found["_meta"]["hostvars"])
    assert sample["quorum"] == 2 and len(sample["masters"]) == 3 and len(sample["agents"]) == 2
    assert sample["zk"] == "zk://192.0.2.11:2181,192.0.2.12:2181,192.0.2.13:2181/mesos"
