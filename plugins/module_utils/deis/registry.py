# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The platforms by name. The imports are literal, so that Ansible ships the drivers with the modules."""

from __future__ import annotations

from ..core.driver import Drivers


def _hephy():
    from .drivers.hephy import Hephy

    return Hephy


def _drycc():
    from .drivers.drycc import Drycc

    return Drycc


DRIVERS = Drivers(hephy=_hephy, drycc=_drycc)
