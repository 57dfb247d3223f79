# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One command in an app, run beside its processes, and what is told of it."""

from __future__ import annotations

import shlex

from ..core.errors import Ambiguous, Failure, NotFound
from ..core.field import Field
from ..core.resource import Resource
from . import forms

TAIL = 5  # lines of a command's output in an error


def line(value):
    """A command as one line; a list of words is quoted."""
    if isinstance(value, (list, tuple)):
        return " ".join(shlex.quote(str(word)) for word in value)
    if not isinstance(value, str) or not value.strip():
        raise ValueError("%r is neither a text nor a list of words" % (value,))
    return value


RUN = Resource(
    "app",
    "apps",
    fields=(
        Field("name", required=True, normal=forms.name, help="The app in whose image and configuration it runs."),
        Field("command", type="raw", required=True, normal=line, help="The command: one line, or a list of words."),
        Field(
            "detach",
            type="bool",
            default=False,
            help="Begin it, and do not wait for its end. With O(provider=drycc) there is no other way.",
        ),
    ),
)
MANAGE = (*RUN.fields, Field("timeout", type="int", default=600, help="Seconds that it may take."))


class Runs:
    """The command of `row` as a store."""

    def __init__(self, driver, row):
        self.driver, self.row, self.WORKERS = driver, row, 1
        self.done = None

    def read(self):
        """The app with its command, where it is there."""
        try:
            self.driver.client.get(self.driver.at(self.row["name"]))
        except NotFound:
            return []
        return [dict(self.row)]

    def run(self, change):
        """Run it to its end. Raises Failure when its exit status is not 0."""
        try:
            rc, output = self.driver.command(change.key, change.before)
        except Ambiguous as failure:
            raise Failure("%s. Whether the command has run is not known" % failure) from None
        self.done = {"rc": rc, "stdout": output, "stdout_lines": output.splitlines()} if rc is not None else {}
        if rc:
            lines = " / ".join(self.done["stdout_lines"][-TAIL:]) or "it said nothing"
            raise Failure("the command ended with exit status %s: %s" % (rc, lines))
        return change.before

    def told(self):
        """What to return of it."""
        return {} if self.done is None else dict(self.done, changed=True)


def execute(task):
    """What the module `deis_run` does."""
    row = {field.name: task.params[field.name] for field in RUN.fields}
    driver = task.driver().patient(task.params["timeout"])
    (row,) = RUN.normalise([row])
    driver.refuse(RUN, [dict(row, rc=None if row["detach"] else True, detach=row["detach"] or None)])
    store = Runs(driver, row)
    task.tell(store.told)
    task.act(store, RUN, [row["name"]], "run")
    return {"msg": "check mode: it would be run"} if task.dry else {}
