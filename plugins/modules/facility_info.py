#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: which facilities there are."""

from __future__ import annotations

DOCUMENTATION = r"""
module: facility_info
short_description: List facilities
description:
  - Lists the facilities of a provider, with their room where it tells.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
seealso:
  - module: rackwright.platform.server
extends_documentation_fragment:
  - rackwright.platform.facility_info
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes.info
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: What there is
  rackwright.platform.facility_info:
    provider: lab
  register: offer
"""

RETURN = r"""
facilities:
  description: Sorted by name.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.catalogue import FACILITY
from ansible_collections.rackwright.platform.plugins.module_utils.servers.catalogue import LOOK as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.things import look


def work(task):
    """Which facilities there are."""
    return look(task, FACILITY, "facilities")


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
