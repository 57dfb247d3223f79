# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of Packet's simulator share: a caller of the raw API, and patience."""

from __future__ import annotations

import time

import requests

KEYS = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHN0IOZQPjhk0CTrcyJCEhZmCKD3RUqBRPa2YhmzLrz+ alice@example.org",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMTk0Lk1nq2rC2uN9pmkL9s4mFq7Tg4c9m3Dx0B6W1dY bob@example.org",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBo0h0v8cXzWm3o0t8i1mD3yq3yJ0W9wqJx0f0b1Z2cd carol@example.org",
]
PLAN, IMAGE = "c3.small.x86", "debian_12"
ONE = {"plan": PLAN, "operating_system": IMAGE, "metro": "sv", "hostname": "one"}


def until(test, seconds=10):
    """Wait until `test()` is true; returns what it said."""
    end = time.monotonic() + seconds
    while True:
        found = test()
        if found:
            return found
        assert time.monotonic() < end
        time.sleep(0.01)


class Caller:
    """Asks a simulator; whatever the answer is not expected to be is an error."""

    def __init__(self, api, token=None):
        self.api, self.session = api, requests.Session()
        self.session.headers["X-Auth-Token"] = token or api.token
        self.project = "/projects/" + api.project

    def __call__(self, method, path, body=None, status=None, **query):
        expected = status or {"GET": 200, "PUT": 200, "PATCH": 200, "POST": 201, "DELETE": 204}[method]
        path = path.replace("PROJECT", self.project[1:])
        answer = self.session.request(method, self.api.url + "/" + path, json=body, params=query)
        assert answer.status_code == expected, "%s %s -> %d %s" % (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def refused(self, method, path, body=None, status=422, **query):
        """The words of a refusal."""
        found = self(method, path, body, status, **query)
        return "; ".join(found.get("errors") or [found["error"]])

    def device(self, **more):
        """A new device that is active."""
        made = self("POST", "PROJECT/devices", dict(ONE, **more))
        return self.active(made["id"])

    def active(self, one):
        """The device when it is active."""
        where = "devices/%s" % one
        return until(lambda: next((found for found in [self("GET", where)] if found["state"] == "active"), None))
