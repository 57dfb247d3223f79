# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ironic's REST API in its own words: nodes, ports, provision states; and its errors for people."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from urllib.parse import urlsplit

from ...clients.keystone import Keystone
from ...core.errors import Ambiguous, Busy, Failure, NotFound
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
        if response.status_code == 406:
            return Failure("%s is older than microversion %s, which is needed: %s" % (self.title, VERSION, words))
        return super()._failure(response, where, method)


def explain(answer):
    """Ironic's own words: JSON in a text inside JSON."""
    try:
        told = json.loads(answer.text)["error_message"]
        if isinstance(told, str) and told.startswith("{"):
            told = json.loads(told)
        return str(told.get("faultstring") or told if isinstance(told, dict) else told)[:500]
    except (ValueError, KeyError, TypeError):
        return answer.text[:500]


class Ironic:
    """One Ironic. options: see drivers/ironic.py. transport: used in place of IronicHttp."""

    def __init__(self, options, transport=None):
        self.options, self.make, self._http = options, transport or IronicHttp, None
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
                keystone = Keystone(self.options, self.title, self.make)
                more = {"headers": lambda: dict(versions, **keystone.headers()), "pool": POOL, "explain": explain}
                self._http = keystone.service("baremetal", **more)
                self._http.base = _base(self._http.base)
        return self._http

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
