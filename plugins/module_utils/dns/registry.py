# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The DNS providers by name."""

from __future__ import annotations

from .drivers.powerdns import PowerDNS
from .drivers.rfc2136 import RFC2136

DRIVERS = {driver.NAME: driver for driver in (PowerDNS, RFC2136)}
