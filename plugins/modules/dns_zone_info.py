#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read DNS zones."""

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_zone_info
short_description: List DNS zones, or the records of one
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
description:
  - Lists all zones of a provider, or one zone with its record sets, with one call.
  - The rows are those that M(rackwright.platform.dns_zone) takes. Their names are absolute, with the final dot.
extends_documentation_fragment:
  - rackwright.platform.dns_zone_info
  - rackwright.platform.provider_dns
  - rackwright.platform.attributes
  - rackwright.platform.attributes.dns
seealso:
  - module: rackwright.platform.dns_zone
"""

EXAMPLES = r"""
- name: All zones
  rackwright.platform.dns_zone_info:
    provider: powerdns
    powerdns:
      url: "{{ pdns_url }}"
      api_key: "{{ pdns_key }}"
  register: found

- name: One zone with its records
  rackwright.platform.dns_zone_info:
    provider: powerdns
    powerdns:
      url: "{{ pdns_url }}"
      api_key: "{{ pdns_key }}"
    zone: example.org
  register: found
"""

RETURN = r"""
zones:
  description: The zones in order of their names; none when O(zone) is not there.
  type: list
  elements: dict
  returned: success
  sample:
    - {name: example.org., kind: Native, serial: 2026112001, dnssec: false}
records:
  description: The record sets of O(zone), in order of their names.
  type: list
  elements: dict
  returned: when O(zone) is given and there
  sample:
    - {name: www.example.org., type: A, ttl: 300, values: [192.0.2.10, 192.0.2.11]}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import NotFound
from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.dns import declared
from ansible_collections.rackwright.platform.plugins.module_utils.dns.options import INFO_FIELDS as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.dns.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.dns.resource import RECORD_SET, ZONE


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


def work(task):
    """Read, and show."""
    driver = task.driver()
    if not task.params["zone"]:
        rows = sorted(driver.zones().read(), key=lambda row: row["name"])
        return {"zones": [ZONE.shown(row) for row in rows]}
    store = driver.records(declared.zone(task.params["zone"]))
    try:
        rows = sorted(store.read(), key=RECORD_SET.key)
    except NotFound:
        return {"zones": []}
    return {"zones": [ZONE.shown(store.head)], "records": [RECORD_SET.shown(row) for row in rows]}


if __name__ == "__main__":
    main()
