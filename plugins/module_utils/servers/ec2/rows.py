# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2 instances as rows, and the tags that stamp them; pure.

Servers that are made together are made by one request with the same tags for all: their names stand in tags too, and
the launch index says whose is which, so that a run that is killed before it has named them loses none.
"""

from __future__ import annotations

from ..seeds import keys_digest

STAMP = "rackwright:"
OWNER, LOCKED, DATA, KEYS, NAMES = (STAMP + word for word in ("owner", "locked", "user-data", "keys", "names"))
IMAGE = STAMP + "image"  # the word that it was declared by: which image that means may change, the server does not
RESUME = STAMP + "resume"  # it was stopped to be changed, and shall run again
OURS = ("Name", STAMP, "aws:")
LONGEST = 255  # characters of a tag's value
STATES = {"pending": "provisioning", "running": "active", "stopping": "off", "stopped": "off"}


def stamped(row, names):
    """The tags of new servers, made by one request: those of their common row, and their names."""
    tags = dict(row.get("tags") or {}, **{IMAGE: row["image"]})
    if row.get("owner"):
        tags[OWNER] = row["owner"]
    if row.get("user_data"):
        tags[DATA] = row["user_data"]
    if row.get("ssh_keys"):
        tags[KEYS] = keys_digest(row["ssh_keys"])
    if len(names) == 1:
        tags["Name"] = names[0]
    else:
        tags.update(("%s:%d" % (NAMES, number), text) for number, text in enumerate(_chunks(names)))
    return [{"Key": name, "Value": value} for name, value in sorted(tags.items())]


def _chunks(names):
    chunks = [""]
    for name in names:
        if len(chunks[-1]) + len(name) + 1 > LONGEST:
            chunks.append("")
        chunks[-1] += ("," if chunks[-1] else "") + name
    return chunks


def name_of(instance, tags):
    """An instance's name: its tag, else what its request said of it, else its id."""
    if tags.get("Name"):
        return tags["Name"], True
    parts = sorted(
        (name for name in tags if name.startswith(NAMES + ":")), key=lambda name: int(name.rsplit(":", 1)[1])
    )
    names = [one for part in parts for one in tags[part].split(",")]
    index = instance.get("AmiLaunchIndex", 0)
    return (names[index], False) if index < len(names) else (instance["InstanceId"], True)


def row_of(instance, region, user, images):
    """An instance as a row; None for one that is going or gone. images: {AMI id: the word it was declared by}."""
    state = STATES.get(instance["State"]["Name"])
    if state is None:
        return None
    tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags") or ()}
    name, named = name_of(instance, tags)
    addresses = _addresses(instance)
    row = {
        "name": name,
        "provider": "ec2",
        "id": instance["InstanceId"],
        "facility": instance["Placement"]["AvailabilityZone"],
        "metro": region,
        "plan": instance["InstanceType"],
        "image": tags.get(IMAGE) or images.get(instance["ImageId"], instance["ImageId"]),
        "state": state,
        "power": "off" if state == "off" else "on",
        "installed": named and RESUME not in tags,
        "tags": {name: value for name, value in tags.items() if not name.startswith(OURS)},
        "owner": tags.get(OWNER),
        "user_data": tags.get(DATA),
        "locked": tags.get(LOCKED) == "true",
        "spot": {} if instance.get("InstanceLifecycle") == "spot" else None,
        "networks": [instance["SubnetId"]] if instance.get("SubnetId") else [],
        "security_groups": sorted(group["GroupId"] for group in instance.get("SecurityGroups") or ()),
        "addresses": addresses,
        "access": {"host": addresses[0]["address"], "port": 22, "user": user} if addresses else None,
        "created": instance["LaunchTime"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "_keys": tags.get(KEYS),
        "_key_name": instance.get("KeyName"),
        "_region": region,
        "_image": instance["ImageId"],
        "_groups": {group.get("GroupName"): group["GroupId"] for group in instance.get("SecurityGroups") or ()},
        "_why": (instance.get("StateReason") or {}).get("Message"),
        "_resume": RESUME in tags,
    }
    return {name: value for name, value in row.items() if value is not None}


def _addresses(instance):
    """The public address first; an elastic one is the public one."""
    found = []
    if instance.get("PublicIpAddress"):
        found.append((instance["PublicIpAddress"], 4, True))
    if instance.get("PrivateIpAddress"):
        found.append((instance["PrivateIpAddress"], 4, False))
    for card in instance.get("NetworkInterfaces") or ():
        found += [(one["Ipv6Address"], 6, True) for one in card.get("Ipv6Addresses") or ()]
    network = instance.get("SubnetId") or "ec2"
    return [{"address": a, "family": family, "public": public, "network": network} for a, family, public in found]
