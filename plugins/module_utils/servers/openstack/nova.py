# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One region's Nova, with the images and networks beside it; in Nova's own words."""

from __future__ import annotations

import re
import threading
import time
from urllib.parse import urlencode, urlsplit

from ...core.errors import Ambiguous, Busy, Failure, NotFound, TimedOut
from ...core.http import Http
from ...core.patience import retry_after

PAGE = 1000  # the most that Nova gives by default; a cloud may give fewer
POOL = 8
TRIES = 3  # to list servers while others delete some
PAUSES = (0.2, 2.0)  # seconds between two looks at a server, at first and at most


class NovaHttp(Http):
    """Nova says "quota exceeded" with 403 and, where it is old, "too many requests" with 413."""

    def _failure(self, response, where, method):
        words = self.explain(response).strip()
        text = "%s: %s answered %d: %s" % (where, self.title, response.status_code, words)
        if response.status_code == 403 and "quota" in words.lower():
            return Failure(text)
        if response.status_code == 409 and "vm_state" in words:  # a killed run's last request may have come late
            return Ambiguous(text)
        if response.status_code == 413:
            return Busy(text, retry_after(response.headers))
        return super()._failure(response, where, method)


class Region:
    """Nova of one region. keystone: who is logged in. name: of the region."""

    def __init__(self, keystone, name):
        self.keystone, self.name = keystone, name
        self._nova = self._flavors = self._images = None
        self._beside = {}
        self.lock = threading.RLock()

    @property
    def nova(self):
        """The Http of the compute service."""
        with self.lock:
            if self._nova is None:
                self._nova = self.keystone.service("compute", self.name, pool=POOL)
            return self._nova

    def servers(self):
        """All servers of the project, from every page; from the first on, when one that ended a page is gone."""
        for _turn in range(TRIES):
            try:
                return self._servers()
            except Failure as failure:
                if failure.status not in (400, 404) or "marker" not in str(failure):
                    raise
        return self._servers()

    def _servers(self):
        return pages(self.nova, "/servers/detail", "servers", limit=PAGE)

    def server(self, ident):
        """One server."""
        return self.nova.json("GET", "/servers/%s" % ident)["server"]

    def create(self, body):
        """Make a server; returns its id."""
        return self.nova.json("POST", "/servers", json={"server": body})["server"]["id"]

    def delete(self, ident):
        """Delete a server; one that is gone is no error."""
        try:
            self.nova.call("DELETE", "/servers/%s" % ident)
        except NotFound:
            pass

    def metadata(self, ident, values):
        """Give a server this metadata and no other."""
        self.nova.call("PUT", "/servers/%s/metadata" % ident, json={"metadata": values})

    def act(self, ident, action, body=None, version=None):
        """Do an action; returns what it answers. version: the microversion that it needs."""
        headers = {"OpenStack-API-Version": "compute " + version} if version else {}
        path = "/servers/%s/action" % ident
        answer = self.nova.call("POST", path, json={action: body}, headers=headers)
        return answer.json() if answer.content and "json" in answer.headers.get("Content-Type", "") else None

    def settled(self, ident, seconds, until=None):
        """Wait until nothing is done to a server, or it is in a status of `until`; returns it. Raises TimedOut."""
        end, pause = time.monotonic() + seconds, PAUSES[0]
        while True:
            seen = self.server(ident)
            status, task = seen.get("status"), seen.get("OS-EXT-STS:task_state")
            if status in (until or ()) or status == "ERROR" or (not until and not task and status not in BUSY):
                return seen
            if time.monotonic() > end:
                raise TimedOut("it is still %s (%s) after %d s" % (status, task or "no task", seconds))
            time.sleep(pause)
            pause = min(PAUSES[1], pause * 1.4)

    def flavors(self):
        """All flavors, read once."""
        with self.lock:
            if self._flavors is None:
                self._flavors = pages(self.nova, "/flavors/detail", "flavors")
            return self._flavors

    def left(self):
        """{what: how much the project's quota still lets it have}; without what has no limit, or is not told."""
        try:
            told = self.nova.json("GET", "/limits")["limits"]["absolute"]
        except NotFound:
            return {}
        return {what: told[limit] - told[used] for what, limit, used in QUOTA if told.get(limit, -1) >= 0}

    def room(self, plan, left):
        """How many more servers of a flavor fit into what is `left` of the quota; None where it sets no limit."""
        flavor = next((one for one in self.flavors() if one["name"] == plan), {})
        free = [left[what] // flavor[what] for what in ("vcpus", "ram") if what in left and flavor.get(what)]
        free += [left["servers"]] if "servers" in left else []
        return max(0, min(free)) if free else None

    def images(self):
        """All images that can be used, read once: of the image service, or of Nova where there is none."""
        with self.lock:
            if self._images is None:
                self._images = self._glance() if self.keystone.has("image") else self._compute_images()
            return self._images

    def _glance(self):
        client = self.keystone.service("image", self.name)
        base = "" if re.search(r"/v2(/|\Z)", urlsplit(client.base).path) else "/v2"
        found, path = [], "%s/images?%s" % (base, urlencode({"limit": PAGE, "status": "active"}))
        while path:
            page = client.json("GET", path)
            found += page["images"]
            path = page.get("next") and base + page["next"][page["next"].index("/images") :]
        return found

    def _compute_images(self):
        return [one for one in pages(self.nova, "/images/detail", "images") if one.get("status") == "ACTIVE"]

    def networks(self):
        """{name or id: id} of the networks, read once; None where there is no network service."""
        return self._neutrons("networks")

    def security_groups(self):
        """The same of the security groups."""
        return self._neutrons("security-groups")

    def _neutrons(self, path):
        with self.lock:
            if path not in self._beside and self.keystone.has("network"):
                client = self.keystone.service("network", self.name)
                base = "" if urlsplit(client.base).path.rstrip("/").endswith("/v2.0") else "/v2.0"
                found = pages(client, "%s/%s" % (base, path), path.replace("-", "_"))
                self._beside[path] = {word: one["id"] for one in found for word in (one["id"], one["name"])}
            return self._beside.get(path)

    def zones(self):
        """The availability zones that can be used; none where the cloud does not tell."""
        try:
            found = self.nova.json("GET", "/os-availability-zone")["availabilityZoneInfo"]
        except NotFound:
            return []
        return [zone["zoneName"] for zone in found if zone["zoneState"]["available"]]

    def keypairs(self):
        """The key pairs of the user."""
        return [one["keypair"] for one in self.nova.json("GET", "/os-keypairs")["keypairs"]]


QUOTA = (
    ("servers", "maxTotalInstances", "totalInstancesUsed"),
    ("vcpus", "maxTotalCores", "totalCoresUsed"),
    ("ram", "maxTotalRAMSize", "totalRAMUsed"),
)
BUSY = ("BUILD", "REBUILD", "REBOOT", "HARD_REBOOT", "RESIZE", "MIGRATING", "PASSWORD", "REVERT_RESIZE")


def pages(client, path, name, **query):
    """All of a listing, page by page as its links say."""
    found = []
    while True:
        page = client.json("GET", "%s?%s" % (path, urlencode(query)) if query else path)
        found += page[name]
        if not page[name] or not _next(page.get(name + "_links")):
            return found
        query["marker"] = page[name][-1]["id"]


def _next(links):
    return any(link.get("rel") == "next" for link in links or ())
