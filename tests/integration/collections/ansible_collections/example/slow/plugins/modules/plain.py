# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unrouted one of two equal modules."""

from __future__ import annotations

from ansible_collections.example.slow.plugins.module_utils.work import main

if __name__ == "__main__":
    main()
