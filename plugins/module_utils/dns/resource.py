# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a zone and a record set are, whoever serves them."""

from __future__ import annotations

from dataclasses import replace

from ..core.field import Field
from ..core.resource import Limits, Resource
from . import names, rdata, zonefile

TTL = 3600  # seconds, where nobody says
KINDS = {"native": "Native", "primary": "Primary", "secondary": "Secondary", "master": "Primary", "slave": "Secondary"}
ALONE = ("CNAME",)  # types beside which a name holds no other data
APEX = ("SOA", "NS", "DNSKEY", "CDS", "CDNSKEY")  # what prune leaves at the zone's own name
HOSTS = ("MX", "NS", "SRV")  # types whose target must not be an alias (RFC 2181, section 10.3)


def kind_of(word):
    """The canonical kind of a zone: Native, Primary or Secondary."""
    return KINDS.get(word.lower(), word)


RECORD_SET = Resource(
    "record set",
    "record sets",
    identity=("name", "type"),
    order=("delete", "create", "update"),
    limits=Limits(deletes=30, changes=30, above=10),
    fields=(
        Field(
            "name",
            required=True,
            help=(
                "The owner name. V(@) is the zone itself.",
                "It is relative to the zone, unless it ends in a dot or in the zone's own name.",
                "International names may be written in their own letters.",
            ),
        ),
        Field("type", required=True, help="The record type, such as V(A), V(MX) or V(TYPE65280)."),
        Field("ttl", type="int", help="Time to live in seconds, of all values together."),
        Field(
            "values",
            type="raw",
            help=(
                "All values of the set, as in a zone file, in any order. A single one need not be a list.",
                "Names in values are relative to the zone as owner names are; several labels without a final dot are "
                "refused, because they have two meanings.",
                "Values of type TXT are taken literally, unless they begin with a quotation mark.",
            ),
        ),
        Field("owner", given=False, help="Whose stamp the set bears."),
    ),
    text=zonefile.written,
    one_diff=True,
)

ZONE = Resource(
    "zone",
    "zones",
    order=("create", "update", "delete"),
    limits=Limits(deletes=100, changes=100),
    fields=(
        Field("name", given=False, help="The zone's name, absolute, in canonical spelling."),
        Field(
            "kind",
            choices=("Native", "Primary", "Secondary", "Master", "Slave"),
            normal=kind_of,
            help=(
                "How the zone comes by its data. V(Master) and V(Slave) are old words for V(Primary) and V(Secondary).",
                "A new zone is V(Native) unless told otherwise; the kind of one that is there is left alone.",
            ),
        ),
        Field(
            "masters",
            type="list",
            elements="str",
            compare="set",
            help="Addresses of the primary servers that a secondary zone is fetched from.",
        ),
        Field(
            "soa_edit_api",
            choices=("DEFAULT", "INCREASE", "EPOCH", "SOA-EDIT", "SOA-EDIT-INCREASE", "OFF"),
            help="How PowerDNS raises the serial number when records change. New zones have V(DEFAULT).",
        ),
        Field("serial", type="int", given=False, compare="ignore", help="The serial number of the zone."),
        Field("dnssec", type="bool", given=False, compare="ignore", help="Whether the server signs the zone."),
    ),
)


def record_sets(zone, ttl=None, whole=True, **changed):
    """RECORD_SET for the rows of one zone.

    zone: canonical name. ttl: seconds for rows without one, None to leave them without. whole: every row needs values.
    changed: other attributes of the resource.
    """
    return replace(RECORD_SET, canonical=_reader(zone, ttl, whole), check=lambda rows: relations(zone, rows), **changed)


def lifetime(ttl):
    """A TTL in seconds. Raises ValueError."""
    try:
        return int(rdata.duration(str(ttl)))
    except ValueError as error:
        raise ValueError("ttl %s" % error) from None


def _reader(zone, ttl, whole):
    owner, target = names.owner_in(zone), names.target_in(zone)

    def canonical(row):
        if "_at" in row:  # from a zone file, read canonically
            return row
        kind = rdata.type_name(row["type"])
        done = {"name": owner(row["name"]), "type": kind}
        seconds = ttl if row.get("ttl") is None else lifetime(row["ttl"])
        if seconds is not None:
            done["ttl"] = seconds
        if row.get("values") is not None:
            done["values"] = sorted({rdata.canonical(kind, value, target) for value in texts(row["values"])})
        if whole and not done.get("values"):
            raise ValueError("it has no values; give some, or leave the set out")
        return done

    return canonical


def texts(values):
    """Values as a list of texts: one alone, or a list; numbers are taken as they look. Raises ValueError."""
    for value in values if isinstance(values, (list, tuple)) else (values,):
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise ValueError("the value %r is no text; put it in quotes" % (value,))
        yield str(value)


def relations(zone, rows):
    """Problems between the rows of one zone, and between rows and zone; one sentence each."""
    problems, kinds = [], {}
    for row in rows:
        name, kind = row["name"], row["type"]
        kinds.setdefault(name, []).append(row)
        if not names.within(name, zone):
            problems.append(_told(row, "the name is outside the zone %s" % zone))
        elif name == zone and kind in ALONE:
            problems.append(_told(row, "the zone's own name holds SOA and NS, so it cannot be a %s; use ALIAS" % kind))
        elif name != zone and kind == "SOA":
            problems.append(_told(row, "SOA stands only at the zone's own name, %s" % zone))
        entry = rdata.TYPES.get(kind)
        if entry and entry.single and len(row.get("values", ())) > 1:
            problems.append(_told(row, "it has %d values; %s takes one" % (len(row["values"]), kind)))
    for group in kinds.values():
        if len(group) > 1:
            problems += [
                _told(
                    row, "a name with a %s holds nothing else; here it also has %s" % (row["type"], _others(group, row))
                )
                for row in group
                if row["type"] in ALONE
            ]
    return problems


def _others(group, row):
    return ", ".join("%s%s" % (o["type"], " (%s)" % o["_at"] if "_at" in o else "") for o in group if o is not row)


def _told(row, reason):
    at = "%s: " % row["_at"] if "_at" in row else ""
    return "%srecord set %s %s: %s" % (at, row["name"], row["type"], reason)


def clashes(desired, staying):
    """Problems between declared rows and those on the server that stay there."""
    there, problems = {}, []
    for row in staying:
        if row["type"] not in rdata.SIGNING:
            there.setdefault(row["name"], []).append(row["type"])
    for row in desired:
        others = [kind for kind in there.get(row["name"], ()) if kind != row["type"]]
        if others and (row["type"] in ALONE or any(kind in ALONE for kind in others)):
            reason = "the zone has %s of that name, and a CNAME stands alone; delete one of them" % ", ".join(others)
            problems.append(_told(row, "%s (`dns_record` with `state: absent`, or `prune`)" % reason))
    return problems


def aliased(desired, staying):
    """Warnings about MX, NS and SRV values that point to an alias of the same zone."""
    aliases = {row["name"] for rows in (desired, staying) for row in rows if row["type"] == "CNAME"}
    if not aliases:
        return []
    return [
        _told(row, "its target %s is a CNAME; resolvers may not follow it" % rdata.pointed(row["type"], value))
        for row in desired
        if row["type"] in HOSTS
        for value in row.get("values", ())
        if rdata.pointed(row["type"], value) in aliases
    ]
