#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: which named pieces of user data there are."""

from __future__ import annotations

DOCUMENTATION = r"""
module: user_data_profile_info
short_description: List named pieces of user data
description:
  - Lists what M(rackwright.platform.user_data_profile) keeps in a folder, and on request what is in it.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
requirements:
  - PyYAML, to check cloud-config.
seealso:
  - module: rackwright.platform.user_data_profile
  - module: rackwright.platform.server
extends_documentation_fragment:
  - rackwright.platform.user_data_profile_info
  - rackwright.platform.attributes.info
"""

EXAMPLES = r"""
- name: What there is
  rackwright.platform.user_data_profile_info:
    path: "{{ folder }}/profiles"
    content: true
  register: profiles
  no_log: true
"""

RETURN = r"""
user_data_profiles:
  description: Sorted by name.
  returned: success
  type: list
  elements: dict
  contains:
    name: {description: Its name., type: str, returned: always, sample: base}
    format: {description: "V(cloud-config), V(shell), V(ignition) or V(jinja).", type: str, returned: always}
    content: {description: "Its content with O(content=true), else its SHA-256.", type: str, returned: always}
    path: {description: Its file., type: str, returned: when it is there}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.profiles import LOOK as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.profiles import PROFILE, Profiles


def work(task):
    """Read the folder."""
    params = task.params
    rows = [row for row in Profiles(params["path"]).read() if params["names"] is None or row["name"] in params["names"]]
    shown = [dict(PROFILE.shown(row), **({"content": row["_text"]} if params["content"] else {})) for row in rows]
    return {"user_data_profiles": sorted(shown, key=lambda row: row["name"])}


def main():
    """Run the module."""
    launch(work, FIELDS)


if __name__ == "__main__":
    main()
