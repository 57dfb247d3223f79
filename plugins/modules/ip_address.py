#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: reserve addresses and assign them to servers."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ip_address
short_description: Reserve addresses and assign them to servers
description:
  - Reserves blocks of addresses that outlive servers, assigns them, and moves them from one server to another.
  - A block keeps its addresses as long as it is declared, whoever has it.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
notes:
  - The provider routes an assigned address to the server. Some leave it to the server to bind it.
seealso:
  - module: rackwright.platform.ip_address_info
  - module: rackwright.platform.server
extends_documentation_fragment:
  - rackwright.platform.ip_address
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: An address for the shop, now on web02
  rackwright.platform.ip_address:
    provider: packet
    packet: {url: "{{ packet_url }}", token: "{{ packet_token }}", project: "{{ packet_project }}"}
    owner: shop
    ip_addresses:
      - {name: shop-front, facility: sv15, server: web02}
"""

RETURN = r"""
ip_addresses:
  description: Those of this task as they are now, or in check mode would be.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.addresses import IP_ADDRESS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.addresses import MANAGE as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.things import manage


def work(task):
    """Reserve addresses and assign them to servers."""
    return manage(task, IP_ADDRESS, "ip_addresses")


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
