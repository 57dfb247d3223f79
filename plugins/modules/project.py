#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: manage projects."""

from __future__ import annotations

DOCUMENTATION = r"""
module: project
short_description: Manage projects
description:
  - Makes the projects of an account what is declared. A project that still has servers is not deleted.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
seealso:
  - module: rackwright.platform.project_info
  - module: rackwright.platform.server
extends_documentation_fragment:
  - rackwright.platform.project
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: A project for the shop
  rackwright.platform.project:
    provider: packet
    packet: {url: "{{ packet_url }}", token: "{{ packet_token }}"}
    projects:
      - {name: shop, description: What the shop runs on}
"""

RETURN = r"""
projects:
  description: Those of this task as they are now, or in check mode would be.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.accounts import PROJECT
from ansible_collections.rackwright.platform.plugins.module_utils.servers.accounts import PROJECTS as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.things import manage


def work(task):
    """Manage projects."""
    return manage(task, PROJECT, "projects")


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
