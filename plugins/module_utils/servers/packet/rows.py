# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the API's devices and tags to rows, and back; pure.

Tags are texts: `role=web` is the tag `role` with the value `web`, `web` one without. Ours, which begin with
`rackwright:`, say whose a thing is (`rackwright:owner=shop`), which of the declared it is (`rackwright:name=web1`), and
which one it takes the place of (`rackwright:replaces=<id>`).
"""

from __future__ import annotations

from ..keys import fingerprint
from ..resource import digest, mark_twins, moment, public_keys
from .api import ident

STAMP = "rackwright:"
STATES = {  # the API's: (ours, power)
    "queued": ("provisioning", "on"),
    "provisioning": ("provisioning", "on"),
    "reinstalling": ("provisioning", "on"),
    "active": ("active", "on"),
    "inactive": ("off", "off"),
    "powering_on": ("booting", "on"),
    "powering_off": ("off", "off"),
    "failed": ("failed", "on"),
}
GOING = ("deprovisioning", "deleted")  # gone as far as anybody can tell
EMBED = "facility,metro,plan,operating_system,ssh_keys,hardware_reservation"


def split_tags(texts):
    """(tags of the user's as a dict, our stamps as a dict)."""
    tags, stamps = {}, {}
    for text in texts or ():
        name, _, value = text.partition("=")
        if name.startswith(STAMP):
            stamps[name[len(STAMP) :]] = value
        else:
            tags[name] = value
    return tags, stamps


def joined_tags(tags, stamps):
    """The texts for tags and stamps; stamps that are None are left out."""
    texts = ["%s=%s" % (name, value) if value else name for name, value in (tags or {}).items()]
    return texts + ["%s%s=%s" % (STAMP, name, value) for name, value in stamps.items() if value is not None]


def retagged(texts, change, **stamps):
    """The texts of a thing's tags once `change` is done; what the declaration does not manage stays word for word."""
    _tags, ours = split_tags(texts)
    ours.update(stamps, owner=change.after.get("owner"))
    kept = [text for text in texts or () if not text.startswith(STAMP)]
    if "tags" in change.fields:
        kept = joined_tags(change.after["tags"], {})
    return kept + joined_tags({}, ours)


def bad_tags(row):
    """Problems of tags that could not be told apart when read back, as a list."""
    text = "the tag %r must neither hold = in its name nor begin with %s"
    return [text % (name, STAMP) for name in row.get("tags") or () if "=" in name or name.startswith(STAMP)]


def row_of(device):
    """The row of a device."""
    tags, stamps = split_tags(device.get("tags"))
    state, power = STATES.get(device.get("state"), ("provisioning", "on"))
    metro = (device.get("metro") or {}).get("code")
    row = {"name": device.get("hostname") or "", "provider": "packet", "id": device["id"], "installed": True}
    row.update(state=state, power=power, metro=metro, tags=tags, owner=stamps.get("owner"))
    row.update(facility=(device.get("facility") or {}).get("code") or metro)
    row.update(plan=(device.get("plan") or {}).get("slug"), image=(device.get("operating_system") or {}).get("slug"))
    row.update(locked=bool(device.get("locked")), created=device.get("created_at"))
    row["addresses"] = addresses(device)
    row["access"] = {"host": host(row["addresses"]), "port": 22, "user": device.get("user") or "root"}
    row.update({name: value for name, value in rare(device).items() if value is not None})
    row.update(_id=device["id"], _tags=list(device.get("tags") or ()), _state=device.get("state"), _stamps=stamps)
    row.update(_text=device.get("userdata") or "", _sos=device.get("sos"), _device=device)
    return {name: value for name, value in row.items() if value is not None}


def rare(device):
    """What only some devices have."""
    keys = [key["key"] for key in device.get("ssh_keys") or () if key.get("key")]
    spot, script = device.get("spot_instance"), device.get("ipxe_script_url")
    return {
        "user_data": digest(device["userdata"]) if device.get("userdata") else None,
        "ssh_keys": public_keys(keys) if keys else None,
        "spot": {"max_price": device.get("spot_price_max")} if spot else None,
        "reservation": ident(device.get("hardware_reservation")),
        "ends_at": moment(device["termination_time"]) if device.get("termination_time") else None,
        "ipxe": {"url": script, "always": bool(device.get("always_pxe"))} if script else None,
    }


def addresses(device):
    """The addresses of a device, public ones and its own before those that were assigned to it."""
    found = []
    for one in device.get("ip_addresses") or ():
        if one.get("address"):
            rank = (not one.get("public"), not one.get("management"), one.get("address_family") or 4)
            network = "%s/%s" % (one.get("network") or one["address"], one.get("cidr"))
            shown = {"address": one["address"], "family": one.get("address_family") or 4}
            found.append((rank, dict(shown, public=bool(one.get("public")), network=network)))
    return [one for _rank, one in sorted(found, key=lambda pair: pair[0])]


def host(found):
    """The address that SSH reaches, empty where there is none."""
    public = [one["address"] for one in found if one["public"]]
    return (public or [one["address"] for one in found] or [""])[0]


def mark_debris(rows):
    """Mark what interrupted runs have left behind: replacements of what is still there, and what was made twice."""
    there = {row["_id"] for row in rows}
    for row in rows:
        if row["_stamps"].get("replaces") in there:
            row["_debris"] = "its replacement was cut short"
    return mark_twins(rows, lambda row: row["_stamps"].get("name") == row["name"])


def body(row, where, user_data=None, **stamps):
    """What makes a device of a declared row. where: {"metro" or "facility": code}."""
    made = {"hostname": row["name"], "plan": row["plan"], "operating_system": row["image"]}
    made.update(where, tags=joined_tags(row.get("tags"), dict(stamps, owner=row.get("owner"), name=row["name"])))
    if user_data:
        made["userdata"] = user_data
    keys = row.get("ssh_keys")
    if keys:
        made["ssh_keys"] = [{"key": key, "label": fingerprint(key)[7:19]} for key in keys]
    elif keys is not None:
        made["no_ssh_keys"] = True
    if row.get("spot"):
        made.update(spot_instance=True, spot_price_max=row["spot"].get("max_price"))
    for name, field in (("hardware_reservation_id", "reservation"), ("termination_time", "ends_at")):
        if row.get(field):
            made[name] = row[field]
    if row.get("locked"):
        made["locked"] = True
    made.update(boots(row.get("ipxe")))
    return {name: value for name, value in made.items() if value is not None}


def boots(ipxe):
    """The API's fields for iPXE."""
    names = {"url": "ipxe_script_url", "always": "always_pxe"}
    return {names[name]: value for name, value in (ipxe or {}).items() if value is not None}


def phase(row):
    """How far a server is, in a few words; None when it is active or has failed."""
    if row["state"] in ("active", "failed"):
        return None
    device = row["_device"]
    words = row["_state"] if row["state"] == "provisioning" else row["state"]
    if device.get("provisioning_percentage") is not None:
        words += " %d %%" % device["provisioning_percentage"]
    events = [
        event for event in device.get("provisioning_events") or () if event.get("body") or event.get("interpolated")
    ]
    if events:
        last = max(events, key=lambda event: event.get("created_at") or "")
        words += ": %s" % (last.get("interpolated") or last.get("body"))[:60]
    return words
