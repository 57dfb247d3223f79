#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole DNS zone in one task."""

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_zone
short_description: Manage a DNS zone with all its records
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
description:
  - Makes a zone and its record sets what the task declares, from a list, a zone file or a YAML file.
  - The zone is read once, compared, and only the differences are written, with as few calls as the provider allows.
  - The unit is the record set, which is all values of one name and type. A declared set has exactly its values.
  - Every record is checked before any call that writes. All problems are reported at once, and nothing is changed then.
  - The zone's own NS and SOA sets are left alone unless they are declared. The serial number is the server's business,
    a declared one counts only when it is ahead of it.
notes:
  - O(file) is read on the host where the module runs.
  - A zone that is absent is planned in check mode as if it were made empty.
extends_documentation_fragment:
  - rackwright.platform.dns_zone
  - rackwright.platform.targets_dns
  - rackwright.platform.attributes
  - rackwright.platform.attributes.dns
seealso:
  - module: rackwright.platform.dns_record
  - module: rackwright.platform.dns_zone_info
"""

EXAMPLES = r"""
- name: A zone and all that is in it
  rackwright.platform.dns_zone:
    provider: powerdns
    powerdns:
      url: "{{ pdns_url }}"
      api_key: "{{ pdns_key }}"
    zone: example.org
    prune: true
    records:
      - {name: "@", type: NS, values: [ns1, ns2.example.net.]}
      - {name: "@", type: MX, values: ["10 mail"]}
      - {name: "@", type: TXT, values: ["v=spf1 mx -all"]}
      - {name: ns1, type: A, values: [192.0.2.1]}
      - {name: mail, type: A, ttl: 300, values: [192.0.2.10, 192.0.2.11]}
      - {name: www, type: CNAME, values: [mail]}

- name: A zone that others also write to
  rackwright.platform.dns_zone:
    provider: powerdns
    powerdns:
      url: "{{ pdns_url }}"
      api_key: "{{ pdns_key }}"
    zone: example.net
    owner: fleet
    prune: true
    ignore:
      - {name: "_acme-challenge*", type: TXT}
    records:
      - {name: app1, type: A, values: [192.0.2.21]}

- name: A zone from a zone file
  rackwright.platform.dns_zone:
    provider: powerdns
    powerdns:
      url: "{{ pdns_url }}"
      api_key: "{{ pdns_key }}"
    zone: example.com
    file: "{{ zone_folder }}/example.com.zone"
    prune: true
    limits: {deletes: 50}

- name: A change that is there at every server when the task ends
  rackwright.platform.dns_zone:
    provider: powerdns
    powerdns:
      url: "{{ pdns_url }}"
      api_key: "{{ pdns_key }}"
    zone: example.org
    records:
      - {name: www, type: A, values: [192.0.2.10]}
    verify: true
    verify_servers: ["{{ pdns_dns | default('192.0.2.53') }}"]

- name: The same zone at two providers
  rackwright.platform.dns_zone:
    targets:
      - provider: powerdns
        powerdns:
          url: "{{ pdns_url }}"
          api_key: "{{ pdns_key }}"
      - provider: powerdns
        powerdns:
          url: "{{ second_url | default(pdns_url) }}"
          api_key: "{{ second_key | default(pdns_key) }}"
    zone: example.com
    records:
      - {name: www, type: A, values: [192.0.2.10]}

- name: A zone in a file of a name server on this host
  rackwright.platform.dns_zone:
    provider: zonefile
    zonefile:
      folder: "{{ zone_folder }}"
      check: [named-checkzone, "{zone}", "{file}"]
      reload: [rndc, reload, "{zone}"]
    zone: example.edu
    records:
      - {name: "@", type: NS, values: [ns1]}
      - {name: ns1, type: A, values: [192.0.2.1]}

- name: No zone any more
  rackwright.platform.dns_zone:
    provider: powerdns
    powerdns:
      url: "{{ pdns_url }}"
      api_key: "{{ pdns_key }}"
    zone: example.com
    state: absent
"""

RETURN = r"""
zone:
  description:
    - The zone as it is after the task, without its records; an empty dictionary when it is absent.
    - The serial number is the one from before the task's changes to records.
  type: dict
  returned: success
  sample: {name: example.org., kind: Native, serial: 2026112001}
targets:
  description: With O(targets), what the task returns of each, and its C(provider), in their order.
  type: list
  elements: dict
  returned: success, with O(targets)
records:
  description: How many record sets are declared.
  type: int
  returned: success
  sample: 6
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import NotFound
from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.dns import declared
from ansible_collections.rackwright.platform.plugins.module_utils.dns.options import ZONE_FIELDS as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.dns.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.dns.resource import ZONE, record_sets
from ansible_collections.rackwright.platform.plugins.module_utils.dns.verify import verify


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS, several=True, mutually_exclusive=[("records", "file")])


def work(task):
    """Reconcile the zone, then its records."""
    params, driver = task.params, task.driver()
    name = declared.zone(params["zone"])
    if params["state"] == "absent":
        task.reconcile(driver.zones(name), ZONE, [], absent=[name])
        return {"zone": {}, "records": 0}
    zone = {f.name: params[f.name] for f in ZONE.fields if f.given and params.get(f.name) is not None}
    wanted = ZONE.normalise([dict(zone, name=name, _owner=params["owner"])])
    driver.refuse(ZONE, wanted)
    if params["records"] is None and params["file"] is None:
        store = driver.zones(name)
        outcome = task.reconcile(store, ZONE, wanted, current=declared.known(store, wanted, store.read()))
        return {"zone": outcome.shown()[0], "records": 0}
    return fill(task, driver, name, wanted)


def fill(task, driver, name, wanted):
    """Reconcile a zone of which records are declared; one read serves both."""
    params, resource = task.params, record_sets(name, ttl=task.params["ttl"])
    rows = resource.normalise(declared.rows(params, name))
    driver.refuse(resource, rows)
    ignored = declared.ignoring(params["ignore"], name)
    declared.refuse_ignored(rows, ignored)
    store = driver.records(name)
    try:
        current = list(store.read())
    except NotFound:
        current = []
    zones = declared.known(driver.zones(name), wanted, [store.head] if store.head else [])
    declared.refuse_secondary(wanted[0], zones)
    declared.settle(rows, current, params["owner"], params["ttl"])
    prune = declared.prunable(name, params["owner"], ignored) if params["prune"] else None
    for text in declared.examine(rows, current, prune=prune):
        task.warn(text)
    # what is refused leaves no zone behind
    foreseen = task.foresee(store, resource, rows, prune=prune, current=current)
    if not zones:
        made = task.reconcile(driver.zones(name), ZONE, wanted, current=zones)
    outcome = task.carry_out(store, foreseen)
    if zones:  # settings come last, so that refused records leave nothing changed
        made = task.reconcile(driver.zones(name), ZONE, wanted, current=zones)
    verify(task, name, outcome)
    return {"zone": made.shown()[0], "records": len(rows)}


if __name__ == "__main__":
    main()
