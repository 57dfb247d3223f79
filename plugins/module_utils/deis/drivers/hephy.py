# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hephy Workflow, and the Deis Workflow 2.18 that it goes on from: their controller's API 2.3."""

from __future__ import annotations

from ..base import DeisDriver
from ..client import options

MADE_BY_OTHERS = "only Drycc has it"


class Hephy(DeisDriver):
    """The API as it was at the end of Deis. It answers when it has deployed, or failed to."""

    NAME = "hephy"
    TITLE = "Hephy Workflow, Deis Workflow 2.18"
    LINK = "https://docs.teamhephy.com/"
    FAMILY = "DEIS"
    OPTIONS = options("hephy", "The controller gives each user one token, which this neither makes anew nor ends.")
    CAPS = {
        "workspace": MADE_BY_OTHERS,
        "plans": "limits are given in memory and cpu",
        "detach": "the controller answers when the command has ended",
    }
    MAPS = {
        "memory": "memory",
        "cpu": "cpu",
        "tags": "tags",
        "registry": "registry",
        "health": "healthcheck",
        "grace": "termination_grace_period",
    }
    SETTINGS = ("whitelist", "maintenance", "routable")
    SCALE = ("scale",)
    TYPE = "cmd"

    def log_in(self, client):
        """The user's token."""
        body = {"username": self.options["username"], "password": self.options["password"]}
        return client.call("POST", "/v2/auth/login/", client.plain, json=body, safe=True).json()["token"]

    def seen(self, answer):
        """With the user it belongs to."""
        return dict(super().seen(answer), account=answer["owner"])

    def variables(self, values):
        """A mapping as it is."""
        return dict(values or {})

    def values(self, changes):
        """A mapping as it is."""
        return changes

    def read_build(self, name):
        """What the release in force was built from."""
        release = self.in_force(name)
        row = {"image": "", "procfile": {}, "release": "v%d" % release["version"]}
        if release.get("build"):
            build = self.client.get(self.at(name, "builds", release["build"]))
            row.update(image=build["image"], procfile=dict(build.get("procfile") or {}))
        return row

    def deploy(self, name, row):
        """Build and deploy."""
        body = {"image": row["image"]}
        if row.get("procfile"):
            body["procfile"] = row["procfile"]
        self.client.post(self.at(name, "builds"), body)

    def certs(self, name):
        """They are the user's, whichever app they are for."""
        return "/v2/certs"

    def domain_body(self, one):
        """Every domain leads to the type `web` or `cmd`."""
        return {"domain": one["name"]}

    def transfer(self, name, account):
        """Give it to another user."""
        self.client.post(self.at(name), {"owner": account})

    def standing(self, name, _row):
        """(the release in force, the types that it was deployed for or None for all, what it waits for)."""
        return "v%d" % self.in_force(name)["version"], None, None

    def command(self, name, row):
        """Run a command to its end; (exit status, output)."""
        answer = self.client.post(self.at(name, "run"), {"command": row["command"]})
        return answer["exit_code"], answer["output"] or ""

    def problems(self, row, have):
        """What this family does not take."""
        found = super().problems(row, have)
        if any(one["type"] for one in row.get("domains") or ()):
            found.append("domains: a process type is for Drycc; here every domain leads to web, or cmd")
        for field in ("tags", "registry"):
            if any(isinstance(value, dict) for value in (row.get(field) or {}).values()):
                found.append("%s: by process type is for Drycc; here they are for the whole app" % field)
        config = row.get("config") or have.get("config") or {}
        if row.get("registry") and "PORT" not in config:
            found.append("registry: the platform wants PORT in config with it")
        if row.get("account") not in (None, have.get("account")):
            found += self._out_of_reach(row, have)
        return found

    def _out_of_reach(self, row, have):
        """Whether the app would be beyond this user's reach after its transfer."""
        me = self.client.get("/v2/auth/whoami/")
        if row["account"] == me["username"] or me.get("is_superuser"):
            return []
        if me["username"] in (row.get("permissions") or have.get("permissions") or ()):
            return []
        text = "account: once it is %s's, it is out of reach; list %s in permissions, or use an admin's token"
        return [text % (row["account"], me["username"])]
