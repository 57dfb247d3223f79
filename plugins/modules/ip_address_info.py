#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: which ip_addresses there are."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ip_address_info
short_description: List IP addresses
description:
  - Lists what M(rackwright.platform.ip_address) manages, all pages.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
seealso:
  - module: rackwright.platform.ip_address
extends_documentation_fragment:
  - rackwright.platform.ip_address_info
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes.info
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: Which addresses are reserved, and who has them
  rackwright.platform.ip_address_info:
    provider: packet
    packet: {url: "{{ packet_url }}", token: "{{ packet_token }}", project: "{{ packet_project }}"}
"""

RETURN = r"""
ip_addresses:
  description: Sorted, with the fields that M(rackwright.platform.ip_address) takes and reports.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.addresses import IP_ADDRESS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.addresses import LOOK as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.things import look


def work(task):
    """Which ip_addresses there are."""
    return look(task, IP_ADDRESS, "ip_addresses")


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
