# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let plain pytest find plugins by their full names, and give the engine something to plan for."""

from __future__ import annotations

import contextlib

from ansible.plugins.loader import init_plugin_loader

with contextlib.suppress(ValueError):  # another conftest has done it
    init_plugin_loader()
