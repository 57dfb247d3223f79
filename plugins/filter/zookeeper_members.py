# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The members of a ZooKeeper ensemble from an inventory's group."""

from __future__ import annotations

import re

from ansible.errors import AnsibleFilterError
from ansible_collections.rackwright.platform.plugins.module_utils.zookeeper.ensemble import PORTS, problems

DOCUMENTATION = r"""
name: zookeeper_members
short_description: Make the members of a ZooKeeper ensemble of hosts
version_added: 1.0.0
author: Rackwright contributors (@rackwright)
description:
  - A member's id is its variable C(zookeeper_id), else the number that its inventory name ends in.
  - Its address is C(zookeeper_address), else C(ansible_host).
  - An even number of members is refused, and so are members without an id or an address, and two with the same. The
    error tells all that is wrong, by host.
positional: _input
options:
  _input:
    description: Names of the hosts, such as those of a group.
    type: list
    elements: str
    required: true
  hostvars:
    description: Variables by host name, such as C(hostvars).
    type: dict
    required: true
  common:
    description: What all members have in common, such as C(client_port).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Ask an ensemble how it is
  rackwright.platform.zookeeper_info:
    members: "{{ ['zoo1'] | rackwright.platform.zookeeper_members({'zoo1': {'ansible_host': '127.0.0.1'}}) }}"
"""

RETURN = r"""
_value:
  description: One entry a member, in order of their ids, as M(rackwright.platform.zookeeper_info) takes them.
  type: list
  elements: dict
"""


def zookeeper_members(hosts, hostvars, common=None):
    """The members. Raises AnsibleFilterError with every problem."""
    members = [member(str(name), hostvars[name], common or {}) for name in hosts]
    wrong = problems(members)
    if wrong:
        raise AnsibleFilterError("No ZooKeeper ensemble can be made of this: %s." % "; ".join(wrong))
    return sorted(members, key=lambda row: row["id"])


def member(name, variables, common):
    """One member, with what is missing as None."""
    number = variables.get("zookeeper_id")
    if number is None:
        number = (re.findall(r"[0-9]+$", name) or [None])[0]
    address = variables.get("zookeeper_address") or variables.get("ansible_host")
    row = dict(PORTS, **common)
    row.update(name=name, id=whole(name, number), address=str(address) if address else None)
    return row


def whole(name, number):
    """The id as a number."""
    if number is None or re.fullmatch("[0-9]+", str(number)):
        return number if number is None else int(number)
    raise AnsibleFilterError("%s has the id %s: set zookeeper_id to a number from 1 to 255" % (name, number))


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """By name."""
        return {"zookeeper_members": zookeeper_members}
