# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record sets from an inventory: forward zones with an address a host, reverse zones with their names."""

from __future__ import annotations

import ipaddress

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: dns_records
short_description: Turn hosts into DNS zones with their record sets
version_added: 1.0.0
author: Rackwright contributors (@rackwright)
description:
  - Makes the rows that M(rackwright.platform.dns_zone) takes, for one forward zone and the reverse zones it needs.
  - A host's addresses are those of its variable C(rackwright_addresses), as the inventory plugin
    P(rackwright.platform.servers#inventory) sets it, else C(ansible_host) where that is an address.
  - The public address of each family is chosen, or the first where none is public.
  - IPv4 reverse zones hold a /24 each, IPv6 reverse zones a /64.
positional: _input
options:
  _input:
    description: Variables by host name, such as C(hostvars).
    type: dict
    required: true
  zone:
    description: The forward zone. Each host is a name in it.
    type: str
    required: true
  hosts:
    description: Which hosts, by name. All by default.
    type: list
    elements: str
  ttl:
    description: Time to live of each record set, in seconds.
    type: int
    default: 300
  nameservers:
    description: Host names of the zone's name servers, each one of the hosts. They become the NS sets of every zone.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Forward and reverse zones of the whole inventory
  rackwright.platform.dns_zone:
    provider: powerdns
    powerdns: {url: "{{ pdns_url }}", api_key: "{{ pdns_key }}"}
    zone: "{{ item.zone }}"
    records: "{{ item.records }}"
    prune: true
  loop: "{{ hostvars | rackwright.platform.dns_records(zone='rack.internal', hosts=groups['all']) }}"
  loop_control:
    label: "{{ item.zone }}"
"""

RETURN = r"""
_value:
  description: One entry a zone, the forward zone first, then the reverse zones in order of their names.
  type: list
  elements: dict
  contains:
    zone:
      description: The zone's name, with its final dot.
      type: str
    records:
      description: Record sets as M(rackwright.platform.dns_zone) takes them, names with their final dot.
      type: list
      elements: dict
"""


def dns_records(hostvars, zone, hosts=None, ttl=300, nameservers=()):
    """Forward and reverse zones with their record sets. Raises AnsibleFilterError for a host without an address."""
    origin = zone.rstrip(".") + "."
    forward, reverse = [], {}
    for host in sorted(hosts if hosts is not None else hostvars):
        name = "%s.%s" % (host.split(".")[0], origin)
        for address in addresses(host, hostvars[host]):
            kind = "A" if address.version == 4 else "AAAA"
            forward.append({"name": name, "type": kind, "ttl": ttl, "values": [str(address)]})
            pointer = address.reverse_pointer + "."
            rows = reverse.setdefault(reverse_zone(address), {})
            rows.setdefault(pointer, []).append(name)
    servers = ["%s.%s" % (host.split(".")[0], origin) for host in nameservers]
    zones = [{"zone": origin, "records": name_servers(origin, servers, ttl) + forward}]
    for name in sorted(reverse):
        pointers = reverse[name].items()
        rows = [{"name": pointer, "type": "PTR", "ttl": ttl, "values": names} for pointer, names in pointers]
        zones.append({"zone": name, "records": name_servers(name, servers, ttl) + rows})
    return zones


def name_servers(zone, servers, ttl):
    """The NS set of a zone's apex; nothing when no name server is named."""
    return [{"name": zone, "type": "NS", "ttl": ttl, "values": servers}] if servers else []


def addresses(host, variables):
    """The address of each family that names the host: the public one, else the first."""
    rows = variables.get("rackwright_addresses") or []
    chosen = {}
    for row in sorted(rows, key=lambda row: not row.get("public")):
        address = ipaddress.ip_address(str(row["address"]))
        chosen.setdefault(address.version, address)
    if not chosen:
        try:
            address = ipaddress.ip_address(str(variables.get("ansible_host", "")))
        except ValueError:
            raise AnsibleFilterError(
                "dns_records: host %s has no address: set rackwright_addresses, or an address in ansible_host" % host
            ) from None
        chosen[address.version] = address
    return [chosen[version] for version in sorted(chosen)]


def reverse_zone(address):
    """The reverse zone that an address belongs to: of its /24 or /64."""
    labels = address.reverse_pointer.split(".")
    return ".".join(labels[1 if address.version == 4 else 16 :]) + "."


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """Name to function."""
        return {"dns_records": dns_records}
