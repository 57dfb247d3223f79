# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept of a container, and what systemd tells of its unit, as a row; pure."""

from __future__ import annotations

import signal

from ..fields import EMPTY
from ..forms import size_of

NONE = ("infinity", "[not set]", "")
ITSELF = "16384"  # TasksMax of the unit as systemd ships it
UP = {"active": "running", "reloading": "running", "deactivating": "stopping", "activating": "starting"}


def row(record, unit, machine, last):
    """A container as it is. unit: its properties. machine: what machinectl lists. last: how it has ended, as text."""
    fields = record.get("fields") or {}
    done = dict(EMPTY, **fields)
    done.update(
        {name: record.get(name) for name in ("name", "owner", "image", "image_id", "created", "user_namespace")}
    )
    done.update(_limits(unit, done), **_state(unit, ended(last)))
    done.update(
        health=None,
        id=done["name"],
        published=done["ports"] if done["state"] == "started" else [],
        addresses=addresses(machine),
        _labels=done["labels"],
        _ports=done["ports"],
        _spec=record.get("spec") or {},
    )
    return done


def foreign(name, machine=None):
    """A machine that is not ours, or not yet one: what anybody can see of it."""
    state, status = ("started", "running") if machine else ("stopped", "exited")
    plain = {"name": name, "id": name, "owner": None, "image": None, "image_id": None, "health": None, "created": None}
    plain.update(state=state, status=status, exit_code=None, ports=[], published=[], labels={}, _labels={}, _ports=[])
    return dict(plain, addresses=addresses(machine))


def _limits(unit, declared):
    """The limits that are in effect, which may be others than those of the record."""
    memory, tasks = unit.get("MemoryMax", ""), unit.get("TasksMax", "")
    plain = tasks in NONE or (tasks == ITSELF and declared["pids_limit"] != int(ITSELF))
    return {
        "memory": "0" if memory in NONE else size_of(int(memory)),
        "cpus": round(seconds(unit.get("CPUQuotaPerSecUSec", "")), 4),
        "pids_limit": 0 if plain else int(tasks),
    }


def _state(unit, end):
    """State, status and exit status, as other engines have them."""
    status = UP.get(unit.get("ActiveState"))
    if status == "starting" and unit.get("SubState") == "auto-restart":
        status = "restarting"
    if status:
        return {"state": "started", "status": status, "exit_code": None}
    return {"state": "stopped", "status": "exited" if end else "created", "exit_code": end.get("code")}


def ended(text):
    """How a unit has ended, from what its drop-in has written: {"code": its exit status, "invocation": which run}."""
    parts = (text or "").split()
    if len(parts) != 4:
        return {}
    _result, how, status, invocation = parts
    number = int(status) if status.isdigit() else getattr(signal, "SIG" + status, 0)
    return {"code": number if how == "exited" else 128 + number, "invocation": invocation}


def seconds(text):
    """A span as systemd writes it (1.5s, 500ms, 1min 30s), in seconds; what is no span is 0."""
    units, total = (("ms", 0.001), ("us", 0.000001), ("min", 60.0), ("s", 1.0)), 0.0
    for part in () if text in NONE else text.split():
        for name, factor in units:
            number = part[: -len(name)]
            if part.endswith(name) and number.replace(".", "", 1).isdigit():
                total += float(number) * factor
                break
    return total


def addresses(machine):
    """A machine's address by its one network, IPv4 before IPv6, and those of the link alone last."""
    found = ((machine or {}).get("addresses") or "").split()
    ranked = sorted(found, key=lambda one: (":" in one, one.startswith("fe80:")))
    return {"host0": ranked[0]} if ranked else {}
