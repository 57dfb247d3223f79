#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: which server_networks there are."""

from __future__ import annotations

DOCUMENTATION = r"""
module: server_network_info
short_description: List server networks
description:
  - Lists what M(rackwright.platform.server_network) manages, all pages.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
seealso:
  - module: rackwright.platform.server_network
extends_documentation_fragment:
  - rackwright.platform.server_network_info
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes.info
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: Which networks there are
  rackwright.platform.server_network_info:
    provider: packet
    packet: {url: "{{ packet_url }}", token: "{{ packet_token }}", project: "{{ packet_project }}"}
"""

RETURN = r"""
server_networks:
  description: Sorted, with the fields that M(rackwright.platform.server_network) takes and reports.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.networks import LOOK as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.networks import SERVER_NETWORK
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.things import look


def work(task):
    """Which server_networks there are."""
    return look(task, SERVER_NETWORK, "server_networks")


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
