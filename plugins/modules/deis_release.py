#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: deis_release
short_description: Bring an app on a Deis platform back to an earlier release
version_added: 1.0.0
description:
  - Puts the build and the configuration of an earlier release in force again. The platform makes a new release of them.
  - Nothing is done where the release in force has that very build and configuration, whatever its number.
  - A release that failed, or that has no build, is refused.
author: Rackwright contributors (@rackwright)
requirements: ["urllib3"]
extends_documentation_fragment:
  - rackwright.platform.deis_release
  - rackwright.platform.provider_deis
  - rackwright.platform.attributes
  - rackwright.platform.attributes.deis
seealso:
  - module: rackwright.platform.deis_app
"""

EXAMPLES = r"""
- name: Back to what ran before
  rackwright.platform.deis_release:
    provider: hephy
    hephy: {url: "{{ deis_url }}", token: "{{ deis_token }}"}
    name: "{{ deis_app }}"

- name: Back to a certain release
  rackwright.platform.deis_release:
    provider: hephy
    hephy: {url: "{{ deis_url }}", token: "{{ deis_token }}"}
    name: "{{ deis_app }}"
    version: 4
"""

RETURN = r"""
release:
  description: The release in force, and as of which one it is; in check mode as it would be.
  returned: always
  type: dict
  sample:
    name: shop
    version: 6
    as_of: v4
    build: 26e922ed-6089-4eaa-aed3-377d027afdb8
    config: a9031bcd-5448-4571-aa5f-e90bdd3962eb
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.deis.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.deis.release import MANAGE, go_back

FIELDS = MANAGE


def main():
    """Run the module."""
    launch(go_back, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
