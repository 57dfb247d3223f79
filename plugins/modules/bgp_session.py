#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: manage BGP between servers and their facility."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bgp_session
short_description: Manage BGP between servers and their facility
description:
  - Makes a project able to speak BGP, and makes the sessions of its servers what is declared.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
seealso:
  - module: rackwright.platform.bgp_session_info
  - module: rackwright.platform.server
extends_documentation_fragment:
  - rackwright.platform.bgp_session
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: Two servers announce the same address
  rackwright.platform.bgp_session:
    provider: packet
    packet: {url: "{{ packet_url }}", token: "{{ packet_token }}", project: "{{ packet_project }}"}
    config: {deployment: local, password: "{{ bgp_password }}"}
    bgp_sessions:
      - {server: web01, family: 4}
      - {server: web02, family: 4, default_route: true}
"""

RETURN = r"""
bgp_sessions:
  description: Those of this task as they are now, or in check mode would be.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.bgp import BGP_CONFIG, BGP_SESSION
from ansible_collections.rackwright.platform.plugins.module_utils.servers.bgp import MANAGE as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.resource import said
from ansible_collections.rackwright.platform.plugins.module_utils.servers.things import manage


def work(task):
    """Manage BGP between servers and their facility."""
    if task.params["config"] and task.params["state"] == "present":
        config = said(task.params["config"])
        store = task.driver().store(BGP_CONFIG, task.params)
        task.reconcile(store, BGP_CONFIG, BGP_CONFIG.normalise([config]))
    return manage(task, BGP_SESSION, "bgp_sessions")


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
