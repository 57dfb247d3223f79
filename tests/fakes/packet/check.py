# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the simulator and its clients to the published OpenAPI document: every request, every answer, every status.

The document requires next to nothing of an answer, `{}` is a device to it; `needed.py` says what ours must have.
"""

from __future__ import annotations

import functools
import hashlib
import json
import pathlib
import re
import threading
from urllib.parse import parse_qsl

from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from .needed import lacking
from .wire import BASE, DEVICE_ONLY

DOCUMENT = pathlib.Path(__file__).resolve().parents[4] / "shared" / "specs" / "packet-openapi.yaml"
HOST = "https://api.equinix.com"
# What differs from one exchange to the next that is alike: each stands for another of its kind, and for nothing else
VARIES = re.compile(
    r"(?P<identifier>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})"
    r"|(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)"
    r"|(?P<address>(?:\d{1,3}\.){3}\d{1,3})"
    r"|(?P<long_address>[0-9a-f]+(?::[0-9a-f]*){5,})"
)
BEYOND = (
    403,
    422,
)  # any request may be forbidden or malformed, and any id unknown, though the document says so of some


@functools.lru_cache(maxsize=None)
def document():
    """The document, read once; it takes more than a second."""
    return OpenAPI.from_file_path(str(DOCUMENT))


@functools.lru_cache(maxsize=None)
def operations():
    """[(method, path, pattern, statuses)] of the document, exact paths before those with names."""
    found = []
    for path, item in document().spec.read_value()["paths"].items():
        pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)) + r"\Z")
        for method, told in item.items():
            if method in ("get", "post", "put", "patch", "delete"):
                found.append((method.upper(), path, pattern, {int(code) for code in told["responses"]}))
    return sorted(found, key=lambda one: one[1].count("{"))


class Checker:
    """`exchange` validates; what does not fit is in `problems`, which operations were seen answered well in `seen`."""

    def __init__(self):
        self.problems, self.seen, self.lock = [], set(), threading.Lock()
        self.known = set()  # digests of exchanges that fit; to look at one takes longer than to answer it
        document()

    def exchange(self, method, path, headers, body, status, text):
        """One request and its answer. A device's own words are outside the document, and so is 401 for no token."""
        if path.startswith(DEVICE_ONLY) or status in (401, 405):
            return
        old = "packet-python" in headers.get("User-Agent", "")  # it sends what the document forbids
        method = "PUT" if old and method == "PATCH" else method
        where, _, query = path.partition("?")
        with self.lock:
            wrong = self._operation(method, where, status)
            if status >= 400:
                wrong += _error(text)
            else:
                whole = "%s %s %d %s\n%s\n%s" % (method, path, status, old, body, text)
                alike = hashlib.sha256(VARIES.sub(lambda one: "<%s>" % one.lastgroup, whole).encode()).digest()
                if alike not in self.known:
                    wrong += self._messages(method, where, query, headers, body, status, text, old)
                    if not wrong:
                        self.known.add(alike)
            self.problems += ["%s %s -> %d: %s" % (method, path, status, one) for one in wrong]

    def _operation(self, method, where, status):
        """Remember the operation; a problem where the document knows no such status of it."""
        for its, path, pattern, statuses in operations():
            if its == method and pattern.match(where):
                if status < 400:
                    self.seen.add((method, path))
                known = status in statuses or status in BEYOND or status == 404 and "{" in path
                return [] if known else ["the document knows no such status"]
        return [] if status == 404 else ["the document knows no such operation"]

    def _messages(self, method, where, query, headers, body, status, text, old):
        """What the document says against a request and its answer."""
        request = MockRequest(
            HOST,
            method.lower(),
            BASE + where,
            args=_arguments(query),
            headers={"X-Auth-Token": headers.get("X-Auth-Token")},
            data=body or None,
        )
        shown = _without_ends(json.loads(text)) if text else None
        told = json.dumps(shown).encode() if text else b""
        answer = MockResponse(told, status_code=status, content_type="application/json; charset=utf-8")
        wrong = lacking(where, shown) if isinstance(shown, dict) else []
        try:
            if not old:
                document().validate_request(request)
            if text:
                document().validate_response(request, answer)
        except Exception as error:  # whatever the library finds
            wrong.append(_reasons(error))
        return wrong


def _arguments(query):
    """The query as the library takes it; a comma list is written as the document's own lists are."""
    found = {}
    for name, value in parse_qsl(query):
        found.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def _without_ends(body):
    """The first page has no previous one and the last no next: null in life, where the document knows no null."""
    if isinstance(body, dict) and isinstance(body.get("meta"), dict):
        ends = {name: one for name, one in body["meta"].items() if one is not None or name not in ("next", "previous")}
        return dict(body, meta=ends)
    return body


def _error(text):
    """What is wrong with an error's body: `errors`, a list of words, or `error`, one."""
    body = json.loads(text)
    words = body.get("errors") or [body.get("error")]
    return [] if all(isinstance(word, str) and word for word in words) else ["an error without words"]


def _reasons(error):
    """An error of openapi-core with what is behind it."""
    found, cause = [str(error)], error
    while cause is not None:
        found += [str(one.message) for one in getattr(cause, "schema_errors", None) or ()]
        cause = cause.__cause__
    return "; ".join(found)[:600]
