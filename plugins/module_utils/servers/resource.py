# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server is, whoever hosts it; pure."""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
import re

from ..core.field import MASK, Field, unless_true
from ..core.resource import Resource

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")
KEY_KIND = re.compile(r"(ssh-|ecdsa-|sk-)[a-z0-9@.-]+\Z")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
SECRET = re.compile(r"(?i)(?:pass(?:word|wd|phrase)?|secret|token|key)[\w-]*[\"']?\s*[:=]\s*[\"']?([^\s\"',}]{4,})")


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


def said(values):
    """A dictionary without what was left out of it."""
    return {name: value for name, value in values.items() if value is not None}


def moment(text):
    """A moment in UTC, as `2026-12-24T18:00:00Z`. Raises ValueError."""
    try:
        found = datetime.datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        raise ValueError("%r is no moment such as 2026-12-24T18:00:00Z (ISO 8601)" % text) from None
    zone = found.tzinfo or datetime.timezone.utc
    return found.replace(tzinfo=zone).astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


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
DECLARED = (
    NAME,
    Field(
        "facility",
        mutable="replace",
        alias="metro",
        help="The site: facility, region or zone, as the provider calls it.",
    ),
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
RARE = (  # what only some providers have; the others refuse it by name
    Field("locked", type="bool", help="Whether the provider refuses to delete or reinstall it."),
    Field(
        "spot",
        type="dict",
        normal=said,
        mutable="create_only",
        options=(Field("max_price", type="float", help="The most to pay for an hour, in the provider's currency."),),
        help="Buy spare capacity, which the provider may take back at short notice.",
    ),
    Field(
        "reservation",
        mutable="create_only",
        help="The hardware reservation to install on: its id, or C(next-available).",
    ),
    Field("ends_at", normal=moment, help="When the provider removes it by itself (ISO 8601, UTC)."),
    Field(
        "ipxe",
        type="dict",
        normal=said,
        compare="subset",
        options=(
            Field("url", help="The iPXE script to boot."),
            Field("always", type="bool", help="Boot it each time, and not only when the server is installed."),
        ),
        help="Boot a script of your own from the network.",
    ),
    Field(
        "networks",
        type="list",
        elements="str",
        compare="set",
        mutable="create_only",
        help="The networks or subnets to be in, by name or id.",
    ),
    Field(
        "security_groups",
        type="list",
        elements="str",
        compare="set",
        mutable="create_only",
        help="The provider's packet filters that apply to it, by name or id.",
    ),
    Field(
        "machine", mutable="create_only", help="The one machine to install on, by name or id; by default any free one."
    ),
    Field(
        "boot",
        type="dict",
        normal=said,
        compare="subset",
        options=(
            Field("device", choices=("disk", "network", "cdrom", "usb", "bios"), help="What to boot from."),
            Field("once", type="bool", help="The next time only."),
        ),
        help="What the machine boots from.",
    ),
    Field("media", help="The address of a disc image in the machine's virtual drive; empty takes it out."),
    Field("indicator", choices=("on", "off", "blinking"), help="The light that shows where the machine stands."),
)
REPORTED = (
    Field("owner", given=False, help="Who it belongs to."),
    Field("provider", given=False, compare="ignore", help="Which API it comes from."),
    Field("id", given=False, compare="ignore", help="The provider's own name for it."),
    Field(
        "state",
        given=False,
        compare="ignore",
        help="V(active), V(provisioning), V(booting), V(off), V(rescue), V(deleting) or V(failed).",
    ),
    Field("metro", given=False, compare="ignore", help="The metro or region that its facility lies in."),
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
SERVER = Resource("server", "servers", fields=DECLARED + RARE + REPORTED)


def visible(rows):
    """The rows that are servers of ours: neither leftovers nor somebody else's."""
    return [row for row in rows if "_debris" not in row and "_foreign" not in row]


def mark_twins(rows, made, rank=None):
    """Mark what interrupted runs have made twice: of several of one name that `made` says are our work, all but the
    first. rank: what a row is sorted by; by default its age."""
    firsts = set()
    for row in sorted(rows, key=rank or age):
        if "_debris" not in row and made(row):
            if row["name"] in firsts and not row.get("locked"):
                row["_debris"] = "it was made twice"
            firsts.add(row["name"])
    return rows


def age(row):
    """What rows are sorted by, the oldest first."""
    return row.get("created") or row.get("_created") or "", row["id"]


def lacking(rows, current, needs, resource=SERVER):
    """Problems of rows that are to be made and lack a field of `needs`."""
    there = {resource.key(row) for row in current if not row.get("_debris")}
    problems = []
    for row in rows:
        missing = [name for name in needs if row.get(name) is None]
        if resource.key(row) not in there and missing:
            text = "%s %s: it is not there, and to make it %s must be given"
            problems.append(text % (resource.name, resource.label(resource.key(row)), " and ".join(missing)))
    return problems


def matches(row, filters):
    """Whether a row satisfies `filters`: {field: value or list of values}, tags as a dict that must be there.

    A facility may be named by its metro too.
    """
    for name, value in (filters or {}).items():
        if value is None or (name == "facility" and row.get("metro") in value):
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


def masked(text, user_data):
    """`text` without what follows words such as password or token, in itself or in the user data."""
    secrets = set(SECRET.findall(user_data)) | set(SECRET.findall(text))
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


KINDS = {"public_v4": (True, 4), "private_v4": (False, 4), "public_v6": (True, 6), "private_v6": (False, 6)}


def preferred_address(row, preferences):
    """The first address of a row by preference (a kind, or `name` for the server's name), or None."""
    addresses = row.get("addresses") or []
    for preference in preferences:
        if preference == "name":
            return row["name"]
        for one in addresses:
            if (bool(one.get("public")), one.get("family")) == KINDS[preference] and one.get("address"):
                return one["address"]
    return None


def has_address(row, address):
    """Whether an address is one of the server's own."""
    return any(one.get("address") == address for one in row.get("addresses") or [])
