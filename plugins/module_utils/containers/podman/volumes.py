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
        wanted = [
            change.key for change in made.changes if "size=" in ((change.want or {}).get("options") or {}).get("o", "")
        ]
        if wanted and self.client.call("release") < SIZES:
            text = "volume %s: provider podman cannot do tmpfs: Podman before 5 gives it no size; give %s"
            raise Refused([text % (name, "the container a tmpfs among its own volumes") for name in wanted])
        super().amend(made, desired, owner)
