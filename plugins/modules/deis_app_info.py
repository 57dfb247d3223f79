#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: deis_app_info
short_description: Read apps on a Deis platform
version_added: 1.0.0
description:
  - Returns the apps that the user may see, with all their fields and what runs of them.
author: Rackwright contributors (@rackwright)
requirements: ["urllib3"]
extends_documentation_fragment:
  - rackwright.platform.deis_app_info
  - rackwright.platform.provider_deis
  - rackwright.platform.attributes.info
  - rackwright.platform.attributes.deis
seealso:
  - module: rackwright.platform.deis_app
"""

EXAMPLES = r"""
- name: Read the shop's apps
  rackwright.platform.deis_app_info:
    provider: hephy
    hephy: {url: "{{ deis_url }}", token: "{{ deis_token }}"}
    owner: shop
  register: shop

- name: Show what is not up
  ansible.builtin.debug:
    msg: "{{ shop.apps | map(attribute='processes') | flatten | rejectattr('state', 'equalto', 'up') }}"
"""

RETURN = r"""
apps:
  description: The apps by name, with the fields of M(rackwright.platform.deis_app).
  returned: always
  type: list
  elements: dict
  sample:
    - name: shop
      account: admin
      owner: shop
      image: registry.example.com/shop:1.2
      scale: {web: 2}
      release: v3
      processes: [{name: shop-web-5bf75b74f5-ldrzt, type: web, state: up, release: v3}]
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.deis.apps import look
from ansible_collections.rackwright.platform.plugins.module_utils.deis.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.deis.resource import READ

FIELDS = READ


def main():
    """Run the module."""
    launch(look, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
