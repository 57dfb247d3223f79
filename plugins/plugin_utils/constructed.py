# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Core's `groups` and `keyed_groups`, whose every entry does for a host what it did for another one of equal input.

An entry is always carried out by core's own method. The groups that a host joined thereby are noted, and where the
entry can depend on nothing but values that are equal, the next host joins them without asking again.
"""

from __future__ import annotations

from .expressions import Unsure, frozen, known

MAGIC = {"inventory_hostname", "inventory_hostname_short", "group_names"}  # not among a host's own variables


class Entry:
    """One entry of `groups` or `keyed_groups`. run: core's method for it alone. known: of its expression, or None."""

    def __init__(self, run, known):
        self.run, self.known = run, known
        self.by_input, self.by_outcome = {}, {}

    def apply(self, near, host, values):
        """Let a host join its groups."""
        sure = self.known is not None and near.single(host.name)
        if sure and self.known.fresh and self._at_once(near, host):
            return
        key = None
        if sure:
            try:
                key = self.known.key(host.vars)
            except (Unsure, RecursionError):
                pass
        if key is None:
            self.run(values, host.name)
            return
        outcome, joined = None, self.by_input.get(key)
        if joined is None:
            outcome = self._outcome(host.vars)
            joined = self.by_outcome.get(outcome)
        if joined is None:
            joined = self._watch(near, host, values)
            if outcome is not None:
                self.by_outcome[outcome] = joined
        else:
            for group in joined:
                near.join(group, host.name)
        self.by_input[key] = joined

    def _at_once(self, near, host):
        """Whether an outcome that was there before says which groups to join, without asking for an earlier input."""
        try:
            joined = self.by_outcome.get(frozen(self.known.at_once(host.vars)))
        except Exception:  # undefined, failing, unusual
            return False
        for group in joined or ():
            near.join(group, host.name)
        return joined is not None

    def _outcome(self, variables):
        """What the expression comes to, hashable; None where only core can tell."""
        try:
            return frozen(self.known.compute(variables)) if self.known.direct else None
        except Exception:  # undefined, failing, unusual
            return None

    def _watch(self, near, host, values):
        near.joined = joined = []
        try:
            self.run(values, host.name)
        finally:
            near.joined = None
        return joined


def entries(plugin):
    """The entries of a plugin's options, in core's order."""
    strict, found = plugin.get_option("strict"), []
    groups, keyed = plugin.get_option("groups"), plugin.get_option("keyed_groups")
    alone = not plugin.get_option("use_extra_vars")
    for name, text in groups.items() if isinstance(groups, dict) else ():
        found.append(Entry(_composed(plugin, {name: text}, strict), _alone(plugin, "conditional", text, alone)))
    for one in keyed if isinstance(keyed, list) else ():
        plain = (
            isinstance(one, dict)
            and "{" not in str(one.get("parent_group"))
            and "#" not in str(one.get("parent_group"))
        )
        text = one.get("key") if plain else None
        found.append(Entry(_keyed(plugin, [one], strict), _alone(plugin, "expression", text, alone)))
    return found


def _composed(plugin, groups, strict):
    return lambda values, host: plugin._add_host_to_composed_groups(groups, values, host, strict)


def _keyed(plugin, keyed, strict):
    return lambda values, host: plugin._add_host_to_keyed_groups(keyed, values, host, strict)


def _alone(plugin, kind, text, alone):
    """What is known of an expression that reads nothing but a host's own variables, else None."""
    found = known(plugin.templar, kind, text) if alone else None
    return None if found is None or found.paths is None or found.names & MAGIC else found
