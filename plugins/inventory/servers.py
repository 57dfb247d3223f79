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
  - The Python library C(docker) with the provider V(lab).
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
      - Values may be templates. An option that is left out is taken from its environment variable.
    type: list
    elements: dict
    required: true
  hostname:
    description: A Jinja expression for the host's name; by default the server's name.
    type: str
    env:
      - name: RACKWRIGHT_INVENTORY_HOSTNAME
  on_error:
    description:
      - What to do when a source cannot be read.
      - V(fail) gives up, V(warn) leaves its hosts out, V(stale) uses its last good answer.
    type: str
    default: fail
    choices: [fail, warn, stale]
    env:
      - name: RACKWRIGHT_INVENTORY_ON_ERROR
  stale_folder:
    description: Where the last good answers are kept with O(on_error=stale). They hold no secrets.
    type: path
    default: ~/.ansible/rackwright
    env:
      - name: RACKWRIGHT_INVENTORY_STALE_FOLDER
extends_documentation_fragment:
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
# Two labs at once; one that does not answer is no reason to stop
plugin: rackwright.platform.servers
on_error: stale
hostname: rackwright_name ~ '.' ~ rackwright_facility
sources:
  - provider: lab
    lab: {name: staging}
    filters: {owner: [shop], state: [active]}
  - provider: lab
    lab:
      name: production
      url: "{{ lookup('ansible.builtin.env', 'PRODUCTION_ENGINE') }}"
"""

from ansible_collections.rackwright.platform.plugins.module_utils.servers.options import FILTERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.resource import (
    SERVER,
    matches,
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
        values[PREFIX + "active"] = row["state"] == "active"
        values[PREFIX + "public_address"] = public_address(row)
        values[PREFIX + "private_address"] = private_address(row)
        access = row.get("access") or {}
        if access.get("host"):
            values["ansible_host"] = access["host"]
            values["ansible_user"] = access["user"]
            if access["port"] != 22:
                values["ansible_port"] = access["port"]
        return row["name"], values
