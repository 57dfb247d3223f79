# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After the changes: tidy up, note the host keys, wait until the servers are ready, and tell what is there now."""

from __future__ import annotations

from ..core.errors import Failure, TimedOut
from ..core.wait import wait
from .known_hosts import KNOWN_HOST, KnownHosts, wanted
from .ready import Watch
from .resource import SERVER, visible


def settle(task, driver, keys, outcome, current, signs):
    """Bring the servers `keys` to rest and return their rows as the result shows them. Raises Failure.

    outcome: what was done. current: all rows as they were before. signs: when a server is ready; see ready.py.
    """
    if not task.dry:
        driver.tidy()
    if outcome.done and not task.dry:
        current = driver.read()
    rows = {row["name"]: row for row in visible(current)}
    gone = {change.key for change in outcome.done if change.verb == "delete" and "_debris" not in change.before}
    if task.dry:
        rows = {name: row for name, row in rows.items() if name not in gone}
    if task.params.get("known_hosts"):
        _note_keys(task, driver.realm(), keys, rows)
    if task.params.get("wait") and not task.dry:
        rows = _wait(task, driver, keys, rows, outcome, signs)
    if task.dry:
        rows = dict(rows, **outcome.rows)
    return [SERVER.shown(rows[key]) for key in keys if key in rows]


def _note_keys(task, realm, keys, rows):
    """Write the lines of the servers `keys`, and drop those of servers that are not there any more."""
    store = KnownHosts(task.params["known_hosts"])
    lines = store.read()
    desired = [line for line in (wanted(rows[key], realm) for key in keys if key in rows) if line]
    there = {"%s/%s" % (realm, name) for name in rows}
    ours = [line["server"] for line in lines if line["server"].startswith(realm + "/")]
    absent = [server for server in ours if server not in there]
    task.reconcile(store, KNOWN_HOST, desired, absent=absent, current=lines)


def _wait(task, driver, keys, rows, outcome, signs):
    watch = Watch(driver, signs, task.params.get("known_hosts"))
    alive = [key for key in keys if key in rows and _starts(rows[key])]
    beyond = watch.todo or "user_state" in watch.told  # signs that come after the state `active`
    todo = [key for key in alive if beyond or rows[key]["state"] != "active"]
    if not todo:
        return rows
    progress, timeout = task.progress("server"), task.params["timeout"]
    try:
        wait(watch.look, todo, timeout, progress, what="ready", label="server {}".format)
    except TimedOut as late:
        advice = "%s. Give a longer timeout, or see what they say: server_info with `console: true`" % late
        raise TimedOut(advice, late.stuck) from None
    rows = {row["name"]: row for row in visible(driver.read())}
    texts = {change.key: (change.want or {}).get("_user_data") or "" for change in outcome.plan.changes}
    failed = [
        "server %s: %s" % (key, driver.why(rows[key], texts.get(key, "")))
        for key in todo
        if rows.get(key, {}).get("state") == "failed"
    ]
    if failed:
        raise Failure("; ".join(failed))
    return rows


def _starts(row):
    """Whether a server is on, or on its way there."""
    return row.get("power") == "on" or row["state"] in ("provisioning", "booting")
