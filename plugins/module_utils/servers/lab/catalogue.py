# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lab offers: its networks, its sizes, and the images on its engine."""

from __future__ import annotations

from ..base import Store
from .install import size


class Facilities(Store):
    """The lab's facilities, by its own options."""

    def read(self):
        """Every facility, whether it has servers or not."""
        return [{"name": name, "title": subnet or "any free subnet"} for name, subnet in self.driver.facilities.items()]


class Plans(Store):
    """The sizes that servers can have."""

    def read(self):
        """The built-in ones and those of the options; cores in part are told as one."""
        return [
            {"name": name, "cpus": max(1, int(float(plan["cpus"]))), "memory": size(plan["memory"]) >> 20}
            for name, plan in self.driver.plans.items()
        ]


class Images(Store):
    """The images on the engine."""

    def read(self):
        """One call."""
        return [{"name": name} for name in self.driver.images()]


STORES = {"facility": Facilities, "plan": Plans, "image": Images}
