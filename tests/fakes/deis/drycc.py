# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drycc's controller."""

from __future__ import annotations

from fakes.deis.base import STAMPS, App, Platform, Refusal

MAPS = ("tags", "registry", "healthcheck", "termination_grace_period")
PLANS = ["std1.large.c1m1", "std1.large.c1m2"]
APP = r"apps/([^/]+)"


class Drycc(Platform):
    """Workspaces own apps. A deployment goes on after its request is answered: see App.lag."""

    FAMILY = "DRYCC"
    ROUTES = (
        ("POST", "auth/login/", "login"),
        ("GET", r"auth/token/([^/]+)/", "redeem"),
        ("GET", "auth/whoami/", "whoami"),
        ("POST", "workspaces/", "post_workspace"),
        ("GET", "apps/", "get_apps"),
        ("POST", "apps/", "post_app"),
        ("GET", APP + "/", "get_app"),
        ("DELETE", APP + "/", "drop_app"),
        ("GET", APP + "/config/", "get_config"),
        ("POST", APP + "/config/", "post_config"),
        ("GET", APP + "/build/", "get_build"),
        ("POST", APP + "/build/", "post_build"),
        ("GET", APP + "/ptypes/", "get_ptypes"),
        ("POST", APP + "/ptypes/scale/", "scale"),
        ("POST", APP + "/ptypes/restart/", "nothing"),
        ("GET", APP + "/pods/", "get_pods"),
        ("GET", APP + "/releases/", "get_releases"),
        ("GET", APP + r"/releases/v(\d+)/", "get_release"),
        ("POST", APP + "/releases/deploy/", "nothing"),
        ("POST", APP + "/releases/rollback/", "rollback"),
        ("POST", APP + "/run/", "run"),
        ("GET", APP + "/domains/", "get_domains"),
        ("POST", APP + "/domains/", "post_domain"),
        ("DELETE", APP + "/domains/([^/]+)/?", "drop_domain"),
        ("GET", APP + "/settings/", "get_settings"),
        ("POST", APP + "/settings/", "post_settings"),
        ("GET", APP + "/tls/", "get_tls"),
        ("POST", APP + "/tls/", "post_tls"),
        ("GET", APP + "/certs/", "get_certs"),
        ("POST", APP + "/certs/", "post_cert"),
        ("DELETE", APP + "/certs/([^/]+)", "drop_cert"),
        ("POST", APP + "/certs/([^/]+)/domain/", "post_attached"),
        ("DELETE", APP + "/certs/([^/]+)/domain/([^/]+)", "drop_attached"),
    )

    def fresh(self):
        """One workspace of the administrator's. passport: whether there is somebody to log in by."""
        super().fresh()
        self.workspaces, self.certs, self.passport, self.keys = {"teamone": ["admin"]}, {}, True, {}

    def wallets(self):
        """They are the apps'."""
        return list(self.certs.values())

    def by(self, app):
        """Who is named in what the platform tells."""
        return app.workspace

    def lost(self, kind):
        """What is answered where there is no such thing."""
        return Refusal(404, {"error": {"code": "NOT_FOUND", "message": "No %s matches the given query." % kind}})

    def trouble(self):
        """The server's own error."""
        return Refusal(500, {"error": {"code": "INTERNAL_ERROR", "message": "An internal error occurred"}})

    def may(self, app):
        """Whether the asking user is a member of the app's workspace."""
        return self.who["username"] in self.workspaces[app.workspace]

    def app(self, ident):
        """The app, if the asking user may see it."""
        if ident not in self.apps or not self.may(self.apps[ident]):
            raise self.lost("App")
        return self.apps[ident]

    def login(self, body):
        """POST auth/login: a key for a token."""
        user = self.users.get(body.get("username"))
        if not self.passport or not user or user["password"] != body.get("password"):
            raise self.trouble()
        self.keys["key"] = user
        return 200, {"key": "key"}

    def redeem(self, key, query):
        """GET auth/token/KEY."""
        return 200, {"token": self.keys.pop(key)["token"], "username": "admin"}

    def post_workspace(self, body):
        """POST workspaces."""
        if body["id"] in self.workspaces:
            raise self.trouble()
        self.workspaces[body["id"]] = [self.who["username"]]
        return 201, dict(STAMPS, id=body["id"], uid=1, email=body["email"])

    def told(self, app):
        """An app as the API tells it."""
        facts = {"uuid": app.uuid, "id": app.id, "uid": 1, "workspace": app.workspace}
        return dict(facts, structure=dict(app.structure), **STAMPS)

    def post_app(self, body):
        """POST apps."""
        if "workspace" not in body:
            raise Refusal(400, {"workspace": ["This field is required."]})
        self.fit_name(body["id"])
        limits = {"run": PLANS[0], "web": PLANS[0]}
        app = App(body["id"], dict({word: {} for word in MAPS}, values=[], limits=limits, lifecycle={}))
        app.workspace, app.auto = body["workspace"], None
        app.settings = {"autoscale": {}, "label": {}, "routable": True, "autodeploy": True, "autorollback": True}
        app.releases[0].update(state="created", deployed_ptypes=[], conditions=[])
        self.apps[app.id], self.certs[app.id] = app, {}
        return 201, self.told(app)

    def told_config(self, app):
        """A configuration as the API tells it."""
        return dict(app.config, uuid=app.now["config"], app=app.id, values_refs={}, **STAMPS)

    def new_config(self, app, body):
        """The configuration with changes; mappings by process type go into mappings."""
        config = dict(app.config)
        for word, changes in body.items():
            if word == "values":
                config[word] = self._values(config[word], changes)
            elif word == "limits":
                wrong = [plan for plan in changes.values() if plan is not None and plan not in PLANS]
                if wrong:
                    raise Refusal(400, {"limits": ["The limit plan %s does not exist" % wrong[0]]})
                config[word] = self.merge(config[word], changes, word)
            elif word == "termination_grace_period":
                texts = {key: None if value is None else str(value) for key, value in changes.items()}
                config[word] = self.merge(config[word], texts, word)
            else:
                done = dict(config[word])
                for kind, inner in changes.items():
                    done[kind] = self.merge(done.get(kind, {}), inner, word)
                config[word] = done
        return config

    def _values(self, have, changes):
        if not isinstance(changes, list):
            words = "could not validate %r: %r is not of type 'array'" % (changes, changes)
            raise Refusal(400, {"values": [words]})
        done = {(one["name"], one["group"]): one for one in have}
        for one in changes:
            if one["value"] is not None:
                done[one["name"], one["group"]] = dict(one, value=str(one["value"]))
            elif done.pop((one["name"], one["group"]), None) is None:
                raise Refusal(422, {"detail": "%s does not exist under values" % one["name"]})
        return list(done.values())

    def deployed(self, app, release):
        """It is created, and succeeds in its time."""
        app.lag = self.lag
        kinds = sorted({*app.structure, *(app.build["procfile"] if app.build else ())})
        release.update(deployed_ptypes=kinds if app.build else [], conditions=[], state="created")

    def first(self, build):
        """The type that is there from the start."""
        return "web"

    def told_build(self, app, build):
        """A build as the API tells it."""
        return dict(build, stack="container", dryccfile={})

    def get_build(self, ident, query):
        """GET apps/ID/build: that of the newest release, and nothing where there is none."""
        app = self.app(ident)
        if app.build:
            return 200, self.told_build(app, app.build)
        empty = {"app": None, "image": "", "stack": "", "sha": "", "procfile": None, "dryccfile": None}
        return 200, dict(empty, dockerfile="")

    def post_build(self, ident, body):
        """POST apps/ID/build: what fails does so later."""
        app = self.app(ident)
        build, why = self.made(app, body)
        for kind in build["procfile"]:
            app.config["limits"].setdefault(kind, PLANS[0])
            app.structure.setdefault(kind, 0)
        if why:
            app.releases[-1].update(state="crashed", deployed_ptypes=[], conditions=[])
        return 201, self.told_build(app, build)

    def get_releases(self, ident, query):
        """GET apps/ID/releases."""
        app = self.app(ident)
        for release in app.releases:
            if release["state"] == "created" and release["build"] and not app.lag:
                release["state"] = "succeed"
        return super().get_releases(ident, query)

    def get_ptypes(self, ident, query):
        """GET apps/ID/ptypes."""
        found = [{"name": kind, "garbage": False} for kind in self.app(ident).structure]
        return 200, {"results": found, "count": len(found)}

    def scale(self, ident, body):
        """POST apps/ID/ptypes/scale, which takes any type."""
        app = self.app(ident)
        app.structure.update({kind: number for kind, number in body.items() if kind in app.structure})
        app.lag = self.lag
        return 204, ""

    def nothing(self, ident, body):
        """What only has to be answered."""
        self.app(ident)
        return 204, ""

    def pod(self, app, kind, number, state):
        """One pod, and whether its containers are ready."""
        one = super().pod(app, kind, number, state)
        return dict(one, ready="1/1" if state == "up" else "0/1", restarts=0)

    def run(self, ident, body):
        """POST apps/ID/run, which tells nothing."""
        self.app(ident).ran.append(body["command"])
        return 204, ""

    def told_domain(self, app, name):
        """A domain as the API tells it."""
        return dict(STAMPS, app=app.id, domain=name, ptype=app.domains[name])

    def told_tls(self, app):
        """Its TLS as the API tells it."""
        return dict(STAMPS, uuid=app.uuid, app=app.id, https_enforced=app.https, certs_auto_enabled=None)

    def get_certs(self, ident, query):
        """GET apps/ID/certs."""
        return self.listed(list(self.certs[self.app(ident).id].values()), query)

    def post_cert(self, ident, body):
        """POST apps/ID/certs."""
        certs, made = self.certs[self.app(ident).id], self.certificate(body)
        if body["name"] in certs:
            raise Refusal(400, {"name": ["Certificate with this name already exists."]})
        certs[body["name"]] = made
        return 201, made

    def drop_cert(self, ident, name, body):
        """DELETE apps/ID/certs/NAME."""
        if self.certs[self.app(ident).id].pop(name, None) is None:
            raise self.lost("Certificate")
        return 204, ""

    def post_attached(self, ident, name, body):
        """POST apps/ID/certs/NAME/domain."""
        return self.attach(self.certs[self.app(ident).id], name, body["domain"])

    def drop_attached(self, ident, name, domain, body):
        """DELETE apps/ID/certs/NAME/domain/D."""
        certs = self.certs[self.app(ident).id]
        if name not in certs or domain not in certs[name]["domains"]:
            raise self.lost("Domain")
        certs[name]["domains"].remove(domain)
        return 204, ""
