# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Mesos cluster from an inventory's groups."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError
from ansible_collections.rackwright.platform.plugins.module_utils.mesos.cluster import GROUPS, cluster

DOCUMENTATION = r"""
name: mesos_cluster
short_description: Make a Mesos cluster of an inventory's groups
version_added: 1.0.0
author: Rackwright contributors (@rackwright)
description:
  - A host's address is its variable C(mesos_address), else C(ansible_host); that of a ZooKeeper server is
    C(zookeeper_address), else C(ansible_host).
  - Refuses what no cluster can be made of, and tells all that is wrong, by host; an even number of masters, a master
    that two groups claim, one without an address or with another's, and no ZooKeeper.
  - A group claims its hosts as masters when it is a host's C(mesos_master_group).
positional: _input
options:
  _input:
    description: Hosts by group, such as C(groups).
    type: dict
    required: true
  hostvars:
    description: Variables by host name, such as C(hostvars).
    type: dict
    required: true
  master_group:
    description: The group of the masters.
    type: str
    default: mesos_masters
  agent_group:
    description: The group of the agents.
    type: str
    default: mesos_agents
  zookeeper_group:
    description: The group of the ZooKeeper servers.
    type: str
    default: zookeeper
  zk:
    description: Where ZooKeeper is, in place of a group's, such as V(zk://192.0.2.1:2181/mesos).
    type: str
    default: ""
  chroot:
    description: The node of ZooKeeper below which the cluster's are.
    type: str
    default: mesos
  port:
    description: The masters' port.
    type: int
    default: 5050
"""

EXAMPLES = r"""
- name: Show where the masters are
  ansible.builtin.debug:
    msg: "{{ (some_groups | rackwright.platform.mesos_cluster(some_hosts)).urls }}"
  vars:
    some_groups: {mesos_masters: [m1], zookeeper: [m1]}
    some_hosts: {m1: {ansible_host: 192.0.2.1}}
"""

RETURN = r"""
_value:
  description: C(masters) and C(agents) (lists of C(name) and C(address)), C(quorum), C(zk), C(zookeeper) and C(urls).
  type: dict
"""


def mesos_cluster(groups, hostvars, **options):
    """The cluster. Raises AnsibleFilterError with every problem."""
    found, wrong = cluster(groups, hostvars, **dict(GROUPS, **options))
    if wrong:
        raise AnsibleFilterError("No Mesos cluster can be made of this: %s." % "; ".join(wrong))
    return found


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """By name."""
        return {"mesos_cluster": mesos_cluster}
