# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kind of thing with fields and an identity. Rows are plain dicts; names that start with `_` are the driver's own."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Callable, Optional, Tuple

from .errors import Refused
from .field import Field


@dataclass(frozen=True)
class Limits:
    """How much of what exists one run may delete by prune, or change, unless told otherwise.

    deletes, changes: percent of the existing rows. above: rows that must exist before the limits count.
    """

    deletes: int = 30
    changes: int = 100
    above: int = 10


@dataclass(frozen=True)
class Resource:
    """What a thing is, whoever hosts it.

    identity: the fields that tell one from another. order: verbs in the order of their waves. check: relations between
    rows, as a list of problems. text: a row as a person reads it in a diff. one_diff: all rows in one diff.
    canonical: a faster way to normalise a row than field by field; raises ValueError.
    """

    name: str
    plural: str
    fields: Tuple[Field, ...]
    identity: Tuple[str, ...] = ("name",)
    order: Tuple[str, ...] = ("delete", "replace", "create", "update")
    limits: Limits = Limits()
    check: Optional[Callable] = None
    text: Optional[Callable] = None
    canonical: Optional[Callable] = None
    one_diff: bool = False

    def key(self, row):
        """What identifies the row: the value of its one identity field, or a tuple."""
        if len(self.identity) == 1:
            return row[self.identity[0]]
        return tuple(row[name] for name in self.identity)

    def label(self, key):
        """The key for a person: `www.example.org. A`."""
        return " ".join(str(part) for part in key) if isinstance(key, tuple) else str(key)

    def normalise(self, rows):
        """The rows in canonical spelling, None dropped. Raises Refused with every problem found."""
        done, problems = [], []
        for row in rows:
            spelled, wrong = self._spelled(row)
            problems += ["%s %s: %s" % (self.name, self._name_of(row), text) for text in wrong]
            done += [] if wrong else [spelled]
        problems += self._duplicates(done)
        if self.check and not problems:
            problems += self.check(done)
        if problems:
            raise Refused(problems)
        return done

    def _name_of(self, row):
        return " ".join(str(row.get(name)) for name in self.identity)

    def _spelled(self, row):
        """The row in canonical spelling, and all that is wrong with it."""
        if self.canonical is None:
            return self._by_field(row)
        try:
            return self.canonical(row), []
        except ValueError as error:
            return None, [str(error)]

    def _by_field(self, row):
        done, wrong = {}, []
        for field in self.fields:
            value = row.get(field.name)
            if value is None:
                continue
            try:
                done[field.name] = field.canonical(value)
            except ValueError as error:
                wrong.append("%s: %s" % (field.name, error))
        done.update((name, row[name]) for name in row if name.startswith("_"))
        return done, wrong

    def _duplicates(self, rows):
        seen, twice = set(), []
        for row in rows:
            key = self.key(row)
            if key in seen and key not in twice:
                twice.append(key)
            seen.add(key)
        return ["%s %s: declared more than once; keep one of them" % (self.name, self.label(key)) for key in twice]

    def differing(self, have, want):
        """The fields in which `have` does not satisfy `want`."""
        return tuple(f for f in self.fields if f.name in want and not _holds(f, have, want[f.name]))

    def merged(self, have, want):
        """The row that results when `want` is applied over `have`."""
        row = dict(have)
        for field in self.fields:
            if want.get(field.name) is not None and not (field.alias and _holds(field, have, want[field.name])):
                row[field.name] = field.merged(have.get(field.name), want[field.name])
        return row

    def shown(self, row):
        """The row for results, diffs and logs: secrets masked; the driver's own names, and what is None, left out."""
        shown = ((field.name, field.shown(row.get(field.name))) for field in self.fields)
        return {name: value for name, value in shown if value is not None}

    def taking(self, names):
        """The same, but that a difference in the fields `names` takes a new object."""
        fields = (replace(field, mutable="replace") if field.name in names else field for field in self.fields)
        return replace(self, fields=tuple(fields))

    def as_text(self, row):
        """The row as diff text, ending in a line feed; an absent row is empty."""
        if row is None:
            return ""
        if self.text:
            return self.text(row)
        return "".join("%s: %s\n" % (name, _plain(value)) for name, value in self.shown(row).items())


def _holds(field, have, want):
    """Whether what is there satisfies what is declared of the field, by its own value or by its alias."""
    return field.same(have.get(field.name), want) or bool(field.alias and have.get(field.alias) == want)


def _plain(value):
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
