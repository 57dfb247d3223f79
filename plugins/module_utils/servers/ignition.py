# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ignition configurations: what is wrong with one, told without quoting it, and several laid over each other; pure."""

from __future__ import annotations

import re

VERSION = re.compile(r"[23][.][0-9]+[.][0-9]+(-[a-z]+)?\Z")
LISTS = {  # lists whose entries a key tells apart, by where they stand
    "storage.files": "path",
    "storage.directories": "path",
    "storage.links": "path",
    "storage.disks": "device",
    "storage.raid": "name",
    "storage.luks": "name",
    "systemd.units": "name",
    "systemd.units.dropins": "name",
    "passwd.users": "name",
    "passwd.groups": "name",
}
WHOLE = ("storage.files.contents",)  # a source and its checksum belong together: the later piece's replaces both


def problem(data):
    """Why something is no Ignition configuration, or None."""
    if not isinstance(data, dict) or not isinstance(data.get("ignition"), dict):
        return "Ignition's JSON is a mapping with a mapping `ignition` in it"
    version = data["ignition"].get("version")
    if not isinstance(version, str) or not VERSION.match(version):
        return "Ignition needs an ignition.version of 2.x.y or 3.x.y"
    return _wrong_in(data, "")


def _wrong_in(data, where):
    for name, value in data.items():
        place = where + name
        if where == "" and name in ("storage", "systemd", "passwd") and not isinstance(value, dict):
            return "%s must be a mapping" % place
        if isinstance(value, dict) and where == "":
            found = _wrong_in(value, place + ".")
        else:
            found = _wrong_list(value, place) if place in LISTS and value is not None else None
        if found:
            return found
    return None


def _wrong_list(entries, place):
    key = LISTS[place]
    if not isinstance(entries, list) or not all(
        isinstance(one, dict) and isinstance(one.get(key), str) for one in entries
    ):
        return "%s must be a list of mappings that each have a %s" % (place, key)
    keys = [one[key] for one in entries]
    if len(set(keys)) < len(keys):
        return "%s has two entries of one %s" % (place, key)
    if key == "path" and not all(one.startswith("/") for one in keys):
        return "an entry of %s has no absolute path" % place
    return next((found for one in entries for found in [_wrong_in(one, place + ".")] if found), None)


def laid(datas):
    """Configurations laid over each other, the later over the earlier; None where their major versions differ."""
    versions = [data["ignition"]["version"] for data in datas]
    if len({version[0] for version in versions}) > 1:
        return None
    whole = datas[0]
    for data in datas[1:]:
        whole = _over(whole, data, "")
    newest = max(versions, key=lambda text: [int(part) for part in text.split("-")[0].split(".")])
    return dict(whole, ignition=dict(whole["ignition"], version=newest))


def _over(under, upper, place):
    if place in WHOLE:
        return upper
    if isinstance(under, dict) and isinstance(upper, dict):
        inner = place + "." if place else ""
        both = {name: _over(under[name], upper[name], inner + name) for name in upper if name in under}
        return dict(under, **dict(upper, **both))
    if isinstance(under, list) and isinstance(upper, list):
        return _entries(under, upper, place)
    return upper


def _entries(under, upper, place):
    key = LISTS.get(place)
    if not key:
        return under + [item for number, item in enumerate(upper) if item not in under and item not in upper[:number]]
    entries = {one[key]: one for one in under}
    for one in upper:
        entries[one[key]] = _over(entries[one[key]], one, place) if one[key] in entries else one
    return list(entries.values())
