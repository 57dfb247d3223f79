#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: container_plugin
short_description: Install, set, enable, upgrade and remove plugins of a Docker engine
version_added: 1.0.0
description:
  - Makes plugins of the Docker engine be as declared, any number in one task.
  - A plugin gets what O(plugins[].privileges) grants and no more. One that asks for more is refused before anything is
    changed, also in check mode, and the error says what it asks for.
  - Another O(plugins[].source) upgrades the plugin in place. While that or O(plugins[].settings) are changed the plugin
    is stopped; the engine refuses to stop one that is in use.
  - The engine has no place for an owner's stamp at a plugin, so that there is no pruning; plugins go by their names.
author: Rackwright contributors (@rackwright)
requirements: ["docker (Python library) >= 5.0"]
extends_documentation_fragment:
  - rackwright.platform.container_plugin
  - rackwright.platform.provider_containers
  - rackwright.platform.attributes
  - rackwright.platform.attributes.containers
seealso:
  - module: rackwright.platform.container_plugin_info
  - module: rackwright.platform.container_volume
"""

EXAMPLES = r"""
- name: Volumes over SSH
  rackwright.platform.container_plugin:
    provider: docker
    plugins:
      - name: sshfs
        source: vieux/sshfs:latest
        privileges:
          network: [host]
          mount: [/var/lib/docker/plugins/]
          device: [/dev/fuse]
          capabilities: [CAP_SYS_ADMIN]
        settings: {DEBUG: "1"}

- name: Take it away
  rackwright.platform.container_plugin:
    provider: docker
    plugins: [{name: sshfs}]
    state: absent
"""

RETURN = r"""
plugins:
  description: The declared plugins as they are now, or in check mode would be, with the fields of O(plugins).
  returned: always
  type: list
  elements: dict
  sample:
    - {name: "sshfs:latest", source: "docker.io/vieux/sshfs:latest", enabled: true, settings: {DEBUG: "1"}}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.containers.plugin import MANAGE, PLUGIN
from ansible_collections.rackwright.platform.plugins.module_utils.containers.plugin_store import Plugins
from ansible_collections.rackwright.platform.plugins.module_utils.containers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.core.options import declared
from ansible_collections.rackwright.platform.plugins.module_utils.core.secrets import hidden

FIELDS = MANAGE


def work(task):
    """Make the plugins be as declared."""
    rows, gone = declared(PLUGIN, task.params)
    task.conceal(*(hidden(row.get("settings") or {}) for row in rows))
    store = task.driver().store(Plugins, task.params["timeout"])
    current = list(store.read())
    outcome = task.reconcile(store, PLUGIN, store.prepare(rows, current), gone, current=current)
    return {"plugins": outcome.shown([row["name"] for row in rows])}


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
