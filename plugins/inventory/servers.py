# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory plugin: the servers of any number of providers."""

from __future__ import annotations

DOCUMENTATION = r"""
name: servers
short_description: Servers of any number of providers as hosts
description:
  - Reads all O(sources) at the same time, each with one list call, and makes every server a host.
  - Any file that ends in C(.yml) or C(.yaml) and says C(plugin) is taken.
  - What comes from a provider is never treated as a template.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
requirements:
  - The Python library C(docker) with the provider V(lab), C(boto3) with V(ec2), C(apache-libcloud) with V(libcloud),
    C(urllib3) with the others.
notes:
  - Each host gets C(ansible_host), C(ansible_user), C(ansible_port) where it is not 22, and the fields that
    M(rackwright.platform.server) returns with C(rackwright_) before their names, such as C(rackwright_facility),
    C(rackwright_tags), C(rackwright_host_key).
  - C(rackwright_public_address) and C(rackwright_private_address) are the first of their kind.
  - C(rackwright_active) is a boolean, as AWX wants it for its I(enabled variable).
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [rackwright.platform.servers]
  sources:
    description:
      - The providers to read. Each entry is a dictionary with C(provider), the options of that provider under its
        name as in M(rackwright.platform.server_info), and C(filters) as there.
      - An entry may have its own C(on_error) and C(min_hosts), which apply to it instead of O(on_error), and beside
        O(min_hosts).
      - Values may be templates. An option that is left out is taken from its environment variable.
    type: list
    elements: dict
    required: true
  addresses:
    description:
      - What C(ansible_host) is, by preference. The first that a server has is taken.
      - V(public_v4), V(private_v4), V(public_v6) and V(private_v6) are its first address of that kind, V(name) is the
        server's name.
      - A server that has none of them gets no C(ansible_host), and Ansible connects to the host's name.
      - By default it is what the provider says of access to the server.
      - C(ansible_port) stays what the provider says where that belongs to the server itself. A port that is forwarded
        from elsewhere goes with that address alone.
    type: list
    elements: str
    choices: [public_v4, private_v4, public_v6, private_v6, name]
    env:
      - name: RACKWRIGHT_INVENTORY_ADDRESSES
extends_documentation_fragment:
  - rackwright.platform.inventory_sources
  - constructed
  - inventory_cache
"""

EXAMPLES = r"""
# The lab on this machine, with groups by role and by facility
plugin: rackwright.platform.servers
sources:
  - provider: lab
keyed_groups:
  - {key: rackwright_facility, prefix: at}
  - {key: rackwright_tags.role, prefix: role}
groups:
  running: rackwright_active
compose:
  ntp_server: "'ntp.' ~ rackwright_facility ~ '.example.org'"
---
# Two labs at once; one that does not answer is no reason to stop, and none at all is no inventory
plugin: rackwright.platform.servers
on_error: stale
min_hosts: 1
hostname: rackwright_name ~ '.' ~ rackwright_facility
sources:
  - provider: lab
    lab: {name: staging}
    filters: {owner: [shop], state: [active]}
    on_error: warn
  - provider: lab
    lab:
      name: production
      url: "{{ lookup('ansible.builtin.env', 'PRODUCTION_ENGINE') }}"
"""

from ansible_collections.rackwright.platform.plugins.module_utils.servers.options import FILTERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.resource import (
    SERVER,
    has_address,
    matches,
    preferred_address,
    private_address,
    public_address,
    visible,
)
from ansible_collections.rackwright.platform.plugins.plugin_utils.sources import SourcesPlugin

PREFIX = "rackwright_"


class InventoryModule(SourcesPlugin):
    """Servers as hosts."""

    NAME = "rackwright.platform.servers"
    DRIVERS = DRIVERS
    FIELDS = (FILTERS,)

    def rows(self, driver, params):
        """The servers of one source."""
        return [SERVER.shown(row) for row in visible(driver.read()) if matches(row, params.get("filters"))]

    def host(self, row):
        """A server's name and variables."""
        values = {PREFIX + name: value for name, value in row.items()}
        values[PREFIX + "tags"] = row.get("tags") or {}
        values[PREFIX + "active"] = row.get("state") == "active"
        values[PREFIX + "public_address"] = public_address(row)
        values[PREFIX + "private_address"] = private_address(row)
        values.update(_connection(row, self.get_option("addresses")))
        return row["name"], values


def _connection(row, preferences):
    """The variables that say how to connect. preferences: the option `addresses`."""
    access = row.get("access") or {}
    address, port = access.get("host"), access.get("port") or 22
    if preferences is not None:
        address = preferred_address(row, preferences)
        if address != access.get("host") and not has_address(row, access.get("host")):
            port = 22  # the other is forwarded from elsewhere
    values = {"ansible_host": address} if address else {}
    if access.get("user") and (address or preferences is not None):
        values["ansible_user"] = access["user"]
    if address and port != 22:
        values["ansible_port"] = port
    return values
