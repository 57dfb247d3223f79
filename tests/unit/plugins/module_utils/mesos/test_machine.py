# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.mesos import machine

NANO = 10**9


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("2026-12-01T22:00:00Z", "2026-12-01T22:00:00Z"),
        ("2026-12-01T23:30:00+01:30", "2026-12-01T22:00:00Z"),
        ("2026-12-01 22:00", "2026-12-01T22:00:00Z"),
        (0, "1970-01-01T00:00:00Z"),
    ],
)
def test_a_time_has_one_spelling(given, canonical):
    assert machine.moment(given) == canonical
    assert machine.spelled(machine.seconds_of(canonical)) == canonical


@pytest.mark.parametrize(
    ("given", "seconds"), [("90", 90), (90, 90), ("90m", 5400), ("1d12h", 129600), ("1w", 604800), ("1h1s", 3601)]
)
def test_a_duration_in_seconds(given, seconds):
    assert machine.span(given) == seconds


@pytest.mark.parametrize("given", ["", "h", "2 h", "-5", "1m1h", "soon"])
def test_no_duration(given):
    with pytest.raises(ValueError, match="is not a duration"):
        machine.span(given)


def window(*names, start=1, duration=None):
    times = {"start": {"nanoseconds": start * NANO + 5}}
    if duration is not None:
        times["duration"] = {"nanoseconds": duration * NANO}
    return {"machine_ids": [{"hostname": name, "ip": "192.0.2.1"} for name in names], "unavailability": times}


def row(name, **more):
    return dict({"hostname": name, "ip": "192.0.2.1", "start": "1970-01-01T00:00:09Z"}, **more)


def test_windows_of_others_stay_to_the_nanosecond():
    theirs, mixed = window("a"), window("b", "c", start=2)
    new = machine.merged(
        {"windows": [theirs, mixed]}, {("c", "192.0.2.1")}, [row("c", duration=60), row("d", duration=60)]
    )
    assert new["windows"][:2] == [theirs, window("b", start=2)]
    assert [one["hostname"] for one in new["windows"][2]["machine_ids"]] == ["c", "d"]
    times = {"start": {"nanoseconds": 9 * NANO}, "duration": {"nanoseconds": 60 * NANO}}
    assert new["windows"][2]["unavailability"] == times and len(new["windows"]) == 3
    assert machine.merged({}, {("a", "")}, []) == {"windows": []}


def test_the_rows_of_a_schedule():
    status = {"down_machines": [{"hostname": "b", "ip": "192.0.2.1"}]}
    rows = machine.rows_of({"windows": [window("a", "b", duration=60)]}, status)
    assert [one["mode"] for one in rows.values()] == ["scheduled", "down"]
    assert rows["a", "192.0.2.1"]["start"] == "1970-01-01T00:00:01Z" and rows["a", "192.0.2.1"]["duration"] == 60
    assert machine.rows_of({}, {}) == {}


def agent(hostname, ip, **more):
    return dict({"agent_info": {"hostname": hostname, "id": {"value": "S"}}, "pid": "slave(1)@%s:5051" % ip}, **more)


def test_who_is_meant_by_half_a_name():
    told = [
        agent("a", "192.0.2.1"),
        agent("b", "192.0.2.2"),
        agent("b", "[2001:db8::1]", drain_info={"state": "DRAINED"}),
    ]
    agents = machine.agents_of({"agents": told})
    assert [one["ip"] for one in agents] == ["192.0.2.1", "192.0.2.2", "2001:db8::1"]
    assert [one["leaving"] for one in agents] == [False, False, True]
    assert machine.resolved({"hostname": "a"}, agents, {}) == ("a", "192.0.2.1")
    assert machine.resolved({"ip": "192.0.2.2"}, agents, {}) == ("b", "192.0.2.2")
    assert machine.resolved({"hostname": "gone"}, agents, {}) is None
    assert machine.resolved({"hostname": "gone"}, agents, {("gone", ""): {}}) == ("gone", "")
    assert machine.resolved({"hostname": "new", "ip": "192.0.2.9"}, agents, {}) == ("new", "192.0.2.9")
    with pytest.raises(Refused, match="it may be b at 192.0.2.2 and b at 2001:db8::1"):
        machine.resolved({"hostname": "b"}, agents, {})
