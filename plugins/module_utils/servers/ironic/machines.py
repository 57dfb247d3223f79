# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enrolment: nodes and their ports, brought to the state that is declared, all at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ...core.errors import Conflict, Failure
from ..base import Store
from . import rows as shape

PLACES = {"plan": "resource_class", "facility": "conductor_group"}
STEPS = {"enroll": ("manage", "manageable"), "manageable": ("provide", "available")}  # verb, and where it leads
MOVING = ("verifying", "cleaning", "clean wait", "inspecting", "inspect wait")


class Machines(Store):
    """Ironic's nodes. WORKERS: more than four bring nothing, Ironic's conductor is the limit."""

    WORKERS = 4
    NEEDS = ("driver",)

    def __init__(self, driver, params):
        super().__init__(driver, params)
        self.api, self.found = driver.api, {}
        self.patience = params.get("timeout") or 600

    def read(self):
        """All nodes, with the addresses of all ports: two lists."""
        macs = {}
        for port in self.api.ports():
            macs.setdefault(port["node_uuid"], {})[port["address"].lower()] = port["uuid"]
        self.found = macs
        return [shape.machine(node, macs.get(node["uuid"], ())) for node in self.api.nodes()]

    def cut(self, changes):
        """All together: what waits, waits for all at once."""
        return [changes]

    def _each(self, act, changes):
        """{key: what `act` returned, or the Failure}, by a few threads."""

        def one(change):
            try:
                return act(change)
            except Failure as failure:
                return failure

        with ThreadPoolExecutor(self.WORKERS) as pool:
            return {change.key: done for change, done in zip(changes, pool.map(one, changes))}

    def create_all(self, changes):
        """Enrol all, then bring them on."""
        done = self._each(self._enrol, changes)
        return self._advance(changes, done)

    def _enrol(self, change):
        """Make a node with its ports; returns its id."""
        row = change.want
        body = {"name": row["name"], "driver": row["driver"], "driver_info": shape.driver_info(row)}
        body.update({theirs: row[ours] for ours, theirs in PLACES.items() if row.get(ours) not in (None, "default")})
        body.update({"%s_interface" % name: value for name, value in (row.get("interfaces") or {}).items()})
        body["properties"], body["extra"] = row.get("properties") or {}, {shape.MACHINE: self._note(row)}
        ident = self.api.http.json("POST", "/nodes", json=body)["uuid"]
        self._ports(ident, {}, row.get("macs") or ())
        if row.get("traits"):
            self._traits(ident, row["traits"])
        return ident

    @staticmethod
    def _note(row):
        return {name: row[name] for name in ("owner", "tags") if row.get(name)}

    def _ports(self, ident, have, wanted):
        for mac in wanted:
            if mac not in have:
                try:
                    self.api.http.json("POST", "/ports", json={"node_uuid": ident, "address": mac})
                except Conflict:  # where it is this machine's own, the engine sees that when it looks again
                    raise Conflict("the hardware address %s belongs to another machine" % mac) from None
        for mac, port in have.items():
            if mac not in wanted:
                self.api.remove("/ports/%s" % port)

    def _traits(self, ident, traits):
        self.api.http.call("PUT", "/nodes/%s/traits" % ident, json={"traits": traits}, safe=True)

    def update_all(self, changes):
        """Change what differs, then bring them on."""
        done = self._each(self._change, changes)
        return self._advance(changes, done)

    def _change(self, change):
        """Patch one node; returns its id."""
        have, row, fields = change.before, change.after, change.fields
        ident, patch = have["id"], {}
        for ours, theirs in PLACES.items():
            if ours in fields:
                patch["/" + theirs] = "" if (ours, row[ours]) == ("facility", "default") else row[ours]
        if "bmc" in fields:
            patch.update(("/driver_info/" + name, value) for name, value in shape.driver_info(row).items())
        for name in ("properties", "interfaces"):
            where = "/properties/%s" if name == "properties" else "/%s_interface"
            if name in fields:
                patch.update((where % key, value) for key, value in change.want[name].items())
        if "tags" in fields or "owner" in fields:
            patch["/extra/" + shape.MACHINE] = self._note(row)
        if patch:
            self.api.patch(ident, patch)
        if "macs" in fields:
            self._ports(ident, self.found.get(ident, {}), row["macs"])
        if "traits" in fields:
            self._traits(ident, row["traits"])
        return ident

    def _advance(self, changes, done):
        """Bring every node that has an id in `done` to its state; returns {key: None or Failure}."""
        goals = {done[c.key]: c.after.get("state") or "available" for c in changes if isinstance(done[c.key], str)}
        verdicts = self._walk(goals)
        return {c.key: verdicts.get(done[c.key]) if isinstance(done[c.key], str) else done[c.key] for c in changes}

    def _walk(self, goals):
        """Take each node a step at a time, all those of a step together; returns {id: Failure} of those that stuck."""
        failed, left, tried = {}, dict(goals), set()
        while left:
            seen = self.api.until(left, lambda node: self._rests(node, tried), self.patience)
            steps = {}
            for ident, node in seen.items():
                if isinstance(node, Failure):
                    failed[ident] = node
                elif node["provision_state"] != left[ident] and not node["instance_uuid"]:
                    steps[ident] = self._step(node["provision_state"], left[ident])
            left = {ident: left[ident] for ident in steps}
            tried.update(steps)
            with ThreadPoolExecutor(self.WORKERS) as pool:
                for ident, failure in zip(steps, pool.map(self._go, steps.items())):
                    if failure:
                        failed[ident] = failure
                        del left[ident]
        return failed

    @staticmethod
    def _step(state, goal):
        if state == "available":
            return "manage" if goal == "manageable" else None
        return STEPS.get(state, ("manage", "manageable"))[0]

    def _go(self, step):
        ident, verb = step
        try:
            self.api.provision(ident, verb)
        except Failure as failure:
            return failure
        return None

    @staticmethod
    def _rests(node, tried):
        """Whether a node waits to be told what to do. Raises Failure where a step of ours has failed."""
        if node is None:
            raise Failure("it is gone")
        if node["target_provision_state"] or node["provision_state"] in MOVING:
            return False
        state, error = node["provision_state"], node.get("last_error")
        if node["uuid"] in tried and (state.endswith("failed") or (state == "enroll" and error)):
            raise Failure("it is in the state %s: %s" % (state, error or "Ironic does not say why"))
        return True

    def replace(self, change):
        """Another driver: enrol it anew."""
        self.delete(change)
        done = self.create_all([replace(change, want=change.after)])[change.key]
        if isinstance(done, Failure):
            raise done

    def delete(self, change):
        """Forget the machine, unless it carries a server."""
        have = change.before
        if have.get("_carries"):
            name = have.get("server") or have["_carries"]
            raise Failure("it carries the server %s; remove that first" % name)
        self.api.remove("/nodes/%s" % have["id"])
