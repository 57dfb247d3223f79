#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: container_plugin_info
short_description: Read plugins of a Docker engine
version_added: 1.0.0
description:
  - Returns the plugins that are installed on a Docker engine, whoever has installed them, and how they are set.
author: Rackwright contributors (@rackwright)
requirements: ["docker (Python library) >= 5.0"]
extends_documentation_fragment:
  - rackwright.platform.container_plugin_info
  - rackwright.platform.provider_containers
  - rackwright.platform.attributes.info
  - rackwright.platform.attributes.containers
seealso:
  - module: rackwright.platform.container_plugin
"""

EXAMPLES = r"""
- name: Read them
  rackwright.platform.container_plugin_info:
    provider: docker
  register: there

- name: Show which of them keep volumes
  ansible.builtin.debug:
    msg: "{{ there.plugins | selectattr('types', 'contains', 'docker.volumedriver/1.0') | map(attribute='name') }}"
"""

RETURN = r"""
plugins:
  description: The plugins by name, with the fields of M(rackwright.platform.container_plugin).
  returned: always
  type: list
  elements: dict
  sample:
    - name: sshfs:latest
      source: docker.io/vieux/sshfs:latest
      enabled: true
      types: [docker.volumedriver/1.0]
"""

from ansible_collections.rackwright.platform.plugins.module_utils.containers.plugin import PLUGIN, READ, chosen
from ansible_collections.rackwright.platform.plugins.module_utils.containers.plugin_store import Plugins
from ansible_collections.rackwright.platform.plugins.module_utils.containers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch

FIELDS = READ


def work(task):
    """Read them."""
    rows = chosen(task.driver().store(Plugins).read(), task.params["names"])
    return {"plugins": [PLUGIN.shown(row) for row in rows]}


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
