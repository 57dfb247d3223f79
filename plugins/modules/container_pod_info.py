#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: container_pod_info
short_description: Read pods of containers
version_added: 1.0.0
description:
  - Returns pods, and the names of the containers in them.
  - Without O(names), those that Rackwright has made.
author: Rackwright contributors (@rackwright)
requirements: ["docker (Python library) >= 5.0"]
extends_documentation_fragment:
  - rackwright.platform.container_pod_info
  - rackwright.platform.provider_containers
  - rackwright.platform.attributes.info
  - rackwright.platform.attributes.containers
seealso:
  - module: rackwright.platform.container_pod
"""

EXAMPLES = r"""
- name: Read the shop's pods
  rackwright.platform.container_pod_info:
    provider: docker
    owner: shop
  register: shop

- name: Show what is in each
  ansible.builtin.debug:
    msg: "{{ dict(shop.pods | map(attribute='name') | zip(shop.pods | map(attribute='containers'))) }}"
"""

RETURN = r"""
pods:
  description:
    - The pods by name, with the fields of M(rackwright.platform.container_pod).
    - C(foreign) says whether Rackwright did not make it.
  returned: always
  type: list
  elements: dict
  sample:
    - {name: shop-pod, state: started, containers: [shop-pod-cache, shop-pod-web], owner: shop, foreign: false}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.containers.pod import POD, READ
from ansible_collections.rackwright.platform.plugins.module_utils.containers.pod_store import Pods
from ansible_collections.rackwright.platform.plugins.module_utils.containers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.containers.things import look
from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch

FIELDS = READ


def work(task):
    """Read them."""
    return look(task, POD, task.driver().store(Pods))


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
