# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases of an app: back to what an earlier one was."""

from __future__ import annotations

import re

from ..core.errors import NotFound, Refused
from ..core.field import Field
from ..core.resource import Resource
from . import forms
from .apps import up
from .resource import WAIT

BACK = re.compile(r" rolled back to v\d+$")
OPTIONS = (
    Field("name", required=True, normal=forms.name, help="The app's name."),
    Field(
        "version",
        type="int",
        help=(
            "The release whose build and configuration shall be in force.",
            "Left out, the one before, unless the one in force came about by going back: then it stays.",
        ),
    ),
)
RELEASE = Resource(
    "release",
    "releases",
    fields=(
        OPTIONS[0],
        Field("as_of", given=False, compare="ignore", help="The release that has this build and configuration."),
        Field("build", given=False, help="The id of its build."),
        Field("config", given=False, help="The id of its configuration."),
        Field("version", type="int", given=False, compare="ignore", help="The number of the release in force."),
        Field("summary", given=False, compare="ignore", help="What the platform says of how it came about."),
    ),
)
MANAGE = (*OPTIONS, *WAIT)


class Releases:
    """The releases of one app as a store: the row is the one in force."""

    WORKERS = 1

    def __init__(self, driver, name):
        self.driver, self.name = driver, name
        self.all = []

    def read(self):
        """The release in force."""
        try:
            self.all = list(self.driver.releases(self.name))
        except NotFound:
            raise Refused("app %s: it is not there" % self.name) from None
        return [self._row(one) for one in self.all if not one["failed"]][:1]

    def _row(self, one):
        row = {word: one.get(word) for word in ("version", "summary", "build", "config")}
        return dict(row, name=self.name, as_of="v%d" % one["version"])

    def wanted(self, version):
        """What shall be in force, as a row. Raises Refused."""
        sound = [one for one in self.all if not one["failed"]]
        if version is None:
            if len(sound) < 2 or BACK.search(sound[0]["summary"] or ""):
                return self._aim(sound[0])
            return self._aim(self._fit_for_use(sound[1]))
        found = [one for one in self.all if one["version"] == version]
        if not found:
            there = ", ".join("v%d" % one["version"] for one in self.all[:10])
            raise Refused("app %s: there is no release v%d; the newest are %s" % (self.name, version, there))
        return self._aim(self._fit_for_use(found[0]))

    def _aim(self, one):
        row = self._row(one)
        return {word: row[word] for word in ("name", "as_of", "build", "config") if row[word] is not None}

    def _fit_for_use(self, one):
        why = "it failed (%s)" % (one.get("exception") or one["summary"]) if one["failed"] else None
        why = why or (None if one.get("build") else "it has no build that could run")
        if why:
            raise Refused(
                "app %s: release v%d cannot be gone back to: %s; choose another" % (self.name, one["version"], why)
            )
        return one

    def update(self, change):
        """Go back: the platform makes a new release of the old one's build and configuration."""
        number = int(change.want["as_of"][1:])
        answer = self.driver.client.post(self.driver.at(self.name, "releases", "rollback"), {"version": number})
        return dict(change.after, version=answer["version"], summary=None)


def go_back(task):
    """What the module `deis_release` does."""
    (row,) = RELEASE.normalise([{"name": task.params["name"]}])
    driver = task.driver()
    store = Releases(driver, row["name"])
    current = list(store.read())
    outcome = task.reconcile(store, RELEASE, [store.wanted(task.params["version"])], current=current)
    if task.params["wait"] and not task.dry:
        app = dict(driver.read_settings(row["name"]), name=row["name"], _new=bool(outcome.done))
        up(driver, [app], task.params["timeout"], task.progress("app"))
    return {"release": outcome.shown()[0]}
