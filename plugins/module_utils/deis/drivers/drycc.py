# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drycc Workflow: another API under the same version number, with workspaces in place of users."""

from __future__ import annotations

from ...core.errors import Failure
from ..base import DeisDriver
from ..client import options

WORKSPACES = "who may work on an app is decided by its workspace"
PLANS = "its limits are plans; use plans"
GLOBAL = "global"  # the group of variables that are for all process types


class Drycc(DeisDriver):
    """The API as of Drycc's controller 1.13. It answers before it has deployed."""

    NAME = "drycc"
    TITLE = "Drycc Workflow"
    LINK = "https://www.drycc.cc/"
    FAMILY = "DRYCC"
    OPTIONS = options("drycc", "Each login makes another token in the account, so better give one.")
    CAPS = {
        "account": WORKSPACES,
        "permissions": WORKSPACES,
        "memory": PLANS,
        "cpu": PLANS,
        "whitelist": "it has none",
        "maintenance": "it has no such page",
        "rc": "it tells neither exit status nor output of a command; begin it with detach, and read the log",
    }
    MAPS = {
        "plans": "limits",
        "tags": "tags",
        "registry": "registry",
        "health": "healthcheck",
        "grace": "termination_grace_period",
    }
    NESTED = ("health", "tags", "registry")
    SETTINGS = ("routable",)
    SCALE = ("ptypes", "scale")
    TYPE = "web"

    def log_in(self, client):
        """A new token, by way of the platform's Passport."""
        body = {"username": self.options["username"], "password": self.options["password"]}
        key = client.call("POST", "/v2/auth/login/", client.plain, json=body).json().get("key")
        if not key:
            raise Failure("%s: the login gave no key; make a token in its Passport, and give that" % client.title)
        return client.call("GET", "/v2/auth/token/%s/" % key, client.plain).json()["token"]

    def app(self, name):
        """One that is not in the list is not there, or not ours: the platform does not tell."""
        return None

    def seen(self, answer):
        """With its workspace."""
        return dict(super().seen(answer), workspace=answer["workspace"])

    def creation(self, row):
        """It needs a workspace."""
        return {"id": row["name"], "workspace": row["workspace"]}

    def variables(self, values):
        """Those for all process types; others are left alone."""
        return {one["name"]: one["value"] for one in values or () if one.get("group", GLOBAL) == GLOBAL}

    def values(self, changes):
        """A list, with the group that they belong to."""
        return [{"name": key, "value": value, "group": GLOBAL} for key, value in changes.items()]

    def read_build(self, name):
        """What the newest release was built from. One that failed is in nobody's way: it is built again."""
        release = self.in_force(name)
        build = self.client.get(self.at(name, "build"))
        row = {"image": "", "procfile": {}, "release": "v%d" % release["version"]}
        if build.get("image") and build.get("uuid") == release.get("build"):
            row.update(image=build["image"], procfile=dict(build.get("procfile") or {}))
        return row

    def deploy(self, name, row):
        """Build; the deployment goes on by itself."""
        body = {"image": row["image"], "stack": "container"}
        if row.get("procfile"):
            body["procfile"] = row["procfile"]
        self.client.post(self.at(name, "build"), body)

    def certs(self, name):
        """They are the app's."""
        return self.at(name, "certs")[:-1]

    def whole(self, row):
        """A domain leads to a process type."""
        if "domains" in row:
            row["domains"] = [dict(one, type=one["type"] or self.TYPE) for one in row["domains"]]
        return row

    def domain_body(self, one):
        """With the type that answers."""
        return {"domain": one["name"], "ptype": one["type"]}

    def standing(self, name, row):
        """(the newest release, the types that it was deployed for, what it waits for). Raises Failure."""
        release = next(self.releases(name, size=1), {"version": 0})
        if release.get("failed") or release.get("state") == "crashed":
            if not row.get("_new"):  # somebody else's, which is not what this task waits for
                release = self.in_force(name)
                return "v%d" % release["version"], (), None
            raise Failure(
                "release v%d failed: %s" % (release["version"], release.get("exception") or release["summary"])
            )
        waits = release.get("build") and release.get("state") == "created" and row.get("_deploys", True)
        version = "v%d" % release["version"]
        return version, release.get("deployed_ptypes") or (), "%s is being deployed" % version if waits else None

    def command(self, name, row):
        """Begin a command; nothing is told of it."""
        self.client.post(self.at(name, "run"), {"command": row["command"]})
        return None, ""

    def problems(self, row, have):
        """What this family does not take."""
        found = super().problems(row, have)
        if not have and not row.get("workspace"):
            found.append("it is not there, and to make it workspace must be given")
        if not have and len(row["name"]) < 5:
            found.append("the name is too short: the platform wants 5 letters or more")
        for field in ("tags", "registry"):
            if any(not isinstance(value, dict) for value in (row.get(field) or {}).values()):
                found.append("%s: say it by process type, as in {web: {..}}" % field)
        return found
