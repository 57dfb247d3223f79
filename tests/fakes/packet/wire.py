# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API's manners: paths, tokens, pages, embedded objects, errors."""

from __future__ import annotations

import json
import re
import time
import uuid
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

SAME = {"PATCH": "PUT"}  # Packet's own client changes things with PATCH


class Problem(Exception):
    """An answer that is an error."""

    def __init__(self, status, *errors):
        super().__init__(*errors)
        self.status, self.errors = status, list(errors)


class Paged(list):
    """A list that the API gives out in pages; `key` is its name in the answer."""

    def __init__(self, key, rows):
        super().__init__(rows)
        self.key = key


class Request:
    """One request: path parts by name, query, decoded body."""

    def __init__(self, api, method, path, query, body):
        self.api, self.method, self.path, self.query, self.body = api, method, path, query, body
        self.parts = {}

    def number(self, name, default, most):
        """A whole number of the query."""
        try:
            value = int(self.query.get(name, default))
        except ValueError:
            raise Problem(422, "%s must be a number" % name) from None
        if not 1 <= value <= most:
            raise Problem(422, "%s must be between 1 and %d" % (name, most))
        return value

    def need(self, *names):
        """Fields that the body must have."""
        missing = [name for name in names if (self.body or {}).get(name) in (None, "")]
        if missing:
            raise Problem(422, *["%s can't be blank" % name for name in missing])

    def wanted(self):
        """Names of what shall be embedded."""
        return {name.split(".")[0] for name in self.query.get("include", "").split(",") if name}


class Router:
    """Routes are (method, path with {names}, function of a Request)."""

    def __init__(self, tables):
        self.routes = []
        for table in tables:
            for method, path, act in table:
                pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))
                self.routes.append((method, re.compile(pattern + r"\Z"), act))

    def act(self, request):
        """Find and run; returns (status, body)."""
        known = False
        for method, pattern, act in self.routes:
            found = pattern.match(request.path)
            if found and method in (request.method, SAME.get(request.method)):
                request.parts = found.groupdict()
                answer = act(request)
                return answer if isinstance(answer, tuple) else (200, answer)
            known = known or bool(found)
        raise Problem(405 if known else 404, "Not found")


def stamp(seconds):
    """A moment as the API writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def new_id():
    """An id."""
    return str(uuid.uuid4())


def href(kind, one):
    """A reference."""
    return {"href": "/metal/v1/%s/%s" % (kind, one)}


def page(request, rows):
    """One page of a list, with what there is to turn it."""
    size = min(request.number("per_page", 10, 1000), request.api.most)
    number = request.number("page", 1, 100000)
    last = max(1, -(-len(rows) // size))

    def at(turn):
        return {"href": "%s?page=%d&per_page=%d" % (request.path, turn, size)}

    meta = {"first": at(1), "last": at(last), "self": at(number), "total": len(rows)}
    meta.update(current_page=number, last_page=last)
    meta["previous"] = at(number - 1) if number > 1 else None
    meta["next"] = at(number + 1) if number < last else None
    return {rows.key: rows[(number - 1) * size : number * size], "meta": meta}


class Handler(BaseHTTPRequestHandler):
    """Speaks for the PacketAPI `api`."""

    api = None
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self):
        """Read, act under the lock, answer."""
        size = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(size)
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        try:
            self._permitted(parts.path)
            body = self._decoded(raw)
            request = Request(self.api, self.command, parts.path, query, body)
            with self.api.lock:
                status, found = self.api.router.act(request)
                found = page(request, found) if isinstance(found, Paged) else found
                text = b"" if found is None else json.dumps(found).encode()
        except Problem as problem:
            status, text = problem.status, json.dumps({"errors": problem.errors}).encode()
        if self.api.check:
            self.api.check.exchange(self.command, self.path, dict(self.headers), raw, status, text)
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if status != 204:
            self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def _permitted(self, path):
        if path.startswith("/device-only/"):  # what a device itself sends carries no token
            return
        token = self.headers.get("X-Auth-Token")
        if token == self.api.read_only and self.command != "GET":
            raise Problem(403, "You are not authorized to perform this action")
        if token not in (self.api.token, self.api.read_only):
            raise Problem(401, "Invalid authentication token")

    @staticmethod
    def _decoded(raw):
        try:
            return json.loads(raw) if raw else None
        except ValueError:
            raise Problem(422, "The request body is not JSON") from None

    def log_message(self, *_args):
        """Say nothing."""
