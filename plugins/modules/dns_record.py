#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Some records of a DNS zone."""

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_record
short_description: Manage some records of a DNS zone
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
description:
  - Makes the declared record sets present or absent, and leaves the rest of the zone alone.
  - The unit is the record set, which is all values of one name and type. A set that is present has exactly its values.
  - All rows of a task are written with one call where the provider can. One task with many rows beats a loop by far.
  - The zone must be there; M(rackwright.platform.dns_zone) makes it.
extends_documentation_fragment:
  - rackwright.platform.dns_record
  - rackwright.platform.targets_dns
  - rackwright.platform.attributes
  - rackwright.platform.attributes.dns
seealso:
  - module: rackwright.platform.dns_zone
"""

EXAMPLES = r"""
- name: Two records
  rackwright.platform.dns_record:
    provider: powerdns
    powerdns:
      url: "{{ pdns_url }}"
      api_key: "{{ pdns_key }}"
    zone: example.org
    records:
      - {name: www, type: A, ttl: 300, values: [192.0.2.10, 192.0.2.11]}
      - {name: _imaps._tcp, type: SRV, values: ["0 1 993 mail"]}

- name: No such record set any more
  rackwright.platform.dns_record:
    provider: powerdns
    powerdns:
      url: "{{ pdns_url }}"
      api_key: "{{ pdns_key }}"
    zone: example.org
    state: absent
    records:
      - {name: www, type: A}

- name: One value less
  rackwright.platform.dns_record:
    provider: powerdns
    powerdns:
      url: "{{ pdns_url }}"
      api_key: "{{ pdns_key }}"
    zone: example.org
    state: absent
    records:
      - {name: mail, type: A, values: [192.0.2.11]}
"""

RETURN = r"""
records:
  description: The declared record sets as they are after the task; those that are gone are left out.
  type: list
  elements: dict
  returned: success
  sample:
    - {name: www.example.org., type: A, ttl: 300, values: [192.0.2.10, 192.0.2.11]}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.core.resource import Limits
from ansible_collections.rackwright.platform.plugins.module_utils.dns import declared
from ansible_collections.rackwright.platform.plugins.module_utils.dns.options import RECORD_FIELDS as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.dns.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.dns.resource import record_sets
from ansible_collections.rackwright.platform.plugins.module_utils.dns.verify import verify

NAMED = Limits(deletes=100, changes=100)  # what is named row by row is meant


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS, several=True)


def work(task):
    """Reconcile the declared sets, and no others."""
    params, driver = task.params, task.driver()
    zone = declared.zone(params["zone"])
    present = params["state"] == "present"
    resource = record_sets(zone, whole=present, limits=NAMED)
    rows = resource.normalise(params["records"])
    driver.refuse(resource, rows)
    store = driver.records(zone)
    current = list(store.read())
    declared.refuse_secondary({}, [store.head])
    keys, absent = [resource.key(row) for row in rows], ()
    if not present:
        rows, absent = declared.without(rows, current, params["owner"])
    declared.settle(rows, current, params["owner"])
    for text in declared.examine(rows, current, absent=absent):
        task.warn(text)
    outcome = task.reconcile(store, resource, rows, absent=absent, current=current)
    verify(task, zone, outcome)
    return {"records": outcome.shown(keys)}


if __name__ == "__main__":
    main()
