# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Libcloud's nodes as rows, what a driver's class can, and the stamps that it has a place for; pure."""

from __future__ import annotations

import inspect

from ..resource import DIGEST, digest
from ..seeds import keys_digest

STAMP = "rackwright-"
OWNER, FACILITY, PLAN, IMAGE, DATA, KEYS = (
    STAMP + word for word in ("owner", "facility", "plan", "image", "user-data", "keys")
)
STATES = {
    "running": "active",
    "rebooting": "active",
    "starting": "provisioning",
    "pending": "provisioning",
    "reconfiguring": "provisioning",
    "migrating": "active",
    "updating": "active",
    "stopped": "off",
    "stopping": "off",
    "suspended": "off",
    "paused": "off",
    "normal": "active",
}
GONE = ("terminated", "deleting", "shutting-down")
SITES = ("availability", "availability_zone", "zone", "location", "region", "datacenter", "facility")
PLANS = ("instance_type", "flavorId", "size", "plan", "size_slug", "type")
IMAGES = ("image_id", "imageId", "image", "operating_system")
DATA_WORDS = ("ex_userdata", "ex_user_data", "userdata", "user_data", "ex_customdata")
TAG_WORDS = ("ex_metadata", "ex_tags")
NO_STAMP = "its Libcloud driver has no place for a stamp"


def overrides(cls, base, name):
    """Whether the driver's class implements a method that the base class only names."""
    found = getattr(cls, name, None)
    return found is not None and found is not getattr(base, name, None)


def takes(cls):
    """The names of what the driver's create_node takes."""
    return set(inspect.signature(cls.create_node).parameters)


def word_of(cls, words):
    """The one of `words` that the driver's create_node takes, or None."""
    return next((word for word in words if word in takes(cls)), None)


def stamps(cls):
    """Whether a new node can bear tags that a list tells again: as a dict, with methods that change them."""
    return word_of(cls, TAG_WORDS) == "ex_metadata"


def retags(cls):
    """Which methods change a node's tags: `tags`, `metadata` or None."""
    if hasattr(cls, "ex_create_tags") and hasattr(cls, "ex_delete_tags"):
        return "tags"
    return "metadata" if hasattr(cls, "ex_set_metadata") else None


def stamped(row):
    """The tags of a new node."""
    tags = dict(row.get("tags") or {}, **{FACILITY: row["facility"], PLAN: row["plan"], IMAGE: row["image"]})
    if row.get("owner"):
        tags[OWNER] = row["owner"]
    if row.get("_user_data"):
        tags[DATA] = digest(row["_user_data"])
    if row.get("ssh_keys"):
        tags[KEYS] = keys_digest(row["ssh_keys"])
    return tags


def tags_of(node):
    """All tags of a node, as a dict."""
    extra = node.extra or {}
    found = next((extra[name] for name in ("tags", "metadata") if extra.get(name)), {})
    if isinstance(found, dict):
        return {str(name): "" if value is None else str(value) for name, value in found.items()}
    return {tag: "" for tag in found if isinstance(tag, str)} if isinstance(found, (list, tuple)) else {}


def row_of(node, user="root"):
    """A node as a row; None for one that is going or gone."""
    state, extra = str(node.state or "unknown").lower(), node.extra or {}
    if state in GONE or str(extra.get("status", "")).lower() in GONE:
        return None
    tags = tags_of(node)
    addresses = [(address, True) for address in node.public_ips or () if address]
    addresses += [(address, False) for address in node.private_ips or () if address]
    addresses = [
        {"address": str(address), "family": 6 if ":" in str(address) else 4, "public": public, "network": "libcloud"}
        for address, public in dict.fromkeys(addresses)
    ]
    word = STATES.get(state, "failed")
    row = {
        "provider": "libcloud",
        "id": str(node.id),
        "name": node.name,
        "state": word,
        "power": "off" if word == "off" else "on",
        "facility": tags.get(FACILITY) or _told(extra, SITES),
        "plan": tags.get(PLAN) or _ident(node.size) or _told(extra, PLANS),
        "image": tags.get(IMAGE) or _ident(node.image) or _told(extra, IMAGES),
        "tags": {name: value for name, value in tags.items() if name != "Name" and not name.startswith(STAMP)},
        "owner": tags.get(OWNER),
        "user_data": tags[DATA] if DIGEST.match(tags.get(DATA, "")) else None,
        "installed": True,
        "addresses": addresses,
        "access": {"host": addresses[0]["address"], "port": 22, "user": user} if addresses else None,
        "_keys": tags.get(KEYS),
        "_node": node,
        "_tags": tags,
    }
    if node.created_at:
        row["created"] = node.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {name: value for name, value in row.items() if value is not None}


def _ident(thing):
    """The id of a size or image that a node tells of, or None."""
    return None if thing is None else str(getattr(thing, "id", thing))


def _told(extra, names):
    """The first of these extra facts that is a text."""
    found = (extra.get(name) for name in names)
    return next((str(getattr(one, "name", one)) for one in found if isinstance(one, str) or hasattr(one, "name")), None)
