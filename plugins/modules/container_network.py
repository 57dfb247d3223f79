#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: container_network
short_description: Make, replace and remove networks of containers
version_added: 1.0.0
description:
  - Makes networks be as declared, any number in one task.
  - Nothing of a network can be changed in place, so one that differs is replaced by a new one. The containers of
    Rackwright's that are in it leave it, and join the new one with the fixed addresses and aliases they had. Where the
    new one cannot be made, the old one is made again; a run that is interrupted is finished by the next.
  - A network with somebody else's container in it is not replaced, and one that any container uses is not removed.
author: Rackwright contributors (@rackwright)
requirements: ["docker (Python library) >= 5.0"]
extends_documentation_fragment:
  - rackwright.platform.container_network
  - rackwright.platform.provider_containers
  - rackwright.platform.attributes
  - rackwright.platform.attributes.containers
seealso:
  - module: rackwright.platform.container
  - module: rackwright.platform.container_network_info
"""

EXAMPLES = r"""
- name: A network of both protocols for the shop, and one without a way out for its database
  rackwright.platform.container_network:
    provider: docker
    owner: shop
    networks:
      - name: shop-front
        subnets:
          - {subnet: 10.231.7.0/24, gateway: 10.231.7.1, range: 10.231.7.128/25}
          - {subnet: "fd00:231:7::/64"}
      - {name: shop-back, internal: true}

- name: Remove a network
  rackwright.platform.container_network:
    provider: docker
    networks: [{name: shop-back}]
    state: absent
"""

RETURN = r"""
networks:
  description: The declared networks as they are now, or in check mode would be, with the fields of O(networks).
  returned: always
  type: list
  elements: dict
  sample:
    - name: shop-back
      driver: bridge
      subnets: [{subnet: 172.20.0.0/16, gateway: 172.20.0.1}]
      internal: true
"""

from ansible_collections.rackwright.platform.plugins.module_utils.containers.network import MANAGE, NETWORK, fit
from ansible_collections.rackwright.platform.plugins.module_utils.containers.network_store import Networks
from ansible_collections.rackwright.platform.plugins.module_utils.containers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.containers.things import manage
from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch

FIELDS = MANAGE


def work(task):
    """Make the networks be as declared."""
    return manage(task, NETWORK, lambda driver: driver.store(Networks, task.params["owner"]), fit)


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
