#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: a fleet of servers."""

from __future__ import annotations

DOCUMENTATION = r"""
module: server
short_description: Create, change and remove servers
description:
  - Makes the servers that are there what is declared, a whole fleet in one task.
  - What differs is changed in place where the provider can. A different image or facility means a new disk, and is
    refused unless O(recreate) allows it.
  - Waits until every server is ready, which O(ready) defines. Those that are not are named with the phase they are in.
  - What the provider cannot do, does not have or has no room for is refused by name before anything is changed.
  - A run that was interrupted is carried on by the next one; nothing is made twice.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
requirements:
  - C(ssh-keygen) with O(provider=lab).
notes:
  - The first login is already verified with O(known_hosts); SSH host key checking can stay on.
  - User data and SSH keys are used when a server is installed. A later difference is a warning, not a change.
seealso:
  - module: rackwright.platform.server_info
  - module: rackwright.platform.server_action
extends_documentation_fragment:
  - rackwright.platform.server
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: Two web servers and a name server
  rackwright.platform.server:
    provider: lab
    owner: shop
    known_hosts: ~/.ssh/known_hosts
    servers:
      - name: web%02d
        count: 2
        facility: ams1
        plan: lab.small
        image: debian-13
        ssh_keys: "{{ keys }}"
        tags: {role: web}
      - {name: ns1, facility: ewr1, plan: lab.small, image: debian-12, tags: {role: dns}}

- name: The whole fleet of an owner, and nothing else that is his
  rackwright.platform.server:
    provider: lab
    lab: {name: staging, facilities: {ams1: 10.90.1.0/24, ewr1: 10.90.2.0/24}}
    owner: shop
    prune: true
    limits: {deletes: 50}
    servers:
      - name: db1
        facility: ams1
        plan: lab.medium
        image: debian-13
        user_data: |
          #cloud-config
          packages: [postgresql]

- name: Ten servers in one facility, wherever there is room for them together
  rackwright.platform.server:
    provider: lab
    owner: shop
    ready: [ssh, "port:80"]
    servers:
      - name: node%02d
        count: 10
        plan: lab.small
        image: debian-12
        placement:
          facilities: [ams1, any]
          at_most: 1

- name: Turn servers off
  rackwright.platform.server:
    provider: lab
    state: "off"
    servers:
      - {name: web01, facility: ams1, plan: lab.small, image: debian-13}

- name: Remove servers
  rackwright.platform.server:
    provider: lab
    state: absent
    servers:
      - {name: web%02d, count: 2}
"""

RETURN = r"""
servers:
  description: The servers of this task as they are now, or in check mode would be.
  returned: success
  type: list
  elements: dict
  contains:
    name: {description: Its name., type: str, returned: always, sample: web01}
    facility: {description: Where it stands., type: str, returned: always, sample: ams1}
    plan: {description: Its size., type: str, returned: always, sample: lab.small}
    image: {description: Its operating system., type: str, returned: always, sample: debian-13}
    state:
      description: V(active), V(booting), V(off) or V(failed).
      type: str
      returned: when it is there
      sample: active
    power: {description: "V(on) or V(off).", type: str, returned: when it is there, sample: "on"}
    tags: {description: Names and values of your own., type: dict, returned: when there are any, sample: {role: web}}
    owner: {description: Who it belongs to., type: str, returned: when stamped, sample: shop}
    id: {description: The provider's own name for it., type: str, returned: when it is there}
    addresses:
      description: Its addresses, the public one first.
      type: list
      elements: dict
      returned: when it is there
      sample: [{address: 10.88.1.2, family: 4, network: backbone, public: true}]
    access:
      description: How to reach SSH.
      type: dict
      returned: when it is there
      sample: {host: 10.88.1.2, port: 22, user: root}
    host_key: {description: Its public SSH host key., type: str, returned: when known, sample: ssh-ed25519 AAAA...}
    user_data: {description: The SHA-256 of its user data., type: str, returned: when it has any}
    created: {description: When it was made., type: str, returned: when it is there, sample: "2026-11-20T12:00:00Z"}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.options import MANAGE as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.options import declared
from ansible_collections.rackwright.platform.plugins.module_utils.servers.placement import place
from ansible_collections.rackwright.platform.plugins.module_utils.servers.ready import signs
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.resource import SERVER
from ansible_collections.rackwright.platform.plugins.module_utils.servers.settle import settle


def work(task):
    """Make the declared servers so."""
    params = task.params
    rows = declared(params)
    keys = [row["name"] for row in rows]
    absent, rows = (keys, []) if params["state"] == "absent" else ((), rows)
    driver = task.driver()
    driver.refuse(SERVER, rows)
    for verb, meant in (("delete", keys and absent), ("replace", params["recreate"] == "always")):
        if meant:
            driver.refuse_action(verb)
    ready = signs(driver, params["ready"])
    current = list(driver.read())
    place(rows, current, driver)
    driver.vet(rows, current)
    outcome = task.reconcile(
        driver,
        driver.resource(),
        rows,
        absent=absent,
        prune=(lambda row: row.get("owner") == params["owner"]) if params["prune"] else None,
        recreate=params["recreate"],
        current=current,
    )
    return {"servers": settle(task, driver, keys, outcome, current, ready)}


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
