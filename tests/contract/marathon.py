# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps on Marathon as the contract suite declares them; the Marathon is a fake, since no real one can be had."""

from __future__ import annotations

import copy

from contract.modules import run
from contract.provider import OWNER, Meddler, Provider
from fakes.marathon import Marathon


class AppsOnMarathon(Provider):
    """Apps; nothing of them takes a new object."""

    NAME, MODULE = "marathon", "marathon_app"
    SCENES = {"create": "create", "change": "update", "delete": "delete"}
    SECRET = "s3cret-password"
    ROWS = (
        {"id": "/contract/one", "cmd": "exec one", "instances": 1, "env": {"API_TOKEN": "t0ken-of-the-app"}},
        {"id": "/contract/two", "cmd": "exec two", "instances": 2},
    )
    CHANGED = (dict(ROWS[0], cmd="exec other"), dict(ROWS[1], instances=3))

    def start(self):
        """The fake, with credentials that it insists on."""
        self.marathon = Marathon(authorization="token=" + self.SECRET)
        self.upstream = self.marathon.masters[0].address

    def stop(self):
        """End it."""
        self.marathon.__exit__(None, None, None)

    def fresh(self):
        """Nothing is there."""
        self.marathon.fresh()

    def args(self, url, rows, **more):
        """A task of the module."""
        login = {"url": [url], "token": self.SECRET, "timeout": 4, "leader_timeout": 2, "owner": OWNER}
        return dict(login, apps=copy.deepcopy(list(rows)), **more)

    def removal(self, url, rows):
        """The same with state absent."""
        return self.MODULE, self.args(url, [{"id": row["id"]} for row in rows], state="absent")

    def many(self):
        """There are no pages."""
        return "Marathon tells all apps in one answer"

    def fleet(self, number):
        """As many apps."""
        return [{"id": "/fleet/app%d" % n, "cmd": "exec it"} for n in range(number)]

    def strangers(self):
        """One that nobody of ours has made, and one of another owner."""
        for owner, key in (("other", "/contract/other"), (None, "/contract/nobodys")):
            run(self.MODULE, dict(self.args(self.marathon.urls[0], [{"id": key, "cmd": "exec it"}]), owner=owner))
        return {"/contract/other", "/contract/nobodys"}

    def truth(self):
        """Apps by path: command, instances declared, and tasks that run."""
        with self.marathon.lock:
            found = self.marathon.apps
            return {key: (one["cmd"], one["instances"], len(self.marathon.tasks[key])) for key, one in found.items()}

    def facts(self, rows):
        """The same of declared rows."""
        return {row["id"]: (row["cmd"], row.get("instances", 1), row.get("instances", 1)) for row in rows}

    def litter(self):
        """Deployments that nobody has waited for, and tasks of no app."""
        return [*self.marathon.deployments, *(set(self.marathon.tasks) - set(self.marathon.apps))]

    def meddler(self):
        """A deployment of somebody else locks the second app, and is not over in time."""
        key = self.ROWS[1]["id"]

        def begin():
            with self.marathon.lock:
                self.marathon.deploy("StartApplication", [key], False)
                next(iter(self.marathon.deployments.values()))["_polls"] = 10**6

        end = self.marathon.deployments.clear
        return Meddler("POST", "/v2/apps", label=key, key=key, words="still locked", begin=begin, end=end)
