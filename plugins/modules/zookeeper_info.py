#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: zookeeper_info
short_description: Ask the members of a ZooKeeper ensemble how they are
version_added: 1.0.0
description:
  - Asks every member C(srvr), C(mntr) and C(conf) on its client port, all at once, and tells whether there is a quorum.
  - A member that does not answer is no error; its row says why.
  - The servers must allow these words (C(4lw.commands.whitelist)), as the role C(rackwright.platform.zookeeper) has
    them do.
author: Rackwright contributors (@rackwright)
extends_documentation_fragment:
  - rackwright.platform.attributes.host
  - rackwright.platform.zookeeper_members
options:
  timeout:
    description: Seconds to wait for each answer.
    type: float
    default: 3
attributes:
  check_mode:
    details: It only reads.
  diff_mode:
    support: none
    details: It only reads.
"""

EXAMPLES = r"""
- name: See who leads
  rackwright.platform.zookeeper_info:
    members:
      - {name: zoo1, address: 127.0.0.1}
  register: ensemble
"""

RETURN = r"""
members:
  description: One row a member, with C(name), C(id), C(address), C(mode) (V(leader), V(follower), V(observer),
    V(standalone), or empty when it does not serve), C(error), and of those that serve C(version), C(zxid), C(metrics),
    C(membership) and C(config_version).
  returned: always
  type: list
  elements: dict
  sample: [{"name": "zoo1", "id": 1, "address": "192.0.2.1", "mode": "follower", "error": "", "version": "3.8.0"}]
leader:
  description: The leader's name, empty when there is none.
  returned: always
  type: str
  sample: zoo2
membership:
  description: Who is in the ensemble, as its leader has it, by id.
  returned: always
  type: dict
  sample: {"1": "192.0.2.1:2888:3888:participant;0.0.0.0:2181"}
config_version:
  description: The membership's version.
  returned: always
  type: str
  sample: "100000000"
serving:
  description: How many voting members are in step with the leader, itself included.
  returned: always
  type: int
  sample: 3
quorum:
  description: How many must be.
  returned: always
  type: int
  sample: 2
spare:
  description: How many of them the ensemble can lose and still serve, negative when it does not.
  returned: always
  type: int
  sample: 1
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.rackwright.platform.plugins.module_utils.zookeeper import ensemble


def main():
    spec = {"members": ensemble.MEMBERS, "timeout": {"type": "float", "default": 3}}
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    module.exit_json(**ensemble.survey(module.params["members"], module.params["timeout"]))


if __name__ == "__main__":
    main()
