# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine in the maintenance schedule of Mesos, how the schedule spells it, and whose machine is whose; pure."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from ..core.errors import Refused
from ..core.field import Field
from ..core.resource import Resource

SPELLED = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?\Z")
UNITS = (604800, 86400, 3600, 60, 1)  # seconds
NANO = 10**9


def moment(value):
    """A time as ISO 8601 in UTC, to the second. Numbers are seconds since 1970; without a zone, it is UTC."""
    text = str(value).strip()
    try:
        if re.fullmatch(r"\d+", text):
            return spelled(int(text))
        found = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text))
    except (ValueError, OverflowError, OSError):
        raise ValueError("%r is not a time, such as 2026-12-01T22:00:00Z" % value) from None
    return spelled(int((found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp()))


def spelled(seconds):
    """Seconds since 1970 as ISO 8601."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text):
    """Seconds since 1970 of a canonical time."""
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp())


def span(value):
    """A duration in seconds, of 90, 90m, 2h or 1d12h."""
    text = str(value).strip()
    found = SPELLED.match(text)
    if not text or not found or not any(found.groups()):
        raise ValueError("%r is not a duration, such as 2h, 90m or 1d12h" % value)
    return sum(int(part or 0) * unit for part, unit in zip(found.groups(), UNITS))


HOSTNAME = Field("hostname", help="The name that the agent has registered with.")
IP = Field("ip", help="Its address. One of the two is enough for an agent that is registered.")
START = Field("start", normal=moment, help="When the machine goes, such as V(2026-12-01T22:00:00Z); by default now.")
DURATION = Field("duration", normal=span, help="For how long, such as V(2h); by default nobody knows.")
MACHINE = Resource(
    "machine",
    "machines",
    identity=("hostname", "ip"),
    fields=(
        HOSTNAME,
        IP,
        START,
        DURATION,
        Field("mode", given=False, help="V(scheduled), V(down), or V(drained) for an agent that only drains."),
        Field("drained", type="bool", given=False, help="Whether no task runs there."),
        Field("tasks", type="list", given=False, compare="ignore", help="The tasks that run there."),
    ),
)


def machine_id(row):
    """A row as the API names its machine."""
    return {name: row[name] for name in ("hostname", "ip") if row.get(name)}


def key_of(found):
    """A machine of the API as the key of its row."""
    return found.get("hostname") or "", found.get("ip") or ""


def rows_of(schedule, status):
    """The machines of a schedule and their modes, as rows by key."""
    down = {key_of(one) for one in status.get("down_machines") or ()}
    rows = {}
    for window in schedule.get("windows") or ():
        times = window.get("unavailability") or {}
        for one in window.get("machine_ids") or ():
            key = key_of(one)
            row = dict(zip(("hostname", "ip"), key), mode="down" if key in down else "scheduled")
            row["start"] = spelled(times.get("start", {}).get("nanoseconds", 0) // NANO)
            length = times.get("duration", {}).get("nanoseconds")
            row["duration"] = None if length is None else length // NANO
            rows[key] = row
    return rows


def merged(schedule, keys, rows):
    """The schedule in which, of the machines `keys`, only `rows` are left, as they say; all others stay as they are."""
    windows = []
    for window in schedule.get("windows") or ():
        left = [one for one in window.get("machine_ids") or () if key_of(one) not in keys]
        if left:
            windows.append(dict(window, machine_ids=left))
    together = {}
    for row in rows:
        together.setdefault((row["start"], row.get("duration")), []).append(machine_id(row))
    for (start, length), ids in together.items():
        times = {"start": {"nanoseconds": seconds_of(start) * NANO}}
        if length is not None:
            times["duration"] = {"nanoseconds": length * NANO}
        windows.append({"machine_ids": ids, "unavailability": times})
    return {"windows": windows}


def agents_of(answer):
    """The registered agents: id, hostname, ip, whether they drain or are deactivated."""
    found = []
    for one in answer.get("agents") or ():
        info = one.get("agent_info") or {}
        address = re.sub(r"^[^@]*@|:\d+$", "", one.get("pid") or "").strip("[]")
        agent = {"id": (info.get("id") or {}).get("value"), "hostname": info.get("hostname") or "", "ip": address}
        agent["leaving"] = bool(one.get("drain_info") or one.get("deactivated"))
        found.append(agent)
    return found


def is_on(agent, key):
    """Whether an agent is on the machine of that key."""
    return all(not part or part == agent[name] for part, name in zip(key, ("hostname", "ip")))


def resolved(given, agents, rows):
    """The whole key of a machine that is named by its hostname, its address, or both. Raises Refused.

    rows: those of the schedule by key. None: it is named by half, and neither an agent nor the schedule knows it.
    """
    key = key_of(given)
    if all(key) or key in rows:
        return key
    if not any(key):
        raise Refused("a machine has neither hostname nor ip; give one of them at least")
    known = {(one["hostname"], one["ip"]) for one in agents} | set(rows)
    found = sorted(one for one in known if all(not part or part == other for part, other in zip(key, one)))
    if len(found) > 1:
        names = " and ".join("%s at %s" % one for one in found)
        raise Refused("machine %s: it may be %s; give hostname and ip" % (" ".join(filter(None, key)), names))
    return found[0] if found else None
