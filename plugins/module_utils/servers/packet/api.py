# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API's manners: pages, embedded objects, errors, and which project is meant."""

from __future__ import annotations

import re
import threading
from urllib.parse import urlencode

from ...core.errors import Conflict, Failure, Refused
from ...core.http import Http

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.I)
PAGE = 1000  # the most that a page may hold
TURNS = 5  # times that a list is read which changes meanwhile


class PacketHttp(Http):
    """What is taken is told by 422, as is all else that is wrong with a request."""

    def _failure(self, response, where, method):
        failure = super()._failure(response, where, method)
        taken = response.status_code == 422 and "already" in explain(response)
        return Conflict(str(failure)) if taken else failure


class Api:
    """One account. options: as in options.py. connections: kept open at most."""

    def __init__(self, options, connections):
        self.http = PacketHttp(
            "provider packet",
            options["url"],
            headers={"X-Auth-Token": options.get("token") or "", "Accept": "application/json"},
            timeout=options.get("timeout") or 60,
            verify=options.get("verify") is not False,
            pool=connections,
            explain=explain,
        )
        self.wanted = options.get("project")
        self.owner = options.get("organization")
        self.lock, self.found = threading.RLock(), {}

    def get(self, path, **query):
        """One GET; returns the decoded body."""
        query = {name: value for name, value in query.items() if value is not None}
        return self.http.json("GET", path + ("?" + urlencode(query, safe=",.") if query else "")) or {}

    def send(self, method, path, body=None):
        """A POST, PUT, PATCH or DELETE; returns the decoded body, or {}."""
        more = {} if body is None else {"json": body}
        return self.http.json(method, path, **more) or {}

    def ask(self, path, body):
        """A POST that only asks, and so may be sent again."""
        return self.http.json("POST", path, json=body, safe=True) or {}

    def pages(self, path, key, **query):
        """All rows of a list, from every page; read anew when it changes meanwhile, lest one slips through."""
        for _turn in range(TURNS):
            rows, number, last, totals = {}, 1, 1, set()
            while number <= last:
                found = self.get(path, per_page=PAGE, page=number, **query)
                rows.update((row["id"], row) for row in found.get(key) or ())
                meta = found.get("meta") or {}
                last = meta.get("last_page") or 1
                totals.add(meta.get("total"))
                number += 1
            if len(totals) == 1:
                return list(rows.values())
        raise Failure("the list %s%s changes faster than it can be read; try again later" % (self.http.base, path))

    @property
    def project(self):
        """The path of the project. Raises Refused when none is named, or none has that name."""
        if not self.wanted:
            raise Refused(
                "packet.project is not set; give it, or set the environment variable RACKWRIGHT_PACKET_PROJECT"
            )
        return "/projects/" + self._named("projects", self.projects, self.wanted)

    @property
    def organization(self):
        """The id of the organization that the options name, or None."""
        return self._named("organizations", self.organizations, self.owner) if self.owner else None

    def projects(self):
        """All projects, of the one organization if one is named; their organizations are embedded."""
        path = "/organizations/%s/projects" % self.organization if self.owner else "/projects"
        return self.pages(path, "projects", include="organization")

    def organizations(self):
        """All organizations."""
        return self.pages("/organizations", "organizations")

    def _named(self, kind, rows, word):
        """The id of what `word` means, which is looked up once."""
        if UUID.match(word):
            return word
        with self.lock:
            if kind not in self.found:
                there = rows()
                ids = [row["id"] for row in there if row.get("name") == word]
                if len(ids) != 1:
                    names = ", ".join(sorted(str(row.get("name")) for row in there)[:30]) or "none"
                    has = "it has %s" % names if not ids else "it has %d of that name; give the id" % len(ids)
                    raise Refused("provider packet has no one %s %s, %s" % (kind[:-1], word, has))
                self.found[kind] = ids[0]
            return self.found[kind]


def explain(answer):
    """The API's own words for an error."""
    try:
        said = answer.json()
    except ValueError:
        return answer.text[:300]
    if not isinstance(said, dict):
        return answer.text[:300]
    words = said.get("errors") or [said.get("error") or said.get("message") or ""]
    return "; ".join(str(word) for word in (words if isinstance(words, list) else [words]))[:500]


def ident(reference):
    """The id of an embedded object, or of a reference to one; None where there is none."""
    reference = reference or {}
    return reference.get("id") or (reference.get("href") or "").rstrip("/").rsplit("/", 1)[-1] or None
