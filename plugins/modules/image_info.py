#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: which images there are."""

from __future__ import annotations

DOCUMENTATION = r"""
module: image_info
short_description: List images
description:
  - Lists the operating systems that a provider installs, with the end of their life and what comes after.
  - Where the provider does not say, distribution, version, end and successor are told by the image's name or title, as
    far as these are known; nothing that the provider says is changed.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
seealso:
  - module: rackwright.platform.server
extends_documentation_fragment:
  - rackwright.platform.image_info
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes.info
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: What there is
  rackwright.platform.image_info:
    provider: lab
  register: offer
"""

RETURN = r"""
images:
  description: Sorted by name.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.catalogue import IMAGE
from ansible_collections.rackwright.platform.plugins.module_utils.servers.catalogue import LOOK as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.lifetimes import completed
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.things import look


def work(task):
    """Which images there are."""
    return look(task, IMAGE, "images", completed)


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
