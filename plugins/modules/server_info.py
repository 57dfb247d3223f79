#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: which servers there are."""

from __future__ import annotations

DOCUMENTATION = r"""
module: server_info
short_description: List servers
description:
  - Lists the servers of a provider, all or some, with one list call however many there are.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
seealso:
  - module: rackwright.platform.server
  - plugin: rackwright.platform.servers
    plugin_type: inventory
extends_documentation_fragment:
  - rackwright.platform.server_info
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes.info
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: All servers
  rackwright.platform.server_info:
    provider: lab
  register: all_servers

- name: The web servers in two facilities
  rackwright.platform.server_info:
    provider: lab
    filters:
      facility: [ams1, ewr1]
      tags: {role: web}

- name: What a server says on its console
  rackwright.platform.server_info:
    provider: lab
    names: [web01]
    console: true
"""

RETURN = r"""
servers:
  description: The servers, sorted by name, with the fields that M(rackwright.platform.server) returns.
  returned: success
  type: list
  elements: dict
  contains:
    console: {description: The last lines of its console., type: str, returned: with O(console=true)}
"""

from concurrent.futures import ThreadPoolExecutor

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.options import LOOK as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.options import names_of
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.resource import SERVER, matches, visible


def work(task):
    """Read, and choose."""
    params = task.params
    driver = task.driver()
    rows = [row for row in visible(driver.read()) if matches(row, params["filters"])]
    if params["names"] is not None:
        names = set(names_of(params["names"]))
        rows = [row for row in rows if row["name"] in names]
    if params["console"] and rows:
        with ThreadPoolExecutor(driver.WORKERS) as pool:
            rows = [dict(row, console=text) for row, text in zip(rows, pool.map(driver.console, rows))]
    return {"servers": [SERVER.shown(row) for row in rows]}


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
