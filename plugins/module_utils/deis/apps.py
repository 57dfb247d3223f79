# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules do: apps made as declared and waited for, and listed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from ..core.errors import Failure, Refused, TimedOut
from ..core.wait import wait
from .base import PARTS
from .resource import APP, declared, fit, secrets
from .store import READERS, Apps

RUNNING = PARTS["build"] + PARTS["config"]  # fields whose change starts processes


def manage(task):
    """Make the declared apps so; returns the module's result. Raises Failure."""
    params = task.params
    rows, gone = declared(params)
    task.conceal(secrets(rows))
    driver = task.driver()
    driver.refuse(APP, rows)
    store = _store(driver, rows, gone, params["prune"])
    current = list(store.read())
    rows = _fitted(driver, rows, current, store.known)
    prune = (lambda row: row.get("owner") == params["owner"]) if params["prune"] else None
    outcome = task.reconcile(store, APP, rows, gone, prune, current=current)
    _remark(task, driver)
    done = {change.key for change in outcome.done}
    busy = [dict(outcome.rows[row["name"]], _new=row["name"] in done) for row in rows if set(row) & set(RUNNING)]
    if params["wait"] and busy and not task.dry:
        for name, seen in up(driver, busy, params["timeout"], task.progress(APP.name)).items():
            outcome.rows[name] = dict(outcome.rows[name], **seen)
    return {"apps": outcome.shown([row["name"] for row in rows])}


def look(task):
    """List the apps that the user may see, or those of the names or owner; returns the module's result."""
    names, owner = task.params["names"], task.params["owner"]
    driver = task.driver()
    store = Apps(driver, None if names is None else list(dict.fromkeys(names)))
    rows = [row for row in store.read() if "_foreign" not in row and owner in (None, row["owner"])]
    _remark(task, driver)
    return {"apps": [APP.shown(row) for row in sorted(rows, key=APP.key)]}


def _store(driver, rows, gone, prune):
    """The store for what is declared."""
    fields = {field for row in rows for field in row}
    mine = {row["name"]: {one["name"] for one in row.get("certificates") or ()} for row in rows}
    return Apps(driver, [row["name"] for row in rows], fields, None if prune else gone, mine)


def _fitted(driver, rows, current, known):
    """The declared rows whole. Raises Refused with all that is wrong with them in the light of what is there."""
    there = {row["name"]: row for row in current if "_foreign" not in row}
    done, problems = [], []
    for row in rows:
        have = there.get(row["name"], {})
        try:
            done.append(fit(driver.whole(row), have, known.get(row["name"], {})))
            problems += ["app %s: %s" % (row["name"], text) for text in driver.problems(done[-1], have)]
        except ValueError as error:
            problems.append("app %s: %s" % (row["name"], error))
    if problems:
        raise Refused(problems)
    return done


def _remark(task, driver):
    for text in sorted(driver.client.remarks):
        task.warn(text)


def up(driver, rows, timeout, progress):
    """Wait until all processes of the apps are up; {name: release and processes}. Raises TimedOut."""
    wanted = {}
    with ThreadPoolExecutor(READERS) as pool:
        for row, numbers in zip(rows, pool.map(lambda row: _numbers(driver, row), rows)):
            if row.get("image"):
                numbers = numbers or {"": 0}  # then it is only to be seen that the release does not fail
            wanted.update(((row["name"], kind), number) for kind, number in numbers.items())
        rows, seen = {row["name"]: row for row in rows}, {}

        def phases(keys):
            names = sorted({name for name, _kind in keys})
            seen.update(zip(names, pool.map(lambda name: _standing(driver, rows[name]), names)))
            return {key: _phase(seen[key[0]], key[1], wanted[key]) for key in keys}

        try:
            wait(phases, list(wanted), timeout, progress, what="up", label=lambda key: " ".join(key).strip())
        except TimedOut as late:
            text = "%s. They may yet come up; the log and the events of the app tell more"
            raise TimedOut(text % late, late.stuck) from None
    return {name: {"release": one["release"], "processes": one["processes"]} for name, one in seen.items()}


def _numbers(driver, row):
    """How many of each process type shall run, at the least."""
    found = driver.seen(driver.client.get(driver.at(row["name"])))["scale"]
    bounds = row.get("autoscale") or {}
    numbers = {kind: bounds[kind]["min"] if kind in bounds else number for kind, number in found.items()}
    return {kind: number for kind, number in dict(numbers, **(row.get("scale") or {})).items() if number}


def _standing(driver, row):
    """What runs of an app, and what shall."""
    name = row["name"]
    try:
        release, types, waits = driver.standing(name, row)
        return dict(driver.read_pods(name), release=release, types=types, waits=waits)
    except Failure as failure:
        raise Failure("app %s: %s" % (name, failure)) from None


def _phase(seen, kind, number):
    """Where a process type is on its way; None when enough of it is up."""
    if seen["waits"]:
        return seen["waits"]
    mine = [one for one in seen["processes"] if one["type"] == kind]
    if seen["types"] is None or kind in seen["types"]:
        mine = [one for one in mine if one["release"] == seen["release"]]
    there = sum(_is_up(one) for one in mine)
    if there >= number:
        return None
    others = "/".join(
        sorted({"not ready" if one["state"] == "up" else one["state"] for one in mine if not _is_up(one)})
    )
    return "%s (%d of %d up)" % (others or "absent", there, number)


def _is_up(process):
    ready, _slash, all_of_it = process.get("ready", "1/1").partition("/")
    return process["state"] == "up" and ready == all_of_it
