#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: deis_app
short_description: Make apps on a Deis platform be as declared
version_added: 1.0.0
description:
  - Makes, changes and removes any number of apps on Hephy Workflow, Deis Workflow or Drycc in one task. An app's
    configuration, build, scale, domains, certificates, permissions, limits, tags, health checks and settings are
    compared field by field, and only what differs is sent, all configuration in one release.
  - What is not declared of an app is left as it is.
  - Apps are marked with the name in O(owner) by the label C(rackwright-owner). An app of a declared name that bears no
    such label is taken over; one with another owner's is refused.
  - What the chosen platform cannot do is told by name before anything is changed, as C(permissions) with
    O(provider=drycc).
author: Rackwright contributors (@rackwright)
requirements: ["urllib3"]
notes:
  - No certificate can be changed. One that differs is detached, removed, made and attached again, which takes a moment
    in which its domains have none.
  - Values of C(config) are masked in all output where the name looks secret; so are registry logins and keys.
extends_documentation_fragment:
  - rackwright.platform.deis_app
  - rackwright.platform.provider_deis
  - rackwright.platform.attributes
  - rackwright.platform.attributes.deis
seealso:
  - module: rackwright.platform.deis_app_info
  - module: rackwright.platform.deis_release
  - module: rackwright.platform.deis_run
"""

EXAMPLES = r"""
- name: Run the shop
  rackwright.platform.deis_app:
    provider: hephy
    hephy: {url: "{{ deis_url }}", token: "{{ deis_token }}"}
    owner: shop
    apps:
      - name: shop
        config: {PORT: "5000", DATABASE_URL: "{{ database_url | default('postgres://db/shop') }}", OLD_SETTING: null}
        image: registry.example.com/shop:1.2
        procfile: {web: python app.py, worker: python work.py}
        scale: {web: 2, worker: 1}
        domains: [{name: shop.example.com}]
        memory: {web: 256M/512M}
        health:
          web: {liveness: {httpGet: {path: /, port: 5000}, initialDelaySeconds: 5}}
        whitelist: [10.0.0.0/8]

- name: Have no other apps of this owner
  rackwright.platform.deis_app:
    provider: hephy
    hephy: {url: "{{ deis_url }}", token: "{{ deis_token }}"}
    owner: shop
    prune: true
    apps: [{name: shop}]

- name: Remove an app
  rackwright.platform.deis_app:
    provider: hephy
    hephy: {url: "{{ deis_url }}", token: "{{ deis_token }}"}
    apps: [{name: shop}]
    state: absent
"""

RETURN = r"""
apps:
  description:
    - The declared apps as they are now, or in check mode would be, with the fields of O(apps).
    - Those that were waited for have C(release) and C(processes) as well.
  returned: always
  type: list
  elements: dict
  sample:
    - name: shop
      account: admin
      config: {PORT: "5000", DATABASE_URL: "postgres://shop:********@db/shop"}
      image: registry.example.com/shop:1.2
      scale: {web: 2, worker: 1}
      release: v3
      processes: [{name: shop-web-5bf75b74f5-ldrzt, type: web, state: up, release: v3}]
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.deis.apps import manage
from ansible_collections.rackwright.platform.plugins.module_utils.deis.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.deis.resource import MANAGE

FIELDS = MANAGE


def main():
    """Run the module."""
    launch(manage, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
