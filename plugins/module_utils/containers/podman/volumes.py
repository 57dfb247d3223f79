# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes of Podman."""

from __future__ import annotations

from ...core.errors import Refused
from ..volume_store import Volumes

SIZES = (5, 0)  # the version from which a volume in memory has a size


class PodmanVolumes(Volumes):
    """The same."""

    def amend(self, made, desired, owner):
        """Raise Refused also for volumes in memory where Podman takes their size for a quota of the disk."""
        wanted = [change.key for change in made.changes if change.want and _sized(change.want.get("options") or {})]
        if wanted and self.client.call("release") < SIZES:
            text = "volume %s: provider podman cannot do a size: Podman before 5 takes it for a quota of the disk; %s"
            raise Refused([text % (name, "leave the size out") for name in wanted])
        super().amend(made, desired, owner)


def _sized(options):
    return options.get("type") == "tmpfs" and "size=" in options.get("o", "")
