# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts that zones tell of: names with addresses, and what else they say of them; pure."""

from __future__ import annotations

import ipaddress
from fnmatch import fnmatchcase

from . import names, text

REVERSE = (".in-addr.arpa.", ".ip6.arpa.")
KINDS = ("A", "AAAA")


def is_reverse(zone):
    """Whether a zone holds the names of addresses."""
    return ("." + zone).endswith(REVERSE)


def hosts(zones, patterns=()):
    """One row a name that has addresses: {name, zone, relative, addresses, aliases, services, text}.

    zones: {zone: its record sets, canonical}. Aliases and services may be of other zones than the host.
    patterns: names to take, as seen from their zone; all by default.
    """
    found, aliases, services, texts, homes = {}, {}, {}, {}, {}
    for zone, row in _said(zones):
        name, kind, values = row["name"], row["type"], row.get("values")
        if not values:
            continue  # an alias that only the provider resolves
        if kind in KINDS and _wanted(names.relative(name, zone), patterns):
            found.setdefault(name, []).extend(values)
            homes[name] = zone
        elif kind == "CNAME":
            aliases.setdefault(values[0], []).append(_shown(name))
        elif kind == "SRV":
            for value in values:
                priority, weight, port, target = value.split(" ")
                one = dict(_service(name, zone), priority=int(priority), weight=int(weight), port=int(port))
                services.setdefault(target, []).append(one)
        elif kind == "TXT":
            texts.setdefault(name, []).extend(values)
    return [
        {
            "name": _shown(name),
            "zone": _shown(homes[name]),
            "relative": names.relative(name, homes[name]),
            "addresses": [_address(address) for address in sorted(found[name], key=lambda one: ":" in one)],
            "aliases": sorted(aliases.get(name, ())),
            "services": sorted(services.get(name, ()), key=lambda one: (one["name"], one["port"])),
            "text": _told(texts.get(name, ())),
        }
        for name in sorted(found)
    ]


def _said(zones):
    """(zone, row) of what each zone says itself: below a delegation stand but the addresses of others' servers."""
    for zone, rows in zones.items():
        cuts = {row["name"] for row in rows if row["type"] == "NS" and row["name"] != zone}
        for row in rows:
            if not cuts or cuts.isdisjoint(_upwards(row["name"], zone)):
                yield zone, row


def _upwards(name, zone):
    """The name and those above it, below the zone's own."""
    while name and name != zone:
        yield name
        name = name.partition(".")[2]


def _wanted(name, patterns):
    if name.startswith("*"):
        return False
    return not patterns or any(fnmatchcase(name, pattern.lower()) for pattern in patterns)


def _shown(name):
    return name[:-1] if name != "." else name


def _address(address):
    return {"address": address, "public": ipaddress.ip_address(address).is_global}


def _service(name, zone):
    """`_http._tcp.web.example.org.` as {name: http_tcp, at: web}."""
    labels = names.relative(name, zone).split(".")
    head = [label[1:] for label in labels if label.startswith("_")]
    rest = [label for label in labels if not label.startswith("_")]
    return {"name": "_".join(head), "at": ".".join(rest)}


def _told(values):
    """The `key=value` texts of a name as a dictionary (RFC 1464); a key of its own has the value true."""
    told = {}
    for value in values:
        data = b"".join(text.string(token) for token in text.tokens(value)).decode("utf-8", "replace")
        key, equals, rest = data.partition("=")
        if key and (equals or key.replace("_", "").isalnum()):
            told[key] = rest if equals else True
    return told
