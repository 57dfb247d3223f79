# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How people write what Marathon takes, and how it answers: canonical spellings, and what satisfies what; pure."""

from __future__ import annotations

import re

from ..core.secrets import hidden, masked

SEGMENT = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\Z")
NAMES_ONLY = ("key", "secret")  # of a parameter, and a reference to a secret: what they hold is a name
OPERATORS = ("UNIQUE", "CLUSTER", "GROUP_BY", "LIKE", "UNLIKE", "MAX_PER", "IS")
OWNER = "org.rackwright.owner"  # the label that says whose an app is


def path(value):
    """An absolute path of an app or a group."""
    parts = value.strip("/").split("/")
    wrong = [part for part in parts if not SEGMENT.match(part)]
    if wrong:
        raise ValueError("%r: each part is of a-z, 0-9 and inner - and ., as in /shop/web" % value)
    return "/" + "/".join(parts)


def paths(values):
    """Several of them."""
    return [path(value) for value in values]


def text(value):
    """A scalar as text; true and false as YAML writes them."""
    if isinstance(value, (dict, list)):
        raise ValueError("%r is not one text" % (value,))
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def env(values):
    """Environment variables: texts, and references to secrets."""
    return {str(key): one if isinstance(one, dict) else text(one) for key, one in values.items()}


def labels(values):
    """Labels of the user's own."""
    if OWNER in values:
        raise ValueError("%s is a label of Rackwright's own; use the option owner" % OWNER)
    return {str(key): text(one) for key, one in values.items()}


def others(values):
    """Labels without our own."""
    return {key: one for key, one in (values or {}).items() if key != OWNER}


def constraints(values):
    """Constraints as field, operator and, where there is one, value."""
    done = []
    for value in values:
        if not 2 <= len(value) <= 3:
            raise ValueError("%r is no constraint, such as [hostname, UNIQUE] or [rack, GROUP_BY, 3]" % (value,))
        parts = [text(part) for part in value]
        if parts[1].upper() not in OPERATORS:
            raise ValueError("%r is no operator of a constraint; it is one of %s" % (parts[1], ", ".join(OPERATORS)))
        done.append([parts[0], parts[1].upper()] + [part for part in parts[2:] if part])
    return done


def worded(key, *known):
    """What refuses a mapping, or mappings in a list, whose `key` is none of the `known` words."""

    def check(value):
        for one in value if isinstance(value, list) else [value]:
            if one.get(key) not in (None, *known):
                raise ValueError("the %s %r is unknown; it is one of %s" % (key, one[key], ", ".join(known)))
        return value

    return check


def number(value):
    """A number that is not negative."""
    if value < 0:
        raise ValueError("%s is negative" % value)
    return value


def words(value):
    """A list of texts."""
    return [text(one) for one in value]


def holds(have, want):
    """Whether what is there has all that is declared; what else there is, such as defaults, is left alone.

    In mappings None declares that a key is not there.
    """
    if isinstance(want, dict):
        return isinstance(have, dict) and all(
            have.get(key) is None if one is None else holds(have.get(key), one) for key, one in want.items()
        )
    if isinstance(want, list):
        return isinstance(have, list) and len(have) == len(want) and all(map(holds, have, want))
    return have == want


def overlaid(have, want):
    """What comes of `have` once it holds `want`. Items of lists that differ are taken as they are declared."""
    if isinstance(want, dict) and isinstance(have, dict):
        done = dict(have, **{key: overlaid(have.get(key), one) for key, one in want.items() if one is not None})
        return {key: one for key, one in done.items() if want.get(key, one) is not None}
    if isinstance(want, list) and isinstance(have, list) and len(want) == len(have):
        return [there if holds(there, one) else bare(one) for there, one in zip(have, want)]
    return bare(want)


def bare(want):
    """What is declared, without what shall not be there."""
    if isinstance(want, dict):
        return {key: bare(one) for key, one in want.items() if one is not None}
    return [bare(one) for one in want] if isinstance(want, list) else want


def shown(value, name=""):
    """Nested data as it may be shown: texts whose name looks secret are masked."""
    if isinstance(value, dict):
        return {key: shown(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [shown(one, name) for one in value]
    return masked({name: value})[name] if isinstance(value, str) and name not in NAMES_ONLY else value


def hidden_in(value, name=""):
    """The texts in nested data that must not be seen anywhere."""
    if isinstance(value, dict):
        return [text for key, one in value.items() for text in hidden_in(one, str(key))]
    if isinstance(value, list):
        return [text for one in value for text in hidden_in(one, name)]
    return hidden({name: value}) if isinstance(value, str) and name not in NAMES_ONLY else ()


def camel(name):
    """Our name of a field as Marathon has it: health_checks is healthChecks."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def snake(name):
    """Marathon's name as ours: currentStep is current_step."""
    return re.sub("[A-Z]", lambda found: "_" + found.group(0).lower(), name)
