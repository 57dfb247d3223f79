# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SSH keys of the account, of the project, or of one server."""

from __future__ import annotations

from ...core.errors import Failure, NotFound
from ..base import Store
from ..keys import fingerprint
from .rows import joined_tags, retagged, split_tags


class Keys(Store):
    """The keys of one scope, which the module's option names."""

    NEEDS = ("key",)

    def __init__(self, driver, params):
        super().__init__(driver, params)
        self.scope, self.server = params.get("scope") or "project", params.get("server")
        self.device = None

    def read(self):
        """Every key; those that are no SSH keys we can tell are left out."""
        found = self.driver.api.get(self._path()).get("ssh_keys") or []
        rows = {}
        for one in found:
            row = self._row(one)
            if row:
                rows.setdefault(row["fingerprint"], row)
        return list(rows.values())

    def _path(self):
        if self.scope == "account":
            return "/ssh-keys"
        if self.scope == "project":
            return self.driver.api.project + "/ssh-keys"
        self.device = self.driver.find(self.server)["id"]
        return "/devices/%s/ssh-keys" % self.device

    def _row(self, one):
        _tags, stamps = split_tags(one.get("tags"))
        try:
            found = fingerprint(one.get("key") or "")
        except ValueError:
            return None
        row = {"fingerprint": found, "key": " ".join(one["key"].split()[:2]), "name": one.get("label")}
        row.update(id=one["id"], owner=stamps.get("owner"), _tags=one.get("tags"), _server=stamps.get("server"))
        return {name: value for name, value in row.items() if value is not None}

    def create(self, change):
        """Add a key; one of a server is a key of its project that is meant for it alone."""
        row = change.want
        body = {"key": row["key"], "label": row.get("name") or row["fingerprint"][7:19]}
        body["tags"] = joined_tags({}, {"owner": row.get("owner"), "server": self.device})
        path = "/ssh-keys" if self.scope == "account" else self.driver.api.project + "/ssh-keys"
        if self.scope == "server":
            body["instances_ids"] = [self.device]
        return self._row(self.driver.api.send("POST", path, body))

    def update(self, change):
        """Give it another name or owner."""
        self._only_here(change)
        body = {"label": change.after["name"], "tags": retagged(change.before.get("_tags"), change)}
        self.driver.api.send("PUT", "/ssh-keys/" + change.before["id"], body)

    def delete(self, change):
        """Remove a key. It stays on servers that are installed."""
        self._only_here(change)
        try:
            self.driver.api.send("DELETE", "/ssh-keys/" + change.before["id"])
        except NotFound:
            return

    def _only_here(self, change):
        """Raise Failure for a key that others see too and this scope does not own."""
        if self.scope == "server" and change.before.get("_server") != self.device:
            raise Failure("it is not the server's alone; change it in the scope project or account")
