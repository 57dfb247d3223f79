# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the engine's list of containers to server rows; pure.

A server `web1` of the lab `lab` is the container `lab-web1`; what never changes about it stands in its label SPEC.
What does change (plan, tags, owner) stands in a note: a container that is never started, `lab-web1.note.3`, whose
label names the server's container. So one list call tells everything, and a note's unique name is a lock.
`lab-web1.new` is a reinstalled server on its way: it becomes `lab-web1` once the old container is gone.
`lab-web1.gone-<id>` is being removed: the engine may still be at it when the run that asked for it is no more.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone

LAB = "org.rackwright.lab"
SERVER = LAB + ".server"
SPEC = LAB + ".spec"
NOTE = LAB + ".note"  # the id of the container that the note is about
FACILITY = LAB + ".facility"
BACKBONE = LAB + ".backbone"
NEW = ".new"
GONE = ".gone-"
NOTED = ("plan", "tags", "owner")
KEPT = ("facility", "plan", "image", "user_data", "ssh_keys", "tags", "owner", "host_key")
GOING = ("removing", "dead")


def container_name(lab, server):
    """The name of a server's container."""
    return "%s-%s" % (lab, server)


def network_name(lab, facility=None):
    """The name of a facility's network, or of the backbone."""
    return "%s-backbone" % lab if facility is None else "%s-facility-%s" % (lab, facility)


def name_filter(lab):
    """A filter for the engine that lets through every container whose name starts with the lab's, ours or not."""
    return {"name": ["^/?%s-" % re.escape(lab)]}


def read(items, lab):
    """The rows of all servers of the lab, from the engine's list of containers."""
    found, notes = {}, {}
    for item in items:
        labels = item.get("Labels") or {}
        if labels.get(LAB) == lab and NOTE in labels:
            note = (generation(item), json.loads(labels[SPEC]))
            notes[labels[NOTE]] = max(note, notes.get(labels[NOTE], note), key=lambda one: one[0])
        elif own_name(item):
            found[own_name(item)] = item
    rows = [_row(name, item, found, notes, lab) for name, item in sorted(found.items())]
    return [row for row in rows if row]


def own_name(item):
    """The container's name without its slash; names that links gave it do not count."""
    return next((name[1:] for name in item.get("Names") or [] if name.count("/") == 1), "")


def generation(item):
    """The number of a note."""
    return int(own_name(item).rsplit(".", 1)[-1])


def stale_notes(items, lab):
    """The notes that no server needs: their container is gone, or a newer note is there."""
    notes, there, newest = [], set(), {}
    for item in items:
        labels = item.get("Labels") or {}
        there.add(item["Id"])
        if labels.get(LAB) == lab and NOTE in labels:
            notes.append((labels[NOTE], generation(item), item["Id"]))
            newest[labels[NOTE]] = max(generation(item), newest.get(labels[NOTE], 0))
    return [note for about, number, note in notes if about not in there or number < newest[about]]


def next_note(items, about):
    """The number that the next note about the container of this id gets."""
    numbers = [generation(item) for item in items if (item.get("Labels") or {}).get(NOTE) == about]
    return max(numbers, default=0) + 1


def used_facilities(items, lab):
    """The facilities that have servers; None stands for the backbone."""
    used = set()
    for item in items:
        labels = item.get("Labels") or {}
        if labels.get(LAB) == lab and SPEC in labels and NOTE not in labels:
            used |= {None, json.loads(labels[SPEC]).get("facility")}
    return used


def _row(container, item, found, notes, lab):
    labels = item.get("Labels") or {}
    name = container[len(lab) + 1 :]
    if labels.get(LAB) != lab or SPEC not in labels:
        whose = "the lab %s" % labels[LAB] if labels.get(LAB) not in (None, lab) else "somebody else"
        why = "the name is taken by the container %s, which belongs to %s" % (container, whose)
        return {"name": name, "_foreign": why, "_id": item["Id"], "_name": container}
    spec = json.loads(labels[SPEC])
    is_new = container.endswith(NEW)
    base = container_name(lab, labels[SERVER])
    row = {"name": labels[SERVER], "provider": "lab", "id": item["Id"], "tags": {}}
    row.update(_id=item["Id"], _name=container, _image=item["ImageID"])
    row.update({field: spec[field] for field in KEPT if spec.get(field) is not None})
    if item["Id"] in notes:
        row.update(notes[item["Id"]][1])
    row["created"] = datetime.fromtimestamp(item["Created"], timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    row["addresses"] = addresses(item, lab)
    row["state"], row["power"] = state_of(item)
    row["installed"] = not is_new and item["State"] != "created"
    why = _debris(item, spec, is_new, base in found)
    if why:
        row["_debris"] = why
    row["access"] = access(row, spec)
    return row


def _debris(item, spec, is_new, has_old):
    """Why a container is what an interrupted run left behind, or None when it is a server."""
    if item["State"] in GOING or GONE in own_name(item):
        return "its removal was cut short"
    if is_new and has_old:
        return "a reinstallation was cut short before it touched the server"
    if item["State"] == "created" and not spec.get("replaces"):
        return "its creation was cut short"
    return None


def state_of(item):
    """The state and power of a server from its container's state and health."""
    if item["State"] in ("created", "exited") or item["State"] in GOING:
        return "off", "off"
    status = item.get("Status", "")
    if "(healthy)" in status:
        return "active", "on"
    return ("failed" if "(unhealthy)" in status else "booting"), "on"


def addresses(item, lab):
    """The addresses that a container was given, whether it runs or not, the public one first."""
    found = []
    for network, endpoint in ((item.get("NetworkSettings") or {}).get("Networks") or {}).items():
        address = (endpoint.get("IPAMConfig") or {}).get("IPv4Address") or endpoint.get("IPAddress")
        if address and network.startswith(lab + "-"):
            public = network == network_name(lab)
            label = "backbone" if public else network[len(network_name(lab, "")) :]
            found.append({"address": address, "family": 4, "public": public, "network": label})
    return sorted(found, key=lambda one: (not one["public"], one["address"]))


def access(row, spec):
    """How SSH is reached: at the server's own address, or at a port of the engine's host."""
    if spec.get("port"):
        return {"host": spec["port"][0], "port": spec["port"][1], "user": "root"}
    public = [one["address"] for one in row["addresses"] if one["public"]]
    return {"host": public[0] if public else "", "port": 22, "user": "root"}
