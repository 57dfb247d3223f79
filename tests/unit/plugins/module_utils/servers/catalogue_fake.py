# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A made-up provider of servers (a fake, for the tests of what all providers share)."""

from __future__ import annotations

from ansible_collections.rackwright.platform.plugins.module_utils.servers.base import ServerDriver, Store


def store_of(rows):
    """A Store class that holds these rows."""

    class Rows(Store):
        STAMPS = False

        def read(self):
            return [dict(row) for row in rows]

    return Rows


SITES = [
    {"name": "sjc1", "metro": "sv"},
    {"name": "ewr1", "metro": "ny"},
    {"name": "dfw1", "metro": "da"},
]
PLANS = [{"name": "small"}, {"name": "rare", "capacity": "sold_out"}]
IMAGES = [
    {"name": "debian_12", "end_of_life": "2028-06-30"},
    {"name": "debian_9", "end_of_life": "2022-06-30", "successor": "debian_12"},
]


class Made(ServerDriver):
    """Facilities with so much room: {site: number}; servers as given."""

    NAME = "made"
    SEES = ("api",)
    STORES = {"facility": store_of(SITES), "plan": store_of(PLANS), "image": store_of(IMAGES)}
    CAPS = {"locked": True, "spot": "it has no spare machines"}

    def __init__(self, room=None, rows=()):
        super().__init__({})
        self.free, self.rows, self.asked = room, [dict(row) for row in rows], []

    def read(self):
        return [dict(row) for row in self.rows]

    def room(self, wants):
        self.asked.append(wants)
        if self.free is None:
            return super().room(wants)
        return {(site, plan): self.free.get(site, 0) for site, plan in wants}

    def phases(self, keys, signs=()):
        return {row["name"]: None if row["state"] == "active" else row["state"] for row in self.rows}
