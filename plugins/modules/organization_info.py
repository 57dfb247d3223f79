#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: which organizations there are."""

from __future__ import annotations

DOCUMENTATION = r"""
module: organization_info
short_description: List organizations
description:
  - Lists what M(rackwright.platform.organization) manages, all pages.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
seealso:
  - module: rackwright.platform.organization
extends_documentation_fragment:
  - rackwright.platform.organization_info
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes.info
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: Which organizations there are
  rackwright.platform.organization_info:
    provider: packet
    packet: {url: "{{ packet_url }}", token: "{{ packet_token }}"}
"""

RETURN = r"""
organizations:
  description: Sorted, with the fields that M(rackwright.platform.organization) takes and reports.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.accounts import LOOK as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.accounts import ORGANIZATION
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.things import look


def work(task):
    """Which organizations there are."""
    return look(task, ORGANIZATION, "organizations")


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
