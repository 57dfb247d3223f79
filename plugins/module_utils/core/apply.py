# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carry a plan out: in waves, by a pool of threads or in the API's own batches, and tell what became of each change."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Dict, List

from .errors import Ambiguous, Conflict, Failure, NotBegun
from .files import said
from .plan import Change, plan
from .progress import Progress

REPEATABLE = ("create", "update", "replace", "delete")  # what a second look can tell apart; a reboot cannot be
MAKING = ("create", "replace")
UNTOLD = Ambiguous("the provider's answer does not tell what became of it")
ROUNDS = 3  # a change whose fate was unknown is decided anew at most twice


@dataclass
class Report:
    """What became of a plan: applied and pending changes, failures by key, and the rows that changes returned."""

    applied: List[Change] = field(default_factory=list)
    failed: Dict[Any, Failure] = field(default_factory=dict)
    pending: List[Change] = field(default_factory=list)
    rows: Dict[Any, Dict] = field(default_factory=dict)

    def __bool__(self):
        return not self.failed and not self.pending


def apply(store, made, progress=None):
    """Carry out the plan `made` on `store`.

    A store has `read()`, and either one method per verb that takes a Change and returns the row it leads to, run by
    `WORKERS` threads, or `send(changes)` for a batch, with `chunks(changes)` to cut it. Where the API does one verb
    to many, the store has `<verb>_all(changes)` in place of the verb's method; it returns {key: row or Failure}, what
    it leaves out counts as unknown, a NotBegun as pending, and `cut(changes)` says which go together. Where a wave
    leaves something to be waited for or put away, `arrive(changes)` does that, and returns {key: Failure} of what did
    not come about. A store whose API has no means against doing a thing twice has TWICE: what was made is then read
    again, and what the last request of a killed run has made as well, if that came late, is removed.
    Deletions come first in the order the resource gives; the first wave with a failure is the last.
    A store whose changes take effect later than they are taken has `served(progress)` as well, which waits for that;
    it is for the caller of this to call.
    """
    progress = progress or Progress(made.resource.name)
    progress.start(len(made.changes))
    report = Report()
    waves = _batches(store, made.changes) if hasattr(store, "send") else _verbs(made.changes)
    for wave in waves:
        if report.failed:
            report.pending += wave
            continue
        begun = len(report.applied)
        _settle(store, made.resource, wave, report, progress)
        if getattr(store, "TWICE", False):
            _once(store, made.resource, report, begun, progress)
        if hasattr(store, "arrive"):
            _arrive(store, report, begun)
    progress.finish()
    return report


def _verbs(changes):
    return [list(group) for _verb, group in groupby(changes, key=lambda change: change.verb)]


def _batches(store, changes):
    return [list(chunk) for chunk in store.chunks(changes)] if hasattr(store, "chunks") else [changes]


def _settle(store, resource, wave, report, progress):
    """Run one wave until no change's fate is unknown."""
    run = _send if hasattr(store, "send") else _pool
    waves = [wave]
    for turn in range(ROUNDS):
        unknown = {}
        for part in waves:
            unknown.update(run(store, part, report, progress))
        if not unknown:
            return
        if turn == ROUNDS - 1:
            report.failed.update(unknown)
            return
        try:
            todo = _decide(store, resource, sum(waves, []), unknown, report, progress)
        except Failure as failure:
            for key, first in unknown.items():
                report.failed[key] = Failure("%s; then reading what is there failed too: %s" % (first, failure))
            return
        waves = ([todo] if todo else []) if hasattr(store, "send") else _verbs(todo)


def _decide(store, resource, wave, unknown, report, progress):
    """Read what is there: adopt the changes that have happened, and return what the others still need."""
    lost = [change for change in wave if change.key in unknown]
    report.failed.update({c.key: unknown[c.key] for c in lost if c.verb not in REPEATABLE})
    lost = [change for change in lost if change.verb in REPEATABLE]
    rows = list(store.read())
    there = {resource.key(row): row for row in rows if not row.get("_debris")}
    theirs = [c for c in lost if not isinstance(unknown[c.key], Ambiguous) and not _ours(c, there.get(c.key))]
    report.failed.update((change.key, unknown[change.key]) for change in theirs)
    lost = [change for change in lost if change not in theirs]
    things = {change.key: change for change in lost if not _is_debris(change)}
    fresh = plan(
        resource,
        [row for row in rows if resource.key(row) in things],
        [change.want for change in things.values() if change.want is not None],
        absent=[key for key, change in things.items() if change.want is None],
    )
    left = {resource.key(row) for row in rows if row.get("_debris")}
    needed = [c for c in lost if c.key not in things and c.key in left] + fresh.changes
    still = {(change.key, _is_debris(change)) for change in needed}
    for change in lost:
        if (change.key, _is_debris(change)) not in still:
            report.applied.append(change)
            if change.want is not None:
                report.rows[change.key] = fresh.kept.get(change.key) or change.after
            progress.step()
    return needed


def _ours(change, row):
    """Whether it is our own work, perhaps of the last request of a killed run, that a change has run into."""
    owner = (change.want or {}).get("owner")
    return bool(row and owner and row.get("owner") == owner and "_foreign" not in row)


def _once(store, resource, report, begun, progress):
    """Remove what was made twice of that which the changes applied since there were `begun` have made."""
    made = {change.key for change in report.applied[begun:] if change.verb in MAKING}
    if not made:
        return
    try:
        rows = [row for row in store.read() if resource.key(row) in made]
    except Failure:
        return  # the next run sees it as well
    twins = [Change("delete", resource.key(row), row, why=row["_debris"]) for row in rows if row.get("_debris")]
    if twins:
        kept = {resource.key(row): row for row in rows if not row.get("_debris")}
        report.rows.update((change.key, kept[change.key]) for change in twins if change.key in kept)
        _settle(store, resource, twins, report, progress)


def _is_debris(change):
    return bool(change.before and change.before.get("_debris"))


def _arrive(store, report, begun):
    """Of the changes applied since there were `begun`: count those that do not come about as failed."""
    changes = report.applied[begun:]
    try:
        failed = store.arrive(changes) if changes else {}
    except Failure as failure:
        failed = {change.key: Failure("what became of it is not known: %s" % failure) for change in changes}
    report.failed.update(failed)
    report.applied[begun:] = [change for change in changes if change.key not in failed]
    for key in failed:
        report.rows.pop(key, None)


def _send(store, wave, report, progress):
    try:
        store.send(wave)
    except Ambiguous as failure:
        return {change.key: failure for change in wave}
    except Failure as failure:
        _note_batch(wave, failure, report)
        progress.step(0, len(wave))
        return {}
    report.applied += wave
    report.rows.update({change.key: change.after for change in wave if change.after is not None})
    progress.step(len(wave))
    return {}


def _note_batch(wave, failure, report):
    """An atomic batch failed: blame the changes the provider names, the others did not happen."""
    blamed = getattr(failure, "keys", None) or [change.key for change in wave]
    for change in wave:
        if change.key in blamed:
            report.failed[change.key] = failure
        else:
            report.pending.append(change)


def _pool(store, wave, report, progress):
    stop, lock, unknown = threading.Event(), threading.Lock(), {}
    together = getattr(store, wave[0].verb + "_all", None)
    units = [[change] for change in wave]
    if together:
        units = [list(unit) for unit in store.cut(wave)] if hasattr(store, "cut") else [wave]

    def one(unit):
        if stop.is_set():
            with lock:
                report.pending += unit
            return
        found = _done(together or _singly(store), unit)
        with lock:
            for change in unit:
                result = found.get(change.key, UNTOLD)
                if _unclear(store, change, result):
                    unknown[change.key] = result
                else:
                    _note(change, result, report, progress)
        if any(isinstance(row, Failure) and row.fatal for row in found.values()):
            stop.set()

    workers = max(1, min(getattr(store, "WORKERS", 4), len(units)))
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, units))
    return unknown


def _singly(store):
    return lambda unit: {change.key: getattr(store, change.verb)(change) for change in unit}


def _done(act, unit):
    """{key: the row it led to, None, or the Failure} of changes that go together."""
    try:
        return act(unit)
    except Exception as error:
        text = said(error) if isinstance(error, OSError) else "%s: %s" % (type(error).__name__, error)
        failure = error if isinstance(error, Failure) else Failure(text)
        return {change.key: failure for change in unit}


def _unclear(store, change, found):
    """Whether a second look tells more: no answer came, or it may be our own work, come late, that is in the way.
    Where a thing can be made twice, that takes no name from us, but perhaps the last of what there is room for."""
    if isinstance(found, Ambiguous):
        return True
    refused = type(found) is Failure and found.status and found.status < 500
    full = refused and change.verb in MAKING and getattr(store, "TWICE", False)
    return bool((change.want or {}).get("owner") and (full or isinstance(found, Conflict)))


def _note(change, found, report, progress):
    """Put what became of a change where it belongs."""
    if isinstance(found, NotBegun):
        report.pending.append(change)
    elif isinstance(found, Failure):
        report.failed[change.key] = found
        progress.step(0, 1)
    else:
        report.applied.append(change)
        if change.after is not None:
            report.rows[change.key] = found or change.after
        progress.step()
