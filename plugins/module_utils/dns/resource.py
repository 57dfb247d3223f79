# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a zone and a record set are, whoever serves them."""

from __future__ import annotations

import re
from dataclasses import replace

from ..core.field import Field
from ..core.resource import Limits, Resource
from . import names, rdata, routing, zonefile

TTL = 3600  # seconds, where nobody says
CHOICES = ("Native", "Primary", "Secondary", "Producer", "Consumer")
KINDS = dict({kind.lower(): kind for kind in CHOICES}, master="Primary", slave="Secondary")
ALONE = ("CNAME",)  # types beside which a name holds no other data
APEX = ("SOA", "NS", "DNSKEY", "CDS", "CDNSKEY")  # what prune leaves at the zone's own name
EXACT = ("ttl", "values", "routing", "alias")  # what a declared set has only when it says so
_NSEC3 = re.compile(r"1 [01] \d{1,5} (?:-|(?:[0-9a-f]{2}){1,255})\Z")
ON_TOP = "the zone's own name holds SOA and NS, so it cannot be a %s; declare addresses, or ALIAS where there is such"
HOSTS = ("MX", "NS", "SRV")  # types whose target must not be an alias (RFC 2181, section 10.3)


def kind_of(word):
    """The canonical kind of a zone, one of CHOICES."""
    return KINDS.get(word.lower(), word)


class RecordSets(Resource):
    """Record sets: of one name and type there is one, or several that are told apart by their `set`."""

    def key(self, row):
        """(name, type), with the set's own name where it has one."""
        key = (row["name"], row["type"])
        return (*key, row["set"]) if "set" in row else key

    def _name_of(self, row):
        return " ".join([super()._name_of(row), *([str(row["set"])] if row.get("set") else [])])

    def differing(self, have, want):
        """The fields in which they differ; what the declared set does not have is a difference as well."""
        more = (field for field in self.fields if field.name in EXACT and field.name in have and field.name not in want)
        return (*super().differing(have, want), *more)

    def merged(self, have, want):
        """The row as declared, with what else is known of it."""
        row = super().merged(have, want)
        row.update((name, want[name]) for name in EXACT if name in want)
        return {name: value for name, value in row.items() if name in want or name not in EXACT}


def as_lines(row):
    """A record set as lines of a zone file; what they cannot say is a comment."""
    said = routing.written(row) if row else ""
    if not said:
        return zonefile.written(row)
    if "values" not in row:
        return "%s\t\tIN\t%s\t; %s\n" % (row["name"], row["type"], said)
    return "".join("%s\t; %s\n" % (line, said) for line in zonefile.written(row).splitlines())


RECORD_SET = RecordSets(
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
        *routing.FIELDS,
        Field("owner", given=False, help="Whose stamp the set bears."),
    ),
    text=as_lines,
    one_diff=True,
)


def _nsec3param(value):
    """NSEC3's parameters as PowerDNS spells them. Raises ValueError."""
    words = value.lower().split()
    if words and not _NSEC3.match(" ".join(words)):
        raise ValueError("it has four words: hash 1, flags 0 or 1, iterations, salt in hex or -; such as `1 0 0 -`")
    return " ".join(words)


def _metadata(value):
    """Kinds in capitals, each with a sorted list of texts. Raises ValueError."""
    return {str(kind).upper(): sorted(set(texts(said))) for kind, said in value.items()}


def _unsigned(rows):
    """Problems of zones: NSEC3 where nothing is signed."""
    return [
        "zone %s: nsec3param is for signed zones; say `dnssec: true` as well, or leave it out" % row["name"]
        for row in rows
        if row.get("nsec3param") and not row.get("dnssec")
    ]


ZONE = Resource(
    "zone",
    "zones",
    order=("create", "update", "delete"),
    limits=Limits(deletes=100, changes=100),
    check=_unsigned,
    fields=(
        Field("name", given=False, help="The zone's name, absolute, in canonical spelling."),
        Field(
            "kind",
            choices=(*CHOICES, "Master", "Slave"),
            normal=kind_of,
            help=(
                "How the zone comes by its data. V(Master) and V(Slave) are old words for V(Primary) and V(Secondary).",
                "V(Producer) is a catalog zone, which tells secondaries of its member zones; V(Consumer) fetches one.",
                "A new zone is V(Native) unless told otherwise; the kind of one that is there is left alone.",
            ),
        ),
        Field(
            "catalog",
            normal=lambda name: name and names.absolute(name),
            help="The catalog zone, a V(Producer), that it is a member of. V('') takes it out of the one it is in.",
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
        Field(
            "dnssec",
            type="bool",
            help=(
                "Whether the server signs the zone. It makes the keys; the DS in the parent zone is not its business.",
                "V(false) removes the keys: take the DS out of the parent zone first, and wait for its TTL.",
            ),
        ),
        Field(
            "nsec3param",
            normal=_nsec3param,
            help="How NSEC3 hashes names, such as V(1 0 0 -). V('') is NSEC. Only with O(dnssec=true).",
        ),
        Field(
            "metadata",
            type="dict",
            compare="subset",
            normal=_metadata,
            help=(
                "PowerDNS's settings of the zone by kind, such as C(ALLOW-AXFR-FROM), each a list of texts.",
                "Kinds that are not named are left alone; an empty list removes one.",
            ),
        ),
        Field("comment", help="What the provider shows beside the zone."),
        Field(
            "vpcs",
            type="list",
            elements="dict",
            compare="set",
            help="The networks that a private zone answers in.",
            options=(
                Field("id", required=True, help="The network's id, such as V(vpc-0a1b2c3d)."),
                Field("region", required=True, help="The region that it is in."),
            ),
        ),
        Field(
            "delegation_set",
            compare="ignore",
            help="The id of the reusable set of nameservers that a new zone is to have.",
        ),
        Field("id", given=False, compare="ignore", help="The provider's id of the zone."),
        Field("private", type="bool", given=False, compare="ignore", help="Whether it only answers in O(vpcs)."),
        Field("nameservers", type="list", elements="str", given=False, compare="ignore", help="Who serves the zone."),
        Field("owner", given=False, compare="ignore", help="Who made the zone."),
        Field("serial", type="int", given=False, compare="ignore", help="The serial number of the zone."),
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
        done = dict(routing.canonical(row, owner, whole), name=owner(row["name"]), type=kind)
        if "alias" in done:
            return done
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
            problems.append(_told(row, ON_TOP % kind))
        elif name != zone and kind in APEX and kind != "NS":
            problems.append(_told(row, "%s stands only at the zone's own name, %s" % (kind, zone)))
        entry = rdata.TYPES.get(kind)
        if entry and entry.single and len(row.get("values", ())) > 1:
            problems.append(_told(row, "it has %d values; %s takes one" % (len(row["values"]), kind)))
    for group in kinds.values():
        if len(group) > 1:
            problems += [
                _told(row, "a name with a %s holds nothing else; here it also has %s" % (row["type"], others))
                for row in group
                for others in _others(group, row)
                if row["type"] in ALONE
            ]
            problems += _mixed(group)
    return problems


def _others(group, row):
    """The types beside the row's own, as one text in a list; none where there are none."""
    found = [o for o in group if o["type"] != row["type"]]
    return [", ".join("%s%s" % (o["type"], " (%s)" % o["_at"] if "_at" in o else "") for o in found)] if found else []


def _mixed(rows):
    """Problems between sets of one name that have the same type."""
    kinds = {}
    for row in rows:
        kinds.setdefault(row["type"], []).append(row)
    return [_told(row, reason) for group in kinds.values() for row, reason in routing.conflicts(group)]


def _told(row, reason):
    at = "%s: " % row["_at"] if "_at" in row else ""
    return "%srecord set %s: %s" % (at, RECORD_SET.label(RECORD_SET.key(row)), reason)


def clashes(desired, staying):
    """Problems between declared rows and those on the server that stay there."""
    there, problems = {}, []
    for row in staying:
        if row["type"] not in rdata.SIGNING:
            there.setdefault(row["name"], []).append(row)
    for row in desired:
        beside = there.get(row["name"], ())
        others = [other["type"] for other in beside if other["type"] != row["type"]]
        alike = [other for other in beside if other["type"] == row["type"]]
        for _row, reason in routing.conflicts([*alike, row]):
            problems.append(
                _told(row, "with what is in the zone, %s; `dns_record` with `state: absent` removes sets" % reason)
            )
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
