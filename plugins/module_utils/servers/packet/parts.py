# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a block of addresses that servers have; pure.

A part is {"server": name, "address": "203.0.113.8/30"} once it is cut, and {"server": name, "prefix": 30} before.
"""

from __future__ import annotations

import ipaddress

USUAL = {4: 32, 6: 64}  # the prefix length of a part that is declared without one


def settle(row, have):
    """Say in a declared row which of the parts that are there are meant by a length alone; whoever has the whole has
    no part, and whoever has parts not the whole. have: the row that is there, or {}."""
    if row.get("server") is not None and row.get("parts") is None:
        row["parts"] = []
    if not row.get("parts"):
        return
    if row.get("server") is None:
        row["server"] = ""
    family = have.get("family") or row.get("family") or 4
    spare = [dict(one) for one in have.get("parts") or () if one not in row["parts"]]
    found = []
    for part in row["parts"]:
        if "address" not in part:
            part = {"server": part["server"], "prefix": part.get("prefix") or USUAL[family]}
            cut = next((one for one in spare if _is(one, part)), None)
            if cut:
                spare.remove(cut)
                part = cut
        found.append(part)
    row["parts"] = found


def _is(cut, part):
    return cut["server"] == part["server"] and length(cut) == part["prefix"]


def length(part):
    """The prefix length of a part."""
    return int(part["address"].rsplit("/", 1)[1]) if "address" in part else part["prefix"]


def problems(row, have):
    """What is wrong with the parts of a declared row that is settled. have: the row that is there, or {}."""
    parts = row.get("parts") or []
    found = ["either server or parts can be given, not both"] if parts and row.get("server") else []
    whole = ipaddress.ip_network(have["address"]) if have.get("address") else None
    size = row.get("size") or have.get("size") or 1
    top = whole.prefixlen if whole else 33 - size.bit_length() if (row.get("family") or 4) == 4 else 0
    nets = []
    for part in parts:
        if "address" in part and whole is None:
            found.append("its addresses are not known before it is there; give prefix in place of %s" % part["address"])
        elif length(part) < top:
            found.append("a block of /%d has no part of /%d" % (top, length(part)))
        elif length(part) == top:
            found.append("a part of /%d is the whole block; give server in place of parts" % top)
        elif "address" in part and not _within(part["address"], whole):
            found.append("%s is not in the block %s" % (part["address"], whole))
        elif "address" in part:
            nets.append(ipaddress.ip_network(part["address"]))
    found += ["%s and %s overlap" % (a, b) for at, a in enumerate(nets) for b in nets[:at] if a.overlaps(b)]
    if not found and top and sum(2.0 ** (top - length(part)) for part in parts) > 1:
        found.append("its parts are larger than the block of /%d together" % top)
    return found


def _within(address, whole):
    net = ipaddress.ip_network(address)
    return net.version == whole.version and net.subnet_of(whole)


def renewed(parts):
    """Parts of a block that takes the place of another: their addresses are new."""
    return [{"server": part["server"], "prefix": length(part)} for part in parts]
