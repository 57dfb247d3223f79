# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marathon's API: its apps and groups as stores, deployments that are waited for, and why one does not come about."""

from __future__ import annotations

import threading
import time
from urllib.parse import quote

from ..clients.masters import Leading
from ..core.errors import Ambiguous, Failure, NotFound, TimedOut
from ..core.progress import Progress
from ..core.wait import wait
from . import app, forms

EMBEDDED = "&".join("embed=apps." + part for part in ("tasks", "counts", "deployments", "lastTaskFailure"))
PAUSE = 0.5  # seconds between two tries of what a deployment has locked
ACTIONS = {
    "StartApplication": "starting",
    "ScaleApplication": "scaling",
    "RestartApplication": "restarting",
    "StopApplication": "stopping",
    "ResolveArtifacts": "fetching",
    "KillAllOldTasksOf": "stopping",
}
SHOWN = 5  # tasks and ids that a message names


class Locked(Failure):
    """A deployment is at it. Marathon has not acted on the request."""


class MarathonHttp(Leading):
    """What Marathon's 409 means: that a deployment has locked the app, or that there is one of this name already.

    It answers 403 not only to who may not, but also when too many deployments run.
    """

    def _failure(self, response, where, method):
        words, status = self.explain(response), response.status_code
        if (status == 409 and "locked by" in words) or (status == 403 and words.startswith("Max number")):
            return Locked(words)
        if status == 409 and "already" in words:
            return Ambiguous("%s: %s" % (where, words))  # perhaps since a moment ago, by a request of ours
        return super()._failure(response, where, method)


class Deployer:
    """Writes that start deployments, one after the other where they lock the same app.

    masters: a clients.masters.Masters. force: whether deployments in the way are cancelled. timeout: seconds for all.
    """

    def __init__(self, masters, force=False, waits=True, timeout=600, clock=time.monotonic, sleep=time.sleep):
        self.masters, self.force, self.waits, self.clock, self.sleep = masters, force, waits, clock, sleep
        self.timeout, self.end = timeout, clock() + timeout
        self.begun, self.lock = {}, threading.Lock()  # key -> (deployment, version)

    def write(self, key, method, path, content=None):
        """Send a change of `key`; while a deployment is in its way, wait for that or, with force, cancel it."""
        path += "?force=true" if self.force else ""
        while True:
            try:
                answer = self.masters.json(method, path, **({} if content is None else {"json": content})) or {}
                break
            except Locked as failure:
                if self.clock() >= self.end:
                    raise Failure(self._in_the_way(key, str(failure))) from None
            self.sleep(PAUSE)
        made = answer.get("deploymentId") or next((one["id"] for one in answer.get("deployments") or ()), None)
        with self.lock:
            self.begun[key] = made, answer.get("version")
        return answer

    def deployments(self):
        """Those that run now."""
        return self.masters.json("GET", "/v2/deployments") or []

    def _in_the_way(self, key, words):
        found = [one for one in self.deployments() if concerns(one, key)]
        told = ["%s (%s)" % (one["id"], ", ".join(one["affectedApps"][:SHOWN])) for one in found[:SHOWN]]
        return "still locked after %d s by deployment %s. Wait for it, or cancel it with `force: true`" % (
            self.timeout,
            " and ".join(told) or "of others: %s" % words,
        )

    def left(self):
        """Seconds that are left."""
        return max(0.0, self.end - self.clock())


def concerns(deployment, key):
    """Whether a deployment changes the app of this path, or something in the group of this path."""
    return any(one == key or one.startswith(key + "/") for one in deployment.get("affectedApps") or ())


def place(kind, key):
    """The path of one app or group in the API."""
    return "/v2/%s/%s" % (kind, quote(key.strip("/")))


class Apps:
    """The store of apps."""

    WORKERS = 4

    def __init__(self, deployer, progress=None):
        self.deployer, self.progress, self.latest = deployer, progress or Progress("app"), {}

    def read(self):
        """All apps."""
        answer = self.deployer.masters.json("GET", "/v2/apps?" + EMBEDDED)
        return [app.seen(one) for one in answer["apps"]]

    def create(self, change):
        """Start it."""
        self.deployer.write(change.key, "POST", "/v2/apps", app.body(change.want, change.want))
        return change.after

    def update(self, change):
        """Change the fields that differ, and no others: a new number of instances alone restarts nothing."""
        self.deployer.write(change.key, "PUT", place("apps", change.key), app.body(change.after, change.fields))
        return change.after

    def delete(self, change):
        """Remove it with its tasks."""
        try:
            self.deployer.write(change.key, "DELETE", place("apps", change.key))
        except NotFound:
            pass

    def arrive(self, changes):
        """Wait for what was changed; {key: Failure} of those that are stuck."""
        gone = {change.key for change in changes if change.after is None}
        return self.settle([change.key for change in changes], gone) if self.deployer.waits else {}

    def unsettled(self, keys):
        """Those of the apps that a deployment is at, perhaps of a run that was ended before it was over."""
        at_work = self.deployer.deployments() if self.deployer.waits and keys else []
        return [key for key in keys if any(concerns(one, key) for one in at_work)]

    def settle(self, keys, gone):
        """Wait until deployments are over and tasks run, or are gone; {key: Failure} of those that are stuck."""
        failed = {}

        def look(keys):
            at_work, rows = self.deployer.deployments(), {row["id"]: row for row in self.read()}
            self.latest = rows
            phases = {}
            for key in keys:
                phases[key], failure = self._phase(key, rows.get(key), at_work, key in gone)
                if failure:
                    failed[key] = failure
            return phases

        try:
            wait(look, keys, self.deployer.left(), self.progress, what="deployed")
        except TimedOut as late:
            failed.update({key: Failure(self._stuck(key, phase)) for key, phase in late.stuck.items()})
        return failed

    def _phase(self, key, row, at_work, leaves):
        """What an app is at, None when it has arrived; and the Failure of one that never will."""
        running = [one for one in at_work if concerns(one, key)]
        if running:
            return acting(running, key, row), None
        if leaves:
            return (None, None) if row is None else ("still there", None)
        if row is None:
            return None, Failure("it was removed while it was being deployed")
        _made, version = self.deployer.begun.get(key, (None, None))
        if version and row["version"] and row["version"] < version:
            return None, Failure(
                "its deployment was cancelled or rolled back: Marathon is back at its version of %s" % row["version"]
            )
        return lacking(row), None

    def _stuck(self, key, phase):
        """Why an app does not come about: its tasks, the last failure, and what offers lack."""
        row = self.latest.get(key) or {}
        parts = ["not deployed within %d s: it is %s" % (self.deployer.timeout, phase)]
        if row:
            parts.append("%d of %d tasks run" % (row.get("tasks_running") or 0, row.get("instances") or 0))
        waiting = [task for task in row.get("_tasks") or () if not is_up(task)]
        parts += ["task " + told(task) for task in waiting[:SHOWN]]
        parts += ["the last failure was " + failure(row["last_failure"])] if row.get("last_failure") else []
        return "; ".join(parts + self._offers(key)) + ". The deployment goes on; see what is wrong, then run again"

    def _offers(self, key):
        """Why Mesos' offers do not suit an app that waits for one."""
        try:
            queue = self.deployer.masters.json("GET", "/v2/queue")["queue"]
        except (Failure, KeyError, TypeError):
            return []
        found = [one for one in queue if (one.get("app") or {}).get("id") == key]
        rejected = ((found or [{}])[0].get("processedOffersSummary") or {}).get("rejectSummaryLastOffers") or ()
        lacks = ["%s (%d of %d)" % (r["reason"], r["declined"], r["processed"]) for r in rejected if r.get("declined")]
        return ["%d wait for an offer" % one["count"] for one in found[:1]] + (
            ["offers were declined for %s" % ", ".join(lacks)] if lacks else []
        )


def acting(deployments, key, row):
    """What deployments do to an app; that its tasks fail is worth more than what Marathon tries."""
    last = (row or {}).get("last_failure") or {}
    if last and last.get("version") == row["version"]:
        return "failing"
    actions = [one for deployment in deployments for one in deployment.get("currentActions") or ()]
    mine = [ACTIONS.get(one.get("action"), one.get("action")) for one in actions if one.get("app") == key]
    return mine[0] if mine else "waiting for others"


def lacking(row):
    """What a row whose deployment is over still lacks, None when nothing."""
    want = row.get("instances") or 0
    if (row.get("tasks_running") or 0) < want:
        return "short of tasks"
    if row.get("health_checks") and (row.get("tasks_healthy") or 0) < want:
        return "unhealthy"
    return None


def is_up(task):
    """Whether a task runs, and is healthy where that is looked at."""
    results = task.get("healthCheckResults") or ()
    return task.get("state") == "TASK_RUNNING" and all(one.get("alive") for one in results)


def told(task):
    """A task for a person."""
    checks = task.get("healthCheckResults") or ()
    health = [one["lastFailureCause"] for one in checks if one.get("lastFailureCause")]
    since = task.get("startedAt") or task.get("stagedAt") or "a moment ago"
    where = task.get("host") or "no host yet"
    return " ".join(["%s is %s on %s since %s" % (task["id"], task.get("state"), where, since)] + health[:1])


def failure(one):
    """A failed task for a person."""
    words = (one.get("taskId"), one.get("state"), one.get("host"), one.get("timestamp"), one.get("message"))
    return "%s: %s on %s at %s: %s" % words


class Groups:
    """The store of groups."""

    WORKERS = 4

    def __init__(self, deployer, progress=None):
        self.deployer, self.progress = deployer, progress or Progress("group")

    def read(self):
        """All groups but the root."""
        embedded = "embed=group.groups&embed=group.apps"
        found, left = [], [self.deployer.masters.json("GET", "/v2/groups?" + embedded)]
        while left:
            group = left.pop()
            left += group.get("groups") or []
            if group["id"] != "/":
                found.append(
                    {
                        "id": group["id"],
                        "dependencies": group.get("dependencies") or [],
                        "enforce_role": bool(group.get("enforceRole")),
                        "apps": sorted(one["id"] for one in group.get("apps") or ()),
                    }
                )
        return found

    def create(self, change):
        """Make it."""
        content = dict(self._body(change.want, change.want), id=change.key)
        self.deployer.write(change.key, "POST", "/v2/groups", content)

    def update(self, change):
        """Change what differs; its apps and groups stay."""
        self.deployer.write(change.key, "PUT", place("groups", change.key), self._body(change.after, change.fields))

    def delete(self, change):
        """Remove it."""
        try:
            self.deployer.write(change.key, "DELETE", place("groups", change.key))
        except NotFound:
            pass

    @staticmethod
    def _body(row, names):
        return {forms.camel(name): row[name] for name in names if name in ("dependencies", "enforce_role")}

    def arrive(self, changes):
        """Wait until their deployments are over; {key: Failure} of those whose are not."""
        if not self.deployer.waits:
            return {}
        mine = {change.key: self.deployer.begun.get(change.key, (None,))[0] for change in changes}

        def look(keys):
            at_work = {one["id"] for one in self.deployer.deployments()}
            return {key: "deploying" if mine[key] in at_work else None for key in keys}

        try:
            wait(look, list(mine), self.deployer.left(), self.progress, what="deployed")
        except TimedOut as late:
            text = "its deployment is not over within %d s" % self.deployer.timeout
            return {key: Failure(text) for key in late.stuck}
        return {}
