# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Address sets of an UPDATE as the bytes that dnspython would write, without its objects: to make those takes longer
than all else where there are thousands."""

from __future__ import annotations

import socket
import struct

from . import names

IN, ZONE = 1, b"\xc0\x0c"  # a pointer to the zone's name, which is at byte 12 of each UPDATE
FAMILIES = {"A": (1, socket.AF_INET), "AAAA": (28, socket.AF_INET6)}


class Addresses:
    """A set of type A or AAAA that stands in a message in place of dnspython's own.

    name, zone, ttl, kind, values: canonical; the name has no escapes and is in the zone.
    """

    def __init__(self, name, zone, ttl, kind, values):
        number, family = FAMILIES[kind]
        datas = [socket.inet_pton(family, value) for value in values]
        seen = names.relative(name, zone)
        labels = () if seen == "@" else seen.encode().split(b".")
        owner = b"".join(bytes((len(label),)) + label for label in labels) + ZONE
        head = owner + struct.pack("!HHIH", number, IN, ttl, len(datas[0]))
        self.count, self.wire = len(datas), b"".join(head + data for data in datas)

    def to_wire(self, output, *_compressing, **_more):
        """Write them, as dnspython's sets do; returns how many they are."""
        output.write(self.wire)
        return self.count
