#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: which machines there are."""

from __future__ import annotations

DOCUMENTATION = r"""
module: machine_info
short_description: List machines
description:
  - Lists the hardware that a provider knows, with what it carries and what is wrong with it.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
seealso:
  - module: rackwright.platform.machine
  - module: rackwright.platform.server
extends_documentation_fragment:
  - rackwright.platform.machine_info
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes.info
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: What stands in the racks
  rackwright.platform.machine_info:
    provider: ironic
    ironic: {url: "{{ ironic_url }}"}
"""

RETURN = r"""
machines:
  description: Sorted by name, with the fields that M(rackwright.platform.machine) takes and reports.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.machines import LOOK as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.machines import MACHINE
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.things import look


def work(task):
    """Which machines there are."""
    return look(task, MACHINE, "machines")


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
