# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The maintenance schedule of Mesos as a store of machines, merged with what others have scheduled."""

from __future__ import annotations

import time

from ..core.errors import Ambiguous, Failure, TimedOut
from ..core.progress import Progress
from ..core.wait import wait
from . import machine

API = "/api/v1"
OVER = ("TASK_FINISHED", "TASK_FAILED", "TASK_KILLED", "TASK_ERROR", "TASK_LOST", "TASK_DROPPED", "TASK_GONE")
SHOWN = 5  # tasks that a message names


class Operator:
    """The operator API of the masters. masters: a clients.masters.Masters."""

    def __init__(self, masters):
        self.masters = masters

    def ask(self, call):
        """A call that only reads, such as GET_AGENTS, and the one thing in its answer."""
        answer = self.masters.json("POST", API, safe=True, json={"type": call}) or {}
        return answer.get(call.lower()) or {}

    def tell(self, call, **content):
        """A call that changes something."""
        self.masters.json("POST", API, json={"type": call, call.lower(): content})

    def schedule(self):
        """The schedule in force."""
        return self.ask("GET_MAINTENANCE_SCHEDULE").get("schedule") or {}

    def status(self):
        """Which machines drain, and which are down."""
        return self.ask("GET_MAINTENANCE_STATUS").get("status") or {}

    def agents(self):
        """The registered agents."""
        return machine.agents_of(self.ask("GET_AGENTS"))

    def tasks(self):
        """{id of an agent: names of its tasks that are not over}."""
        found = {}
        for task in self.ask("GET_TASKS").get("tasks") or ():
            if task.get("state") not in OVER:
                found.setdefault(task["agent_id"]["value"], []).append(task["task_id"]["value"])
        return found


class Schedule:
    """The store of machines.

    drain: what is waited for before a machine counts as drained: `offers`, that frameworks move their tasks away,
    `agent`, that Mesos ends them, or `none`. grace: seconds that tasks then have. timeout: seconds for all.
    """

    WORKERS = 1

    def __init__(self, operator, drain="none", grace=None, timeout=600, progress=None, clock=time.monotonic):
        self.operator, self.drain, self.grace, self.clock = operator, drain, grace, clock
        self.timeout, self.end, self.progress = timeout, clock() + timeout, progress or Progress("drain")

    def read(self):
        """The machines that are scheduled or down, and those whose agents drain."""
        rows = machine.rows_of(self.operator.schedule(), self.operator.status())
        agents = self.operator.agents()
        for agent in agents:
            if agent["leaving"] and not any(machine.is_on(agent, key) for key in rows):
                rows[agent["hostname"], agent["ip"]] = {**_named(agent), "mode": "drained"}
        tasks = self.operator.tasks() if self.drain != "none" else {}
        for key, row in rows.items():
            here = [agent for agent in agents if machine.is_on(agent, key)]
            row["tasks"] = sorted(task for agent in here for task in tasks.get(agent["id"], ()))
            ending = self.drain != "agent" or all(agent["leaving"] for agent in here)
            row["drained"] = row["mode"] == "down" or (ending and not row["tasks"])
        return list(rows.values())

    def delete_all(self, changes):
        """Bring machines up: out of the schedule, and their agents back to work."""
        return self._carry_out(changes)

    def create_all(self, changes):
        """Schedule machines, and take those down that are to be."""
        return self._carry_out(changes)

    def update_all(self, changes):
        """The same of machines that are scheduled already."""
        return self._carry_out(changes)

    def _carry_out(self, changes):
        """{key: row or Failure}."""
        after = [change.after for change in changes if change.after is not None]
        up = [c.before for c in changes if was_down(c) and (c.after is None or c.after["mode"] != "down")]
        if up:
            self.operator.tell("STOP_MAINTENANCE", machines=[machine.machine_id(row) for row in up])
        self._write({change.key for change in changes}, after)
        self._reactivate([change.key for change in changes if change.after is None])
        failed = self._drained([c for c in changes if c.after and not was_down(c) and leaves(c.after)])
        going = [
            c for c in changes if c.after and c.after["mode"] == "down" and not was_down(c) and c.key not in failed
        ]
        if going:
            self.operator.tell("START_MAINTENANCE", machines=[machine.machine_id(c.after) for c in going])
        return {change.key: failed.get(change.key, change.after) for change in changes}

    def _write(self, keys, rows):
        """Merge our machines with the schedule as it is now, and see that it took. The API replaces it as a whole."""
        there, want = self.operator.schedule(), {machine.MACHINE.key(row): times(row) for row in rows}
        if held(there, keys) == want:
            return
        self.operator.tell("UPDATE_MAINTENANCE_SCHEDULE", schedule=machine.merged(there, keys, rows))
        if held(self.operator.schedule(), keys) != want:
            raise Ambiguous("somebody else has written the maintenance schedule at the same time")

    def _reactivate(self, keys):
        """Bring agents that drain back to work."""
        for agent in self.operator.agents() if keys else ():
            if agent["leaving"] and any(machine.is_on(agent, key) for key in keys):
                self.operator.tell("REACTIVATE_AGENT", agent_id={"value": agent["id"]})

    def _drained(self, changes):
        """Wait until no task runs on the machines; {key: Failure} of those where some do."""
        keys = [change.key for change in changes]
        if self.drain == "none" or not keys:
            return {}
        agents = {key: [a for a in self.operator.agents() if machine.is_on(a, key)] for key in keys}
        if self.drain == "agent":
            for agent in (agent for found in agents.values() for agent in found if not agent["leaving"]):
                grace = {} if self.grace is None else {"max_grace_period": {"seconds": self.grace}}
                self.operator.tell("DRAIN_AGENT", agent_id={"value": agent["id"]}, **grace)
        left = {}

        def look(keys):
            tasks = self.operator.tasks()
            left.update({key: sorted(t for agent in agents[key] for t in tasks.get(agent["id"], ())) for key in keys})
            return {key: "draining" if left[key] else None for key in keys}

        try:
            wait(look, keys, max(0.0, self.end - self.clock()), self.progress, what="drained", label=" ".join)
        except TimedOut as late:
            return {key: Failure(self._stuck(left[key])) for key in late.stuck}
        return {}

    def _stuck(self, tasks):
        names = ", ".join(tasks[:SHOWN]) + (" and %d more" % (len(tasks) - SHOWN) if len(tasks) > SHOWN else "")
        ways = {
            "offers": "Their frameworks do not move them: wait longer, or have Mesos end them with `drain: agent`",
            "agent": "They take longer than their grace period: wait longer, or end them",
        }
        text = "it is scheduled, but %d tasks still run after %d s (%s). %s"
        return text % (len(tasks), self.timeout, names, ways[self.drain])


def times(row):
    """When a machine goes, and for how long."""
    return row["start"], row.get("duration")


def held(schedule, keys):
    """{key: times} of those of the machines that a schedule holds."""
    return {key: times(row) for key, row in machine.rows_of(schedule, {}).items() if key in keys}


def was_down(change):
    """Whether a change finds its machine down."""
    return bool(change.before) and change.before.get("mode") == "down"


def leaves(row):
    """Whether the tasks of a machine must go."""
    return row["mode"] == "down" or bool(row.get("drained"))


def _named(agent):
    return {"hostname": agent["hostname"], "ip": agent["ip"]}
