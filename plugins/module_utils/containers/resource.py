# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container is, whichever engine runs it; pure."""

from __future__ import annotations

import json

from ..core.errors import Refused
from ..core.field import Field
from ..core.options import LIMITS, OWNER, PRUNE, TIMEOUT, owner_of_prune, recreate, refuse_both
from ..core.resource import Resource
from . import forms
from .fields import DECLARED, EMPTY, OF_POD, REPORTED, STATE, STRATEGY
from .forms import RESOLVER
from .ports import clashes, overlap, settled, spelled

BY_NAME = ("env", "labels", "log_options")  # of which the names are remembered, and no values
IN_DIFFS = {field.name for field in DECLARED} | {"owner", "image_id", "settled"}


def as_text(row):
    """A container for a diff: what is set, one line each; variables and labels one line each too."""
    shown, lines = CONTAINER.shown(row), []
    for name, value in shown.items():
        if name not in IN_DIFFS or value == EMPTY.get(name, ""):
            continue
        if isinstance(value, dict):
            lines += ["%s.%s: %s" % (name, key, _plain(one)) for key, one in sorted(value.items())]
        else:
            lines.append("%s: %s" % (name, _plain(value)))
    return "".join(line + "\n" for line in lines)


def check(rows):
    """Relations within and between containers, as a list of problems."""
    problems = []
    for row in rows:
        label, mode = "container %s" % row["name"], row.get("network_mode")
        if row.get("networks") and mode:
            problems.append("%s: networks and network_mode exclude each other; keep one" % label)
        if row.get("run_once") and row.get("restart") in ("always", "unless-stopped"):
            problems.append("%s: run_once and restart %s exclude each other" % (label, row["restart"]))
        if row.get("run_once") and row.get("unit"):
            problems.append("%s: run_once and unit exclude each other" % label)
        if row.get("run_once") and row.get("state") == "stopped":
            problems.append("%s: run_once and state stopped exclude each other" % label)
        problems += _of_pod(row) + _of_resolver(row)
        if row.get("ports") and mode in ("host", "none"):
            problems.append("%s: ports cannot be published with network_mode %s; leave out one" % (label, mode))
        problems += ["%s: publishes %s more than once" % (label, port) for port in clashes(row.get("ports") or [])]
    held = [(row["name"], port) for row in rows if row.get("state") != "stopped" for port in row.get("ports") or ()]
    for index, (name, port) in enumerate(held):
        others = [other for other, theirs in held[:index] if other != name and overlap(port, theirs)]
        if others:
            problems.append("container %s: container %s publishes %s, too" % (name, others[0], spelled(port)))
    return problems


def _of_pod(row):
    """What a container in a pod cannot have itself, as a list of problems."""
    text = "container %s: it is in pod %s, so that %s is that one's; declare it there with container_pod"
    own = [name for name in OF_POD if row.get("pod") and row.get(name) not in (None, EMPTY[name])]
    return [text % (row["name"], row["pod"], name) for name in own]


def _of_resolver(row):
    """What cannot be declared beside a resolv.conf that the engine does not write, as a list of problems."""
    if row.get("dns_mode") in (None, EMPTY["dns_mode"]):
        return []
    others = [name for name in ("dns_servers", "dns_search", "dns_options") if row.get(name)]
    others += ["a volume at %s" % RESOLVER for volume in row.get("volumes") or () if volume["target"] == RESOLVER]
    text = "container %s: dns_mode %s and %s exclude each other; keep one"
    return [text % (row["name"], row["dns_mode"], other) for other in others]


CONTAINER = Resource("container", "containers", fields=DECLARED + REPORTED, check=check, text=as_text)

CONTAINERS = Field(
    "containers",
    type="list",
    elements="dict",
    required=True,
    options=DECLARED,
    help=(
        "The containers. What is left out is not managed, unless an earlier task set it:",
        "a row with an O(containers[].image) is the whole of what you want, and takes back what it no longer names.",
    ),
)
PULL = Field(
    "pull",
    choices=("missing", "always", "never"),
    default="missing",
    help=(
        "When to pull images from their registry: the V(missing) ones, or V(always) what differs from there.",
        "In a closed network bring them with M(rackwright.platform.container_image) and say V(never).",
    ),
)
WAIT = Field(
    "wait",
    type="bool",
    default=True,
    help="Wait until what is started runs, and is healthy where there is a health check.",
)
TASK_STATE = Field(**dict(vars(STATE), default="started", help="The state of every container that names none itself."))
MANAGE = (CONTAINERS, TASK_STATE, OWNER, PRUNE, recreate("auto"), STRATEGY, PULL, WAIT, TIMEOUT, LIMITS)

READ = (
    Field("names", type="list", elements="str", help="Only the containers of these names, whoever has made them."),
    Field("owner", help="Only the containers of this owner."),
)


def declared(params):
    """The canonical rows, and the names that must not be there, from the options of `container`. Raises Refused."""
    owner_of_prune(params)
    try:
        forms.batch((params.get("strategy") or {}).get("batch", "1"))
    except ValueError as error:
        raise Refused("strategy: %s" % error) from None
    rows, gone = [], []
    for given in params["containers"]:
        row = dict(given, state=given.get("state") or params["state"])
        if row["state"] == "absent":
            gone.append(row["name"])
            continue
        row.update(owner=params.get("owner"), settled=True, env=_environment(row), env_files=None)
        if row["state"] == "present":
            row["state"] = None
        rows.append(row)
    refuse_both(CONTAINER, rows, gone)
    return [_routed(row) for row in CONTAINER.normalise(rows)], gone


def _environment(row):
    """The row's variables, those of its files first. Raises Refused."""
    if not row.get("env_files"):
        return row.get("env")
    done = {}
    try:
        for path in row["env_files"]:
            done.update(forms.env_file(path))
    except ValueError as error:
        raise Refused("container %s: env_files: %s" % (row["name"], error)) from None
    return dict(done, **(row.get("env") or {}))


def _routed(row):
    """A row's network mode follows from its networks; "" stands for networks by name."""
    if row.get("networks") is not None and not row.get("network_mode"):
        row["network_mode"] = "" if row["networks"] else "bridge"
    return row


def fit(rows, current):
    """The declared rows in the light of what is there. Raises Refused for what cannot be made as declared.

    A whole row (one with an image) takes back what was declared earlier and is so no longer.
    """
    there = {row["name"]: row for row in current if not row.get("_debris")}
    bare = [row["name"] for row in rows if row["name"] not in there and not row.get("image")]
    for row in rows:
        have = there.get(row["name"])
        if have and row.get("run_once") and ended_well(have):
            have["state"] = "started"  # it has done what it was started for
        if have and row.get("state") is None and have.get("_unbegun") and not have["pod"]:  # else the pod starts it
            row["state"] = "started"  # whoever made it was interrupted
    if bare:
        raise Refused(["container %s: it is not there, and to make it image must be given" % name for name in bare])
    fitted = [_fitted(row, there.get(row["name"], {})) for row in rows]
    problems = [_of_pod(CONTAINER.merged(there.get(row["name"], {}), row)) for row in fitted]
    if any(problems):
        raise Refused(sum(problems, []))
    return fitted


def _fitted(want, have):
    want = dict(want)
    for name in have.get("_spec") or () if want.get("image") else ():
        if name in EMPTY and want.get(name) is None:
            want[name] = EMPTY[name]
    lifted = [name for name in ("cpus", "memory") if want.get(name) == EMPTY[name] != have.get(name, EMPTY[name])]
    if lifted:
        want["limits_lifted"] = lifted
    return _routed(want)


def unsettled(row):
    """Whether a port of the row has no number yet, or a name by which the program is to be told of it."""
    return any("name" in port or not settled(port) for port in row.get("ports") or ())


def ended_well(row):
    """Whether a container has run to its end without an error."""
    return row["status"] == "exited" and row["exit_code"] == 0


def restless(row, want):
    """Whether a container that should run may still have to come to it."""
    if want.get("run_once") and ended_well(row):
        return False
    return row["status"] != "running" or row["health"] not in (None, "healthy")


def spec(want, earlier=None):
    """What to remember of a declaration, so that a later one can take it back; variables and the like by name only."""
    done = dict(earlier or {})
    if want.get("image"):
        done.pop("_image", None)
    for name, nothing in EMPTY.items():
        value = want.get(name)
        if value is None:
            continue
        done.pop(name, None)
        if value != nothing and value != "":
            done[name] = sorted(value) if name in BY_NAME else value
    return done


def _plain(value):
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
