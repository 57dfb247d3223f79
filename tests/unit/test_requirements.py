# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An execution environment, as AWX builds it, has the libraries of every provider."""

from __future__ import annotations

import importlib
import pathlib
import re

META = pathlib.Path(__file__).resolve().parents[2] / "meta"
REGISTRY = "ansible_collections.rackwright.platform.plugins.module_utils.%s.registry"


def test_execution_environments_have_what_drivers_want():
    lines = (META / "ee-requirements.txt").read_text(encoding="utf-8").splitlines()
    there = {re.split("[<>=]", line)[0] for line in lines}
    drivers = [
        d
        for domain in ("servers", "dns", "containers")
        for d in importlib.import_module(REGISTRY % domain).DRIVERS.values()
    ]
    wanted = {package for driver in drivers for _module, package in driver.REQUIRES}
    assert len(drivers) > 10 and wanted <= there
