# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ironic's REST API in its own words: nodes, ports, provision states; and its errors for people."""

from __future__ import annotations

import json
import os
import time
from base64 import b64encode
from urllib.parse import urlsplit

from ...clients import keystone
from ...core.errors import Ambiguous, Busy, Failure, NotFound, Refused, Unauthorized
from ...core.http import Http

VERSION = "1.80"  # the oldest microversion that has all we need (2022)
POOL = 8  # Ironic's own server closes idle connections beyond ten
PARTS = ("bios", "boot", "console", "deploy", "inspect", "management", "network", "power", "raid", "rescue", "vendor")
FIELDS = (
    "uuid,name,driver,driver_info,provision_state,target_provision_state,power_state,target_power_state,instance_uuid,"
    "instance_info,resource_class,conductor_group,maintenance,maintenance_reason,fault,last_error,properties,traits,"
    "extra,provision_updated_at," + ",".join("%s_interface" % part for part in PARTS)
)
MOVED = "can not be performed on node"
SHORTEST, LONGEST = 0.1, 2.0  # seconds between two looks


class IronicHttp(Http):
    """A node that is locked is one to come back to. One that has moved on since it was read, perhaps by the last
    request of a run that was killed, is one to look at again."""

    def _failure(self, response, where, method):
        words = self.explain(response)
        if response.status_code == 409 and any(part in words for part in ("is locked", "transition is in progress")):
            return Busy("%s: %s" % (where, words), 1.0)
        if response.status_code == 400 and MOVED in words:
            return Ambiguous("%s: %s" % (where, words))
        if response.status_code == 401 and self.title != "Keystone":
            return Unauthorized("%s refuses the credentials (401). %s" % (self.title, _asked(response)))
        if response.status_code == 406:
            return Failure("%s is older than microversion %s, which is needed: %s" % (self.title, VERSION, words))
        return super()._failure(response, where, method)


def in_environment():
    """Whether the variables of OpenStack's own tools name a login."""
    return any(os.environ.get(name) for name in ("OS_CLOUD", "OS_AUTH_URL"))


def _asked(response):
    """What to check of a login that is refused, by what the service says that it takes."""
    kind, _space, more = response.headers.get("WWW-Authenticate", "").partition(" ")
    if kind == "Basic":
        return "Check ironic.username and ironic.password, which must be in its file of users"
    if kind == "Keystone":
        text = (
            "Check ironic.auth_url or ironic.cloud: it takes tokens of Keystone (%s), and no login by ironic.url alone"
        )
        return text % more
    return "Check the login"


def explain(answer):
    """Ironic's own words: JSON in a text inside JSON. What stands before it, such as a login, has others."""
    try:
        told = json.loads(answer.text)["error_message"]
        if isinstance(told, str) and told.startswith("{"):
            told = json.loads(told)
        return str(told.get("faultstring") or told if isinstance(told, dict) else told)[:500]
    except (ValueError, KeyError, TypeError):
        return keystone.explain(answer)


class Ironic:
    """One Ironic. options: see drivers/ironic.py. transport: used in place of IronicHttp."""

    def __init__(self, options, transport=None):
        self.options, self.make = options, transport or IronicHttp
        self._http = self._login = None
        self.title = "provider ironic"

    @property
    def http(self):
        """The connection: to a standalone service, or to the one in Keystone's catalogue."""
        if self._http is None:
            versions = {"X-OpenStack-Ironic-API-Version": VERSION}
            if self._standalone():
                headers = dict(versions, **self._basic())
                more = {"timeout": self.options.get("timeout") or 60, "pool": POOL, "explain": explain}
                more["verify"] = self.options.get("ca_file") or self.options.get("verify") is not False
                self._http = self.make(self.title, _base(self.options["url"]), headers=headers, **more)
            else:
                login = self.login
                more = {"headers": lambda: dict(versions, **login.headers()), "pool": POOL, "explain": explain}
                self._http = login.service("baremetal", self._region(), **more)
                self._http.base = _base(self._http.base)
        return self._http

    @property
    def login(self):
        """At Keystone."""
        if self._login is None:
            self._login = keystone.Keystone(self.options, self.title, self.make)
        return self._login

    def place(self):
        """What tells it from others, without a call: its address, or Keystone's."""
        return self.options["url"] if self._standalone() else self.login.url

    def _region(self):
        """The one to work in; None for the only one there is."""
        asked = self.login.settings["regions"] or [None]
        if len(asked) > 1:
            raise Refused("%s works in one region, and %s are asked for; give one" % (self.title, ", ".join(asked)))
        return asked[0]

    def _standalone(self):
        return bool(self.options.get("url")) and not (self.options.get("auth_url") or self.options.get("cloud"))

    def _basic(self):
        name, password = self.options.get("username"), self.options.get("password")
        if not name:
            return {}
        return {"Authorization": "Basic " + b64encode(("%s:%s" % (name, password or "")).encode()).decode()}

    def pages(self, path, key):
        """All rows of a list, from every page."""
        found = []
        while path:
            answer = self.http.json("GET", path)
            found += answer[key]
            after = urlsplit(answer.get("next") or "")
            path = after.path[after.path.index("/v1/") + 3 :] + "?" + after.query if after.query else None
        return found

    def nodes(self):
        """All nodes, with the fields that rows are made of."""
        return self.pages("/nodes?fields=%s" % FIELDS, "nodes")

    def states(self):
        """{id: node} with the few fields that waiting needs."""
        fields = "uuid,provision_state,target_provision_state,last_error,instance_uuid,power_state"
        return {node["uuid"]: node for node in self.pages("/nodes?fields=%s" % fields, "nodes")}

    def node(self, ident):
        """One node."""
        return self.http.json("GET", "/nodes/%s" % ident)

    def ports(self):
        """All ports: their addresses, and whose they are."""
        return self.pages("/ports?fields=uuid,address,node_uuid", "ports")

    def patch(self, ident, changes):
        """Change a node: {path: value}, None removes what is there."""
        body = [
            {"op": "remove", "path": path} if value is None else {"op": "add", "path": path, "value": value}
            for path, value in changes.items()
        ]
        return self.http.json("PATCH", "/nodes/%s" % ident, json=body)

    def provision(self, ident, target, **more):
        """Ask for a provision state. To ask twice is an error of Ironic's, so a lost answer is looked up first."""
        self.http.call("PUT", "/nodes/%s/states/provision" % ident, json=dict(more, target=target))

    def power(self, ident, target):
        """Ask for a power state."""
        self.http.call("PUT", "/nodes/%s/states/power" % ident, json={"target": target}, safe=True)

    def remove(self, path):
        """Delete; what is gone is no error."""
        try:
            self.http.call("DELETE", path)
        except NotFound:
            return

    def until(self, ids, done, seconds, progress=None):
        """Look at all nodes, one list call a time, until `done(node)` is true of each of `ids`.

        done: also takes None, for a node that is gone; raises Failure for what will never be. Returns {id: node or
        Failure}; a Failure for those that are not done after as many seconds.
        """
        end, pause, found, left = time.monotonic() + seconds, SHORTEST, {}, list(ids)
        while left:
            nodes = self.states()
            for ident in left:
                try:
                    if done(nodes.get(ident)):
                        found[ident] = nodes.get(ident)
                except Failure as failure:
                    found[ident] = failure
            left = [ident for ident in left if ident not in found]
            if left and time.monotonic() > end:
                for ident in left:
                    state = (nodes.get(ident) or {}).get("provision_state", "gone")
                    found[ident] = Failure(
                        "it is in the state %s after %d s; look at it, then run again" % (state, seconds)
                    )
                return found
            if left:
                time.sleep(pause)
                pause = min(LONGEST, pause * 1.4)
        return found


def _base(url):
    """The address with the version that paths are put behind."""
    url = url.rstrip("/")
    return url if url.endswith("/v1") else url + "/v1"
