#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: manage the SSH keys that a provider installs on new servers."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ssh_key
short_description: Manage the SSH keys that a provider installs on new servers
description:
  - Makes the keys of an account, a project or a server what is declared, all in one task.
  - The fingerprint tells one key from another, so a key that has another name there is renamed, and never added twice.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
notes:
  - A key enters a server when that is installed; a key that is added later does not reach servers that run.
seealso:
  - module: rackwright.platform.ssh_key_info
  - module: rackwright.platform.server
extends_documentation_fragment:
  - rackwright.platform.ssh_key
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: The keys of a project, and no others that are ours
  rackwright.platform.ssh_key:
    provider: packet
    packet: {url: "{{ packet_url }}", token: "{{ packet_token }}", project: "{{ packet_project }}"}
    owner: shop
    prune: true
    ssh_keys:
      - {name: alice, key: "{{ keys[0] }}"}
"""

RETURN = r"""
ssh_keys:
  description: Those of this task as they are now, or in check mode would be.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.keys import MANAGE as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.keys import SSH_KEY, identified, scoped
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.things import manage


def work(task):
    """Manage the SSH keys that a provider installs on new servers."""
    scoped(task.params)
    task.params["ssh_keys"] = identified(task.params["ssh_keys"])
    return manage(task, SSH_KEY, "ssh_keys")


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
