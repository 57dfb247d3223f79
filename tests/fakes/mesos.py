# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake: the operator API of Mesos' masters as its documentation describes it, in this process. Nothing was compared
with Mesos.

Any number of masters, of which one leads; the others answer 307 without a scheme, and all of them 503 while there is no
leader. Agents that drain lose a task at each request; so do scheduled ones where `obedient` frameworks run.

with Mesos(masters=2, agents=["agent1", "agent2"], tasks=3) as mesos:
    mesos.urls, mesos.schedule, mesos.down, mesos.agents
"""

from __future__ import annotations

import copy
import json
import threading

from fakes.rest import Rest


class Refusal(Exception):
    """An error that the service answers: words."""


class Master(Rest):
    """One master."""

    def __init__(self, cluster, **more):
        self.cluster = cluster
        super().__init__(**more)

    def reply(self, method, path, headers, content):
        """As the leader, or send to it."""
        with self.cluster.lock:
            return self.cluster.answer(self, method, path, headers, content)


class Mesos:
    """All masters of one cluster, and its agents. authorization: the header that is wanted. more: for each Rest."""

    def __init__(self, masters=1, agents=(), tasks=0, authorization=None, **more):
        self.lock, self.authorization, self.calls = threading.RLock(), authorization, []
        self.masters = [Master(self, **more) for _one in range(masters)]
        self.leader, self.names, self.number, self.obedient = self.masters[0], agents, tasks, True
        self.fresh()

    def fresh(self):
        """Agents at work, and nothing scheduled."""
        with self.lock:
            self.schedule, self.down, self.calls = {"windows": []}, set(), []
            self.agents = {name: self.agent(name, index) for index, name in enumerate(self.names, 1)}

    def agent(self, name, index):
        """A registered agent."""
        tasks = ["%s-task%d" % (name, number) for number in range(self.number)]
        return {"id": "S%d" % index, "ip": "192.0.2.%d" % index, "tasks": tasks, "leaving": None}

    @property
    def urls(self):
        """The addresses of the masters."""
        return [master.url for master in self.masters]

    @property
    def writes(self):
        """The calls that were no looks."""
        return [call for call in self.calls if not call.startswith("GET_")]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for master in self.masters:
            master.__exit__(*error)

    def answer(self, master, method, path, headers, content):
        """(status, headers, body) of a request."""
        if self.leader is None:
            return 503, {}, "No leader elected"
        if master is not self.leader:
            return 307, {"Location": "//127.0.0.1:%d%s" % (self.leader.address[1], path)}, ""
        if self.authorization and headers.get("Authorization") != self.authorization:
            return 401, {"WWW-Authenticate": 'Basic realm="mesos-master-readwrite"'}, ""
        if (method, path) != ("POST", "/api/v1"):
            return 404, {}, ""
        call = json.loads(content)
        self.calls.append(call["type"])
        self.pass_time()
        try:
            told = getattr(self, call["type"].lower())(**call.get(call["type"].lower(), {}))
        except Refusal as refusal:
            return 400, {}, str(refusal)
        if call["type"].startswith("GET_"):
            return 200, {}, json.dumps({"type": call["type"], call["type"].lower(): told})
        return (200 if call["type"].endswith("_AGENT") else 202), {}, ""

    def pass_time(self):
        """One task ends on each agent that drains."""
        scheduled = {one.get("hostname") for one in self.scheduled()} if self.obedient else ()
        for name, agent in self.agents.items():
            if (agent["leaving"] or name in scheduled) and agent["tasks"]:
                agent["tasks"].pop()

    def scheduled(self):
        """The machines of the schedule."""
        return [one for window in self.schedule["windows"] for one in window["machine_ids"]]

    def get_agents(self):
        """Those that are registered."""
        return {"agents": [self.told(name, agent) for name, agent in self.agents.items() if self.is_up(name, agent)]}

    def told(self, name, agent):
        """An agent as the API tells it."""
        info = {"hostname": name, "id": {"value": agent["id"]}, "port": 5051}
        done = {"active": not agent["leaving"], "agent_info": info, "pid": "slave(1)@%s:5051" % agent["ip"]}
        if agent["leaving"]:
            done.update(deactivated=True, drain_info={"state": "DRAINING" if agent["tasks"] else "DRAINED"})
        return done

    def is_up(self, name, agent):
        """Whether the machine of an agent is not down."""
        return (name, agent["ip"]) not in self.down

    def get_tasks(self):
        """Tasks that run."""
        found = [(agent["id"], task) for agent in self.agents.values() for task in agent["tasks"]]
        tasks = [{"task_id": {"value": t}, "agent_id": {"value": a}, "state": "TASK_RUNNING"} for a, t in found]
        return {"tasks": tasks, "completed_tasks": [{"task_id": {"value": "old"}, "state": "TASK_FINISHED"}]}

    def get_maintenance_schedule(self):
        """The schedule."""
        return {"schedule": copy.deepcopy(self.schedule) if self.schedule["windows"] else {}}

    def get_maintenance_status(self):
        """Who drains, and who is down."""
        down = [one for one in self.scheduled() if key(one) in self.down]
        draining = [{"id": one} for one in self.scheduled() if key(one) not in self.down]
        return {"status": {"draining_machines": draining, "down_machines": down}}

    def update_maintenance_schedule(self, schedule):
        """Replace the whole schedule."""
        machines = [key(one) for window in schedule.get("windows", ()) for one in window["machine_ids"]]
        if len(set(machines)) != len(machines):
            raise Refusal("Machine appears more than once in the schedule")
        if not all(any(machine) for machine in machines):
            raise Refusal("Both 'hostname' and 'ip' for a machine are empty")
        if self.down - set(machines):
            raise Refusal("Machine '%s' is deactivated and cannot be removed from the schedule" % (self.down,))
        if any("start" not in window["unavailability"] for window in schedule.get("windows", ())):
            raise Refusal("Missing start")
        self.schedule = {"windows": schedule.get("windows", [])}

    def start_maintenance(self, machines):
        """Take machines down."""
        scheduled = {key(one) for one in self.scheduled()}
        for one in machines:
            if key(one) not in scheduled:
                raise Refusal("Machine '%s' is not part of a maintenance schedule" % (key(one),))
            if key(one) in self.down:
                raise Refusal("Machine '%s' is not in DRAINING mode and cannot be brought down" % (key(one),))
        self.down |= {key(one) for one in machines}
        for hostname, _ip in self.down:
            if hostname in self.agents:
                self.agents[hostname].update(tasks=[], leaving=None)

    def stop_maintenance(self, machines):
        """Bring machines up, which takes them out of the schedule."""
        if not {key(one) for one in machines} <= self.down:
            raise Refusal("Machine is not in DOWN mode and cannot be brought up")
        up = {key(one) for one in machines}
        self.down -= up
        for window in self.schedule["windows"]:
            window["machine_ids"] = [one for one in window["machine_ids"] if key(one) not in up]
        self.schedule["windows"] = [window for window in self.schedule["windows"] if window["machine_ids"]]

    def by_id(self, agent_id):
        """The agent of that id."""
        found = [agent for agent in self.agents.values() if agent["id"] == agent_id["value"]]
        if not found:
            raise Refusal("Agent '%s' not found" % agent_id["value"])
        return found[0]

    def drain_agent(self, agent_id, max_grace_period=None, mark_gone=False):
        """End its tasks."""
        self.by_id(agent_id)["leaving"] = max_grace_period or {"seconds": 0}

    def reactivate_agent(self, agent_id):
        """Back to work."""
        self.by_id(agent_id)["leaving"] = None


def key(one):
    """A machine's id."""
    return one.get("hostname", ""), one.get("ip", "")
