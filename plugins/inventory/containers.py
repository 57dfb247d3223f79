# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory plugin: the containers of any number of engines."""

from __future__ import annotations

DOCUMENTATION = r"""
name: containers
short_description: Containers of any number of engines as hosts
description:
  - Reads all O(sources), engines of any kind on any hosts, at the same time, each with one list call, and makes every
    container a host.
  - Any file that ends in C(.yml) or C(.yaml) and says C(plugin) is taken.
  - What comes from an engine is never treated as a template.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
requirements:
  - The Python libraries of the providers, as M(rackwright.platform.container_info) tells them.
notes:
  - Each host gets C(rackwright_name), C(rackwright_id), C(rackwright_image), C(rackwright_state), C(rackwright_status),
    C(rackwright_health), C(rackwright_owner), C(rackwright_labels), C(rackwright_published), C(rackwright_addresses)
    and C(rackwright_created), as M(rackwright.platform.container_info) returns them.
  - C(rackwright_engine) is the machine that the engine runs on, C(rackwright_foreign) whether Rackwright has made it.
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [rackwright.platform.containers]
  sources:
    description:
      - The engines to read. Each entry is a dictionary with C(provider) and the options of that provider under its name
        as in M(rackwright.platform.container_info).
      - C(names), a list of patterns with V(*) and V(?), C(owner), C(labels), a dictionary, and C(states), a list of
        V(started), V(paused) and V(stopped), say which containers to take. By default all that are started.
      - An entry may have its own C(on_error) and C(min_hosts), which apply to it instead of O(on_error), and beside
        O(min_hosts).
      - Values may be templates. An option that is left out is taken from its environment variable.
    type: list
    elements: dict
    required: true
  connect:
    description:
      - How Ansible reaches the hosts. V(exec) runs its modules inside by the engine, with the connection plugin
        C(community.docker.docker_api); it needs that collection, and Python in the container.
      - V(address) connects to the container's first address as to any host.
    type: str
    default: exec
    choices: [exec, address]
    env:
      - name: RACKWRIGHT_INVENTORY_CONNECT
extends_documentation_fragment:
  - rackwright.platform.inventory_sources
  - constructed
  - inventory_cache
"""

EXAMPLES = r"""
# What runs on this machine's engine, with groups by label and by health
plugin: rackwright.platform.containers
sources:
  - provider: docker
keyed_groups:
  - {key: rackwright_labels.tier, prefix: tier}
  - {key: rackwright_health, prefix: health}
---
# One owner's containers on two machines, also those that are stopped; told apart by the machine
plugin: rackwright.platform.containers
hostname: rackwright_name ~ '.' ~ rackwright_engine
connect: address
on_error: stale
sources:
  - provider: docker
    owner: shop
    states: [started, stopped]
  - provider: docker
    docker: {url: "{{ lookup('ansible.builtin.env', 'OTHER_ENGINE') }}"}
    owner: shop
    names: ["shop-*"]
    on_error: warn
"""

from fnmatch import fnmatchcase

from ansible_collections.rackwright.platform.plugins.module_utils.containers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.core.field import Field
from ansible_collections.rackwright.platform.plugins.plugin_utils.sources import SourcesPlugin

PREFIX = "rackwright_"
SHOWN = "name id image owner state status health exit_code published addresses created".split()
STATES = ("started", "paused", "stopped")


class InventoryModule(SourcesPlugin):
    """Containers as hosts."""

    NAME = "rackwright.platform.containers"
    DRIVERS = DRIVERS
    FIELDS = (
        Field("names", type="list", elements="str"),
        Field("owner"),
        Field("labels", type="dict"),
        Field("states", type="list", elements="str", choices=STATES),
    )

    def rows(self, driver, params):
        """The containers of one source, with what is needed to reach them."""
        found = [row for row in driver.containers().listing() if _wanted(row, params)]
        more = {"engine": driver.client.host(), "_exec": driver.inside()}
        return [
            dict({name: row.get(name) for name in SHOWN}, labels=row["_labels"], foreign="_foreign" in row, **more)
            for row in found
        ]

    def host(self, row):
        """A container's name and variables."""
        values = {PREFIX + name: value for name, value in row.items() if name != "_exec"}
        if self.get_option("connect") == "exec":
            values.update(row["_exec"], ansible_host=row["name"])
        elif row["addresses"]:
            values["ansible_host"] = next(iter(row["addresses"].values()))
        return row["name"], values


def _wanted(row, params):
    patterns, labels = params.get("names"), params.get("labels") or {}
    return (
        row["state"] in (params.get("states") or STATES[:1])
        and (not patterns or any(fnmatchcase(row["name"], pattern) for pattern in patterns))
        and params.get("owner") in (None, row["owner"])
        and all(row["_labels"].get(name) == str(value) for name, value in labels.items())
    )
