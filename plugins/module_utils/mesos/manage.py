# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module for the maintenance of Mesos does."""

from __future__ import annotations

import time

from ..clients import masters
from ..core.errors import Refused
from ..core.field import Field
from ..core.options import TIMEOUT
from . import machine
from .machine import MACHINE
from .schedule import Operator, Schedule

STATE = Field("state", choices=("scheduled", "down", "up"), help="What the machine shall be.")
MANAGE = (
    *masters.options("Mesos", 5050),
    Field(
        "machines",
        type="list",
        elements="dict",
        required=True,
        options=(machine.HOSTNAME, machine.IP, machine.START, machine.DURATION, STATE),
        help="The machines. All others in the schedule stay as they are.",
    ),
    Field(
        **dict(
            vars(STATE),
            default="scheduled",
            help=(
                "What every machine shall be that names no state itself. V(scheduled) announces its maintenance.",
                "V(down) takes it out of service once it is drained: Mesos ends its agents and refuses them.",
                "V(up) brings it back, and takes it out of the schedule.",
            ),
        )
    ),
    machine.START,
    machine.DURATION,
    Field(
        "drain",
        choices=("offers", "agent", "none"),
        help=(
            "What is waited for before a machine goes down, and, where it is given, with V(scheduled) as well.",
            "V(offers) waits until frameworks have moved their tasks away, as the schedule asks them to. V(agent) has "
            "Mesos end them, which needs 1.9. V(none) does not wait. By default V(offers) before a machine goes down.",
        ),
    ),
    Field("grace_period", normal=machine.span, help="How long tasks have to end with O(drain=agent), such as V(5m)."),
    TIMEOUT,
)


def manage(task):
    """Make machines what they are declared to be; returns what the module adds to its result. Raises Failure."""
    params = task.params
    given = [dict(one, state=one.get("state") or params["state"]) for one in params["machines"]]
    drain = params["drain"] or ("offers" if any(one["state"] == "down" for one in given) else "none")
    grace = _grace(params["grace_period"])
    operator = Operator(masters.Masters("Mesos", params))
    store = Schedule(operator, drain, grace, params["timeout"], task.progress("drain"))
    current = store.read()
    rows, gone = declared(given, params, operator.agents(), {MACHINE.key(row): row for row in current})
    outcome = task.reconcile(store, MACHINE, rows, gone, current=current)
    return {"machines": outcome.shown([MACHINE.key(row) for row in rows])}


def _grace(value):
    try:
        return None if value is None else machine.span(value)
    except ValueError as error:
        raise Refused("grace_period: %s" % error) from None


def declared(given, params, agents, there):
    """The canonical rows, and the keys of machines that shall be up. Raises Refused."""
    rows, gone, problems = [], [], []
    for one in given:
        try:
            key = machine.resolved(one, agents, there)
        except Refused as refusal:
            problems += refusal.problems
            continue
        if one["state"] == "up":
            gone += [key] if key in there else []
        elif key is None:
            name = " ".join(filter(None, machine.key_of(one)))
            text = "machine %s: no agent is registered as that (there are %s); give hostname and ip of one that is gone"
            problems.append(text % (name, ", ".join(sorted(a["hostname"] for a in agents)) or "none"))
        else:
            rows.append(wanted(one, key, params, there.get(key)))
    if problems:
        raise Refused(problems)
    rows = MACHINE.normalise(rows)
    both = {MACHINE.key(row) for row in rows} & set(gone)
    if both:
        raise Refused(["machine %s: declared both up and not; keep one" % " ".join(key) for key in sorted(both)])
    return rows, list(dict.fromkeys(gone))


def wanted(one, key, params, have):
    """A machine as a row. What is new begins now, unless a time is given."""
    row = dict(zip(("hostname", "ip"), key), mode=one["state"])
    for name in ("start", "duration"):
        row[name] = one.get(name) if one.get(name) is not None else params[name]
    if row["start"] is None and (have is None or have["mode"] == "drained"):
        row["start"] = int(time.time())
    if params["drain"] in ("offers", "agent") or one["state"] == "down":
        row["drained"] = True
    return row
