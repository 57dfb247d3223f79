# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the contract suite's DNS providers have in common: the record sets that are declared in one zone."""

from __future__ import annotations

from contract.provider import Provider


class ZoneProvider(Provider):
    """Record sets of ZONE."""

    MODULE = "dns_zone"
    ZONE = "contract.example."
    ROWS = (
        {"name": "www", "type": "A", "ttl": 300, "values": ["192.0.2.1", "192.0.2.2"]},
        {"name": "mail", "type": "AAAA", "ttl": 300, "values": ["2001:db8::1"]},
        {"name": "note", "type": "TXT", "ttl": 60, "values": ['"one" "two"']},
    )
    CHANGED = (dict(ROWS[0], values=["192.0.2.1", "192.0.2.9"]), dict(ROWS[1], ttl=600), ROWS[2])
    REPLACED = "a record set is always changed in place"
    ATOMIC = True
