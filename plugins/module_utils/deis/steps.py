# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps by which one app becomes what is declared; only what differs is sent.

What lets people in (the end of maintenance, a route) comes after the deployment, what keeps them out before it. The
transfer to another user is the last, since the app may be out of reach then.
"""

from __future__ import annotations

from ..core.errors import NotFound
from . import base

OPEN = {"maintenance": False, "routable": True}


class Steps:
    """driver: a DeisDriver. before, want: rows. known: {name: answer} of the certificates that the app may use."""

    def __init__(self, driver, name, before, want, known):
        self.driver, self.client = driver, driver.client
        self.name, self.before, self.want, self.known = name, before, want, known
        self.seen = {}

    def run(self):
        """Go them all; returns what is known better than it was declared."""
        opening = [field for field in self.differing("settings") if self.want[field] is OPEN.get(field)]
        self._settings([field for field in self.differing("settings") if field not in opening])
        self._permissions()
        self._domains()
        self._certificates()
        self._https()
        self._config()
        self._build()
        self._scale()
        self._settings(opening)
        if "account" in self.want and self.want["account"] != self.before.get("account"):
            self.driver.transfer(self.name, self.want["account"])
        return self.seen

    def differing(self, part):
        """The declared fields of a part that differ, in order."""
        fields = [field for field in base.PARTS[part] if field in self.want]
        return [field for field in fields if not self._is_so(field)]

    def _is_so(self, field):
        have, want = self.before.get(field), self.want[field]
        return have == want or (not have and want in ("", [], {}))

    def at(self, *parts):
        """The path of something of the app."""
        return self.driver.at(self.name, *parts)

    def _settings(self, fields):
        if fields:
            self.client.post(self.at("settings"), self.driver.settings_body(self.before, self.want, fields))

    def _permissions(self):
        if not self.differing("permissions"):
            return
        have, want = set(self.before.get("permissions") or ()), set(self.want["permissions"])
        for user in sorted(want - have):
            self.client.post(self.at("perms"), {"username": user})
        for user in sorted(have - want):
            self._remove(self.at("perms", user)[:-1])

    def _domains(self):
        if "domains" not in self.differing("domains"):
            return
        have = {one["name"]: one for one in self.before.get("domains") or ()}
        want = {one["name"]: one for one in self.want["domains"]}
        for name, one in sorted(have.items()):
            if want.get(name) != one:
                self._remove(self.at("domains", name)[:-1])
        for name, one in sorted(want.items()):
            if have.get(name) != one:
                self.client.post(self.at("domains"), self.driver.domain_body(one))

    def _certificates(self):
        if "certificates" not in self.differing("certificates"):
            return
        had = {one["name"] for one in self.before.get("domains") or ()}
        gone = had - {one["name"] for one in self.want.get("domains", self.before.get("domains") or ())}
        for one in self.want["_certificates"]:
            self._certificate(one, self.known.get(one["name"]), had - gone, gone)

    def _certificate(self, one, answer, own, lost):
        """One certificate. answer: what is there of its name. own: the app's domains that it had before and has still.
        lost: those that it has no more, and the certificate with them; others of the certificate stay as they are."""
        base_path = self.driver.certs(self.name)
        path = "%s/%s" % (base_path, one["name"])
        attached = set(answer["domains"] or ()) - lost if answer else set()
        gone = one.get("state") == "absent"
        target = set() if gone else (attached - own) | set(one.get("domains", attached & own))
        other = answer and one.get("fingerprint", answer["fingerprint"]) != answer["fingerprint"]
        for domain in sorted(attached if other or gone else attached - target):
            self._remove("%s/domain/%s" % (path, domain))
        if answer and (other or gone):
            self._remove(path)
        if not gone and (other or not answer):
            body = {word: one[word] for word in ("name", "certificate", "key")}
            self.client.post(base_path + "/", body)
            attached = set()
        for domain in sorted(target - attached):
            self.client.post(path + "/domain/", {"domain": domain})

    def _https(self):
        if self.differing("tls"):
            self.client.post(self.at("tls"), {"https_enforced": self.want["https_only"]})

    def _config(self):
        fields = self.differing("config")
        if fields:
            self.client.post(self.at("config"), self.driver.config_body(self.before, self.want, fields))

    def _build(self):
        if {"image", "procfile"} & set(self.differing("build")):
            row = {word: self.want.get(word, self.before.get(word)) for word in ("image", "procfile")}
            self.driver.deploy(self.name, row)
            self.seen["scale"] = self.driver.seen(self.client.get(self.at()))["scale"]

    def _scale(self):
        have = self.seen.get("scale", self.before.get("scale") or {})
        todo = {kind: number for kind, number in self.want["_scale"].items() if have.get(kind, 0) != number}
        if todo:
            self.client.post(self.at(*self.driver.SCALE), todo)
            self.seen["scale"] = dict(have, **todo)

    def _remove(self, path):
        """Take something away; that it is gone already is as well."""
        try:
            self.client.call("DELETE", path)
        except NotFound:
            pass
