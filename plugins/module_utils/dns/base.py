# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the drivers of DNS have in common."""

from __future__ import annotations

from ..core.driver import Driver

ONE_ANSWER = "it gives everybody the same answer"
CATALOGS = "its catalog zones, where it has any, are not set up by its API"
RARELY = {  # what a driver must say that it can
    "set": ONE_ANSWER,
    "routing": ONE_ANSWER,
    "alias": "it has values only",
    "vpcs": "it has no private zones",
    "comment": "it has no place for it",
    "dnssec": "signing is set on the server itself",
    "nsec3param": "signing is set on the server itself",
    "metadata": "these are settings of PowerDNS",
    "catalog": CATALOGS,
    "kind=Producer": CATALOGS,
    "kind=Consumer": CATALOGS,
    "delegation_set": "it has no such thing",
}


class DnsDriver(Driver):
    """A Driver of zones and record sets: `zones(wanted=None)` and `records(zone)` return their stores.

    The store of records has `read`, which raises NotFound where the zone is not there and sets `head` to the zone's
    row, and `chunks` and `send`.
    """

    @classmethod
    def abilities(cls):
        """What it can do and what not; rare things only where the driver says so."""
        return dict(RARELY, **cls.CAPS)
