# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a zone by OpenStack's own SDK; run by the Python of .venv-openstack, against the fake Designate.

python designate_sdk.py KEYSTONE_URL PASSWORD REGION    prints what it saw, as JSON
"""

from __future__ import annotations

import json
import sys
import time

import openstack


def main(url, password, region):
    """Everything that the driver asks Designate for, and what came of it."""
    domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
    login = dict(domains, auth_url=url, username="admin", password=password, project_name="admin")
    dns, seen = openstack.connect(auth=login, region_name=region).dns, {}

    def until(look, status="ACTIVE"):
        end = time.monotonic() + 20
        while True:
            found = look()
            if getattr(found, "status", None) == status:
                return found
            assert time.monotonic() < end, found
            time.sleep(0.05)

    made = dns.create_zone(name="sdk.example.", email="admin@sdk.example", ttl=600)
    zone = until(lambda: dns.get_zone(made.id))
    seen["zone"] = [made.status, zone.status, zone.type, zone.ttl, zone.email]
    facts = {"name": "www.sdk.example.", "type": "A", "ttl": 60, "records": ["192.0.2.1"], "description": "by hand"}
    made = dns.create_recordset(zone, **facts)
    found = until(lambda: dns.get_recordset(made.id, zone))
    seen["set"] = [made.status, found.action, found.records, found.ttl, found.description]
    dns.update_recordset(found, records=["192.0.2.2"], ttl=90)
    found = until(lambda: dns.get_recordset(made.id, zone))
    seen["changed"] = [found.records, found.ttl]
    for number in range(7):
        dns.create_recordset(zone, **dict(facts, name="h%d.sdk.example." % number))
    seen["listed"] = len(list(dns.recordsets(zone)))
    seen["found"] = [one.name for one in dns.recordsets(zone, type="A", name="h3.sdk.example.")]
    try:
        dns.create_recordset(zone, **facts)
    except openstack.exceptions.ConflictException as error:
        seen["twice"] = error.status_code
    try:
        dns.create_recordset(zone, **dict(facts, name="bad.sdk.example.", records=["x"]))
    except openstack.exceptions.BadRequestException as error:
        seen["bad"] = error.status_code
    dns.delete_recordset(made.id, zone)
    dns.delete_zone(zone)
    while dns.find_zone("sdk.example.", ignore_missing=True):
        time.sleep(0.05)
    seen["left"] = len(list(dns.zones()))
    print(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
