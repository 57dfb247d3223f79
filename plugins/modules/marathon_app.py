#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: marathon_app
short_description: Deploy apps on Marathon
version_added: 1.0.0
description:
  - Makes apps of Marathon be as declared, any number in one task, and waits until their deployments are over.
  - What is left out is not managed. Inside of containers, health checks and the like that holds as well, so that the
    defaults that Marathon fills in are no differences.
  - An update carries the fields that differ and no others, so that a new number of instances restarts no task.
  - Of a deployment that does not come about in time it says which tasks are stuck where, how the last one failed, and
    why offers of Mesos were declined.
  - Marathon and Mesos are retired. This module was tested against a fake that follows Marathon's documentation, and not
    with Marathon itself.
author: Rackwright contributors (@rackwright)
extends_documentation_fragment:
  - rackwright.platform.marathon_app
  - rackwright.platform.attributes
notes:
  - An owner's stamp is a label. To take over an app that has none restarts its tasks.
seealso:
  - module: rackwright.platform.marathon_app_info
"""

EXAMPLES = r"""
- name: The shop
  rackwright.platform.marathon_app:
    url: "{{ marathon_url }}"
    owner: shop
    apps:
      - id: /shop/db
        cmd: exec postgres
        cpus: 1
        mem: 512
      - id: /shop/web
        instances: 3
        cpus: 0.5
        mem: 128
        container: {type: DOCKER, docker: {image: "registry.example/shop/web:1.4"}}
        health_checks: [{protocol: MESOS_HTTP, path: /health, portIndex: 0}]
        constraints: [[hostname, UNIQUE]]
        dependencies: [/shop/db]

- name: More of it, which restarts nothing
  rackwright.platform.marathon_app:
    url: "{{ marathon_url }}"
    apps: [{id: /shop/web, instances: 5}]

- name: Remove a group with all that is in it
  rackwright.platform.marathon_app:
    url: "{{ marathon_url }}"
    state: absent
    apps: [{id: /old/web}, {id: /old/db}]
    groups: [{id: /old}]
"""

RETURN = r"""
apps:
  description:
    - The declared apps as they are now, or in check mode would be, with the fields of O(apps).
    - With O(wait), C(tasks_running), C(tasks_healthy) and C(version) are those after the deployment.
  returned: always
  type: list
  elements: dict
  sample:
    - {id: /shop/web, instances: 3, cpus: 0.5, mem: 128.0, owner: shop, tasks_running: 3, tasks_healthy: 3}
groups:
  description: The declared groups.
  returned: always
  type: list
  elements: dict
  sample: [{"id": "/shop", "dependencies": ["/base"]}]
deployments:
  description: The deployments that this task has begun, by the app or group.
  returned: always
  type: dict
  sample: {"/shop/web": "839314dd-f223-4d55-9d74-a556119e84be"}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.marathon.manage import MANAGE as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.marathon.manage import manage


def main():
    """Run the module."""
    launch(manage, FIELDS)


if __name__ == "__main__":
    main()
