# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ironic's nodes as machines and as servers; pure."""

from __future__ import annotations

import uuid

from ..resource import digest
from ..seeds import keys_digest

SPACE = uuid.UUID("0b0f3a4e-2f57-5a3c-8f0a-5d1f8b7e9a21")
MACHINE, SERVER = "rackwright_machine", "rackwright_server"  # the places in `extra` for our notes
PREFIXES = {"redfish": "redfish_", "idrac": "redfish_", "ipmi": "ipmi_", "ilo": "ilo_", "ilo5": "ilo_", "irmc": "irmc_"}
WORDS = {  # driver_info's words behind the prefix, where they differ from ours
    "redfish_": {"system": "system_id", "verify": "verify_ca"},
    "ilo_": {"verify": "verify_ca"},
}
STATES = {
    "active": "active",
    "deploying": "provisioning",
    "wait call-back": "provisioning",
    "deploy hold": "provisioning",
    "deploy failed": "failed",
    "error": "failed",
    "rescue": "rescue",
    "rescuing": "booting",
    "rescue wait": "booting",
    "unrescuing": "booting",
    "rescue failed": "failed",
    "unrescue failed": "failed",
    "deleting": "deleting",
    "cleaning": "deleting",
    "clean wait": "deleting",
    "available": "provisioning",
}
POWER = {"power on": "on", "power off": "off"}


def instance(realm, name):
    """The id that claims a node for the server of this name: Ironic has it on one node at a time."""
    return str(uuid.uuid5(SPACE, "%s/%s" % (realm, name)))


def noted(row):
    """What is noted about a server on its node."""
    note = {name: row[name] for name in ("name", "owner", "tags", "image") if row.get(name)}
    if row.get("_user_data"):
        note["user_data"] = digest(row["_user_data"])
    elif row.get("user_data"):
        note["user_data"] = row["user_data"]
    if row.get("ssh_keys"):
        note["keys"] = keys_digest(row["ssh_keys"])
    return note


def server(node, realm):
    """A node as a server; None for one that carries none."""
    if not node.get("instance_uuid"):
        return None
    note = (node.get("extra") or {}).get(SERVER) or {}
    name = note.get("name") or (node.get("instance_info") or {}).get("display_name") or node.get("name") or node["uuid"]
    ours = bool(note) and node["instance_uuid"] == instance(realm, note.get("name"))
    phase = node["provision_state"]
    waits = phase in ("available", "deploy failed") or (note.get("since") or "-") == node.get("provision_updated_at")
    state = STATES.get(phase, "failed")
    power = POWER.get(node.get("power_state")) or ("off" if phase == "available" else "on")
    row = {
        "name": name,
        "provider": "ironic",
        "id": node["instance_uuid"],
        "machine": node.get("name") or node["uuid"],
        "facility": node.get("conductor_group") or "default",
        "plan": node.get("resource_class"),
        "image": note.get("image") or (node.get("instance_info") or {}).get("image_source"),
        "state": "off"
        if state == "active" and node.get("power_state") == "power off" and not note.get("fresh")
        else state,
        "power": power,
        "installed": not (ours and waits),
        "tags": note.get("tags") or {},
        "owner": note.get("owner"),
        "user_data": note.get("user_data"),
        "addresses": [],
        "_node": node["uuid"],
        "_phase": phase,
        "_error": node.get("last_error"),
        "_moves": bool(node.get("target_provision_state")),
        "_since": node.get("provision_updated_at"),
        "_keys": note.get("keys"),
        "_debris": "its removal was under way" if ours and state == "deleting" else None,
    }
    return {name: value for name, value in row.items() if value is not None}


def machine(node, macs):
    """A node as a machine."""
    extra = node.get("extra") or {}
    note, phase = extra.get(MACHINE) or {}, node["provision_state"]
    inner = {part[: -len("_interface")]: node[part] for part in node if part.endswith("_interface") and node[part]}
    busy = bool(node.get("instance_uuid")) or phase in STATES
    row = {
        "name": node.get("name") or node["uuid"],
        "driver": node["driver"],
        "bmc": bmc(node),
        "macs": sorted(macs),
        "plan": node.get("resource_class"),
        "facility": node.get("conductor_group") or "default",
        "traits": sorted(node.get("traits") or ()),
        "properties": node.get("properties") or {},
        "interfaces": inner,
        "state": "available" if busy else phase,
        "tags": note.get("tags") or {},
        "owner": note.get("owner"),
        "server": (extra.get(SERVER) or {}).get("name") if node.get("instance_uuid") else None,
        "phase": phase,
        "power": POWER.get(node.get("power_state")),
        "maintenance": (node.get("maintenance_reason") or "yes") if node.get("maintenance") else None,
        "error": node.get("last_error"),
        "id": node["uuid"],
        "_carries": node.get("instance_uuid"),
    }
    return {name: value for name, value in row.items() if value is not None}


def _prefix(driver):
    return PREFIXES.get(driver, "fake_" if driver == "fake-hardware" else driver.replace("-", "_") + "_")


def bmc(node):
    """A node's driver_info as the field `bmc`, without secrets."""
    prefix = _prefix(node["driver"])
    words = {theirs: ours for ours, theirs in WORDS.get(prefix, {}).items()}
    found = {}
    for name, value in (node.get("driver_info") or {}).items():
        short = name[len(prefix) :] if name.startswith(prefix) else None
        short = words.get(short, short)
        if short in ("address", "username", "system", "verify", "port"):
            found[short] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


def driver_info(row):
    """The field `bmc` of a row, and the password, as driver_info."""
    prefix = _prefix(row["driver"])
    words = WORDS.get(prefix, {})
    info = {}
    for name, value in (row.get("bmc") or {}).items():
        told = {"true": True, "false": False}.get(str(value).lower(), value) if name == "verify" else value
        info[prefix + words.get(name, name)] = told
    if row.get("bmc_password"):
        info[prefix + "password"] = row["bmc_password"]
    return info
