# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would fail on the engine, found before anything is changed: ports, networks, folders."""

from __future__ import annotations

import os
import socket

from ..core.errors import Refused
from .ports import overlap, spelled, taken
from .rarer import mounted

CONTROLS = {"memory": "MemoryLimit", "cpus": "CpuCfsQuota", "pids_limit": "PidsLimit"}  # field -> the engine's word


def vet(client, rows, current, held, gone, later=None, pods=()):
    """Raise Refused with every reason why a row of `rows` cannot run.

    current: the rows that are there. held: (container's name, port) of all that is published. gone: names of containers
    that this task removes. later: in check mode, takes what an earlier task may still make, as a text. pods: those that
    are there, as Containers has them.
    """
    there = {row["name"]: row for row in current if not row.get("_debris")}
    problems = [_said(row, text) for row, text in networks(client, rows)]
    problems += _pods(rows, pods)
    if later:
        for problem in problems:
            later(problem)
        problems = []
    problems += _limits(client, rows)
    problems += _inits(rows, there, pods)
    local = Local(client)
    yielding = {row["name"] for row in rows if row.get("ports") is not None} | set(gone)
    for row in rows:
        have = there.get(row["name"])
        if row.get("state") == "stopped" or (have and not row.get("state") and have["state"] == "stopped"):
            continue
        problems += [_said(row, problem) for problem in ports(row, held, yielding, local)]
        if have is None or any(row.get(name) not in (None, have[name]) for name in ("volumes", "dns_mode")):
            problems += [_said(row, problem) for problem in _folders(row, local)]
    if problems:
        raise Refused(problems)


class Local:
    """Whether the engine's host is this very machine; asked for once, when it matters."""

    def __init__(self, client):
        self.client, self._known = client, None

    def __bool__(self):
        if self._known is None:
            self._known = self.client.is_local() and self.client.info().get("Name") == socket.gethostname()
        return self._known


def _limits(client, rows):
    """Limits that the engine's kernel does not keep: the engine would drop them with a warning that nobody sees."""
    wanted = [(row, name) for row in rows for name in CONTROLS if row.get(name) not in (None, "0", 0)]
    if not wanted:
        return []
    info = client.info()
    words = "%s: the engine's kernel cannot keep this limit (cgroup v%s, %s is off); switch that on, or leave it out"
    return [
        _said(row, words % (name, info.get("CgroupVersion") or "1", CONTROLS[name]))
        for row, name in wanted
        if info.get(CONTROLS[name]) is False
    ]


def networks(client, rows):
    """(row, what is wrong) of rows in networks that are not there, as a list."""
    wanted = [(row, network["name"]) for row in rows for network in row.get("networks") or ()]
    if not wanted:
        return []
    known = {name for network in client.call("networks") for name in (network["Name"], network["Id"])}
    missing = [(row, name) for row, name in wanted if name not in known]
    return [(row, "there is no network %s; make it first, or choose another" % name) for row, name in missing]


def _pods(rows, pods):
    text = "there is no pod %s; make it first with container_pod, or choose another"
    return [_said(row, text % row["pod"]) for row in rows if row.get("pod") and row["pod"] not in pods]


def _inits(rows, there, pods):
    """Engines know no init for one container among the processes of others."""
    problems = []
    for row in rows:
        have = there.get(row["name"]) or {}
        pod, init = (have.get(name) if row.get(name) is None else row[name] for name in ("pod", "init"))
        if init and pod in pods and "pid" in pods[pod]["share"]:
            problems.append(
                _said(row, "init: its pod %s shares its processes, and reaps them itself; leave init out" % pod)
            )
    return problems


def ports(row, held, yielding, local, told="container %s"):
    """What is wrong with the published ports of a row, as a list of texts; see vet. told: how a name in `held` is
    told."""
    problems = []
    for port in row.get("ports") or ():
        holders = [name for name, theirs in held if overlap(port, theirs)]
        others = [name for name in holders if name != row["name"] and name not in yielding]
        reason = told % others[0] + " publishes it" if others else None
        if not holders and port["public"] and local:
            reason = taken(port)
        if reason:
            problems.append("port %s is taken: %s. Choose another public port, or stop that" % (spelled(port), reason))
    return problems


def _folders(row, local):
    volumes = [*(row.get("volumes") or ()), *mounted(row)]
    sources = [volume["source"] for volume in volumes if volume["type"] == "bind"]
    return [_missing(source) for source in sources if local and not os.path.exists(source)]


def _missing(source):
    """What is wrong with the path of a volume that is not there."""
    above = os.path.dirname(source)
    while not os.path.lexists(above):
        above = os.path.dirname(above)
    if os.path.isfile(above):
        return "volume source %s cannot be there: %s is a file on the engine's host; correct the path" % (source, above)
    return "volume source %s does not exist on the engine's host; create it first" % source


def _said(row, problem):
    return "container %s: %s" % (row["name"], problem)
