#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: which ssh_keys there are."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ssh_key_info
short_description: List SSH keys
description:
  - Lists what M(rackwright.platform.ssh_key) manages, all pages.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
seealso:
  - module: rackwright.platform.ssh_key
extends_documentation_fragment:
  - rackwright.platform.ssh_key_info
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes.info
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: The keys of the account
  rackwright.platform.ssh_key_info:
    provider: packet
    packet: {url: "{{ packet_url }}", token: "{{ packet_token }}", project: "{{ packet_project }}"}
    scope: account
"""

RETURN = r"""
ssh_keys:
  description: Sorted, with the fields that M(rackwright.platform.ssh_key) takes and reports.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.keys import LOOK as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.keys import SSH_KEY, scoped
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.things import look


def work(task):
    """Which ssh_keys there are."""
    scoped(task.params)
    return look(task, SSH_KEY, "ssh_keys")


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
