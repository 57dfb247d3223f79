# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: what must change, in which order, and why. Pure functions; nothing here talks to anybody."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

from .errors import Refused
from .resource import Resource

RECREATE = ("auto", "never", "always")


@dataclass(frozen=True)
class Change:
    """One change of one row.

    verb: a word of the resource's order. key: whose row. before, after: whole rows, None where absent.
    want: what was declared. fields: the names that differ. why: the cause, when it is not plain.
    """

    verb: str
    key: Any
    before: Optional[Dict] = None
    after: Optional[Dict] = None
    want: Optional[Dict] = None
    fields: Tuple[str, ...] = ()
    why: str = ""


@dataclass
class Plan:
    """Ordered changes over one resource in one scope, and the rows that stay as they are."""

    resource: Resource
    changes: List[Change] = field(default_factory=list)
    kept: Dict[Any, Dict] = field(default_factory=dict)
    warnings: List[str] = field(default_factory=list)
    existing: int = 0

    def __bool__(self):
        return bool(self.changes)

    def count(self, verb):
        """How many changes have this verb."""
        return sum(1 for change in self.changes if change.verb == verb)

    def summary(self):
        """Numbers by verb, and of what is unchanged."""
        counts = {verb: self.count(verb) for verb in self.resource.order if self.count(verb)}
        return dict(counts, unchanged=len(self.kept))


def plan(resource, current, desired, absent=(), prune=None, recreate="auto", owner=None):
    """Compare what is there with what is declared.

    current: rows as the driver reads them. A row with `_debris` (a reason) is what an interrupted run of ours left
    behind: it is removed and never counts as the thing itself. A row with `_foreign` (who) is not ours to touch.
    desired: canonical rows. absent: keys that must not be there. prune: a function that says of an undeclared row
    whether it is ours to delete; None deletes nothing. recreate: see RECREATE. owner: who asks. Raises Refused.
    """
    found, debris, twins = _index(resource, current)
    made = Plan(resource, existing=len(found))
    wanted, gone = {resource.key(row): row for row in desired}, set(absent)
    meant = [key for key, rows in twins.items() if key in wanted or key in gone or (prune and any(map(prune, rows)))]
    problems = _ambiguous(resource, meant)
    for key, want in wanted.items():
        try:
            change = _change(resource, key, found.get(key), want, recreate, made.warnings)
        except Refused as refusal:
            problems += refusal.problems
            continue
        if change is None:
            made.kept[key] = found[key]
        else:
            made.changes.append(change)
    for key, row in found.items():
        if key in gone and key not in wanted:
            problems += _not_ours(resource, key, row, owner)
            made.changes.append(Change("delete", key, row))
        elif key not in wanted and prune is not None:
            if prune(row) and "_foreign" not in row:
                made.changes.append(Change("delete", key, row, why="prune"))
            else:
                made.kept[key] = row
    for key, row in debris:
        if key in wanted or key in gone or (prune is not None and prune(row)):
            made.changes.append(Change("delete", key, row, why=row["_debris"]))
    if problems:
        raise Refused(problems)
    rank = {verb: index for index, verb in enumerate(resource.order)}
    made.changes.sort(key=lambda change: rank[change.verb])
    return made


def _not_ours(resource, key, row, owner):
    """Why a row that is named as absent may not be deleted, as a list."""
    label = "%s %s" % (resource.name, resource.label(key))
    if "_foreign" in row:
        return ["%s: %s; it is not ours to delete" % (label, row["_foreign"])]
    if owner and row.get("owner") not in (None, owner):
        return [
            "%s: it belongs to owner %r, this task is %r; only that owner deletes it" % (label, row["owner"], owner)
        ]
    return []


def _index(resource, current):
    """The rows by key, what is left behind, and those keys that more than one row has: {key: rows}."""
    found, debris, twins = {}, [], {}
    for row in current:
        key = resource.key(row)
        if row.get("_debris"):
            debris.append((key, row))
        elif key in found:
            twins.setdefault(key, [found[key]]).append(row)
        else:
            found[key] = row
    return found, debris, twins


def _ambiguous(resource, keys):
    """Problems of keys that stand for more than one thing. What a task does not touch may be called what it likes."""
    text = "%s %s: the provider has more than one of this name; remove or rename all but one, then run again"
    return [text % (resource.name, resource.label(key)) for key in keys]


def _change(resource, key, before, want, recreate, warnings):
    if before is None:
        return Change("create", key, None, want, want, tuple(want))
    label = "%s %s" % (resource.name, resource.label(key))
    if "_foreign" in before:
        raise Refused("%s: %s; choose another name, or remove it yourself" % (label, before["_foreign"]))
    theirs, ours = before.get("owner"), want.get("owner")
    if theirs and ours and theirs != ours:
        raise Refused(
            "%s: it belongs to owner %r, this task is %r; use that owner or another name" % (label, theirs, ours)
        )
    differing = resource.differing(before, want)
    act = [f for f in differing if f.mutable != "create_only"]
    for late in differing:
        if late.mutable == "create_only" and not any(f.mutable == "replace" for f in act):
            warnings.append("%s: %s differs, and is only used when it is made anew" % (label, late.name))
    if recreate == "always" or any(f.mutable == "replace" for f in act):
        return _replace(resource, key, before, want, act, recreate, label)
    if not act:
        return None
    return Change("update", key, before, resource.merged(before, want), want, tuple(f.name for f in act))


def _replace(resource, key, before, want, act, recreate, label):
    causes = tuple(f.name for f in act if f.mutable == "replace") or ("recreate",)
    if recreate == "never":
        raise Refused(
            "%s: %s cannot be changed in place; allow it with `recreate: auto`, or declare what is there (%s)"
            % (label, " and ".join(causes), ", ".join("%s: %s" % (n, resource.shown(before).get(n)) for n in causes))
        )
    why = "%s cannot be changed in place" % ", ".join(causes) if causes != ("recreate",) else "recreate: always"
    fields = tuple(f.name for f in act)
    return Change("replace", key, before, resource.merged(before, want), want, fields, why)


def actions(resource, current, keys, verb):
    """A plan that does `verb` (reboot, reinstall) to each key. Raises Refused for those that are not there."""
    found, _debris, twins = _index(resource, current)
    made = Plan(resource, existing=len(found))
    problems = _ambiguous(resource, [key for key in keys if key in twins])
    for key in keys:
        row = found.get(key)
        if row is None or "_foreign" in row:
            reason = row["_foreign"] if row else "it is not there"
            problems.append("%s %s: %s, so it cannot %s" % (resource.name, resource.label(key), reason, verb))
        else:
            made.changes.append(Change(verb, key, row, row, row))
    if problems:
        raise Refused(problems)
    return made


def guard(made, limits=None):
    """Refuse a plan that prunes or changes more than its limit. Rows named one by one as absent do not count.

    limits: a Limits; None takes the resource's own. Raises Refused with the counts and the option to set.
    """
    limits = limits or made.resource.limits
    if made.existing < limits.above:
        return
    pruned = sum(1 for change in made.changes if change.why == "prune")
    altered = made.count("update") + made.count("replace")
    for done, limit, verb, option in (
        (pruned, limits.deletes, "delete", "deletes"),
        (altered, limits.changes, "change", "changes"),
    ):
        percent = 100.0 * done / made.existing
        if percent > limit:
            raise Refused(
                "the plan would %s %d of %d %s (%d %%), more than the limit of %d %%; nothing was changed. "
                "If that is meant, set `limits: {%s: %d}`"
                % (
                    verb,
                    done,
                    made.existing,
                    made.resource.plural,
                    round(percent),
                    limit,
                    option,
                    min(100, int(percent) + 1),
                )
            )
