# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record sets from an inventory: forward zones with an address a host, reverse zones with their names."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError
from ansible_collections.rackwright.platform.plugins.module_utils.dns.fleet import VIEWS, Fleet

DOCUMENTATION = r"""
name: dns_records
short_description: Turn hosts into DNS zones with their record sets
version_added: 1.0.0
author: Rackwright contributors (@rackwright)
description:
  - Makes the rows that M(rackwright.platform.dns_zone) takes, for one forward zone and the reverse zones it needs.
  - A host's addresses are those of its variable C(rackwright_addresses), as the inventory plugin
    P(rackwright.platform.servers#inventory) sets it, else C(ansible_host) where that is an address.
  - A host's name is the part of its inventory name before the zone's, or the first label where it ends in no such zone.
  - Two hosts or aliases that would have the same name are refused, and so are hosts without any address.
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
  view:
    description:
      - Which addresses of a host count, of each family the first.
      - V(any) takes a public one where there is one, else a private one. V(public) and V(private) take no others, and
        leave hosts out that have none of these. C(ansible_host) is private where its address is of a private network.
    type: str
    choices: [any, public, private]
    default: any
  aliases:
    description:
      - The name of the variable that lists a host's further names, which become CNAME sets.
    type: str
    default: dns_aliases
  groups:
    description: The hosts of each group, such as C(groups). Needed with O(services).
    type: dict
    default: {}
  services:
    description:
      - What groups of hosts serve. Each becomes an SRV set C(_<service>._<protocol>.<group>) of the group's hosts.
      - A dictionary with C(group), C(service), C(port), and where wanted C(protocol) (V(tcp)), C(priority) and
        C(weight) (0). Underscores in a group's name become hyphens.
    type: list
    elements: dict
    default: []
  reverse:
    description:
      - The reverse zones that there are, as names or as networks such as V(10.1.0.0/16). An address goes into the
        smallest that holds it, one in none of them gets no PTR, and zones without any are returned, too.
      - A network that ends within an octet is a zone after RFC 2317, such as V(64/26.2.0.192.in-addr.arpa). Where the
        zone around it is listed, too, that gets the CNAME sets that lead there.
      - By default a zone is made of each /24 and /64 that has addresses. Name your own, and the names of hosts that
        have left go even where they were the last of their zone.
    type: list
    elements: str
  sshfp:
    description:
      - Add SSHFP sets for the host keys that the variable C(rackwright_host_key) holds, one or a list of them.
      - Clients trust them only in a signed zone.
    type: bool
    default: false
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

- name: The private view, with services, aliases and the reverse zones that are ours
  rackwright.platform.dns_zone:
    provider: powerdns
    powerdns: {url: "{{ pdns_url }}", api_key: "{{ pdns_key }}"}
    zone: "{{ item.zone }}"
    records: "{{ item.records }}"
    owner: inventory
    prune: true
  loop: >-
    {{ hostvars | rackwright.platform.dns_records(zone='rack.internal', hosts=groups['all'], view='private', sshfp=true,
       groups=groups, services=[{'group': 'all', 'service': 'ssh', 'port': 22}], reverse=['10.0.0.0/8']) }}
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


WANTED = ("group", "service", "port")


def dns_records(
    hostvars,
    zone,
    hosts=None,
    ttl=300,
    nameservers=(),
    view="any",
    aliases="dns_aliases",
    groups=None,
    services=(),
    reverse=None,
    sshfp=False,
):
    """Forward and reverse zones with their record sets. Raises AnsibleFilterError with every problem."""
    try:
        if view not in VIEWS:
            raise ValueError("view is %r; it is one of %s" % (view, ", ".join(VIEWS)))
        fleet = Fleet(str(zone), ttl, view, reverse)
        chosen = {host: hostvars[host] for host in sorted(hosts if hosts is not None else hostvars)}
        for host, variables in chosen.items():
            fleet.host(host, variables)
        for host, variables in chosen.items():
            for alias in many(variables.get(aliases)):
                fleet.alias(host, str(alias))
            if sshfp:
                fleet.keys(host, many(variables.get("rackwright_host_key")))
        for service in services:
            fleet.service(service["group"], members(service, groups or {}), service)
        return fleet.zones(nameservers)
    except ValueError as error:
        raise AnsibleFilterError("dns_records: %s" % error) from None


def many(value):
    """A value that may be one or a list."""
    return value if isinstance(value, (list, tuple)) else [value] if value else []


def members(service, groups):
    """The hosts of a service's group. Raises ValueError."""
    lacking = [key for key in WANTED if not service.get(key)]
    if lacking:
        raise ValueError("a service lacks %s; it is {group, service, port}" % ", ".join(lacking))
    if service["group"] not in groups:
        raise ValueError(
            "service %s: there is no group %s; pass groups=groups" % (service["service"], service["group"])
        )
    return sorted(groups[service["group"]])


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """Name to function."""
        return {"dns_records": dns_records}
