# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake: the local connection under another name, so that it counts as remote."""

from __future__ import annotations

from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = """
name: elsewhere
short_description: the local connection under another name
description: For tests.
extends_documentation_fragment: [connection_pipelining]
"""


class Connection(Local):
    """Runs here, and says that it does not."""

    transport = "elsewhere"
