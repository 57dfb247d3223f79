# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API's manners: paths, tokens, pages, errors; and the words that all parts use."""

from __future__ import annotations

import calendar
import datetime
import json
import re
import time
import traceback
import uuid
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlencode

DEVICE_ONLY = "/device-only/"  # what a device itself says and asks: outside the document, without a token
SAME = {"PATCH": "PUT"}  # Packet's own client changes things with PATCH
BASE = "/metal/v1"  # of references; a request may have it before its path, and more than one slash
EMPTY = (202, 204)  # answers without a body


class Problem(Exception):
    """An answer that is an error."""

    def __init__(self, status, *errors):
        super().__init__(*errors)
        self.status, self.errors = status, list(errors)


class Paged(list):
    """A list that the API gives out in pages; `key` is its name in the answer, `show` makes of a row what is seen."""

    def __init__(self, key, rows, show=None):
        super().__init__(rows)
        self.key, self.show = key, show or (lambda row: row)


class Request:
    """One request: path parts by name, query, decoded body. `scope`: the project that a project's token is for."""

    def __init__(self, api, method, path, query, body):
        self.api, self.method, self.path, self.query, self.body = api, method, path, query, body
        self.parts, self.scope = {}, None

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
        missing = [name for name in names if self.body.get(name) in (None, "")]
        if missing:
            raise Problem(422, *["%s can't be blank" % name for name in missing])

    def words(self, *names):
        """The words of a comma list of the query; the first of `names` that is there."""
        text = next((self.query[name] for name in names if name in self.query), "")
        return [word for word in text.split(",") if word]

    def flag(self, name):
        """A truth of the query."""
        return self.query.get(name, "").lower() == "true"


class Router:
    """Routes are (method, path with {names}, function of a Request)."""

    def __init__(self, tables):
        self.table = [route for table in tables for route in table]
        self.routes = []
        for method, path, act in self.table:
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))
            self.routes.append((method, path, re.compile(pattern + r"\Z"), act))

    def find(self, method, path):
        """(path with names, what the names stand for, function). Raises Problem."""
        known = False
        for its, name, pattern, act in self.routes:
            found = pattern.match(path)
            if found and its in (method, SAME.get(method)):
                return name, found.groupdict(), act
            known = known or bool(found)
        raise Problem(405 if known else 404, "Not found")


def stamp(seconds):
    """A moment as the API writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def moment(text):
    """Seconds since the epoch of a moment that a client wrote; without a zone it is UTC. Raises Problem."""
    try:
        found = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (AttributeError, ValueError):
        raise Problem(422, "%s is not a valid time" % text) from None
    return found.timestamp() if found.tzinfo else calendar.timegm(found.timetuple())


def in_utc(text):
    """A moment that a client wrote, as the API writes it; None stays None. Raises Problem."""
    return stamp(moment(text)) if text else None


def new_id():
    """An id."""
    return str(uuid.uuid4())


def href(kind, one):
    """A reference."""
    return {"href": "%s/%s/%s" % (BASE, kind, one)}


def shown(row):
    """A row without what is the simulator's own, or is not set."""
    return {name: value for name, value in row.items() if not name.startswith("_") and value is not None}


def find(rows, one, kind):
    """A row by its id. Raises Problem."""
    if one not in rows:
        raise Problem(404, "%s not found" % kind)
    return rows[one]


def page(request, rows):
    """One page of a list, with what there is to turn it."""
    size, number = min(request.number("per_page", 10, 1000), request.api.most), request.number("page", 1, 100000)
    last = max(1, -(-len(rows) // size))

    def at(turn):
        query = urlencode(dict(request.query, page=turn, per_page=size))
        return {"href": "%s%s?%s" % (BASE, request.path, query)}

    meta = {"first": at(1), "last": at(last), "self": at(number), "total": len(rows)}
    meta.update(current_page=number, last_page=last)
    meta["previous"] = at(number - 1) if number > 1 else None
    meta["next"] = at(number + 1) if number < last else None
    return {rows.key: [rows.show(row) for row in rows[(number - 1) * size : number * size]], "meta": meta}


class Handler(BaseHTTPRequestHandler):
    """Speaks for the PacketAPI `api`."""

    api = None
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self):
        """Read, act under the lock, answer."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = re.sub(r"\A/+(%s(?=/))?/*" % BASE[1:], "/", self.path)
        where, _, query = path.partition("?")
        query = {name: ",".join(values) for name, values in parse_qs(query).items()}
        try:
            request = Request(self.api, self.command, where, query, _decoded(raw))
            with self.api.lock:
                status, found = self.api.act(request, self.headers.get("X-Auth-Token"))
                text = b"" if status in EMPTY or found is None else json.dumps(found).encode()
        except Problem as problem:
            status, text = problem.status, json.dumps({"errors": problem.errors}).encode()
        except Exception:  # a hole in the simulator: the test shall hear of it
            self.api.crashes.append("%s %s\n%s" % (self.command, path, traceback.format_exc()))
            status, text = 500, json.dumps({"error": "Something went wrong"}).encode()
        if self.api.check:
            self.api.check.exchange(self.command, path, dict(self.headers), raw, status, text)
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if status != 204:
            self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_args):
        """Say nothing."""


def _decoded(raw):
    """The body: an object, or the bare truth that one request takes. Raises Problem."""
    try:
        body = json.loads(raw) if raw else {}
    except ValueError:
        raise Problem(422, "The request body is not JSON") from None
    if not isinstance(body, (dict, bool)):
        raise Problem(422, "The request body must be an object")
    return body
