# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which containers hold pods together and which are in them; what tasks about containers need to know of pods; pure."""

from __future__ import annotations

from . import wire
from .forms import OURS

MARK = OURS["pod"]
# What can be shared, and where an engine says of a container whose it has.
MODES = {"ipc": "IpcMode", "net": "NetworkMode", "pid": "PidMode", "uts": "UTSMode"}


def holds(item):
    """The name of the pod whose namespaces a container of the engine's list holds, None for any other container."""
    labels = item.get("Labels") or {}
    if item.get("IsInfra"):
        return item["PodName"]
    return labels[MARK] if MARK in labels and "PodName" not in item else None


def found(items):
    """The pods in the engine's list of containers, {name: id and addresses of what holds it, and what is shared}."""
    done = {}
    for item in filter(holds, items):
        shared = wire.remembered(item.get("Labels") or {}).get("share") or []
        done[holds(item)] = {"id": item["Id"], "share": shared, "addresses": wire.listed(item)["addresses"]}
    return done


def pod_of(item, pods):
    """The name of the pod that a container of the engine's list is in, "" for none. Engines that know pods tell it."""
    if "PodName" in item:
        return item["PodName"] or ""
    kind, _colon, ident = (item.get("HostConfig") or {}).get("NetworkMode", "").partition(":")
    if kind == "container":
        return next((name for name, pod in pods.items() if pod["id"] == ident), "")
    kept = wire.remembered(item.get("Labels") or {}).get("pod", "")
    return kept if "net" not in pods.get(kept, {"share": ["net"]})["share"] else ""


def is_in(answer, pod):
    """Whether an inspected container has all that its pod shares."""
    host = answer["HostConfig"]
    return all(host.get(MODES[name]) == "container:" + pod["id"] for name in pod["share"])


def into(config, name, pod):
    """The body that makes a container, in a pod. Of engines that know pods the name alone counts."""
    host = dict(config["HostConfig"], **{MODES[one]: "container:" + pod["id"] for one in pod["share"]})
    return dict(config, HostConfig=host, Pod=name)
