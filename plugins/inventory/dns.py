# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory plugin: the hosts that DNS zones tell of."""

from __future__ import annotations

DOCUMENTATION = r"""
name: dns
short_description: Names with addresses in DNS zones as hosts
description:
  - Reads the zones of all O(sources) at the same time, over a provider's API or by transfer, and makes every name with
    an A or AAAA set a host. Wildcards are left out.
  - Any file that ends in C(.yml) or C(.yaml) and says C(plugin) is taken.
  - What comes from a zone is never treated as a template.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
requirements:
  - The Python libraries of the providers, as M(rackwright.platform.dns_zone_info) tells them.
notes:
  - A host is called by its name without the final dot. It gets C(ansible_host), its first address, IPv4 before IPv6.
  - C(rackwright_addresses) are all its addresses, each with C(address) and C(public); C(rackwright_zone) and
    C(rackwright_relative) are its zone and its name seen from there.
  - C(rackwright_aliases) are the names in the zone that are a CNAME of it.
  - C(rackwright_services) are the SRV values that point to it, each with C(name) (V(http_tcp) of V(_http._tcp.web)),
    C(at) (V(web)), C(port), C(priority) and C(weight).
  - C(rackwright_text) is a dictionary of the TXT values C(key=value) of its name.
  - So C(keyed_groups) make groups of services and texts, and C(groups) of patterns of names.
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [rackwright.platform.dns]
  sources:
    description:
      - The providers to read. Each entry is a dictionary with C(provider), the options of that provider under its name
        as in M(rackwright.platform.dns_zone_info), and C(zones), a list of zones; without one all that it lists, but
        for reverse zones.
      - C(names), a list of patterns with V(*) and V(?), says which names to take, as seen from the zone.
      - An entry may have its own C(on_error) and C(min_hosts), which apply to it instead of O(on_error), and beside
        O(min_hosts).
      - Values may be templates. An option that is left out is taken from its environment variable.
    type: list
    elements: dict
    required: true
extends_documentation_fragment:
  - rackwright.platform.inventory_sources
  - constructed
  - inventory_cache
"""

EXAMPLES = r"""
# The hosts of one zone; a group for each service, for the roles that TXT records tell, and for a pattern
plugin: rackwright.platform.dns
sources:
  - provider: powerdns
    zones: [example.org]
keyed_groups:
  - {key: rackwright_services | map(attribute='name') | list, prefix: serves}
  - {key: rackwright_text.role, prefix: role}
groups:
  web: rackwright_relative is match('web')
---
# What begins with db, by zone transfer from a primary that may be away
plugin: rackwright.platform.dns
on_error: stale
sources:
  - provider: rfc2136
    rfc2136: {server: "{{ lookup('ansible.builtin.env', 'PRIMARY') }}"}
    zones: [example.org]
    names: ["db*"]
    on_error: warn
"""

from concurrent.futures import ThreadPoolExecutor

from ansible_collections.rackwright.platform.plugins.module_utils.core.field import Field
from ansible_collections.rackwright.platform.plugins.module_utils.dns import declared
from ansible_collections.rackwright.platform.plugins.module_utils.dns.hosts import hosts, is_reverse
from ansible_collections.rackwright.platform.plugins.module_utils.dns.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.plugin_utils.sources import SourcesPlugin

PREFIX = "rackwright_"


class InventoryModule(SourcesPlugin):
    """Names as hosts."""

    NAME = "rackwright.platform.dns"
    DRIVERS = DRIVERS
    FIELDS = (Field("zones", type="list", elements="str"), Field("names", type="list", elements="str"))

    def rows(self, driver, params):
        """The hosts of one source."""
        zones = [declared.zone(zone) for zone in params.get("zones") or ()]
        if not zones:
            zones = [row["name"] for row in driver.zones().read() if not is_reverse(row["name"])]
        patterns = params.get("names") or ()
        with ThreadPoolExecutor(max(1, min(driver.WORKERS, len(zones)))) as pool:
            found = pool.map(lambda zone: driver.records(zone).read(), zones)
            return hosts(dict(zip(zones, found)), patterns)

    def host(self, row):
        """A host's name and variables."""
        values = {PREFIX + name: value for name, value in row.items()}
        values["ansible_host"] = row["addresses"][0]["address"]
        return row["name"], values
