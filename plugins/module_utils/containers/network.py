# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a network of containers is, and how a Docker Engine API spells it; pure."""

from __future__ import annotations

import ipaddress

from ..core.field import Field, unless_true
from ..core.resource import Resource
from . import forms, things

MARK, OWNER = forms.OURS["network"], forms.OURS["owner"]
# What engines add to a network's options by themselves.
ENGINES_OWN = (
    "com.docker.network.enable_ipv4",
    "com.docker.network.enable_ipv6",
    "com.docker.network.driver.overlay.vxlanid_list",
)
SUBNET = (
    Field("subnet", required=True, help="The addresses of the network, such as V(10.20.0.0/24) or V(fd00:20::/64)."),
    Field("gateway", help="The address in it by which its containers reach others; by default the first one."),
    Field("range", help="The part of it that the engine takes addresses from, by default all of it."),
)


def subnets(values):
    """Subnets in order, each with what is given of it. Raises ValueError."""
    if not values:
        raise ValueError("an empty list says nothing; leave it out, and the engine chooses a subnet")
    done = [_subnet(value) for value in values]
    nets = [ipaddress.ip_network(one["subnet"]) for one in done]
    for index, net in enumerate(nets):
        if any(net.version == other.version and net.overlaps(other) for other in nets[:index]):
            raise ValueError("%s overlaps another one of the list" % net)
    return in_order(done)


def _subnet(value):
    try:
        net = ipaddress.ip_network(value["subnet"].strip())
    except ValueError as error:
        raise ValueError("%r is not a subnet such as 10.20.0.0/24: %s" % (value["subnet"], error)) from None
    done = {"subnet": str(net)}
    for name, parse in (("gateway", ipaddress.ip_address), ("range", ipaddress.ip_network)):
        if not value.get(name):
            continue
        try:
            part = parse(value[name].strip())
        except ValueError as error:
            raise ValueError("%s %r of %s: %s" % (name, value[name], net, error)) from None
        if part.version != net.version or not (part in net if name == "gateway" else part.subnet_of(net)):
            raise ValueError("%s %s is not in the subnet %s" % (name, part, net))
        done[name] = str(part)
    return done


def in_order(values):
    """Subnets in the order in which they are compared: those of IPv4 first."""
    return sorted(values, key=lambda one: (":" in one["subnet"], one["subnet"]))


DECLARED = (
    Field("name", required=True, normal=things.named("network"), help="The network's name."),
    Field(
        "driver",
        mutable="replace",
        help=(
            "V(bridge), V(macvlan), V(ipvlan), V(overlay) or a plugin's name; by default V(bridge).",
            "V(overlay) needs an engine that is a manager of a swarm.",
        ),
    ),
    Field(
        "subnets",
        type="list",
        elements="dict",
        options=SUBNET,
        normal=subnets,
        mutable="replace",
        help="Its subnets, of IPv4 and IPv6. By default the engine chooses one of IPv4.",
    ),
    Field(
        "internal", type="bool", mutable="replace", help="Its containers reach each other, and nothing outside of it."
    ),
    Field(
        "ipv6",
        type="bool",
        mutable="replace",
        help="Give addresses of IPv6, too. A subnet of IPv6 in O(networks[].subnets) says so as well.",
    ),
    Field("attachable", type="bool", mutable="replace", help="Of an overlay: let in containers beside services."),
    Field(
        "options",
        type="dict",
        normal=forms.texts,
        mutable="replace",
        help="Options of the driver, such as V(parent) of macvlan or V(com.docker.network.driver.mtu).",
    ),
    Field("labels", type="dict", normal=forms.labels, mutable="replace", help="Labels of your own."),
)
REPORTED = (
    Field("owner", given=False, mutable="replace", help="Who it belongs to."),
    Field("settled", type="bool", given=False, mask=unless_true, help="False while an interrupted replacement waits."),
    Field("containers", type="list", given=False, compare="ignore", help="The containers that are in it."),
    Field("scope", given=False, compare="ignore", help="V(local), or V(swarm) of an overlay."),
    Field("id", given=False, compare="ignore", help="The engine's own name for it."),
    Field("created", given=False, compare="ignore", help="When it was made (ISO 8601, UTC)."),
)
IN_DIFFS = {field.name for field in DECLARED} | {"owner", "settled"}


def as_text(row):
    """A network for a diff: what is set, one line each."""
    shown = NETWORK.shown(row)
    lines = ["%s: %s" % (name, shown[name]) for name in shown if name in IN_DIFFS and shown[name] not in ("", [], {})]
    return "".join(line + "\n" for line in lines)


def check(rows):
    """Relations within and between networks, as a list of problems."""
    problems, seen = [], []
    for row in rows:
        label, mine = "network %s" % row["name"], row.get("subnets") or ()
        if row.get("ipv6") is False and any(":" in one["subnet"] for one in mine):
            problems.append("%s: it has a subnet of IPv6 and ipv6 is false; leave out one" % label)
        problems += ["%s: %s" % (label, text) for text in overlaps(row, seen)]
        seen.append(row)
    return problems


def overlaps(row, others):
    """What is wrong with the subnets of a row beside those of other networks, as a list of texts."""
    problems = []
    for one in row.get("subnets") or ():
        net = ipaddress.ip_network(one["subnet"])
        for other in others:
            theirs = [ipaddress.ip_network(there["subnet"]) for there in other.get("subnets") or ()]
            found = [there for there in theirs if there.version == net.version and there.overlaps(net)]
            if found:
                text = "subnet %s overlaps %s of network %s; choose another one"
                problems.append(text % (net, found[0], other["name"]))
    return problems


NETWORK = Resource("network", "networks", fields=DECLARED + REPORTED, check=check, text=as_text)

MANAGE = things.options(
    NETWORK, "The networks. What is left out is not managed; what differs takes a new network.", "auto"
)
READ = things.reading(NETWORK)


def fit(rows, current, _recreate=None):
    """The declared rows in the light of what is there: what a subnet leaves open stays as it is."""
    there = {row["name"]: row for row in current}
    return [_fitted(row, there.get(row["name"], {})) for row in rows]


def _fitted(want, have):
    want, before = dict(want, settled=True), have.get("subnets") or []
    if want.get("subnets"):
        known = {one["subnet"]: one for one in before}
        want["subnets"] = [dict(known.get(one["subnet"], {}), **one) for one in want["subnets"]]
        if any(":" in one["subnet"] for one in want["subnets"]):
            want["ipv6"] = True
    elif want.get("ipv6") is False and have.get("ipv6"):
        want["subnets"] = [one for one in before if ":" not in one["subnet"]]
    return want


def seen(answer):
    """A network as the engine tells it, as a row."""
    labels = answer.get("Labels") or {}
    row = {
        "name": answer["Name"],
        "driver": answer.get("Driver"),
        "subnets": in_order(_subnets_of(answer)),
        "internal": bool(answer.get("Internal")),
        "ipv6": bool(answer.get("EnableIPv6")),
        "attachable": bool(answer.get("Attachable")),
        "options": {k: v for k, v in (answer.get("Options") or {}).items() if k not in ENGINES_OWN},
        "labels": forms.others(labels),
        "owner": labels.get(OWNER),
        "settled": True,
        "scope": answer.get("Scope"),
        "id": answer["Id"][:12],
        "created": answer["Created"].partition(".")[0].rstrip("Z") + "Z" if answer.get("Created") else None,
        "_id": answer["Id"],
        "_answer": answer,
    }
    if MARK not in labels:
        row["_foreign"] = "it is a network that Rackwright did not make (id %s)" % row["id"]
    return row


def _subnets_of(answer):
    for config in (answer.get("IPAM") or {}).get("Config") or ():
        if not config.get("Subnet"):
            continue
        one = {"subnet": _net(config["Subnet"])}
        if config.get("Gateway"):
            one["gateway"] = str(ipaddress.ip_interface(config["Gateway"]).ip)
        if config.get("IPRange"):
            one["range"] = _net(config["IPRange"])
        yield one


def _net(text):
    return str(ipaddress.ip_network(text, strict=False))


def body(row, before=None):
    """A row as what the engine takes to make a network. before: the engine's answer about the one it replaces."""
    ipam = (before or {}).get("IPAM") or {}
    words = (("subnet", "Subnet"), ("gateway", "Gateway"), ("range", "IPRange"))
    config = [{word: one[name] for name, word in words if one.get(name)} for one in row.get("subnets") or ()]
    labels = dict(row.get("labels") or {}, **{MARK: row["name"]})
    if row.get("owner"):
        labels[OWNER] = row["owner"]
    return {
        "Name": row["name"],
        "CheckDuplicate": True,
        "Driver": row.get("driver") or "bridge",
        "Internal": bool(row.get("internal")),
        "EnableIPv6": bool(row.get("ipv6")),
        "Attachable": bool(row.get("attachable")),
        "Options": row.get("options") or {},
        "Labels": labels,
        "IPAM": {"Driver": ipam.get("Driver") or "default", "Options": ipam.get("Options"), "Config": config},
    }


def again(answer):
    """What the engine takes to make a network as it was."""
    same = ("Driver", "Internal", "EnableIPv6", "Attachable", "Options", "Labels", "IPAM")
    return dict({word: answer.get(word) for word in same}, Name=answer["Name"], CheckDuplicate=True)


def endpoint(answer, name, ident):
    """How an inspected container is in a network, as it may be connected again; None where it is not."""
    nets = (answer.get("NetworkSettings") or {}).get("Networks") or {}
    end = nets.get(name) or nets.get(ident)
    if end is None:
        return None
    aliases = [alias for alias in end.get("Aliases") or () if not answer["Id"].startswith(alias)]
    kept = {word: end[word] for word in ("IPAMConfig", "Links", "DriverOpts") if end.get(word)}
    return dict(kept, Aliases=aliases)


def fixed(end):
    """The addresses that an endpoint insists on."""
    config = end.get("IPAMConfig") or {}
    return [config[word] for word in ("IPv4Address", "IPv6Address") if config.get(word)]


def outside(addresses, row):
    """Those of `addresses` that none of the row's subnets holds."""
    nets = [ipaddress.ip_network(one["subnet"]) for one in row.get("subnets") or ()]
    return [one for one in addresses if not any(ipaddress.ip_address(one) in net for net in nets)]
