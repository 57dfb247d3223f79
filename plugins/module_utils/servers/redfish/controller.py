# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Redfish controller (BMC): logging in, its systems, and changes that overwrite nobody's."""

from __future__ import annotations

import atexit
import base64
import threading
from urllib.parse import urlsplit

from ...core.errors import Failure, NotFound, Refused
from ...core.http import Http
from ...core.lib import absolute

ROOT = "/redfish/v1"
SYSTEMS, SESSIONS = ROOT + "/Systems", ROOT + "/SessionService/Sessions"
POOL = 4  # connections; controllers are small computers
RESET, INSERT, EJECT = "#ComputerSystem.Reset", "#VirtualMedia.InsertMedia", "#VirtualMedia.EjectMedia"


class Controller:
    """The controller at `url`. options: the provider's."""

    def __init__(self, url, username, password, options):
        self.url, self.username, self.password = url.rstrip("/"), username, password
        self.session, self.lock = None, threading.Lock()
        verify = options.get("verify", True) and (absolute(options["ca_file"]) if options.get("ca_file") else True)
        headers, renew = self._basic, None
        if options.get("login") == "session" and username:
            headers, renew = self._open, self._forget
        more = {"timeout": options.get("timeout") or 30, "verify": verify, "pool": POOL, "explain": explain}
        self.plain = Http("Redfish", self.url, **more)
        self.http = Http("Redfish", self.url, headers=headers, renew=renew, **more)

    def get(self, path):
        """A resource; its ETag, where it has one, as `_etag`."""
        answer = self.http.call("GET", path)
        try:
            found = answer.json()
        except ValueError:
            raise Failure("Redfish: %s%s is no JSON: is it really a Redfish service?" % (self.url, path)) from None
        etag = answer.headers.get("ETag") or found.get("@odata.etag")
        return dict(found, _etag=etag) if etag else found

    def patch(self, path, body, etag=None):
        """Change a resource, and nothing that has changed since it was read; then it is read and changed again."""
        try:
            self.http.call("PATCH", path, json=body, headers={"If-Match": etag} if etag else {})
        except Failure as failure:
            if failure.status != 412:
                raise
            fresh = self.get(path).get("_etag")
            self.http.call("PATCH", path, json=body, headers={"If-Match": fresh} if fresh else {})

    def act(self, resource, action, body):
        """Do an action of a resource."""
        known = (resource.get("Actions") or {}).get(action) or {}
        if not known.get("target"):
            raise Failure("the controller at %s has no %s here" % (self.url, action.lstrip("#")))
        self.http.call("POST", known["target"], json=body)

    def members(self, path):
        """The paths of a collection's members, all pages."""
        found = []
        while path:
            page = self.get(path)
            found += [member["@odata.id"] for member in page.get("Members") or ()]
            path = page.get("Members@odata.nextLink") or page.get("@odata.nextLink")
        return found

    def find(self, system):
        """The path of the system of this id, name or path; without one, of the only one. Raises Refused."""
        if system and system.startswith("/"):
            return system
        paths = self.members(SYSTEMS)
        if not system and len(paths) == 1:
            return paths[0]
        names = [path.rstrip("/").rsplit("/", 1)[1] for path in paths]
        if system in names:
            return paths[names.index(system)]
        if system:
            for path in paths:
                seen = self.get(path)
                if system in (seen.get("Name"), seen.get("UUID"), seen.get("HostName")):
                    return path
        wrong = "has no system %s" % system if system else "has %d systems; say which" % len(paths)
        raise Refused("the controller at %s %s. It has %s" % (self.url, wrong, ", ".join(names[:20]) or "none"))

    def _basic(self):
        if not self.username:
            return {}
        pair = ("%s:%s" % (self.username, self.password or "")).encode("utf-8")
        return {"Authorization": "Basic " + base64.b64encode(pair).decode("ascii")}

    def _open(self):
        """The header of a session, opened when there is none."""
        with self.lock:
            if self.session is None:
                body = {"UserName": self.username, "Password": self.password or ""}
                try:
                    answer = self.plain.call("POST", SESSIONS, json=body)
                except NotFound:
                    raise Failure("the controller at %s has no sessions; use login: basic" % self.url) from None
                self.session = answer.headers["X-Auth-Token"], urlsplit(answer.headers["Location"]).path
                atexit.register(self.close)
            return {"X-Auth-Token": self.session[0]}

    def _forget(self, headers):
        with self.lock:
            if self.session and self.session[0] == headers.get("X-Auth-Token"):
                self.session = None
        return True

    def close(self):
        """End the session."""
        with self.lock:
            session, self.session = self.session, None
        if session:
            atexit.unregister(self.close)
            try:
                self.plain.call("DELETE", session[1], headers={"X-Auth-Token": session[0]})
            except Failure:
                pass  # it has ended by itself, or will


def explain(answer):
    """The controller's own words: error.@Message.ExtendedInfo, or error.message."""
    try:
        error = answer.json()["error"]
        notes = [note.get("Message") for note in error.get("@Message.ExtendedInfo") or ()]
        return "; ".join(note for note in notes if note) or error["message"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return answer.text[:300]
