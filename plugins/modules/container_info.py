#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: container_info
short_description: Read containers
version_added: 1.0.0
description:
  - Returns containers with what they were declared with and how they are.
  - Without O(names), those that Rackwright has made.
author: Rackwright contributors (@rackwright)
requirements: ["docker (Python library) >= 5.0, for the providers V(docker) and V(podman)"]
extends_documentation_fragment:
  - rackwright.platform.container_info
  - rackwright.platform.provider_containers
  - rackwright.platform.attributes.info
  - rackwright.platform.attributes.containers
seealso:
  - module: rackwright.platform.container
"""

EXAMPLES = r"""
- name: Read the shop's containers
  rackwright.platform.container_info:
    provider: docker
    owner: shop
  register: shop

- name: Show which of them do not run
  ansible.builtin.debug:
    msg: "{{ shop.containers | rejectattr('status', 'eq', 'running') | map(attribute='name') }}"
"""

RETURN = r"""
containers:
  description:
    - The containers by name, with the fields of M(rackwright.platform.container).
    - Of a container that Rackwright did not make, all that is in effect; C(foreign) says so.
  returned: always
  type: list
  elements: dict
  sample:
    - {name: shop-web, image: "shop/web:1", state: started, status: running, health: healthy, owner: shop}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.containers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.containers.resource import CONTAINER, READ
from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch

FIELDS = READ


def work(task):
    """Read them."""
    names, owner = task.params["names"], task.params["owner"]
    rows = [row for row in task.driver().containers(names, owner=owner).read() if not row.get("_debris")]
    if names is not None:
        rows = [row for row in rows if row["name"] in names and owner in (None, row["owner"])]
    shown = [dict(CONTAINER.shown(row), foreign="_foreign" in row) for row in sorted(rows, key=CONTAINER.key)]
    return {"containers": shown}


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
