# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields as data: argument spec, documentation, comparison and diff all follow from one table."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Callable, Optional, Tuple, Union

MASK = "********"


@dataclass(frozen=True)
class Field:
    """One field of a resource or one option of a provider.

    compare: `exact`, `set` (a list without order), `subset` (what is declared must be there, the rest is left alone)
    or `ignore`. mutable: `yes`, `replace` (needs a new object) or `create_only` (a difference is told, never acted on).
    normal: turns any spelling into the canonical one, or raises ValueError with the reason.
    alias: a reported field whose value may be declared instead, as a facility's metro.
    given: False for what the provider reports and nobody sets. secret: never shown. mask: shows a value in part.
    """

    name: str
    type: str = "str"
    help: Union[str, Tuple[str, ...]] = ""
    elements: Optional[str] = None
    choices: Optional[Tuple[Any, ...]] = None
    default: Any = None
    required: bool = False
    options: Tuple[Field, ...] = ()
    env: Tuple[str, ...] = ()
    secret: bool = False
    mask: Optional[Callable[[Any], Any]] = None
    normal: Optional[Callable[[Any], Any]] = None
    compare: str = "exact"
    mutable: str = "yes"
    alias: str = ""
    given: bool = True

    def canonical(self, value):
        """The one spelling of `value`. Raises ValueError with the reason when it is not valid."""
        return value if value is None or self.normal is None else self.normal(value)

    def same(self, have, want):
        """Whether what is there (`have`) satisfies what is declared (`want`)."""
        if self.compare == "ignore" or want is None:
            return True
        if self.compare == "set":
            return _bag(have or ()) == _bag(want)
        if self.compare == "subset":
            if isinstance(want, dict):
                have = have or {}
                return all(name in have and have[name] == value for name, value in want.items())
            return set(_bag(want)) <= set(_bag(have or ()))
        return have == want

    def merged(self, have, want):
        """What the field holds once `want` has been applied over `have`."""
        if want is None:
            return have
        if self.compare == "subset" and have:
            if isinstance(want, dict):
                return dict(have, **want)
            return list(have) + [item for item in want if item not in have]
        return want

    def shown(self, value):
        """`value` as it may appear in a diff, a result or a log."""
        if value in (None, "", [], {}):
            return value
        if self.mask is not None:
            return self.mask(value)
        return MASK if self.secret else value


def _bag(values):
    """Values as comparable text without order; dicts by their content."""
    return sorted(repr(sorted(value.items())) if isinstance(value, dict) else repr(value) for value in values)


def unless_true(value):
    """A mask for what is worth a word only when it is not so."""
    return None if value is True else value


def env_fallback(*names):
    """Argument-spec fallback: the first of the environment variables that is set."""
    from ansible.module_utils.basic import AnsibleFallbackNotFound

    for name in names:
        if os.environ.get(name):
            return os.environ[name]
    raise AnsibleFallbackNotFound


def argument_spec(fields):
    """The argument spec of the fields that a user may give."""
    return {field.name: _spec(field) for field in fields if field.given}


def _spec(field):
    spec = {"type": field.type}
    for name in ("elements", "default"):
        if getattr(field, name) is not None:
            spec[name] = getattr(field, name)
    if field.choices:
        spec["choices"] = list(field.choices)
    if field.required:
        spec["required"] = True
    if field.secret:
        spec["no_log"] = True
    elif any(word in field.name for word in ("key", "token", "secret", "password")):
        spec["no_log"] = False
    if field.env:
        spec["fallback"] = (env_fallback, list(field.env))
    if field.options:
        spec["options"] = argument_spec(field.options)
    return spec


def documentation(fields):
    """The fields as the `options:` of an Ansible document."""
    return {field.name: _doc(field) for field in fields if field.given}


def _doc(field):
    lines = [field.help] if isinstance(field.help, str) else list(field.help)
    if field.env:
        lines.append("Falls back to the environment variable %s." % " or ".join("E(%s)" % name for name in field.env))
    doc = {"description": lines, "type": field.type}
    for name in ("elements", "default"):
        if getattr(field, name) is not None:
            doc[name] = getattr(field, name)
    if field.choices:
        doc["choices"] = list(field.choices)
    if field.required:
        doc["required"] = True
    if field.options:
        doc["suboptions"] = documentation(field.options)
    return doc
