#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: do something to servers."""

from __future__ import annotations

DOCUMENTATION = r"""
module: server_action
short_description: Reboot, power-cycle, rescue or reinstall servers
description:
  - Does one thing to each of the named servers, and waits until they are ready again.
  - This is an action and no state, so each run does it anew and reports a change.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
requirements:
  - C(ssh-keygen) to reinstall with O(provider=lab).
seealso:
  - module: rackwright.platform.server
extends_documentation_fragment:
  - rackwright.platform.server_action
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: Reboot two servers
  rackwright.platform.server_action:
    provider: lab
    names: [web01, web02]
    action: reboot

- name: Give a server a new disk and host key
  rackwright.platform.server_action:
    provider: lab
    names: [web02]
    action: reinstall
    known_hosts: ~/.ssh/known_hosts
"""

RETURN = r"""
servers:
  description: The named servers as they are now, with the fields that M(rackwright.platform.server) returns.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.options import ACT as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.options import names_of
from ansible_collections.rackwright.platform.plugins.module_utils.servers.ready import signs
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.resource import SERVER
from ansible_collections.rackwright.platform.plugins.module_utils.servers.settle import settle


def work(task):
    """Do the action to each server."""
    keys = names_of(task.params["names"])
    driver = task.driver()
    driver.refuse_action(task.params["action"])
    ready = signs(driver, task.params["ready"])
    current = list(driver.read())
    outcome = task.act(driver, SERVER, keys, task.params["action"])
    return {"servers": settle(task, driver, keys, outcome, current, ready)}


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
