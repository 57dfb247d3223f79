#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: zookeeper_membership
short_description: Make a ZooKeeper ensemble consist of the declared members
version_added: 1.0.0
description:
  - Waits until the ensemble has a quorum, and lets members join and leave while it serves, one reconfiguration after
    the other.
  - Runs on a member whose configuration M(rackwright.platform.zookeeper_config) wrote, as root, since the secret that
    permits it lies there.
  - A member that joins must be running already.
author: Rackwright contributors (@rackwright)
extends_documentation_fragment:
  - rackwright.platform.attributes.host
  - rackwright.platform.zookeeper_members
options:
  serving:
    description: Names of members that must serve before anything else is done, beside those that a quorum takes.
    type: list
    elements: str
    default: []
  path:
    description: Folder of C(zoo.cfg), beside which the secret lies.
    type: path
    default: /etc/zookeeper/rackwright
  address:
    description: The member through which the membership is changed, which is the one the module runs on.
    type: str
    default: 127.0.0.1
  port:
    description: Its port for clients.
    type: int
    default: 2181
  timeout:
    description: Seconds for all of it.
    type: float
    default: 60
attributes:
  check_mode:
    details: Without a quorum it fails as it does otherwise.
"""

EXAMPLES = r"""
- name: Make the ensemble consist of these three
  rackwright.platform.zookeeper_membership:
    members:
      - {name: zoo1, id: 1, address: 192.0.2.1}
      - {name: zoo2, id: 2, address: 192.0.2.2}
      - {name: zoo3, id: 3, address: 192.0.2.3}
"""

RETURN = r"""
joined:
  description: Ids of members that joined, or moved to another address.
  returned: always
  type: list
  elements: int
  sample: [4]
left:
  description: Ids of members that left.
  returned: always
  type: list
  elements: int
  sample: [2]
leader:
  description: The leader's name.
  returned: always
  type: str
  sample: zoo1
versions:
  description: The version of each member that serves, by name.
  returned: always
  type: dict
  sample: {"zoo1": "3.8.0"}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core import files, onhost
from ansible_collections.rackwright.platform.plugins.module_utils.zookeeper import ensemble, membership

SPEC = {
    "members": ensemble.MEMBERS,
    "serving": {"type": "list", "elements": "str", "default": []},
    "path": {"type": "path", "default": "/etc/zookeeper/rackwright"},
    "address": {"type": "str", "default": "127.0.0.1"},
    "port": {"type": "int", "default": 2181},
    "timeout": {"type": "float", "default": 60},
}


def main():
    """Run the module."""
    onhost.launch(work, SPEC)


def work(module, members, serving, path, address, port, timeout):
    here, patience = (address, port), membership.Patience(timeout)
    found = membership.quorum(members, serving, patience)
    before = patience.until(lambda: membership.read(here), "An answer of this member")
    planned, after = ensemble.steps(before, members), {m["id"]: ensemble.server(m) for m in members}
    if planned and not module.check_mode:
        secret = (files.read(path + ".secret") or "").strip()
        for step in planned:
            membership.change(here, secret, step, members, patience)
        found = membership.quorum(members, serving, patience)
    return {
        "changed": bool(planned),
        "joined": sorted(number for number, spec in after.items() if before.get(number) != spec),
        "left": sorted(set(before) - set(after)),
        "leader": found["leader"],
        "versions": {row["name"]: row["version"] for row in found["members"] if row["mode"]},
        "diff": {"before": ensemble.render(before), "after": ensemble.render(after)},
    }


if __name__ == "__main__":
    main()
