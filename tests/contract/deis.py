# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's apps, on fakes of Hephy's and Drycc's controllers."""

from __future__ import annotations

import copy

from contract.modules import run
from contract.provider import OWNER, Meddler, Provider
from fakes.deis import Drycc, Hephy

STAMP = "rackwright-owner"


class AppsOnHephy(Provider):
    """Apps with configuration, a build, numbers, a domain and settings."""

    NAME, MODULE = "hephy", "deis_app"
    KIND, SCALE = Hephy, "scale"
    SCENES = {"create": "create", "change": "update", "delete": "delete"}
    REPLACED = "an app is always changed in place"
    COMMON = {"image": "example/demo:1", "procfile": {"web": "serve", "worker": "work"}}
    ROWS = (
        dict(
            COMMON,
            name="contract-one",
            config={"WORD": "one", "SPARE": "yes"},
            scale={"web": 2, "worker": 1},
            domains=[{"name": "one.example.com"}],
            labels={"team": "a"},
        ),
        dict(COMMON, name="contract-two", config={"WORD": "two"}, scale={"web": 1}, routable=False),
    )
    CHANGED = (
        dict(
            ROWS[0],
            config={"WORD": "uno", "SPARE": None},
            image="example/demo:2",
            scale={"web": 1, "worker": 2},
            domains=[{"name": "uno.example.com"}],
        ),
        dict(ROWS[1], routable=True, https_only=True),
    )
    PAGE, MANY = 10, 25
    PAGES = 3 + 2 * MANY  # the list, and of each its settings and its configuration
    OTHERS = "bob"

    def start(self):
        """Start the fake."""
        self.platform = self.KIND(page=self.PAGE)
        self.platform.user(self.OTHERS, "example-password")
        self.SECRET, self.upstream = self.platform.token, self.platform.address

    def stop(self):
        """End it."""
        self.platform.__exit__()

    def fresh(self):
        """No app."""
        self.platform.fresh()

    def args(self, url, rows, **more):
        """A task of deis_app."""
        task = {"provider": self.NAME, self.NAME: {"url": url, "token": self.SECRET, "timeout": 5}, "owner": OWNER}
        return dict(task, apps=copy.deepcopy(list(rows)), wait=False, **more)

    def removal(self, url, rows):
        """The same with state absent."""
        return self.MODULE, self.args(url, [{"name": row["name"]} for row in rows], state="absent")

    def many(self):
        """Three pages."""
        return [self.plain("contract-%d" % number) for number in range(self.MANY)]

    def fleet(self, number):
        """Apps that are nothing but configured."""
        return [self.plain("contract-%d" % index) for index in range(number)]

    def plain(self, name):
        """An app of little."""
        return {"name": name, "config": {"WORD": name}}

    def strangers(self):
        """An app without a stamp, and one of another owner's."""
        self.hold("contract-unstamped")
        run("deis_app", dict(self.args(self.platform.url, [self.plain("contract-other")]), owner="other"))
        return {"contract-unstamped", "contract-other"}

    def hold(self, name, user="admin"):
        """An app that somebody else has made."""
        self.platform.who = self.platform.users[user]
        self.platform.post_app({"id": name, "workspace": "teamone"})

    def meddler(self):
        """Another user takes the second one's name."""
        return Meddler(
            "POST",
            r"/v2/apps/(\?|$)",
            label="contract-two",
            key="contract-two",
            words="already exists",
            begin=lambda: self.hold("contract-two", self.OTHERS),
            end=lambda: self.platform.apps.pop("contract-two"),
        )

    def truth(self):
        """Apps by name: configuration, image, numbers, domains, settings."""
        return {name: self._facts(app) for name, app in self.platform.apps.items()}

    def _facts(self, app):
        labels = {key: value for key, value in app.settings["label"].items() if key != STAMP}
        image = app.build["image"] if app.build else None
        domains = sorted(set(app.domains) - {app.id})
        numbers = {kind: number for kind, number in app.structure.items() if number}
        settings = (app.settings["routable"], bool(app.https))
        return self.values(app.config["values"]), image, numbers, domains, labels, settings

    def values(self, told):
        """Environment variables, as the platform keeps them."""
        return dict(told)

    def facts(self, rows):
        """The same of declared rows."""
        return {
            row["name"]: (
                {key: value for key, value in row["config"].items() if value is not None},
                row.get("image"),
                row.get("scale", {}),
                [one["name"] for one in row.get("domains", ())],
                row.get("labels", {}),
                (row.get("routable", True), row.get("https_only", False)),
            )
            for row in rows
        }


class AppsOnDrycc(AppsOnHephy):
    """The same where the API is another."""

    NAME, KIND = "drycc", Drycc
    ROWS = tuple(dict(row, workspace="teamone") for row in AppsOnHephy.ROWS)
    CHANGED = tuple(dict(row, workspace="teamone") for row in AppsOnHephy.CHANGED)

    def plain(self, name):
        """In a workspace."""
        return dict(super().plain(name), workspace="teamone")

    def values(self, told):
        """A list of them."""
        return {one["name"]: one["value"] for one in told}
