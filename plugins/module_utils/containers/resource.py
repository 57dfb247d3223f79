# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container is, whichever engine runs it; pure."""

from __future__ import annotations

import json

from ..core.errors import Refused
from ..core.field import Field, unless_true
from ..core.options import LIMITS, OWNER, PRUNE, TIMEOUT, owner_of_prune, recreate
from ..core.resource import Resource
from . import forms
from .ports import clashes, overlap, settled, spelled

STATES = ("started", "stopped", "present", "absent")
PORT = (
    Field(
        "private",
        required=True,
        help=(
            "The port inside of the container; V(auto) is the same number as outside, for programs that tell others "
            "where they are.",
        ),
    ),
    Field(
        "public",
        help=(
            "The port on the host: a number, V(auto) for a free one, or a range such as V(8000-8099) for a free one "
            "of it. What was found stays with the container. Without one the engine chooses at each start.",
        ),
    ),
    Field(
        "address", help="The host's address that it is bound to, V(127.0.0.1) by default; V(0.0.0.0) is all of them."
    ),
    Field("protocol", choices=("tcp", "udp", "sctp"), help="V(tcp) by default."),
    Field(
        "name",
        help=(
            "The program is told of the port by this name: V(http) makes E(PORT_HTTP), the number inside, "
            "and E(ADVERTISE_HTTP), address and port outside.",
        ),
    ),
)
VOLUME = (
    Field("target", required=True, help="The absolute path in the container."),
    Field("source", help="A volume's name, or with a slash a path on the engine's host. A tmpfs has none."),
    Field(
        "type", choices=("bind", "volume", "tmpfs"), help="By default what O(containers[].volumes[].source) looks like."
    ),
    Field("read_only", type="bool", help="Mount it read-only."),
    Field("size", help="The most that a tmpfs holds, such as V(64M)."),
)
NETWORK = (
    Field("name", required=True, help="A network that exists."),
    Field("address", help="A fixed address in it."),
    Field("aliases", type="list", elements="str", help="Further names of the container in it."),
)
HEALTH = (
    Field(
        "test",
        type="raw",
        help=(
            "The command: a list of words, or a text for the container's shell. V([NONE]) is no check at all.",
            "A leading C(CMD) or C(CMD-SHELL) is understood as engines do.",
        ),
    ),
    Field("interval", type="float", help="Seconds between two checks."),
    Field("timeout", type="float", help="Seconds that one check may take."),
    Field("start_period", type="float", help="Seconds in which failures do not count."),
    Field("retries", type="int", help="Failures in a row that make it unhealthy."),
)
NAMED = Field("name", required=True, normal=forms.name, help="The container's name.")
STATE = Field(
    "state",
    choices=STATES,
    help=(
        "V(started) and V(stopped) also make it when it is not there.",
        "V(present) starts a new one and leaves the others running or stopped. V(absent) stops and removes it.",
    ),
)
ALTERABLE = (  # what an engine changes in a container as it runs
    Field(
        "networks",
        type="list",
        elements="dict",
        options=NETWORK,
        normal=forms.networks,
        compare="set",
        help="The networks it is in; the first is the one it starts with. V([]) is the engine's default network.",
    ),
    Field(
        "restart",
        normal=forms.restart,
        help="When the engine starts it again: V(no), V(always), V(unless-stopped), V(on-failure) or V(on-failure:N).",
    ),
    Field(
        "cpus",
        type="float",
        normal=forms.cpus,
        help="The processors' time it may use, such as V(1.5). V(0) is no limit.",
    ),
    Field("memory", normal=forms.memory, help="The memory it may use, such as V(512M). V(0) is no limit."),
    Field("pids_limit", type="int", normal=forms.count, help="The processes it may have. V(0) is no limit."),
)
FIXED = (
    Field(
        "command",
        type="raw",
        normal=forms.words,
        help="What it runs: a list of words, or a text to be split as a shell would.",
    ),
    Field(
        "entrypoint", type="raw", normal=forms.words, help="The program in front of O(containers[].command), likewise."
    ),
    Field(
        "env",
        type="dict",
        normal=forms.environment,
        mask=forms.masked,
        help="Environment variables. Values are masked where the name looks secret, as in C(DB_PASSWORD).",
    ),
    Field(
        "ports", type="list", elements="dict", options=PORT, normal=forms.ports, help="The ports published on the host."
    ),
    Field("volumes", type="list", elements="dict", options=VOLUME, normal=forms.volumes, help="What is mounted in it."),
    Field(
        "network_mode",
        choices=("bridge", "host", "none"),
        help="V(bridge), the engine's default network, V(host) or V(none). Not together with O(containers[].networks).",
    ),
    Field("labels", type="dict", normal=forms.labels, help="Labels of your own."),
    Field(
        "healthcheck",
        type="dict",
        options=HEALTH,
        normal=forms.health,
        help="How to tell whether it is healthy. What is left out is as the image has it, else as the engine does.",
    ),
    Field("user", help="Who it runs as: a name or number, with V(:group) where wanted."),
    Field("working_dir", help="The folder it starts in."),
    Field("hostname", help="Its host name."),
    Field(
        "cap_add", type="list", elements="str", normal=forms.capabilities, help="Kernel capabilities to add, or V(ALL)."
    ),
    Field(
        "cap_drop",
        type="list",
        elements="str",
        normal=forms.capabilities,
        help="Kernel capabilities to drop, or V(ALL).",
    ),
    Field("privileged", type="bool", help="Give it the host's devices and all capabilities."),
    Field("read_only", type="bool", help="Mount its own file system read-only."),
    Field("init", type="bool", help="Run a small init that reaps processes and passes signals on."),
    Field("stop_signal", normal=forms.signal, help="The signal that asks it to end."),
    Field(
        "stop_timeout",
        type="int",
        normal=forms.count,
        help="Seconds until it is killed when it does not end; 10 by default. V(0) kills it at once.",
    ),
)
IMAGE_NAME = Field(
    "image",
    normal=forms.reference,
    compare="ignore",
    help=(
        "The image, by name or id. What is compared is the image's id: a tag that has moved means a new container.",
        "Needed to make a container. A row without it changes only what it names.",
    ),
)
DECLARED = (
    NAMED,
    IMAGE_NAME,
    STATE,
    *ALTERABLE,
    *(Field(**dict(vars(field), mutable="replace")) for field in FIXED),
)
REPORTED = (
    Field("owner", given=False, mutable="replace", help="Who it belongs to."),
    Field("image_id", given=False, mutable="replace", mask=lambda value: value[:19], help="The image's id, shortened."),
    Field("settled", type="bool", given=False, mask=unless_true, help="False while an interrupted replacement waits."),
    Field(
        "limits_lifted",
        type="list",
        given=False,
        mutable="replace",
        help="Limits that only a new container can be without.",
    ),
    Field("id", given=False, compare="ignore", help="The engine's own name for it."),
    Field("status", given=False, compare="ignore", help="What the engine says, such as V(running) or V(exited)."),
    Field("exit_code", type="int", given=False, compare="ignore", help="The exit status of one that has ended."),
    Field(
        "health", given=False, compare="ignore", help="V(starting), V(healthy) or V(unhealthy), with a health check."
    ),
    Field("published", type="list", given=False, compare="ignore", help="The ports as they are published now."),
    Field("addresses", type="dict", given=False, compare="ignore", help="Its address by network."),
    Field("created", given=False, compare="ignore", help="When it was made (ISO 8601, UTC)."),
)
# What a field holds when nobody has set it.
EMPTY = {
    "networks": [],
    "restart": "no",
    "cpus": 0.0,
    "memory": "0",
    "pids_limit": 0,
    "command": [],
    "entrypoint": [],
    "env": {},
    "ports": [],
    "volumes": [],
    "network_mode": "bridge",
    "labels": {},
    "healthcheck": {},
    "user": "",
    "working_dir": "",
    "hostname": "",
    "cap_add": [],
    "cap_drop": [],
    "privileged": False,
    "read_only": False,
    "init": False,
    "stop_signal": "",
    "stop_timeout": 10,
}
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
        if row.get("ports") and mode in ("host", "none"):
            problems.append("%s: ports cannot be published with network_mode %s; leave out one" % (label, mode))
        problems += ["%s: publishes %s more than once" % (label, port) for port in clashes(row.get("ports") or [])]
    held = [(row["name"], port) for row in rows if row.get("state") != "stopped" for port in row.get("ports") or ()]
    for index, (name, port) in enumerate(held):
        others = [other for other, theirs in held[:index] if other != name and overlap(port, theirs)]
        if others:
            problems.append("container %s: container %s publishes %s, too" % (name, others[0], spelled(port)))
    return problems


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
MANAGE = (CONTAINERS, TASK_STATE, OWNER, PRUNE, recreate("auto"), PULL, WAIT, TIMEOUT, LIMITS)

READ = (
    Field("names", type="list", elements="str", help="Only the containers of these names, whoever has made them."),
    Field("owner", help="Only the containers of this owner."),
)


def declared(params):
    """The canonical rows, and the names that must not be there, from the options of `container`. Raises Refused."""
    owner_of_prune(params)
    rows, gone = [], []
    for given in params["containers"]:
        row = dict(given, state=given.get("state") or params["state"])
        if row["state"] == "absent":
            gone.append(row["name"])
            continue
        row.update(owner=params.get("owner"), settled=True)
        if row["state"] == "present":
            row["state"] = None
        rows.append(row)
    twice = sorted({row["name"] for row in rows} & set(gone))
    if twice:
        raise Refused(["container %s: declared both as there and as absent; keep one" % name for name in twice])
    return [_routed(row) for row in CONTAINER.normalise(rows)], gone


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
    if bare:
        raise Refused(["container %s: it is not there, and to make it image must be given" % name for name in bare])
    return [_fitted(row, there.get(row["name"], {})) for row in rows]


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


def restless(row):
    """Whether a container that should run may still have to come to it."""
    return row["status"] != "running" or row["health"] not in (None, "healthy")


def spec(want, earlier=None):
    """What to remember of a declaration, so that a later one can take it back; variables and labels by name only."""
    done = dict(earlier or {})
    for name, nothing in EMPTY.items():
        value = want.get(name)
        if value is None:
            continue
        done.pop(name, None)
        if value != nothing and value != "":
            done[name] = sorted(value) if name in ("env", "labels") else value
    return done


def _plain(value):
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
