# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Provider name -> driver. The imports are spelled out, since Ansible ships only what it can see."""

from __future__ import annotations

from .drivers.docker import Docker

DRIVERS = {driver.NAME: driver for driver in (Docker,)}
