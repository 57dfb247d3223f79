# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Nova server as a row of SERVER, and a row as Nova wants it; pure.

Tags are the server's metadata. Keys that begin with MARK are ours: what Nova cannot tell of what was declared.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress

from ...core.errors import Refused
from ..seeds import with_keys

MARK = "rackwright_"
OWNER, SITE, KEYS, DATA = (MARK + name for name in ("owner", "facility", "ssh_keys", "user_data"))
PLAN, IMAGE = MARK + "plan", MARK + "image"  # id and name: flavors and images go, or are hidden, before their servers
LIMIT = 65535  # of user data in base64
LONGEST = 255  # of a name or value in metadata
STATES = {
    "ACTIVE": "active",
    "PASSWORD": "active",
    "BUILD": "provisioning",
    "REBUILD": "provisioning",
    "RESIZE": "provisioning",
    "VERIFY_RESIZE": "active",
    "REVERT_RESIZE": "provisioning",
    "MIGRATING": "provisioning",
    "REBOOT": "booting",
    "HARD_REBOOT": "booting",
    "RESCUE": "rescue",
    "SHUTOFF": "off",
    "STOPPED": "off",
    "PAUSED": "off",
    "SUSPENDED": "off",
    "SHELVED": "off",
    "SHELVED_OFFLOADED": "off",
}
TASKS = {"powering-off": ("active", "off"), "powering-on": ("booting", "on")}  # task -> state, and power it leads to
TASKS.update({"rescuing": ("booting", "on"), "unrescuing": ("booting", "on"), "rebuilding": ("provisioning", "on")})
GONE = ("DELETED", "SOFT_DELETED")
RESIZING = ("RESIZE", "VERIFY_RESIZE")
USERS = {"cirros": "cirros", "debian": "debian", "ubuntu": "ubuntu", "fedora": "fedora", "centos": "cloud-user"}
USERS.update({"rocky": "rocky", "alma": "almalinux", "arch": "arch", "opensuse": "opensuse", "freebsd": "freebsd"})


def leaving(server):
    """Whether a server is gone, or on its way."""
    return server.get("status") in GONE or server.get("OS-EXT-STS:task_state") in ("deleting", "soft-deleting")


def untold(server):
    """Whether a server's own metadata does not tell the names of its flavor and image."""
    metadata = server.get("metadata") or {}
    pairs = ((PLAN, server.get("flavor")), (IMAGE, server.get("image")))
    return any(thing and _named(metadata, mark, thing.get("id")) is None for mark, thing in pairs)


def _named(metadata, mark, ident):
    """The name that was noted for a flavor or image, if it is still that one."""
    noted, _space, name = metadata.get(mark, "").partition(" ")
    return name if name and noted == ident else None


def note(mark, ident, name):
    """What is noted of a flavor or image, as metadata; nothing where it is too long."""
    text = "%s %s" % (ident, name)
    return {mark: text} if len(text) <= LONGEST else {}


def row(server, region, plans, images, user=None):
    """A server as a row. plans, images: {id: name} of the region. user: who logs in by SSH, as the options say."""
    metadata = server.get("metadata") or {}
    plan = (server.get("flavor") or {}).get("id")
    status, task = server.get("status"), server.get("OS-EXT-STS:task_state")
    state = STATES.get(status, "failed")
    power = "off" if state == "off" else "on"
    if task in TASKS:
        state, power = TASKS[task]
    image = (server.get("image") or {}).get("id")
    done = {
        "name": server["name"],
        "provider": "openstack",
        "id": server["id"],
        "metro": region,
        "plan": _named(metadata, PLAN, plan) or plans.get(plan, plan),
        "image": _named(metadata, IMAGE, image) or images.get(image, image),
        "state": state,
        "power": power,
        "tags": {name: value for name, value in metadata.items() if not name.startswith(MARK)},
        "owner": metadata.get(OWNER),
        "user_data": metadata.get(DATA),
        "created": server.get("created"),
        "installed": status not in RESIZING,
        "_metadata": metadata,
        "_image": image,
        "_region": region,
        "_fault": (server.get("fault") or {}).get("message"),
    }
    done.update(_place(server, region, metadata), **_reach(server, done["image"], user))
    if server.get("security_groups"):
        done["security_groups"] = sorted({group["name"] for group in server["security_groups"]})
    return {name: value for name, value in done.items() if value is not None}


def _place(server, region, metadata):
    """The facility as it was declared, where that is still true; else the zone in its region."""
    zone = server.get("OS-EXT-AZ:availability_zone")
    whole = "%s/%s" % (region, zone) if zone else region
    declared = metadata.get(SITE)
    return {"facility": declared if declared in (region, whole) else whole, "_whole": whole}


def _reach(server, image, user):
    """Addresses, the public ones first, the networks they are in, and how to reach SSH."""
    found = [
        {"address": one["addr"], "family": one["version"], "public": _public(one), "network": network}
        for network, addresses in sorted((server.get("addresses") or {}).items())
        for one in addresses
    ]
    found.sort(key=lambda one: (not one["public"], one["family"]))
    done = {"addresses": found}
    if found:
        done["networks"] = sorted(server["addresses"])
        done["access"] = {"host": found[0]["address"], "port": 22, "user": user or login(image)}
    return done


def _public(address):
    return address.get("OS-EXT-IPS:type") == "floating" or ipaddress.ip_address(address["addr"]).is_global


def login(image):
    """The first user of an image, by the name that images usually have; root where nothing is known."""
    words = (image or "").lower()
    return next((user for word, user in USERS.items() if word in words), "root")


def key_name(fingerprint):
    """What a key pair is called that we make for a row's key: the key itself, so it is never made twice."""
    return "rackwright-" + hashlib.sha256(fingerprint.encode("ascii")).hexdigest()[:32]


def digest(keys):
    """What is kept of a server's SSH keys, to see whether they differ."""
    return hashlib.sha256("\n".join(sorted(keys)).encode("utf-8")).hexdigest()


def metadata(want, old=()):
    """The metadata that a server shall have. old: what it has."""
    done = dict(old)
    if want.get("tags") is not None:
        done = dict({name: value for name, value in done.items() if name.startswith(MARK)}, **want["tags"])
    if want.get("owner"):
        done[OWNER] = want["owner"]
    return done


def stamp(want):
    """The metadata of a new server: tags, owner, and what Nova will not tell of it."""
    done = metadata(want)
    done[SITE] = want["facility"]
    if want.get("user_data"):
        done[DATA] = want["user_data"]
    if want.get("ssh_keys"):
        done[KEYS] = digest(want["ssh_keys"])
    return done


def user_data(text, keys):
    """User data in base64, with the keys beyond the one that Nova takes; None without any. Raises Refused."""
    text = with_keys(text, keys)
    return base64.b64encode(text.encode("utf-8")).decode("ascii") if text else None


def problems(want):
    """What Nova does not take of a row, one sentence each."""
    found, text = [], "server %s: " % want["name"]
    try:
        data = user_data(want.get("_user_data"), (want.get("ssh_keys") or ())[1:])
    except Refused as refusal:
        return [text + str(refusal)]
    if data and len(data) > LIMIT:
        found.append(text + "its user data has %d bytes in base64; Nova takes %d" % (len(data), LIMIT))
    for name, value in (want.get("tags") or {}).items():
        if not name or len(name) > LONGEST or len(value) > LONGEST:
            found.append(text + "tag %s: names and values have up to %d characters" % (name[:40], LONGEST))
        if name.startswith(MARK):
            found.append(text + "tag %s: names that begin with %s are ours" % (name, MARK))
    return found
