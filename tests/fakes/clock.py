# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A clock for what waits."""

from __future__ import annotations


class Clock:
    """Time that passes only by sleeping. naps: how long each sleep was, in seconds."""

    def __init__(self):
        self.now, self.naps = 0.0, []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        """Let them pass at once."""
        self.naps.append(seconds)
        self.now += seconds
