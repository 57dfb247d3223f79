# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose the containers of an engine's list are, and what those stand for that a replacement has left; pure."""

from __future__ import annotations

from . import wire
from .member import found, holds, pod_of

NEW, OLD = ".rackwright-new", ".rackwright-old"  # the two ends of a replacement that is under way
LEFT = "left behind by an interrupted replacement"


def told_apart(items, pods=None):
    """The engine's list as rows: ours under the name they stand for, leftovers and other people's marked. pods: those
    in the list, where they are known already."""
    pods = found(items) if pods is None else pods
    rows = [(wire.listed(item), (item.get("Labels") or {}).get(wire.CONTAINER), item) for item in items]
    ours = {row["name"]: row for row, thing, _item in rows if thing}
    for row, thing, item in rows:
        row["_actual"], row["pod"] = row["name"], pod_of(item, pods)
        if "net" in pods.get(row["pod"], {"share": ()})["share"]:
            row["addresses"] = pods[row["pod"]]["addresses"]
        if holds(item):
            row["_foreign"] = "it is what holds pod %s together, and of container_pod" % holds(item)
        elif thing is None:
            row["_foreign"] = "it is a container that Rackwright did not make (id %s, image %s)" % (
                row["id"],
                row["image"],
            )
        elif row["name"] == thing + NEW:
            row.update(name=thing, settled=False)
            if thing in ours or thing + OLD in ours:
                row["_debris"] = LEFT  # else the old one is gone already
        elif row["name"] == thing + OLD:
            heir = ours.get(thing)
            row.update(name=thing, settled=False)
            if heir is not None and heir["status"] != "created":
                row["_debris"] = LEFT
        elif row["status"] == "created" and thing + OLD in ours:
            row["_debris"] = LEFT  # it never ran: the old one is still the thing itself
        yield row
