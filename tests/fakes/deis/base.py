# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both families have: users, pages, apps, releases, domains, settings, certificates."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import ssl
import uuid
from urllib.parse import parse_qs, unquote, urlsplit

from fakes.rest import Rest

STAMPS = {"created": "2026-11-20T10:00:00Z", "updated": "2026-11-20T10:00:00Z"}
LOST = '\n<!doctype html>\n<html lang="en">\n<body>\n  <h1>Not Found</h1>\n</body>\n</html>\n'
NAME = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?\Z")
BAD_NAME = (
    "App name must start with an alphabetic character, cannot end with a hyphen and can only contain a-z (lowercase), "
    "0-9 and hyphens."
)


class Refusal(Exception):
    """An error that the controller answers: status, body."""


class App:
    """One app. lag: how often its pods are asked for before they are up."""

    def __init__(self, ident, config):
        self.id, self.uuid = ident, str(uuid.uuid4())
        self.structure, self.domains, self.perms = {}, {}, []
        self.owner = self.workspace = None
        self.settings, self.https = {}, None
        self.configs, self.builds, self.releases = {}, {}, []
        self.lag, self.ran = 0, []
        self.release("created initial release", self.keep(config), None)

    def keep(self, config):
        """Remember a configuration; returns its id."""
        ident = str(uuid.uuid4())
        self.configs[ident] = config
        return ident

    def release(self, summary, config, build, failed=False, exception=None):
        """A new release."""
        number = len(self.releases) + 1
        one = {"uuid": str(uuid.uuid4()), "app": self.id, "version": number, "summary": summary, "failed": failed}
        one.update(STAMPS, exception=exception, config=config, build=build)
        self.releases.append(one)
        return one

    @property
    def now(self):
        """The newest release that did not fail."""
        return next(one for one in reversed(self.releases) if not one["failed"])

    @property
    def config(self):
        """The configuration in force."""
        return self.configs[self.now["config"]]

    @property
    def build(self):
        """The build in force, or None."""
        return self.builds.get(self.now["build"])


class Platform(Rest):
    """One controller. page: items in one answer at most. lag: see App, of new apps. broken: images that cannot be
    deployed, with the reason. codes: what commands end with, by command: (exit status, output)."""

    FAMILY = ""
    ROUTES = ()

    def __init__(self, page=100, lag=0):
        self.page, self.lag = page, lag
        self.users = {}
        self.token = self.user("admin", "example-password", True)
        self.version = "2.3"
        self.fresh()
        super().__init__()

    def fresh(self):
        """Nothing is there but the users."""
        self.apps, self.broken, self.codes = {}, {}, {}

    def user(self, name, password, admin=False, token=None):
        """A new user; returns the token."""
        token = token or secrets.token_hex(20)
        self.users[name] = {"username": name, "password": password, "token": token, "is_superuser": admin}
        return token

    def reply(self, method, path, headers, body):
        """Answer a request."""
        parts = urlsplit(path)
        told = {"%s_API_VERSION" % self.FAMILY: self.version, "%s_PLATFORM_VERSION" % self.FAMILY: "2.3.0"}
        try:
            status, data = self._route(method, parts, headers, json.loads(body) if body else {})
        except Refusal as refusal:
            status, data = refusal.args
        if isinstance(data, str) and (data.startswith("\n<") or not data):
            return status, dict(told, **{"Content-Type": "text/html"}), data
        if status == 204:
            return status, told, ""
        return status, dict(told, **{"Content-Type": "application/json"}), json.dumps(data)

    def _route(self, method, parts, headers, body):
        path, query = unquote(parts.path), {key: one[0] for key, one in parse_qs(parts.query).items()}
        for how, pattern, name in self.ROUTES:
            found = re.fullmatch("/v2/" + pattern, path)
            if how == method and found:
                if name not in ("login", "redeem"):
                    self.who = self._user(headers)
                return getattr(self, name)(*found.groups(), **({"query": query} if method == "GET" else {"body": body}))
        raise Refusal(404, LOST)

    def _user(self, headers):
        token = (headers.get("Authorization") or "").partition(" ")[2]
        for user in self.users.values():
            if token and user["token"] == token:
                return user
        words = "Invalid token." if token else "Authentication credentials were not provided."
        raise Refusal(401, {"detail": words})

    def listed(self, items, query):
        """A page of a list."""
        begin = int(query.get("offset") or 0)
        size = min(self.page, int(query.get("limit") or self.page))
        more = begin + size < len(items)
        follow = "http://controller.internal/v2/?limit=%d&offset=%d" % (size, begin + size) if more else None
        return 200, {"count": len(items), "next": follow, "previous": None, "results": items[begin : begin + size]}

    def whoami(self, query):
        """GET auth/whoami."""
        return 200, {key: self.who[key] for key in ("username", "is_superuser")}

    def get_apps(self, query):
        """GET apps."""
        mine = [self.told(app) for app in self.apps.values() if self.may(app)]
        return self.listed(sorted(mine, key=lambda one: one["id"]), query)

    def get_app(self, ident, query):
        """GET apps/ID."""
        return 200, self.told(self.app(ident))

    def drop_app(self, ident, body):
        """DELETE apps/ID."""
        for name in self.apps.pop(self.app(ident).id).domains:
            self.forget(name)
        return 204, ""

    def fit_name(self, ident):
        """Refuse a name that is taken or not valid."""
        if ident in self.apps:
            raise Refusal(400, {"id": ["Application with this id already exists."]})
        if not NAME.match(ident):
            raise Refusal(400, {"id": [BAD_NAME]})

    def merge(self, have, changes, where, error=422):
        """A mapping with changes put in, where null unsets what must be there."""
        done = dict(have)
        for key, value in changes.items():
            if value is not None:
                done[key] = value
            elif done.pop(key, None) is None:
                raise Refusal(error, {"detail": "%s does not exist under %s" % (key, where)})
        return done

    def post_config(self, ident, body):
        """POST apps/ID/config: a release, and a deployment where there is a build."""
        app = self.app(ident)
        config = self.new_config(app, body)
        if config == app.config:
            raise Refusal(409, {"detail": "%s changed nothing - release stopped" % self.by(app)})
        summary = "%s changed %s" % (self.by(app), ", ".join(body))
        self.deployed(app, app.release(summary, app.keep(config), app.now["build"]))
        return 201, self.told_config(app)

    def get_config(self, ident, query):
        """GET apps/ID/config."""
        return 200, self.told_config(self.app(ident))

    def made(self, app, body):
        """A build of an image, deployed, or a failed release."""
        build = {"app": app.id, "image": body["image"], "sha": "", "procfile": body.get("procfile") or {}}
        build.update(STAMPS, dockerfile="", uuid=str(uuid.uuid4()))
        app.builds[build["uuid"]] = build
        summary = "%s deployed %s" % (self.by(app), build["image"])
        why = self.broken.get(build["image"])
        release = app.release(summary, app.now["config"], build["uuid"], bool(why), why)
        if not why:
            if not app.structure:
                app.structure = {self.first(build): 1}
            self.deployed(app, release)
        return build, why

    def deployed(self, app, release):
        """A release is being deployed."""
        app.lag = self.lag

    def get_releases(self, ident, query):
        """GET apps/ID/releases."""
        app = self.app(ident)
        return self.listed([self.told_release(app, one) for one in reversed(app.releases)], query)

    def get_release(self, ident, number, query):
        """GET apps/ID/releases/vN."""
        app = self.app(ident)
        return 200, self.told_release(app, app.releases[int(number) - 1])

    def told_release(self, app, one):
        """A release as the API tells it."""
        return dict(one)

    def rollback(self, ident, body):
        """POST apps/ID/releases/rollback."""
        app = self.app(ident)
        version = body.get("version") or app.now["version"] - 1
        if not 0 < version <= len(app.releases):
            raise Refusal(400, {"detail": "Release matching query does not exist."})
        old = app.releases[version - 1]
        if old["failed"]:
            raise Refusal(400, {"detail": "Cannot roll back to failed release."})
        new = app.release("%s rolled back to v%d" % (self.by(app), version), old["config"], old["build"])
        self.deployed(app, new)
        return 201, {"version": new["version"]}

    def get_pods(self, ident, kind=None, query=None):
        """GET apps/ID/pods: they come up when they were asked for often enough."""
        app = self.app(ident)
        state, app.lag = ("starting" if app.lag else "up"), max(0, app.lag - 1)
        pods = [
            self.pod(app, one, number, state)
            for one, count in app.structure.items()
            for number in range(count)
            if kind in (None, one)
        ]
        return 200, {"results": pods, "count": len(pods)}

    def pod(self, app, kind, number, state):
        """One pod."""
        name = "%s-%s-%d" % (app.id, kind, number)
        release = "v%d" % app.now["version"]
        return {"name": name, "state": state, "release": release, "type": kind, "started": STAMPS["created"]}

    def get_domains(self, ident, query):
        """GET apps/ID/domains."""
        app = self.app(ident)
        return self.listed([self.told_domain(app, name) for name in sorted(app.domains)], query)

    def post_domain(self, ident, body):
        """POST apps/ID/domains."""
        app, name = self.app(ident), body["domain"]
        if any(name in other.domains for other in self.apps.values()):
            raise Refusal(400, {"domain": ["Domain is already in use by another application"]})
        if " " in name:
            raise Refusal(400, {"domain": ["Hostname does not look valid, could not convert to ACE %s" % name]})
        app.domains[name] = body.get("ptype")
        return 201, self.told_domain(app, name)

    def drop_domain(self, ident, name, body):
        """DELETE apps/ID/domains/D."""
        app = self.app(ident)
        if name not in app.domains:
            raise self.lost("Domain")
        del app.domains[name]
        self.forget(name)
        return 204, ""

    def forget(self, domain):
        """A domain is gone, and no certificate is for it any more."""
        for certs in self.wallets():
            for cert in certs.values():
                cert["domains"] = [name for name in cert["domains"] if name != domain]

    def wallets(self):
        """All certificates, as mappings by name."""
        raise NotImplementedError

    def told_settings(self, app):
        """The settings as the API tells them."""
        return dict(STAMPS, uuid=app.uuid, app=app.id, **app.settings)

    def get_settings(self, ident, query):
        """GET apps/ID/settings."""
        return 200, self.told_settings(self.app(ident))

    def post_settings(self, ident, body):
        """POST apps/ID/settings."""
        app, new = self.app(ident), {}
        for key, value in body.items():
            if key == "autoscale" and any(one and one["min"] > one["max"] for one in value.values()):
                raise Refusal(400, {"detail": "max replicas can not be smaller than min replicas"})
            new[key] = self.merge(app.settings[key], value, key) if isinstance(value, dict) else value
            if key == "whitelist":
                new[key] = sorted(value)
        if all(app.settings[key] == value for key, value in new.items()):
            raise Refusal(409, {"detail": "%s changed nothing" % self.by(app)})
        app.settings.update(new)
        return 201, self.told_settings(app)

    def get_tls(self, ident, query):
        """GET apps/ID/tls."""
        return 200, self.told_tls(self.app(ident))

    def post_tls(self, ident, body):
        """POST apps/ID/tls."""
        app = self.app(ident)
        if app.https is body["https_enforced"]:
            raise Refusal(409, {"detail": "%s changed nothing" % self.by(app)})
        app.https = body["https_enforced"]
        return 201, self.told_tls(app)

    def certificate(self, body):
        """A new certificate from its PEM, or what is wrong with it."""
        try:
            raw = ssl.PEM_cert_to_DER_cert(body["certificate"])
        except ValueError:
            words = ["Could not load certificate: [('PEM routines', '', 'no start line')]"]
            raise Refusal(
                400,
                {
                    "certificate": words,
                    "key": ["Could not load private key: [('DECODER routines', '', 'unsupported')]"],
                },
            ) from None
        mark = ":".join("%02X" % byte for byte in hashlib.sha256(raw).digest())
        return dict(STAMPS, id=1, name=body["name"], domains=[], fingerprint=mark)

    def attach(self, certs, name, domain):
        """A certificate for a domain."""
        if name not in certs:
            raise self.lost("Certificate")
        if any(domain in cert["domains"] for cert in certs.values()):
            raise Refusal(409, {"detail": "Domain already has a certificate attached to it"})
        if not any(domain in app.domains for app in self.apps.values()):
            raise self.lost("Domain")
        certs[name]["domains"].append(domain)
        return 201, ""
