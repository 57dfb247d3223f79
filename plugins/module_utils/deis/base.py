# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the adapters of the Deis families have in common: how they are reached, and how an app is told."""

from __future__ import annotations

from urllib.parse import quote

from ..core.driver import Driver
from ..core.errors import NotFound, Unauthorized
from . import forms
from .client import Client

PARTS = {  # what is read of an app, and for which fields
    "settings": ("owner", "labels", "autoscale", "whitelist", "maintenance", "routable"),
    "config": ("config", "memory", "cpu", "plans", "tags", "registry", "health", "grace"),
    "build": ("image", "procfile", "scale", "release"),
    "domains": ("domains", "certificates"),
    "certificates": ("certificates",),
    "permissions": ("permissions",),
    "tls": ("https_only",),
    "pods": ("processes",),
}

NEWEST = 5  # releases among which is one that did not fail, mostly


class DeisDriver(Driver):
    """One family. FAMILY: how its headers begin. MAPS: fields that the API keeps as a mapping each, to its names there.
    NESTED: of those, the ones that are mappings of mappings. SETTINGS: the fields of its settings. TYPE: the process
    type that is there without a Procfile."""

    REQUIRES = (("urllib3", "urllib3"),)
    FAMILY = TYPE = ""
    MAPS = {}
    NESTED = ("health",)
    SETTINGS = ()

    def __init__(self, options, transport=None):
        super().__init__(options, transport)
        self.client = self._client(options)

    def _client(self, options):
        return Client(options, "provider %s" % self.NAME, self.FAMILY, self.log_in, self.transport)

    def log_in(self, client):
        """A token for the user name and password of the options."""
        raise NotImplementedError

    def patient(self, seconds):
        """The same driver, that waits so long for an answer."""
        return type(self)(dict(self.options, timeout=seconds), self.transport)

    @staticmethod
    def at(name, *parts):
        """The path of an app, or of something of it."""
        return "/v2/apps/" + "".join("%s/" % quote(str(part), safe="*@") for part in (name, *parts))

    def apps(self):
        """All apps that the user may see, as the API tells them."""
        return self.client.pages("/v2/apps/")

    def app(self, name):
        """An app that the list does not hold: the answer, None where it is not there, or why it is not ours."""
        try:
            return self.client.get(self.at(name))
        except NotFound:
            return None
        except Unauthorized as failure:
            if failure.status != 403:
                raise
            return "it is another user's, and not shared with this one"

    def seen(self, answer):
        """What an app's own answer tells."""
        row = {"name": answer["id"], "id": answer.get("uuid"), "created": answer.get("created")}
        return dict(row, scale=dict(answer.get("structure") or {}))

    def read(self, name, part):
        """The fields of a part of an app."""
        return getattr(self, "read_" + part)(name)

    def read_settings(self, name):
        """Its settings, and the owner by our label."""
        answer = self.client.get(self.at(name, "settings"))
        labels = dict(answer.get("label") or {})
        row = {"owner": labels.pop(forms.STAMP, None), "labels": labels}
        row["autoscale"] = {key: one for key, one in (answer.get("autoscale") or {}).items() if one}
        row.update((field, answer.get(field)) for field in self.SETTINGS if field in answer)
        if "whitelist" in row:
            row["whitelist"] = forms.addresses(row["whitelist"] or ())
        return dict(row, _deploys=answer.get("autodeploy") is not False)

    def settings_body(self, before, after, fields):
        """What to post so that the settings `fields` become those of `after`."""
        body = {}
        for field in fields:
            if field in ("labels", "owner"):
                body.setdefault("label", {})
            elif field == "autoscale":
                body[field] = forms.delta(before.get(field) or {}, after[field])
            else:
                body[field] = after[field]
        if "labels" in fields:
            body["label"].update(forms.delta(before.get("labels") or {}, after["labels"]))
        if "owner" in fields:
            body["label"][forms.STAMP] = after["owner"]
        return body

    def read_config(self, name):
        """Its configuration."""
        answer = self.client.get(self.at(name, "config"))
        row = {field: dict(answer.get(api) or {}) for field, api in self.MAPS.items()}
        row["config"] = self.variables(answer.get("values"))
        row["health"] = {kind: _probes(checks) for kind, checks in row["health"].items() if _probes(checks)}
        for field, form in (("memory", forms.memory), ("cpu", forms.cpu)):
            if field in row:
                row[field] = _canonical(form, row[field])
        return row

    def config_body(self, before, after, fields):
        """What to post so that the configuration `fields` become those of `after`."""
        body = {}
        for field in fields:
            have, want = before.get(field) or {}, after[field]
            if field == "grace":
                have, want = ({key: int(one) for key, one in half.items()} for half in (have, want))
            if field == "config":
                body["values"] = self.values(forms.delta(have, want))
            elif field == "health":
                changes = forms.deltas(have, want)
                body["healthcheck"] = {
                    kind: {forms.PROBES[word]: check for word, check in checks.items()}
                    for kind, checks in changes.items()
                }
            else:
                body[self.MAPS[field]] = (forms.deltas if field in self.NESTED else forms.delta)(have, want)
        return body

    def variables(self, values):
        """Environment variables from what the API tells."""
        raise NotImplementedError

    def values(self, changes):
        """Changes of environment variables as the API takes them."""
        raise NotImplementedError

    def read_domains(self, name):
        """Its domains without its own, which nobody can take away."""
        found = self.client.pages(self.at(name, "domains"))
        domains = [{"name": one["domain"], "type": one.get("ptype") or ""} for one in found if one["domain"] != name]
        return {"domains": sorted(domains, key=lambda one: one["name"])}

    def read_tls(self, name):
        """Whether it insists on HTTPS."""
        return {"https_only": bool(self.client.get(self.at(name, "tls")).get("https_enforced"))}

    def read_pods(self, name):
        """What runs of it."""
        pods = self.client.get(self.at(name, "pods")).get("results") or []
        kept = ("name", "type", "state", "release", "started", "ready", "restarts")
        return {"processes": [{key: pod[key] for key in kept if key in pod} for pod in pods]}

    def read_permissions(self, name):
        """Who may work on it."""
        return {"permissions": sorted(self.client.get(self.at(name, "perms"))["users"])}

    def releases(self, name, **more):
        """Its releases, the newest first."""
        return self.client.pages(self.at(name, "releases"), **more)

    def in_force(self, name):
        """The newest release that did not fail."""
        return next(
            (one for one in self.releases(name, size=NEWEST) if not one["failed"]), {"version": 0, "build": None}
        )

    def certificates(self, name):
        """{name: answer} of all certificates that an app may use. name: of the app."""
        return {one["name"]: one for one in self.client.pages(self.certs(name) + "/")}

    def certs(self, name):
        """The path of the certificates that an app may use, without a slash at its end."""
        raise NotImplementedError

    def creation(self, row):
        """What to post to make an app."""
        return {"id": row["name"]}

    def whole(self, row):
        """A declared row with what this family adds to it."""
        return row

    def problems(self, row, have):
        """What is wrong with a declared row in the light of what is there, as a list of texts."""
        kinds = set(row.get("procfile") or have.get("procfile") or ()) | {self.TYPE}
        wanted = [kind for kind, number in sorted(row["_scale"].items()) if number]
        if wanted and not (row.get("image") or have.get("image")):
            return ["it has no build that could be scaled; declare image"]
        return [
            "process type %s is not in its Procfile (%s); declare it in procfile" % (kind, ", ".join(sorted(kinds)))
            for kind in wanted
            if kind not in kinds and not have.get("scale", {}).get(kind)
        ]


def _probes(checks):
    return {word: checks[api] for word, api in forms.PROBES.items() if (checks or {}).get(api)}


def _canonical(form, values):
    """Values that others have set, in our spelling where it knows them."""
    done = {}
    for key, value in values.items():
        try:
            done[key] = form(value)
        except ValueError:
            done[key] = value
    return done
