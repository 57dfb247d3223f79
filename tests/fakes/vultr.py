# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake: the DNS part of Vultr's API, version 2, in this process, as far as Libcloud's driver asks it.

It keeps single records, with pages and the manners of Vultr's documentation. For what the provider libcloud does by a
service of single records; nothing was compared with Vultr itself.

with Vultr(page=10) as vultr:
    vultr.port, vultr.key, vultr.domains      # {name: {id: record}}
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TYPES = ("A", "AAAA", "CNAME", "NS", "MX", "SRV", "TXT", "CAA", "SSHFP")


class Refusal(Exception):
    """An error that the service answers: status, words."""


class Vultr:
    """One account. page: items in one answer at most. denied: data that is refused, with the words."""

    def __init__(self, page=500):
        self.page, self.key, self.lock = page, secrets.token_hex(18), threading.Lock()
        self.domains, self.denied = {}, {}
        handler = type("Handler", (_Handler,), {"vultr": self})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.http.shutdown()
        self.http.server_close()

    def fresh(self):
        """Nothing is there."""
        with self.lock:
            self.domains, self.denied = {}, {}

    def listed(self, items, key, query):
        """A page of a list."""
        start = int((query.get("cursor") or ["0"])[0])
        following = str(start + self.page) if start + self.page < len(items) else ""
        meta = {"total": len(items), "links": {"next": following, "prev": ""}}
        return 200, {key: items[start : start + self.page], "meta": meta}

    def records(self, domain):
        """The records of a domain."""
        if domain not in self.domains:
            raise Refusal(404, "Invalid domain.")
        return self.domains[domain]

    def add_domain(self, body):
        """POST /domains."""
        name = body["domain"]
        if name in self.domains or not re.fullmatch(r"(?:[a-z0-9-]+\.)+[a-z]+", name):
            raise Refusal(400, "Unable to create domain: %s" % name)
        self.domains[name] = {}
        return 200, {"domain": told(name)}

    def add(self, domain, body):
        """POST /domains/{domain}/records."""
        records, kind, name = self.records(domain), body["type"], body["name"]
        if kind not in TYPES or name.endswith(".") or name == "@":
            raise Refusal(400, "Invalid record: %s %s" % (name, kind))
        if kind in ("MX", "SRV") and "priority" not in body:
            raise Refusal(400, "priority is required")
        if kind == "TXT" and not re.fullmatch('".*"', body["data"]):
            raise Refusal(400, "TXT data must be enclosed in quotes")
        if body["data"] in self.denied:
            raise Refusal(400, self.denied[body["data"]])
        there = [one for one in records.values() if one["name"] == name]
        if any((one["type"], one["data"]) == (kind, body["data"]) for one in there):
            raise Refusal(400, "Duplicate records not allowed")
        if there and "CNAME" in [kind] + [one["type"] for one in there]:
            raise Refusal(400, "A CNAME record is not allowed beside other records")
        made = {"id": str(uuid.uuid4()), "type": kind, "name": name, "data": body["data"]}
        made.update(priority=body.get("priority", -1), ttl=body.get("ttl", 300))
        records[made["id"]] = made
        return 201, {"record": made}

    def drop(self, where, key):
        """DELETE of a domain or record."""
        if where.pop(key, None) is None:
            raise Refusal(404, "Invalid record.")
        return 204, None

    def answer(self, method, path, query, body):
        """(status, data) of a request."""
        parts = path.strip("/").split("/")[2:]
        if method == "GET" and not parts:
            return self.listed([told(name) for name in self.domains], "domains", query)
        if method == "POST" and not parts:
            return self.add_domain(body)
        if method == "DELETE" and len(parts) == 1:
            return self.drop(self.domains, parts[0])
        records = self.records(parts[0])
        if method == "GET" and len(parts) == 2:
            return self.listed(list(records.values()), "records", query)
        if method == "POST" and len(parts) == 2:
            return self.add(parts[0], body)
        if method == "DELETE":
            return self.drop(records, parts[2])
        raise Refusal(404, "Invalid API path")


def told(name):
    """A domain as it is listed."""
    return {"domain": name, "date_created": "2026-01-01T00:00:00+00:00", "dns_sec": "disabled"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def reply(self):
        """Check the key, and answer."""
        sent, parts = self.rfile.read(int(self.headers.get("Content-Length") or 0)), urlsplit(self.path)
        try:
            if self.headers.get("Authorization") != "Bearer " + self.vultr.key:
                raise Refusal(401, "Invalid API token.")
            with self.vultr.lock:
                body = json.loads(sent) if sent else None
                status, data = self.vultr.answer(self.command, parts.path, parse_qs(parts.query), body)
        except Refusal as refusal:
            status, words = refusal.args
            data = {"error": words, "status": status}
        text = b"" if data is None else json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_DELETE = reply

    def log_message(self, *_args):
        """Say nothing."""
