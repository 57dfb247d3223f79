# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugins of a Docker engine: installed with what is granted, set, enabled, upgraded, removed."""

from __future__ import annotations

import time

from ..core.errors import Ambiguous, Conflict, Failure, Refused
from . import plugin
from .image_store import stream
from .things import Things

AGAIN = (1, 2, 4, None)  # seconds for which an engine may still hold what it has just failed to start


class Plugins(Things):
    """The plugins of one engine. timeout: seconds that one may take to answer once it is enabled."""

    THING = "plugin"
    WORKERS = 4

    def __init__(self, client, timeout=30):
        super().__init__(client)
        self.timeout = timeout

    def read(self):
        """One row a plugin, in one call."""
        return [plugin.seen(answer) for answer in self.client.call("plugins")]

    def prepare(self, rows, current):
        """The rows with what those ask for that are to be fetched. Raises Refused where that is not granted."""
        there = {row["name"]: row for row in current}
        done, problems = [], []
        for row in rows:
            have, wanted = there.get(row["name"]), row.get("source")
            try:
                fetched = have is None or not (wanted is None or wanted == have["source"])
                done.append(dict(row, _asked=self._asked(row)) if fetched else row)
            except Failure as failure:
                problems.append("plugin %s: %s" % (row["name"], failure))
        if problems:
            raise Refused(problems)
        return done

    def create(self, change):
        """Install it; one that cannot be set or does not start is taken away again."""
        row = change.want
        stream(self.client, "pull_plugin", _remote(row), row["_asked"], row["name"])
        try:
            self._set(row)
            self._enable(row)
        except Ambiguous:
            raise
        except Failure:
            self.quietly("remove_plugin", row["name"], force=True)
            raise
        return self._row(row["name"])

    def update(self, change):
        """Stop it for what cannot be changed while it runs; what fails leaves it as it was, or is told."""
        want, have = change.after, change.before
        if have["enabled"]:
            self._disable(have["name"])
        try:
            if "source" in change.fields:
                stream(self.client, "upgrade_plugin", want["name"], _remote(want), change.want["_asked"])
            self._set(change.want)
            self._enable(want)
        except Ambiguous:
            raise
        except Failure as failure:
            raise type(failure)("%s. %s" % (failure, self._put_back(have, change.fields))) from None
        return self._row(have["name"])

    def delete(self, change):
        """Stop and remove it."""
        if change.before["enabled"]:
            self._disable(change.key)
        self.quietly("remove_plugin", change.key)

    def _asked(self, row):
        """What it asks for, as the engine tells. Raises Failure for what is not granted."""
        asked = self.client.call("plugin_privileges", _remote(row)) or []
        missing = plugin.ungranted(asked, row.get("privileges") or {})
        if missing:
            text = "it asks for more than is granted. Read what it does, and to allow it declare `privileges: {%s}`"
            raise Failure(text % missing)
        return asked

    def _row(self, name):
        return plugin.seen(self.client.call("inspect_plugin", name))

    def _set(self, row):
        if row.get("settings"):
            self.client.call("configure_plugin", row["name"], row["settings"], write=True)

    def _enable(self, row):
        for pause in AGAIN if row["enabled"] else ():
            try:
                return self.client.call("enable_plugin", row["name"], self.timeout, write=True)
            except Failure as failure:
                if "already enabled" in str(failure):
                    return None
                if pause is None or "already in use" not in str(failure):
                    raise
            time.sleep(pause)
        return None

    def _disable(self, name):
        try:
            self.client.call("disable_plugin", name, write=True)
        except Conflict as conflict:
            raise Conflict("%s. Remove the containers, volumes and networks that use it first" % conflict) from None

    def _put_back(self, have, fields):
        """Bring the old settings back, and the plugin up if it ran; returns what is to be said of it."""
        try:
            if "settings" in fields:
                now = self._row(have["name"])["settings"]
                old = {name: value for name, value in have["settings"].items() if now.get(name) != value}
                self._set(dict(have, settings=old))
            if "source" in fields:
                return "It is stopped: nobody knows whether it is still the one from %s" % have["source"]
            self._enable(have)
        except Failure as trouble:
            return "Nor could it be brought back, and it is stopped: %s" % trouble
        return "It is as it was"


def _remote(row):
    return row.get("source") or plugin.source(row["name"])
