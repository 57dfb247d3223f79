# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a pod of containers is: namespaces that one small container holds, and others are in; pure."""

from __future__ import annotations

import json

from ..core.field import Field, unless_true
from ..core.resource import Resource
from . import fields, forms, things, wire
from .member import MARK, MODES, holds
from .ports import clashes, overlap, spelled
from .resource import spec

OWNER = forms.OURS["owner"]


def share(values):
    """Namespaces, each once, in order."""
    if not values:
        raise ValueError("a pod shares something; leave it out, and it is what the engine can")
    return sorted(set(values))


def ports(values):
    """Published ports, each with a number: they are bound as long as the pod is there."""
    done = forms.ports(values)
    for port in done:
        if not isinstance(port["public"], int) or not port["public"] or not isinstance(port["private"], int):
            raise ValueError("the ports of a pod are numbers, both public and private; %s is none" % port["public"])
    return done


def _inside(field):
    """A container's field as one of a pod."""
    more = {"ports": {"normal": ports, "options": tuple(one for one in field.options if one.name != "name")}}
    return Field(**dict(vars(field), mutable="replace", **more.get(field.name, {})))


OF_CONTAINERS = {field.name: field for field in (*fields.ALTERABLE, *fields.FIXED)}
STATE = Field(
    "state",
    choices=fields.STATES,
    help=(
        "V(started) starts a pod that does not run with all that is in it, V(stopped) stops it likewise.",
        "V(present) starts a new one and leaves the others as they are. V(absent) removes it, once nothing is in it.",
    ),
)
DECLARED = (
    Field("name", required=True, normal=things.named("pod"), help="The pod's name; no container may have it, too."),
    STATE,
    Field(
        "share",
        type="list",
        elements="str",
        choices=tuple(MODES),
        normal=share,
        compare="set",
        mutable="replace",
        help=(
            "What its containers have in common: the network (V(net)), shared memory (V(ipc)), processes (V(pid)), the",
            "host name (V(uts)). By default V(net), V(ipc), and V(uts) where the engine can; of O(provider=rkt) all.",
        ),
    ),
    Field(
        "image",
        normal=forms.reference,
        mutable="replace",
        help=(
            "The image of the small container that holds what is shared. It must be on the engine already.",
            "O(provider=docker) needs one, O(provider=podman) and O(provider=rkt) have their own.",
        ),
    ),
    Field(
        "command",
        type="raw",
        normal=forms.words,
        mutable="replace",
        help="What that container runs, in place of what its image says; it must not end.",
    ),
    *(_inside(OF_CONTAINERS[name]) for name in fields.OF_POD if name != "network_mode"),
    _inside(OF_CONTAINERS["labels"]),
)
REPORTED = (
    Field("owner", given=False, mutable="replace", help="Who it belongs to."),
    Field("settled", type="bool", given=False, mask=unless_true, help="False while an interrupted replacement waits."),
    Field("containers", type="list", given=False, compare="ignore", help="The containers that are in it."),
    Field("addresses", type="dict", given=False, compare="ignore", help="Its address by network."),
    Field("id", given=False, compare="ignore", help="The engine's own name for it."),
    Field("created", given=False, compare="ignore", help="When it was made (ISO 8601, UTC)."),
)
IN_DIFFS = {field.name for field in DECLARED} | {"owner", "settled"}


def as_text(row):
    """A pod for a diff: what is set, one line each."""
    shown = POD.shown(row)
    lines = ["%s: %s" % (name, shown[name]) for name in shown if name in IN_DIFFS]
    return "".join(line + "\n" for line in lines if not line.endswith((": ", ": []", ": {}", "shm_size: 0")))


def check(rows):
    """Relations within and between pods, as a list of problems."""
    problems, held = [], []
    for row in rows:
        label, mine = "pod %s" % row["name"], row.get("ports") or []
        problems += ["%s: publishes %s more than once" % (label, port) for port in clashes(mine)]
        if row.get("share") and "net" not in row["share"]:
            beside = ("ports", "networks", "dns_servers", "dns_search", "dns_options", "hosts")
            alone = [name for name in beside if row.get(name)]
            problems += [
                "%s: %s is of the network, which it does not share; share net, too" % (label, n) for n in alone
            ]
        for name, port in held if row.get("state") != "stopped" else ():
            if any(overlap(port, one) for one in mine):
                problems.append("%s: pod %s publishes %s, too" % (label, name, spelled(port)))
        held += [(row["name"], port) for port in mine if row.get("state") != "stopped"]
    return problems


POD = Resource("pod", "pods", fields=DECLARED + REPORTED, check=check, text=as_text)

MANAGE = things.options(
    POD,
    "The pods. What is left out is not managed; what differs, but for the state, takes a new pod.",
    "auto",
    STATE,
    "started",
)
READ = things.reading(POD)


def fit(rows, _current, _recreate=None):
    """The declared rows, each to be whole."""
    return [dict(row, settled=True) for row in rows]


def seen(item, answer, members):
    """A pod as a row: an item of the engine's list, inspected, with the names of the containers in it."""
    name, base, labels = holds(item), wire.seen(answer), item.get("Labels") or {}
    kept = base["_spec"]
    row = {field.name: base[field.name] for field in POD.fields if field.name in base}
    row.update(
        name=name,
        share=kept.get("share"),
        image=kept.get("image") if MARK in labels else base["image"],
        command=kept.get("command") or [],
        containers=members,
        id=(item.get("Pod") or item["Id"])[:12],
        _id=item["Id"],
        _spec=kept,
    )
    if MARK not in labels:
        row["_foreign"] = "it is a pod that Rackwright did not make (id %s)" % row["id"]
    return row


def labels_of(row):
    """Our labels of a pod: whose it is, and what was declared."""
    memory = dict(spec(row), **{name: row[name] for name in ("share", "image") if row.get(name)})
    done = {MARK: row["name"], wire.SPEC: json.dumps(memory, sort_keys=True, separators=(",", ":"))}
    if row.get("owner"):
        done[OWNER] = row["owner"]
    return done


def body(row):
    """A row as what a Docker engine takes to make the container that holds the pod's namespaces."""
    kept = dict(row, restart="unless-stopped", stop_signal="SIGKILL", hostname=row.get("hostname") or row["name"])
    done = wire.body(dict(kept, init="pid" in row["share"]), labels_of(row))
    host = dict(done["HostConfig"], IpcMode="shareable" if "ipc" in row["share"] else "private")
    if "net" not in row["share"]:
        host["NetworkMode"] = "none"
    return dict(done, HostConfig=host)
