# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of Podman."""

from __future__ import annotations

from ..image_store import Images
from .words import plain


class PodmanImages(Images):
    """The same, further names in the spelling in which they are compared."""

    def prepare(self, rows, current, pull="missing"):
        """The declared rows as Images has them."""
        rows = super().prepare(rows, current, pull)
        return [dict(row, tags=sorted(map(plain, row["tags"]))) if row.get("tags") else row for row in rows]
