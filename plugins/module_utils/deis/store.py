# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps of one controller as a store: read in parts, made, changed step by step, and waited for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from ..core.errors import NotFound
from .base import PARTS
from .steps import Steps

READERS = 8  # calls at once while reading
FRESH = {"maintenance": False, "routable": True, "https_only": False}  # how an app is when it was just made


class Apps:
    """The apps of `names`; None is all that the user may see. fields: those that are declared, None for all there are.
    also: apps of which only the owner is read; None is all others. mine: {app: names of certificates} declared."""

    def __init__(self, driver, names=None, fields=None, also=(), mine=None):
        self.driver, self.client = driver, driver.client
        self.names, self.also, self.mine = names, also, mine or {}
        self.WORKERS = driver.WORKERS
        self.parts = [part for part in self._possible() if fields is None or part == "settings" or _asked(part, fields)]
        self.known = {}  # app: {name: answer} of the certificates that it may use

    def _possible(self):
        cannot = {field for field, ability in self.driver.abilities().items() if ability is not True}
        return [part for part, fields in PARTS.items() if not set(fields) <= cannot]

    def read(self):
        """One row an app, with what is asked for; of those that are only there to be pruned, the owner."""
        listed = {answer["id"]: answer for answer in self.driver.apps()}
        names = list(listed) if self.names is None else list(self.names)
        others = [name for name in (listed if self.also is None else self.also) if name not in names]
        with ThreadPoolExecutor(READERS) as pool:
            missing = [name for name in (*names, *others) if name not in listed]
            listed.update(zip(missing, pool.map(self.driver.app, missing)))
            self._know(pool, [name for name in names if isinstance(listed[name], dict)])
            rows = pool.map(lambda name: self._row(name, listed[name], self.parts), names)
            more = pool.map(lambda name: self._row(name, listed[name], ["settings"]), others)
            return [row for row in (*rows, *more) if row]

    def _know(self, pool, names):
        self.known = {}
        if "certificates" in self.parts:
            paths = {self.driver.certs(name): name for name in [*names, *self.mine]}
            found = dict(zip(paths, pool.map(self._certificates, paths.values())))
            self.known = {name: found[self.driver.certs(name)] for name in [*names, *self.mine]}

    def _certificates(self, name):
        try:
            return self.driver.certificates(name)
        except NotFound:
            return {}

    def _row(self, name, answer, parts):
        if not answer:
            return None
        if isinstance(answer, str):
            return {"name": name, "_foreign": answer}
        try:
            row = self.driver.seen(answer)
            for part in parts:
                if part != "certificates":
                    row.update(self.driver.read(name, part))
        except NotFound:  # it was taken away meanwhile
            return None
        if "certificates" in parts:
            row["certificates"] = self._attached(row)
        return row

    def _attached(self, row):
        """The certificates that are for a domain of the app, or declared of it."""
        domains, found = {one["name"] for one in row["domains"]}, []
        for name, answer in sorted(self.known.get(row["name"], {}).items()):
            own = sorted(domains & set(answer.get("domains") or ()))
            if own or name in self.mine.get(row["name"], ()):
                found.append({"name": name, "fingerprint": answer["fingerprint"], "domains": own})
        return found

    def create(self, change):
        """Make it, and all that is declared of it."""
        answer = self.client.post("/v2/apps/", self.driver.creation(change.want))
        return self._bring(change, dict(FRESH, **self.driver.seen(answer)))

    def update(self, change):
        """Change what differs."""
        return self._bring(change, change.before)

    def delete(self, change):
        """Take it away with all that it has."""
        try:
            self.client.call("DELETE", self.driver.at(change.key))
        except NotFound:
            pass

    def _bring(self, change, before):
        seen = Steps(self.driver, change.key, before, change.want, self.known.get(change.key, {})).run()
        return dict(change.after, **seen)


def _asked(part, fields):
    return bool(set(PARTS[part]) & set(fields))


def owned_by(owner):
    """What prune takes: the apps that bear the owner's stamp."""
    return lambda row: row.get("owner") == owner
