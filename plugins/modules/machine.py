#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: hardware that servers are installed on."""

from __future__ import annotations

DOCUMENTATION = r"""
module: machine
short_description: Enrol bare-metal machines
description:
  - Makes hardware known to the provider, all machines of a task at the same time, and brings it to the state in which
    it can carry servers.
  - A run that was interrupted is carried on by the next one.
  - A machine that carries a server is not removed.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
seealso:
  - module: rackwright.platform.machine_info
  - module: rackwright.platform.server
extends_documentation_fragment:
  - rackwright.platform.machine
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: Two machines of a rack
  rackwright.platform.machine:
    provider: ironic
    ironic: {url: "{{ ironic_url }}"}
    owner: shop
    machines:
      - name: r1u01
        driver: fake-hardware
        plan: small
        bmc: {address: "https://192.0.2.11", username: admin}
        bmc_password: "{{ bmc_password }}"
        macs: ["52:54:00:00:01:01"]
        properties: {cpus: 32, memory_mb: 262144, cpu_arch: x86_64}
      - {name: r1u02, driver: fake-hardware, plan: small, state: manageable, tags: {rack: r1}}
"""

RETURN = r"""
machines:
  description: Those of this task as they are now, or in check mode would be.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.machines import MACHINE, defaulted
from ansible_collections.rackwright.platform.plugins.module_utils.servers.machines import MANAGE as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.things import manage


def work(task):
    """Hardware that servers are installed on."""
    task.params["machines"] = defaulted(task.params["machines"], task.params["state"])
    return manage(task, MACHINE, "machines")


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
