#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: marathon_app_info
short_description: Read the apps, groups and deployments of Marathon
version_added: 1.0.0
description:
  - Returns apps with their tasks, all groups, and the deployments that run.
author: Rackwright contributors (@rackwright)
extends_documentation_fragment:
  - rackwright.platform.marathon_app_info
  - rackwright.platform.attributes.info
seealso:
  - module: rackwright.platform.marathon_app
"""

EXAMPLES = r"""
- name: Read what is in the group /shop
  rackwright.platform.marathon_app_info:
    url: "{{ marathon_url }}"
    ids: [/shop]
  register: shop

- name: Show where its tasks run
  ansible.builtin.debug:
    msg: "{{ shop.apps | map(attribute='tasks') | flatten | map(attribute='host') }}"
"""

RETURN = r"""
apps:
  description: The apps by path, with the fields of M(rackwright.platform.marathon_app), and C(tasks).
  returned: always
  type: list
  elements: dict
  sample:
    - id: /shop/web
      instances: 1
      tasks_running: 1
      tasks: [{id: shop_web.1, state: TASK_RUNNING, host: agent1, ports: [31005]}]
groups:
  description: The groups by path, each with its apps.
  returned: always
  type: list
  elements: dict
  sample: [{"id": "/shop", "dependencies": [], "apps": ["/shop/web"]}]
deployments:
  description: What is being deployed.
  returned: always
  type: list
  elements: dict
  sample:
    - {id: 839314dd-f223-4d55-9d74-a556119e84be, affected_apps: [/shop/web], current_step: 1, total_steps: 2}
leader:
  description: The master that leads, empty when there is none.
  returned: always
  type: str
  sample: 192.0.2.1:8080
version:
  description: Marathon's version.
  returned: always
  type: str
  sample: 1.11.24
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.marathon.manage import LOOK as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.marathon.manage import look


def main():
    """Run the module."""
    launch(look, FIELDS)


if __name__ == "__main__":
    main()
