# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory that plugins fill, with its methods at hand."""

from __future__ import annotations


class Near:
    """An inventory whose methods are at hand: what core hands to plugins is a proxy that looks each of them up anew.

    joined: a list that notes the groups which hosts join, or None.
    """

    def __init__(self, inventory):
        self._inventory, self.hosts, self.groups = inventory, inventory.hosts, inventory.groups
        self.get_host, self.add_group = inventory.get_host, inventory.add_group
        self.set, self.names = inventory.set_variable, {}
        self.join, self.joined = inventory.add_child, None

    def add_host(self, host, group=None, port=None):
        """As the inventory's; a host and a group that are there need no more than to be joined."""
        if not self.single(host) or port is not None or group not in self.groups:
            return self._inventory.add_host(host, group, port)
        self.add_child(group, host)
        return host

    def set_variable(self, entity, name, value):
        """As the inventory's; where a host has no such variable and another got it so, no more is left to do."""
        variables = self.hosts[entity].vars if self.single(entity) else None
        if variables is None or name in variables:
            self.set(entity, name, value)
        elif name in self.names:
            variables[self.names[name]] = value
        else:
            self.set(entity, name, value)
            self.names[name] = next(reversed(variables))  # as the inventory spells it

    def add_child(self, group, child):
        """As the inventory's."""
        if self.joined is not None and self.single(child):
            self.joined.append(group)
        return self.join(group, child)

    def single(self, name):
        """Whether a host is there, and no group has its name."""
        return type(name) is str and name in self.hosts and name not in self.groups

    def __getattr__(self, name):
        return getattr(self._inventory, name)
