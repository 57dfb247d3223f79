#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: container_volume_info
short_description: Read volumes of containers
version_added: 1.0.0
description:
  - Returns volumes, and the names of the containers that have them.
  - Without O(names), those that Rackwright has made.
author: Rackwright contributors (@rackwright)
requirements: ["docker (Python library) >= 5.0"]
extends_documentation_fragment:
  - rackwright.platform.container_volume_info
  - rackwright.platform.provider_containers
  - rackwright.platform.attributes.info
  - rackwright.platform.attributes.containers
seealso:
  - module: rackwright.platform.container_volume
"""

EXAMPLES = r"""
- name: Read the shop's volumes
  rackwright.platform.container_volume_info:
    provider: docker
    owner: shop
  register: shop

- name: Show which of them no container has
  ansible.builtin.debug:
    msg: "{{ shop.volumes | rejectattr('containers') | map(attribute='name') }}"
"""

RETURN = r"""
volumes:
  description:
    - The volumes by name, with the fields of M(rackwright.platform.container_volume).
    - C(foreign) says whether Rackwright did not make it.
  returned: always
  type: list
  elements: dict
  sample:
    - {name: shop-data, driver: local, containers: [shop-db], owner: shop, foreign: false}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.containers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.containers.things import look
from ansible_collections.rackwright.platform.plugins.module_utils.containers.volume import READ, VOLUME
from ansible_collections.rackwright.platform.plugins.module_utils.containers.volume_store import Volumes
from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch

FIELDS = READ


def work(task):
    """Read them."""
    return look(task, VOLUME, task.driver().store(Volumes, members=True))


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
