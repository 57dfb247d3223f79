# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows from what a nameserver sends: dnspython's record sets in canonical spelling."""

from __future__ import annotations

import re

from ..core.errors import Failure
from ..core.lib import need
from . import names, rdata

_PLAIN = re.compile(rb"[a-z0-9_.-]+\Z")


def of_transfer(found, zone="."):
    """The record sets of a transfer as nameserver.py returns it; pieces of one set are put together. Raises Failure."""
    sets, spelled = {}, {}
    for name, ttl, kind, datas in found:
        owner = spelled.get(name.labels)
        if owner is None:
            owner = spelled[name.labels] = spelling(name)
            if not names.within(owner, zone):
                raise Failure("the transfer of %s holds %s, a name of another zone" % (zone, owner))
        known = kind in rdata.TYPES or kind in rdata.SIGNING
        if not known:
            kind = "TYPE%d" % datas[0].rdtype
        row = sets.get((owner, kind))
        if row is None:
            row = sets[owner, kind] = {"name": owner, "type": kind, "ttl": ttl, "values": set()}
        row["ttl"] = min(ttl, row["ttl"])
        row["values"].update(value(kind, data, known) for data in datas)
    return [dict(row, values=sorted(row["values"])) for row in sets.values()]


def spelling(name):
    """The canonical spelling of dnspython's absolute name."""
    joined = b".".join(name.labels)
    if _PLAIN.match(joined) and joined.count(b".") == len(name.labels) - 1:  # most names, by far
        return joined.decode("ascii")
    return names.absolute(name.to_text())


def value(kind, data, known=True):
    """The canonical spelling of dnspython's rdata; of a type unknown here, the form of RFC 3597."""
    if kind == "A":  # most records, by far
        return data.address
    text = data.to_text() if known else data.to_generic().to_text()
    if kind in rdata.SIGNING:
        return text
    try:
        return rdata.canonical(kind, text, names.absolute)
    except ValueError:
        return text  # what the server serves and we would refuse: shown as it is


def of_answer(message, key):
    """The record set of that (name, type) in an answer, or None; a delegation stands beside the answers."""
    found = pieces(message.answer + message.authority)
    return next((row for row in of_transfer(found) if (row["name"], row["type"]) == tuple(key[:2])), None)


def pieces(section):
    """The record sets of a section of a message, in the form of a transfer."""
    kind_of = need("dns.rdatatype", "dnspython", wanted_for="reading answers").to_text
    return [(rrset.name, rrset.ttl, kind_of(rrset.rdtype), list(rrset)) for rrset in section]
