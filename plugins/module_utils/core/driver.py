# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every driver declares about itself, and how its limits are told while planning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Pattern

from .errors import Refused


class Drivers(Mapping):
    """Provider name -> Driver class, loaded when it is asked for: a task needs one of them.

    loaders: by name, functions that import the class. They spell the import out, so that Ansible ships it.
    """

    def __init__(self, **loaders):
        self._loaders, self._loaded = loaders, {}

    def __getitem__(self, name):
        if name not in self._loaded:
            self._loaded[name] = self._loaders[name]()
        return self._loaded[name]

    def __iter__(self):
        return iter(self._loaders)

    def __len__(self):
        return len(self._loaders)


@dataclass(frozen=True)
class Sunset:
    """A service that was switched off on `date`. hosts: a pattern of its addresses. remains: what its users can do."""

    date: str
    hosts: Pattern
    remains: str

    def __str__(self):
        return "the service was switched off on %s; %s" % (self.date, self.remains)


class Driver:
    """One provider's API in one file.

    NAME: what a user types. TITLE, LINK: for people. REQUIRES: Python libraries as (module, package) pairs. OPTIONS:
    the provider's own Fields. WORKERS: calls at once. CAPS: a field's name, `field=value`, or a resource and a verb as
    in `zone=create`, to True or to the reason why the provider cannot do it. SUNSET: None, or the Sunset of a provider
    that was switched off. transport: replaces the connection, for tests.
    """

    NAME = TITLE = LINK = ""
    REQUIRES = ()
    OPTIONS = ()
    WORKERS = 4
    CAPS = {}
    SUNSET = None

    def __init__(self, options, transport=None):
        self.options = options
        self.transport = transport

    @classmethod
    def missing(cls, options):
        """Refusals for required options that are neither given nor in the environment."""
        problems = []
        if cls.SUNSET and (not options.get("url") or cls.SUNSET.hosts.search(options["url"])):
            return ["provider %s: %s" % (cls.NAME, cls.SUNSET)]
        for field in cls.OPTIONS:
            if field.required and options.get(field.name) in (None, ""):
                env = ", or set the environment variable %s" % field.env[0] if field.env else ""
                problems.append("provider %s: %s.%s is not set; give it%s" % (cls.NAME, cls.NAME, field.name, env))
        return problems

    @classmethod
    def abilities(cls):
        """What it can do and what not, {ability: True or the reason}."""
        return cls.CAPS

    @classmethod
    def refuse(cls, resource, rows):
        """Raise Refused for every field of every row that this provider cannot honour, with the reason."""
        refuse(cls.NAME, cls.abilities(), resource, rows)


def refuse(provider, abilities, resource, rows):
    """Raise Refused for what rows ask for and `abilities` give a reason against. provider: its name."""
    problems = []
    for row in rows:
        for name, value in row.items():
            reason = abilities.get(name, True)
            for one in value if isinstance(value, list) else [value]:
                if reason is True and isinstance(one, str):
                    reason = abilities.get("%s=%s" % (name, one), True)
                    name = name if reason is True else "%s %s" % (name, one)
            if reason is not True and value not in (None, "", [], {}):
                label = resource.label(resource.key(row))
                problems.append("%s %s: provider %s cannot do %s: %s" % (resource.name, label, provider, name, reason))
    if problems:
        raise Refused(problems)


def refuse_verbs(provider, abilities, made):
    """Raise Refused for changes of a plan that `abilities` give a reason against, as `zone=create`."""
    resource, problems = made.resource, []
    for change in made.changes:
        reason = abilities.get("%s=%s" % (resource.name, change.verb), True)
        if reason is not True:
            thing = "%s %s" % (resource.name, resource.label(change.key))
            there = "is not there, and" if change.before is None else "is there, and"
            problems.append("%s %s provider %s cannot %s it: %s" % (thing, there, provider, change.verb, reason))
    if problems:
        raise Refused(problems)
