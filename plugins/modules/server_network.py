#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: manage layer-2 networks and the servers attached to them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: server_network
short_description: Manage layer-2 networks and the servers attached to them
description:
  - Makes the VLANs of a project what is declared, and attaches servers to them.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
seealso:
  - module: rackwright.platform.server_network_info
  - module: rackwright.platform.server
extends_documentation_fragment:
  - rackwright.platform.server_network
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: A network for storage
  rackwright.platform.server_network:
    provider: packet
    packet: {url: "{{ packet_url }}", token: "{{ packet_token }}", project: "{{ packet_project }}"}
    owner: shop
    server_networks:
      - {name: storage, facility: sv, vlan: 1042, servers: [{name: web01}, {name: web02}]}
"""

RETURN = r"""
server_networks:
  description: Those of this task as they are now, or in check mode would be.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.networks import MANAGE as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.networks import SERVER_NETWORK
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.things import manage


def work(task):
    """Manage layer-2 networks and the servers attached to them."""
    return manage(task, SERVER_NETWORK, "server_networks")


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
