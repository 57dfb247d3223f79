#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: manage organizations."""

from __future__ import annotations

DOCUMENTATION = r"""
module: organization
short_description: Manage organizations
description:
  - Makes the organizations of an account what is declared. An organization that still has projects is not deleted.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
seealso:
  - module: rackwright.platform.organization_info
  - module: rackwright.platform.server
extends_documentation_fragment:
  - rackwright.platform.organization
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: An organization
  rackwright.platform.organization:
    provider: packet
    packet: {url: "{{ packet_url }}", token: "{{ packet_token }}"}
    organizations:
      - {name: example, website: "https://example.org"}
"""

RETURN = r"""
organizations:
  description: Those of this task as they are now, or in check mode would be.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.accounts import ORGANIZATION
from ansible_collections.rackwright.platform.plugins.module_utils.servers.accounts import ORGANIZATIONS as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.things import manage


def work(task):
    """Manage organizations."""
    return manage(task, ORGANIZATION, "organizations")


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
