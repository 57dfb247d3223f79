# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hephy's controller."""

from __future__ import annotations

import re

from fakes.deis.base import LOST, STAMPS, App, Platform, Refusal

MEMORY = re.compile(r"(?:\d+(?:MB|KB|GB|[BKMG])|0)(?:/\d+(?:MB|KB|GB|[BKMG]))?", re.IGNORECASE)
MAPS = (
    "values",
    "memory",
    "lifecycle_post_start",
    "lifecycle_pre_stop",
    "cpu",
    "tags",
    "registry",
    "healthcheck",
    "termination_grace_period",
)
BAD_MEMORY = "Memory limit format: <number><unit> or <number><unit>/<number><unit>, where unit = B, K, M or G"
APP = r"apps/([^/]+)"


class Hephy(Platform):
    """Users own apps and share them. A deployment is over when its request is answered."""

    FAMILY = "DEIS"
    ROUTES = (
        ("POST", r"auth/login/", "login"),
        ("GET", r"auth/whoami/?", "whoami"),
        ("GET", r"apps/?", "get_apps"),
        ("POST", r"apps/?", "post_app"),
        ("GET", APP + "/?", "get_app"),
        ("POST", APP + "/?", "transfer"),
        ("DELETE", APP + "/?", "drop_app"),
        ("GET", APP + "/config/?", "get_config"),
        ("POST", APP + "/config/?", "post_config"),
        ("GET", APP + "/builds/?", "get_builds"),
        ("GET", APP + r"/builds/([0-9a-f-]+)/?", "get_build"),
        ("POST", APP + "/builds/?", "post_build"),
        ("POST", APP + "/scale/?", "scale"),
        ("GET", APP + "/pods/?", "get_pods"),
        ("GET", APP + "/pods/([a-z0-9-]+)/?", "get_pods"),
        ("POST", APP + "/pods/restart/?", "restart"),
        ("POST", APP + "/pods/([a-z0-9-]+)/restart/?", "restart"),
        ("GET", APP + "/releases/?", "get_releases"),
        ("GET", APP + r"/releases/v(\d+)/?", "get_release"),
        ("POST", APP + "/releases/rollback/?", "rollback"),
        ("POST", APP + "/run/?", "run"),
        ("GET", APP + "/domains/?", "get_domains"),
        ("POST", APP + "/domains/?", "post_domain"),
        ("DELETE", APP + "/domains/([^/]+)/?", "drop_domain"),
        ("GET", APP + "/perms/?", "get_perms"),
        ("POST", APP + "/perms/?", "post_perm"),
        ("DELETE", APP + "/perms/([^/]+)/?", "drop_perm"),
        ("GET", APP + "/settings/?", "get_settings"),
        ("POST", APP + "/settings/?", "post_settings"),
        ("GET", APP + "/whitelist/?", "get_whitelist"),
        ("POST", APP + "/whitelist/?", "post_whitelist"),
        ("DELETE", APP + "/whitelist/?", "drop_whitelist"),
        ("GET", APP + "/tls/?", "get_tls"),
        ("POST", APP + "/tls/?", "post_tls"),
        ("GET", "certs/?", "get_certs"),
        ("POST", "certs/?", "post_cert"),
        ("GET", "certs/([^/]+)/?", "get_cert"),
        ("DELETE", "certs/([^/]+)", "drop_cert"),
        ("POST", "certs/([^/]+)/domain/", "post_attached"),
        ("DELETE", "certs/([^/]+)/domain/([^/]+)", "drop_attached"),
    )

    def fresh(self):
        """No certificates."""
        super().fresh()
        self.certs = {}

    def wallets(self):
        """They are the users'."""
        return [self.certs]

    def by(self, app):
        """Who is named in what the platform tells."""
        return self.who["username"]

    def lost(self, kind):
        """What is answered where there is no such thing."""
        return Refusal(404, "No %s matches the given query." % kind)

    def may(self, app):
        """Whether the asking user sees an app."""
        name = self.who["username"]
        return self.who["is_superuser"] or name == app.owner or name in app.perms

    def app(self, ident):
        """The app, if the asking user may see it."""
        if ident not in self.apps:
            raise self.lost("App")
        if not self.may(self.apps[ident]):
            raise Refusal(403, {"detail": "You do not have permission to perform this action."})
        return self.apps[ident]

    def login(self, body):
        """POST auth/login."""
        user = self.users.get(body.get("username"))
        if not user or user["password"] != body.get("password"):
            raise Refusal(400, {"non_field_errors": ["Unable to log in with provided credentials."]})
        return 200, {"token": user["token"]}

    def told(self, app):
        """An app as the API tells it."""
        lines = dict(app.build["procfile"]) if app.build else {}
        facts = {"uuid": app.uuid, "id": app.id, "owner": app.owner, "structure": dict(app.structure)}
        return dict(facts, procfile_structure=lines, **STAMPS)

    def post_app(self, body):
        """POST apps."""
        ident = body.get("id") or "dainty-sandwich"
        self.fit_name(ident)
        app = self.apps[ident] = App(ident, {word: {} for word in MAPS})
        app.owner, app.domains = self.who["username"], {ident: None}
        app.settings = {"autoscale": {}, "label": {}, "maintenance": False, "routable": True, "whitelist": []}
        app.releases[0]["summary"] = "%s created initial release" % app.owner
        return 201, self.told(app)

    def transfer(self, ident, body):
        """POST apps/ID."""
        app = self.app(ident)
        if body["owner"] not in self.users:
            raise self.lost("User")
        app.owner = body["owner"]
        return 200, ""

    def told_config(self, app):
        """A configuration as the API tells it."""
        return dict(app.config, uuid=app.now["config"], app=app.id, owner=app.owner, **STAMPS)

    def new_config(self, app, body):
        """The configuration with changes, texts as texts."""
        config = {word: dict(value) for word, value in app.config.items()}
        if any(value is not None and not MEMORY.fullmatch(value) for value in body.get("memory", {}).values()):
            raise Refusal(400, {"memory": [BAD_MEMORY]})
        for word, changes in body.items():
            if word == "healthcheck":
                config[word] = self._probes(config[word], changes)
                continue
            texts = {key: None if value is None else str(value) for key, value in changes.items()}
            config[word] = self.merge(config[word], texts, word)
        if config["registry"] and "PORT" not in config["values"]:
            raise Refusal(400, {"detail": "PORT needs to be set in the config when using a private registry"})
        wrong = ["%s=%s" % pair for pair in config["tags"].items() if pair != ("ssd", "true")]
        if wrong:
            raise Refusal(400, {"detail": "No nodes matched the provided labels: %s" % ", ".join(wrong)})
        return config

    def _probes(self, have, changes):
        done = {kind: dict(probes) for kind, probes in have.items()}
        for kind, probes in changes.items():
            if set(probes) - {"livenessProbe", "readinessProbe"}:
                words = "Healthcheck keys must be either livenessProbe or readinessProbe"
                raise Refusal(400, {"healthcheck": [words]})
            done[kind] = self.merge(done.get(kind, {}), probes, "healthcheck")
        return done

    def first(self, build):
        """The type that is there from the start."""
        return "web" if "web" in build["procfile"] else "cmd"

    def post_build(self, ident, body):
        """POST apps/ID/builds."""
        app = self.app(ident)
        build, why = self.made(app, body)
        if why:
            raise Refusal(400, {"detail": why})
        return 201, self.told_build(app, build)

    def told_build(self, app, build):
        """A build as the API tells it."""
        return dict(build, owner=app.owner)

    def told_release(self, app, one):
        """With the app's owner."""
        return dict(one, owner=app.owner)

    def get_builds(self, ident, query):
        """GET apps/ID/builds."""
        app = self.app(ident)
        return self.listed([self.told_build(app, one) for one in reversed(app.builds.values())], query)

    def get_build(self, ident, build, query):
        """GET apps/ID/builds/UUID."""
        app = self.app(ident)
        return 200, self.told_build(app, app.builds[build])

    def scale(self, ident, body):
        """POST apps/ID/scale."""
        app = self.app(ident)
        if not app.build:
            raise Refusal(400, {"detail": "No build associated with this release"})
        for kind, number in body.items():
            if kind not in app.build["procfile"] and kind != "cmd":
                raise Refusal(404, {"detail": "Container type %s does not exist in application" % kind})
            try:
                int(number)
            except ValueError as error:
                raise Refusal(400, {"detail": "Invalid scaling format: %s" % error}) from None
        app.structure.update(body)
        app.lag = self.lag
        return 204, ""

    def restart(self, ident, kind=None, body=None):
        """POST apps/ID/pods/restart."""
        return 200, self.get_pods(ident, kind)[1]["results"]

    def run(self, ident, body):
        """POST apps/ID/run."""
        app = self.app(ident)
        app.ran.append(body["command"])
        code, output = self.codes.get(body["command"], (0, '"I did stuff today"'))
        return 200, {"exit_code": code, "output": output}

    def told_domain(self, app, name):
        """A domain as the API tells it."""
        return dict(STAMPS, owner=app.owner, app=app.id, domain=name)

    def get_perms(self, ident, query):
        """GET apps/ID/perms."""
        return 200, {"users": list(self.app(ident).perms)}

    def post_perm(self, ident, body):
        """POST apps/ID/perms."""
        app = self.app(ident)
        if body["username"] not in self.users:
            raise self.lost("User")
        if body["username"] not in app.perms:
            app.perms.append(body["username"])
        return 201, ""

    def drop_perm(self, ident, user, body):
        """DELETE apps/ID/perms/U."""
        app = self.app(ident)
        if user not in app.perms:
            raise Refusal(403, {"detail": "You do not have permission to perform this action."})
        app.perms.remove(user)
        return 204, ""

    def told_settings(self, app):
        """With the app's owner."""
        return dict(super().told_settings(app), owner=app.owner)

    def get_whitelist(self, ident, query):
        """GET apps/ID/whitelist."""
        return 200, {"addresses": self.app(ident).settings["whitelist"]}

    def post_whitelist(self, ident, body):
        """POST apps/ID/whitelist."""
        settings = self.app(ident).settings
        wrong = [one for one in body["addresses"] if not one[0].isdigit()]
        if wrong:
            raise Refusal(400, ["The address %s is not valid" % wrong[0]])
        whole = sorted({*settings["whitelist"], *body["addresses"]}, reverse=True)
        if sorted(whole) == sorted(settings["whitelist"]):
            raise Refusal(409, {"detail": "%s changed nothing" % self.who["username"]})
        settings["whitelist"] = whole
        return 201, {"addresses": whole}

    def drop_whitelist(self, ident, body):
        """DELETE apps/ID/whitelist."""
        settings = self.app(ident).settings
        lost = set(body["addresses"]) - set(settings["whitelist"])
        if lost:
            raise Refusal(422, {"detail": "addresses %s does not exist in whitelist" % lost})
        settings["whitelist"] = [one for one in settings["whitelist"] if one not in body["addresses"]]
        return 204, ""

    def told_tls(self, app):
        """Its TLS as the API tells it."""
        return dict(STAMPS, uuid=app.uuid, app=app.id, owner=app.owner, https_enforced=app.https)

    def get_certs(self, query):
        """GET certs."""
        return self.listed(list(self.certs.values()), query)

    def get_cert(self, name, query):
        """GET certs/NAME."""
        if name not in self.certs:
            raise self.lost("Certificate")
        return 200, self.certs[name]

    def post_cert(self, body):
        """POST certs."""
        made = self.certificate(body)
        if body["name"] in self.certs:
            raise Refusal(400, {"name": ["Certificate with this name already exists."]})
        self.certs[body["name"]] = dict(made, owner=self.who["username"])
        return 201, self.certs[body["name"]]

    def drop_cert(self, name, body):
        """DELETE certs/NAME."""
        if self.certs.pop(name, None) is None:
            raise self.lost("Certificate")
        return 204, ""

    def post_attached(self, name, body):
        """POST certs/NAME/domain."""
        return self.attach(self.certs, name, body["domain"])

    def drop_attached(self, name, domain, body):
        """DELETE certs/NAME/domain/D."""
        if name not in self.certs or domain not in self.certs[name]["domains"]:
            raise Refusal(404, LOST)
        self.certs[name]["domains"].remove(domain)
        return 204, ""
