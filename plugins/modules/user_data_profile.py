#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: named pieces of user data."""

from __future__ import annotations

DOCUMENTATION = r"""
module: user_data_profile
short_description: Keep named pieces of user data in a folder
description:
  - Keeps pieces of user data to be used again, a file each, in a folder of the host that the task runs on.
  - Each piece is checked as the filter P(rackwright.platform.user_data#filter) does, which also makes one of several.
  - A file that was edited by hand differs, and is put right.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
requirements:
  - PyYAML, to check cloud-config.
seealso:
  - module: rackwright.platform.user_data_profile_info
  - module: rackwright.platform.server
extends_documentation_fragment:
  - rackwright.platform.user_data_profile
  - rackwright.platform.attributes
"""

EXAMPLES = r"""
- name: The pieces that our servers are made of
  rackwright.platform.user_data_profile:
    path: "{{ folder }}/profiles"
    owner: shop
    prune: true
    user_data_profiles:
      - name: base
        content: |
          #cloud-config
          packages: [chrony]
      - {name: ready, content: "#!/bin/sh\ntouch /ready\n", description: Tells that it has booted}
"""

RETURN = r"""
user_data_profiles:
  description: Those of this task as they are now, or in check mode would be.
  returned: success
  type: list
  elements: dict
  contains:
    name: {description: Its name., type: str, returned: always, sample: base}
    format: {description: "V(cloud-config), V(shell), V(ignition) or V(jinja).", type: str, returned: always}
    content: {description: The SHA-256 of its content., type: str, returned: always}
    path: {description: Its file., type: str, returned: when it is there}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.profiles import MANAGE as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.profiles import PROFILE, Profiles, prepared
from ansible_collections.rackwright.platform.plugins.module_utils.servers.things import manage


def work(task):
    """Make the folder hold what is declared."""
    params = task.params
    params["user_data_profiles"] = prepared(params["user_data_profiles"], params["state"])
    return manage(task, PROFILE, "user_data_profiles", Profiles(params["path"]))


def main():
    """Run the module."""
    launch(work, FIELDS)


if __name__ == "__main__":
    main()
