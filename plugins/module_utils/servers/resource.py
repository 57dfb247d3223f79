# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server is, whoever hosts it; pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from ..core.errors import Refused
from ..core.field import MASK, Field, unless_true
from ..core.options import LIMITS, OWNER, PRUNE, TIMEOUT, owner_of_prune, recreate
from ..core.resource import Resource

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")
PATTERN = re.compile(r"%(?:0([1-9]))?d")
KEY_KIND = re.compile(r"(ssh-|ecdsa-|sk-)[a-z0-9@.-]+\Z")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")


def hostname(value):
    """A name that every provider takes: one DNS label, lower case (RFC 1123)."""
    value = value.strip().lower()
    if not LABEL.match(value):
        raise ValueError("%r is not a host name: 1 to 63 letters, digits and inner hyphens (RFC 1123)" % value)
    return value


def public_key(line):
    """An SSH public key as `type base64`, its comment dropped. Raises ValueError."""
    words = line.split()
    try:
        kind, blob = words[0], base64.b64decode(words[1], validate=True)
        good = KEY_KIND.match(kind) and blob[4 : 4 + len(kind)] == kind.encode()
    except (IndexError, binascii.Error, ValueError):
        good = False
    if not good:
        raise ValueError("%r is not an SSH public key line, such as `ssh-ed25519 AAAA... me@here`" % line[:40])
    return " ".join(words[:2])


def public_keys(lines):
    """Key lines in canonical spelling and order, each once; empty lines are left out."""
    return sorted({public_key(line) for line in lines if line.strip()})


def text_tags(tags):
    """Tags as text; true and false as YAML writes them."""
    done = {}
    for name, value in tags.items():
        if isinstance(value, (dict, list)):
            raise ValueError("the tag %s must be one text, not a %s" % (name, type(value).__name__))
        done[str(name)] = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
    return done


def digest(text):
    """What is kept and shown of user data: its SHA-256, so that a difference is seen and no secret is."""
    return text if DIGEST.match(text) else "sha256:" + hashlib.sha256(text.encode("utf-8")).hexdigest()


NAME = Field(
    "name",
    required=True,
    normal=hostname,
    help=(
        "The server's name and host name: letters, digits and inner hyphens.",
        "With O(servers[].count), a pattern such as V(web%02d).",
    ),
)
COUNT = Field(
    "count",
    type="int",
    help="How many servers of this kind; O(servers[].name) must then hold C(%d) or C(%02d), which counts from 1.",
)
DECLARED = (
    NAME,
    Field("facility", mutable="replace", help="The site: facility, region or zone, as the provider calls it."),
    Field("plan", help="The size."),
    Field("image", mutable="replace", help="The operating system. A different image means reinstalling."),
    Field(
        "user_data",
        secret=True,
        mask=lambda value: value if DIGEST.match(value) else MASK,
        normal=digest,
        mutable="create_only",
        help="For cloud-init, word for word; used when the server is installed. Only its SHA-256 is kept and shown.",
    ),
    Field(
        "ssh_keys",
        type="list",
        elements="str",
        compare="set",
        mutable="create_only",
        normal=public_keys,
        help="Public keys that may log in as the image's first user (root where there is none), set on installation.",
    ),
    Field("tags", type="dict", normal=text_tags, help="Names and values of your own. V({}) takes all tags away."),
    Field("power", choices=("on", "off"), help="Whether it runs. By default left as it is; a new server is on."),
)
REPORTED = (
    Field("owner", given=False, help="Who it belongs to."),
    Field("provider", given=False, compare="ignore", help="Which API it comes from."),
    Field("id", given=False, compare="ignore", help="The provider's own name for it."),
    Field("state", given=False, compare="ignore", help="V(active), V(booting), V(off) or V(failed)."),
    Field(
        "installed", type="bool", given=False, mask=unless_true, help="False while an interrupted installation waits."
    ),
    Field(
        "addresses",
        type="list",
        elements="dict",
        given=False,
        compare="ignore",
        help="Each with C(address), C(family) (4 or 6), C(public) and C(network).",
    ),
    Field("access", type="dict", given=False, compare="ignore", help="How to reach SSH: C(host), C(port) and C(user)."),
    Field("host_key", given=False, compare="ignore", help="Its public SSH host key."),
    Field("created", given=False, compare="ignore", help="When it was made (ISO 8601, UTC)."),
    Field("console", given=False, compare="ignore", help="The last lines of its console, where they were asked for."),
)
SERVER = Resource("server", "servers", fields=DECLARED + REPORTED)

STATE = Field(
    "state",
    choices=("present", "absent", "on", "off"),
    default="present",
    help="V(on) and V(off) are V(present) with that O(servers[].power) for every server that names none itself.",
)
SERVERS = Field(
    "servers",
    type="list",
    elements="dict",
    required=True,
    options=(NAME, COUNT) + DECLARED[1:],
    help="The servers. What is left out is not managed; a new server needs what the provider cannot do without.",
)
SSH_KEYS = Field(
    "ssh_keys",
    type="list",
    elements="str",
    help="Public keys for every server of this task that names none itself.",
)
WAIT = Field(
    "wait",
    type="bool",
    default=True,
    help="Wait until every server that is on has booted, cloud-init has ended and SSH answers.",
)
KNOWN_HOSTS = Field(
    "known_hosts",
    type="path",
    help=(
        "A C(known_hosts) file that gets a line with the host key of each server of this task.",
        "So the first login is already verified.",
        "The line of a server that is deleted or reinstalled goes. Lines of others are left alone.",
    ),
)
FILTERS = Field(
    "filters",
    type="dict",
    help="Only servers that have all of these.",
    options=(
        Field("owner", type="list", elements="str", help="One of these owners."),
        Field("facility", type="list", elements="str", help="In one of these facilities."),
        Field("plan", type="list", elements="str", help="Of one of these plans."),
        Field("image", type="list", elements="str", help="With one of these images."),
        Field("state", type="list", elements="str", help="In one of these states."),
        Field("tags", type="dict", help="With all of these tags."),
    ),
)
LOOK = (
    Field("names", type="list", elements="str", help="Only servers of these names."),
    FILTERS,
    Field("console", type="bool", default=False, help="Fetch the last lines of each server's console too."),
)
ACT = (
    Field("names", type="list", elements="str", required=True, help="The servers. Each must be there."),
    Field(
        "action",
        required=True,
        choices=("reboot", "power_cycle", "reinstall"),
        help=(
            "V(reboot) shuts down and starts again, V(power_cycle) does so without asking the system.",
            "V(reinstall) gives a new disk and host key; name, tags, addresses and user data stay.",
        ),
    ),
    WAIT,
    TIMEOUT,
    KNOWN_HOSTS,
)
MANAGE = (SERVERS, SSH_KEYS, STATE, OWNER, PRUNE, recreate("never"), WAIT, TIMEOUT, KNOWN_HOSTS, LIMITS)


def expanded(rows):
    """The declared rows with patterns counted out. Raises Refused with every problem."""
    done, problems = [], []
    for row in rows:
        row, name, count = dict(row), row["name"], row.get("count")
        row.pop("count", None)
        if count is None:
            done.append(row)
        elif count < 0 or len(PATTERN.findall(name)) != 1 or name.count("%") != 1:
            problems.append(
                "server %s: count is %d; it needs to be 0 or more, and the name one %%d or %%02d to count with, "
                "such as web%%02d" % (name, count)
            )
        else:
            done += [dict(row, name=name % number) for number in range(1, count + 1)]
    if problems:
        raise Refused(problems)
    return done


def declared(params):
    """The canonical rows of the options of `server`. Raises Refused."""
    rows = expanded(params["servers"])
    for row in rows:
        if row.get("user_data") is not None:
            row["_user_data"] = row["user_data"]
        if params["state"] in ("on", "off") and row.get("power") is None:
            row["power"] = params["state"]
        if params["state"] != "absent":
            if row.get("ssh_keys") is None:
                row["ssh_keys"] = params.get("ssh_keys")
            row["installed"] = True
            row["owner"] = params.get("owner")
    owner_of_prune(params)
    return SERVER.normalise(rows)


def visible(rows):
    """The rows that are servers of ours: neither leftovers nor somebody else's."""
    return [row for row in rows if "_debris" not in row and "_foreign" not in row]


def names_of(names):
    """Canonical names, each once. Raises Refused."""
    done, problems = [], []
    for name in names:
        try:
            done.append(hostname(name))
        except ValueError as error:
            problems.append("names: %s" % error)
    if problems:
        raise Refused(problems)
    return list(dict.fromkeys(done))


def lacking(rows, current, needs):
    """Problems of rows that are to be made and lack a field of `needs`."""
    there = {row["name"] for row in current if not row.get("_debris")}
    problems = []
    for row in rows:
        missing = [name for name in needs if row.get(name) is None]
        if row["name"] not in there and missing:
            text = "server %s: it is not there, and to make it %s must be given"
            problems.append(text % (row["name"], " and ".join(missing)))
    return problems


def matches(row, filters):
    """Whether a row satisfies `filters`: {field: value or list of values}, tags as a dict that must be there."""
    for name, value in (filters or {}).items():
        if value is None:
            continue
        if name == "tags":
            have = row.get("tags") or {}
            if any(tag not in have or have[tag] != text for tag, text in text_tags(value).items()):
                return False
        elif row.get(name) not in (value if isinstance(value, list) else [value]):
            return False
    return True


def public_address(row):
    """The first public address of a row, else the first one, else None."""
    addresses = row.get("addresses") or []
    return next((one["address"] for one in addresses if one["public"]), addresses[0]["address"] if addresses else None)


def private_address(row):
    """The first address of a row that is not public, or None."""
    return next((one["address"] for one in row.get("addresses") or [] if not one["public"]), None)
