# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What RunInstances is told about servers that are alike, and which are; pure but for what it is handed."""

from __future__ import annotations

import base64
import json
import uuid

from ...core.errors import Refused
from ..seeds import with_keys
from .rows import stamped

MOST = 16 * 1024  # bytes of user data
TOGETHER = 50  # servers of one request
SPACE = uuid.UUID("6f5cf0c2-7c55-5ac9-9d0f-6f3f31a2b6c1")
SAME = ("facility", "plan", "image", "owner", "tags", "power", "locked", "ssh_keys", "_user_data", "spot")
SAME += ("networks", "security_groups")


def alike(changes):
    """Changes whose rows differ in nothing but their names, in groups of a request's size."""
    groups = {}
    for change in changes:
        likeness = json.dumps([change.want.get(name) for name in SAME], sort_keys=True)
        groups.setdefault(likeness, []).append(change)
    for group in groups.values():
        for start in range(0, len(group), TOGETHER):
            yield group[start : start + TOGETHER]


def token(wanted, turn):
    """The same for the same request: one that is sent twice makes its servers once. turn: counts those that are gone.

    A token that comes back with other arguments is an error, so that all of them are in it.
    """
    return str(uuid.uuid5(SPACE, "%s/%d" % (json.dumps(wanted, sort_keys=True), turn)))


def too_much(row):
    """What is wrong with the user data that a row leads to, or None."""
    try:
        size = len((with_keys(row.get("_user_data"), (row.get("ssh_keys") or [])[1:]) or "").encode("utf-8"))
    except Refused as refusal:
        return "server %s: %s" % (row["name"], refusal)
    text = "server %s: its user data has %d bytes, EC2 takes %d; let it fetch the rest itself (#include)"
    return text % (row["name"], size, MOST) if size > MOST else None


def request(row, names, image, zone, key_name):
    """The arguments of RunInstances. zone: an availability zone, or None for any of the region."""
    tags = stamped(row, names)
    wanted = {
        "ImageId": image,
        "InstanceType": row["plan"],
        "MinCount": len(names),
        "MaxCount": len(names),
        "TagSpecifications": [{"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume")],
    }
    if zone:
        wanted["Placement"] = {"AvailabilityZone": zone}
    if key_name:
        wanted["KeyName"] = key_name
    if row.get("spot") is not None:
        price = row["spot"].get("max_price")
        options = {"MaxPrice": str(price)} if price else {}
        wanted["InstanceMarketOptions"] = {"MarketType": "spot", "SpotOptions": options}
    data = row.get("_kept_data") or with_keys(row.get("_user_data"), (row.get("ssh_keys") or [])[1:])
    if data:
        wanted["UserData"] = data
    return wanted


def decoded(answer):
    """The console's text of an answer of GetConsoleOutput."""
    text = answer.get("Output") or ""
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except ValueError:
        return text
