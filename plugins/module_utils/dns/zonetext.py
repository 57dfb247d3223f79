# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole zone as the text of a file that is ours: a header, record sets in order, whose stamp each bears, and a serial
number that goes on."""

from __future__ import annotations

from urllib.parse import quote, unquote

from ..core.errors import Refused
from . import names, zonefile
from .resource import TTL

HEADER = "Written by Rackwright; comments and $INCLUDE put in here would be lost, records would not."
STAMP = "rackwright/"  # a record's comment `; rackwright/<owner>`
_OPEN = "/:@+=,.~ "  # what an owner's name may hold in a comment beside letters and digits


class Reader(zonefile.Reader):
    """Also reads stamps, and notes in `lost` what would not outlive a rewriting: `comment`, `$INCLUDE`, `header`."""

    def __init__(self, zone, ttl=TTL):
        super().__init__(zone, ttl)
        self.zone, self.lost = zone, {"header"}

    def comment(self, said):
        """Tell ours from those of people."""
        super().comment(said)
        if said == HEADER:
            self.lost.discard("header")
        elif said and not said.startswith(STAMP):
            self.lost.add("comment")

    def _include(self, token, origin=None):
        self.lost.add("$INCLUDE")
        super()._include(token, origin)

    def _record(self, words, indented):
        row = super()._record(words, indented)
        for said in self.said:
            if said.startswith(STAMP):
                row["owner"] = unquote(said[len(STAMP) :])
        return row

    def whole(self, path):
        """All record sets of a zone that is complete; path: its file, for errors. Raises Refused."""
        rows = self.rows()
        number = len(self.sets.get((self.zone, "SOA"), {}).get("values", ()))
        if number != 1:
            raise Refused("file %s: it has %s SOA of the zone %s" % (path, number or "no", self.zone))
        for row in rows:
            del row["_at"]
        return rows


def whole(zone, rows):
    """The text of a zone's file."""
    lines = ["; %s" % HEADER, "$ORIGIN %s" % zone]
    for row in sorted(rows, key=lambda row: _place(row, zone)):
        head = "%s\t%d\tIN\t%s\t" % (names.relative(row["name"], zone), row["ttl"], row["type"])
        stamp = "\t; %s%s" % (STAMP, _spelled(row["owner"])) if row.get("owner") else ""
        lines += ["%s%s%s" % (head, value, stamp) for value in row["values"]]
    return "\n".join(lines) + "\n"


def _spelled(owner):
    """An owner's name as a comment keeps it; blanks at its ends would be lost."""
    return quote(owner, safe=_OPEN if owner == owner.strip() else "")


def _place(row, zone):
    """SOA, the zone's own sets, then by name from the right, as DNSSEC orders them."""
    kind = row["type"]
    return row["name"] != zone, row["name"].split(".")[::-1], kind != "SOA", kind != "NS", kind


def serial_of(value):
    """The serial number of an SOA's value."""
    return int(value.split(" ")[2])


def with_serial(value, serial):
    """An SOA's value with another serial number."""
    words = value.split(" ")
    words[2] = str(serial)
    return " ".join(words)


def ahead(one, other):
    """Whether serial number `one` comes after `other` (RFC 1982)."""
    return 0 < (one - other) % 2**32 < 2**31


def raised(serial, form, today):
    """The serial number after this one: one more, or with form `date` at least YYYYMMDD01 of the day `today`."""
    first = int(today.strftime("%Y%m%d01"))
    if form == "date" and ahead(first, serial):
        return first
    return (serial + 1) % 2**32 or 1  # some take 0 for none
