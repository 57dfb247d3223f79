# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same on a real Podman, which runs in a systemd host of its own."""

from __future__ import annotations

from .containers import Raw, on


def measure(table, ansible, pairs):
    """The cases of this part."""
    from integration.busybox import busybox
    from integration.podman import Podman

    with Podman() as host:
        on(table, ansible, pairs, Raw(busybox(), host.socket), "podman")
