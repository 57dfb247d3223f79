#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: container_network_info
short_description: Read networks of containers
version_added: 1.0.0
description:
  - Returns networks, and the names of the containers in them.
  - Without O(names), those that Rackwright has made.
author: Rackwright contributors (@rackwright)
requirements: ["docker (Python library) >= 5.0"]
extends_documentation_fragment:
  - rackwright.platform.container_network_info
  - rackwright.platform.provider_containers
  - rackwright.platform.attributes.info
  - rackwright.platform.attributes.containers
seealso:
  - module: rackwright.platform.container_network
"""

EXAMPLES = r"""
- name: Read the shop's networks
  rackwright.platform.container_network_info:
    provider: docker
    owner: shop
  register: shop

- name: Show which of them nobody uses
  ansible.builtin.debug:
    msg: "{{ shop.networks | rejectattr('containers') | map(attribute='name') }}"
"""

RETURN = r"""
networks:
  description:
    - The networks by name, with the fields of M(rackwright.platform.container_network).
    - C(foreign) says whether Rackwright did not make it.
  returned: always
  type: list
  elements: dict
  sample:
    - {name: shop-front, driver: bridge, containers: [shop-web], owner: shop, foreign: false}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.containers.network import NETWORK, READ
from ansible_collections.rackwright.platform.plugins.module_utils.containers.network_store import Networks
from ansible_collections.rackwright.platform.plugins.module_utils.containers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.containers.things import look
from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch

FIELDS = READ


def work(task):
    """Read them."""
    return look(task, NETWORK, task.driver().store(Networks, members=True))


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
