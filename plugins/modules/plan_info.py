#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: which plans there are."""

from __future__ import annotations

DOCUMENTATION = r"""
module: plan_info
short_description: List plans
description:
  - Lists the sizes of servers that a provider has, with price and room where it tells.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
seealso:
  - module: rackwright.platform.server
extends_documentation_fragment:
  - rackwright.platform.plan_info
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes.info
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: What there is
  rackwright.platform.plan_info:
    provider: lab
  register: offer
"""

RETURN = r"""
plans:
  description: Sorted by name.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.catalogue import LOOK as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.catalogue import PLAN
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.things import look


def work(task):
    """Which plans there are."""
    return look(task, PLAN, "plans")


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
