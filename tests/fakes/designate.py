# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake: OpenStack's DNS service Designate, version 2 of its API, in this process.

Designate itself needs a message queue, a database, workers and name servers. This keeps zones in memory, and is as
strict as Designate about names, types, managed record sets, duplicates and projects; what was asked of it is done
`pause` seconds after it was answered. Tokens can be checked by a real Keystone. OpenStack's own SDK drives it too, in
tests/integration/test_dns_designate.py.

with Designate(allow=keystone_says) as designate:
    designate.url                  # .../dns, for the catalogue; below it is v2
    designate.zones                # {id: zone}, as it really is, with its `sets`
"""

from __future__ import annotations

import ipaddress
import json
import re
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

TYPES = ("A", "AAAA", "CAA", "CERT", "CNAME", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "TXT")
HOST = re.compile(r"(?!.{255,})(?:(?:^\*|(?!-)[A-Za-z0-9_-]{1,63})(?<!-)\.)+\Z")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")
SERVERS = ("ns1.cloud.example.", "ns2.cloud.example.")
WORDS = {"A": 1, "AAAA": 1, "CNAME": 1, "NS": 1, "PTR": 1, "MX": 2, "SRV": 4, "SSHFP": 3, "CAA": 3, "NAPTR": 6}
OWN = {"SOA": "Creating a SOA recordset is not allowed"}


class Refusal(Exception):
    """An error that Designate answers: status, type, words, errors of fields."""


class Designate:
    """One region. pause: seconds that each change takes. page: items in one answer at most. allow: tells the project of
    a token, or None. broken: (name, type) of what ends in ERROR. stuck: of what stays PENDING."""

    def __init__(self, pause=0.0, page=1000, allow=None):
        self.pause, self.page, self.allow, self.allowed = pause, page, allow, {}
        self.lock, self.zones, self.broken, self.stuck = threading.RLock(), {}, set(), set()
        self.denied = {}  # (name, type) of what is refused, with the Refusal
        handler = type("Handler", (_Handler,), {"designate": self})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]
        self.url = "http://127.0.0.1:%d/dns" % self.port
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.http.shutdown()
        self.http.server_close()

    def fresh(self):
        """Nothing is there."""
        with self.lock:
            self.zones, self.broken, self.stuck, self.denied = {}, set(), set(), {}

    def work(self):
        """Carry out what is due."""
        now = time.monotonic()
        for zone in list(self.zones.values()):
            self._work(zone, self.zones, now)
            for one in list(zone["sets"].values()):
                self._work(one, zone["sets"], now)

    def _work(self, one, where, now):
        key = (one["name"], one["type"])
        if one["status"] != "PENDING" or now < one["due"] or key in self.stuck:
            return
        if key in self.broken:
            one["status"] = "ERROR"
        elif one["action"] == "DELETE":
            del where[one["id"]]
        else:
            one.update(status="ACTIVE", action="NONE")

    def later(self, one, action):
        """Begin something."""
        one.update(status="PENDING", action=action, due=time.monotonic() + self.pause)
        return 202, one

    def zone(self, key, project):
        """The zone of that id, if it is the project's."""
        found = self.zones.get(key)
        if found is None or found["project_id"] != project:
            raise Refusal(404, "zone_not_found", "Could not find Zone")
        return found

    def add_zone(self, body, project):
        """POST /zones."""
        name, kind = body.get("name") or "", body.get("type") or "PRIMARY"
        errors = []
        if not HOST.match(name) or name.count(".") < 2:
            errors.append((["name"], "'%s' is not a 'zonename'" % name))
        if kind == "PRIMARY" and not EMAIL.match(body.get("email") or ""):
            errors.append((["email"], "'email' is a required property"))
        if kind == "SECONDARY" and not body.get("masters"):
            errors.append((["masters"], "'masters' is a required property"))
        check(body, ("name", "type", "email", "ttl", "description", "masters", "attributes"), errors)
        if any(one["name"] == name for one in self.zones.values()):
            raise Refusal(409, "duplicate_zone", "Duplicate Zone")
        zone = {"id": str(uuid.uuid4()), "name": name, "type": kind, "project_id": project, "serial": 1764320000}
        zone.update(email=body.get("email"), ttl=body.get("ttl") or 3600, masters=body.get("masters") or [])
        zone.update(description=body.get("description"), sets={}, pool_id=str(uuid.uuid4()), version=1)
        self.zones[zone["id"]] = zone
        mail = (zone["email"] or "x@x").replace("@", ".")
        soa = "%s %s. %d 3520 600 86400 3600" % (SERVERS[0], mail, zone["serial"])
        for kind, records in (("SOA", [soa]), ("NS", list(SERVERS))):
            self.put(zone, {"name": name, "type": kind, "records": records, "managed": True})
        return self.later(zone, "CREATE")

    def change_zone(self, zone, body):
        """PATCH /zones/{id}."""
        errors = [([word], "'%s' is read-only" % word) for word in ("name", "type") if word in body]
        check(body, ("name", "type", "email", "ttl", "description", "masters", "attributes"), errors)
        zone.update(body)
        return self.later(zone, "UPDATE")

    def put(self, zone, facts):
        """Put a record set into a zone."""
        one = {"id": str(uuid.uuid4()), "zone_id": zone["id"], "zone_name": zone["name"], "ttl": None, "version": 1}
        one.update({"description": None, "project_id": zone["project_id"], "managed": False}, **facts)
        zone["sets"][one["id"]] = one
        self.later(one, "CREATE")
        zone["serial"] += 1
        return one

    def add_set(self, zone, body):
        """POST /zones/{id}/recordsets."""
        self.check_set(zone, body, body.get("name") or "", body.get("type"))
        if body["type"] in OWN:
            raise Refusal(400, "bad_request", OWN[body["type"]])
        self.alive(zone)
        name = body["name"].lower()
        if (name, body["type"]) in self.denied:
            raise self.denied[name, body["type"]]
        others = [one for one in zone["sets"].values() if one["name"] == name]
        if any(one["type"] == body["type"] for one in others):
            raise Refusal(409, "duplicate_recordset", "Duplicate RecordSet")
        if others and "CNAME" in [body["type"]] + [one["type"] for one in others]:
            words = "CNAME recordsets may not share a name with any other records"
            raise Refusal(400, "invalid_recordset_location", words)
        return 202, self.put(zone, dict(body, name=name))

    def change_set(self, zone, key, body):
        """PUT /zones/{id}/recordsets/{id}."""
        one = self.set(zone, key)
        if one["managed"]:
            raise Refusal(400, "bad_request", "Managed records may not be updated")
        if one["type"] == "NS" and one["name"] == zone["name"]:
            raise Refusal(400, "bad_request", "Updating a root zone NS record is not allowed")
        self.alive(zone)
        self.check_set(zone, body, one["name"], one["type"])
        one.update({name: body[name] for name in ("ttl", "records", "description") if name in body})
        zone["serial"] += 1
        return self.later(one, "UPDATE")

    def drop_set(self, zone, key):
        """DELETE /zones/{id}/recordsets/{id}."""
        one = self.set(zone, key)
        if one["managed"] or one["type"] == "SOA":
            raise Refusal(400, "bad_request", "Managed records may not be deleted")
        self.alive(zone)
        zone["serial"] += 1
        return self.later(one, "DELETE")

    @staticmethod
    def set(zone, key):
        """The record set of that id."""
        if key not in zone["sets"]:
            raise Refusal(404, "recordset_not_found", "Could not find RecordSet")
        return zone["sets"][key]

    @staticmethod
    def alive(zone):
        """Refuse what is done to a zone that is being deleted."""
        if zone["action"] == "DELETE":
            raise Refusal(400, "bad_request", "Can not update a deleting zone")

    @staticmethod
    def check_set(zone, body, name, kind):
        """Refuse what is no record set of the zone."""
        errors = []
        if not HOST.match(name):
            errors.append((["name"], "'%s' is not a 'hostname'" % name))
        if kind not in TYPES:
            errors.append((["type"], "'%s' is not a valid type" % kind))
        if not body.get("records"):
            errors.append((["records"], "'records' is a required property"))
        for number, value in enumerate(body.get("records") or ()):
            if kind in TYPES and not valid(kind, value):
                errors.append((["records", number], "'%s' is not a '%s' Record" % (value, kind)))
        check(body, ("name", "type", "ttl", "records", "description"), errors)
        if name != zone["name"] and not name.endswith("." + zone["name"]):
            raise Refusal(400, "invalid_recordset_location", "RecordSet is not contained within it's parent zone")

    def list(self, rows, query, path, key):
        """A page of a list, and a link when there is more."""
        for word in ("name", "type", "status"):
            if word in query:
                rows = [one for one in rows if one[word] == query[word][0]]
        rows, start = list(rows), 0
        if "marker" in query:
            ids = [one["id"] for one in rows]
            if query["marker"][0] not in ids:
                raise Refusal(400, "marker_not_found", "Marker %s could not be found" % query["marker"][0])
            start = ids.index(query["marker"][0]) + 1
        limit = min(int(query.get("limit", [20])[0]), self.page)
        page = rows[start : start + limit]
        links = {"self": self.url + path}
        if len(page) == limit and start + limit < len(rows):
            following = {name: values[0] for name, values in query.items()}
            following.update(limit=limit, marker=page[-1]["id"])
            links["next"] = "%s%s?%s" % (self.url, path, urlencode(following))
        return 200, {key: [shown(one) for one in page], "links": links, "metadata": {"total_count": len(rows)}}

    def answer(self, method, path, query, body, project):
        """(status, data) of a request."""
        self.work()
        for wanted, pattern, act in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and wanted == method:
                status, data = act(self, *found.groups(), body=body, query=query, project=project, path=path)
                return status, shown(data) if data and "id" in data else data
        raise Refusal(404, "not_found", "The resource could not be found: %s %s" % (method, path))

    def mine(self, project):
        """The project's zones."""
        return [zone for zone in self.zones.values() if zone["project_id"] == project]


def check(body, known, errors):
    """Refuse errors, texts that are too long, TTLs that are none, and words that are not known."""
    text = "Additional properties are not allowed ('%s' was unexpected)"
    errors += [([word], text % word) for word in set(body) - set(known)]
    if len(body.get("description") or "") > 160:
        errors.append((["description"], "'%s' is too long" % body["description"]))
    ttl = body.get("ttl")
    if ttl is not None and (not isinstance(ttl, int) or not 0 <= ttl <= 2147483647):
        errors.append((["ttl"], "%r is not a TTL" % ttl))
    if errors:
        told = [{"path": path, "message": message} for path, message in errors]
        raise Refusal(400, "invalid_object", "Provided object does not match schema", {"errors": told})


def valid(kind, value):
    """Whether a record is one of its type, about as strictly as Designate looks."""
    words = value.split(" ", 2) if kind == "CAA" else value.split(" ")
    if kind in ("TXT", "SPF"):
        return not value.startswith('"') or value.endswith('"')
    if len(words) != WORDS.get(kind, len(words)):
        return False
    if kind in ("A", "AAAA"):
        try:
            return ipaddress.ip_address(value).version == {"A": 4, "AAAA": 6}[kind]
        except ValueError:
            return False
    if kind in ("CAA", "NAPTR"):
        return '"' not in value
    return kind == "SSHFP" or bool(HOST.match(words[-1]))


def shown(one):
    """A zone or record set as it is told."""
    return {name: value for name, value in one.items() if name not in ("sets", "due", "managed")}


ZONES = "/v2/zones"
ZONE = ZONES + "/([^/]+)"
SETS = ZONE + "/recordsets"
ONE = SETS + "/([^/]+)"
ROUTES = (
    ("GET", "/?", lambda d, **_k: (200, {"versions": {"values": [version(d)]}})),
    ("GET", "/v2/?", lambda d, **_k: (200, {"version": version(d)})),
    ("GET", ZONES, lambda d, query, project, path, **_k: d.list(d.mine(project), query, path, "zones")),
    ("POST", ZONES, lambda d, body, project, **_k: d.add_zone(body, project)),
    ("GET", ZONE, lambda d, key, project, **_k: (200, d.zone(key, project))),
    ("PATCH", ZONE, lambda d, key, body, project, **_k: d.change_zone(d.zone(key, project), body)),
    ("DELETE", ZONE, lambda d, key, project, **_k: d.later(d.zone(key, project), "DELETE")),
    (
        "GET",
        SETS,
        lambda d, key, query, project, path, **_k: d.list(
            d.zone(key, project)["sets"].values(), query, path, "recordsets"
        ),
    ),
    ("POST", SETS, lambda d, key, body, project, **_k: d.add_set(d.zone(key, project), body)),
    ("GET", ONE, lambda d, key, one, project, **_k: (200, d.set(d.zone(key, project), one))),
    ("PUT", ONE, lambda d, key, one, body, project, **_k: d.change_set(d.zone(key, project), one, body)),
    ("DELETE", ONE, lambda d, key, one, project, **_k: d.drop_set(d.zone(key, project), one)),
)


def version(designate):
    """The document about the version, as clients look for it."""
    return {"id": "v2", "status": "CURRENT", "links": [{"rel": "self", "href": designate.url + "/v2"}]}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def reply(self):
        """Check the token, and answer."""
        length = int(self.headers.get("Content-Length") or 0)
        sent, parts, designate = self.rfile.read(length), urlsplit(self.path), self.designate
        path = re.sub("^/dns", "", parts.path)
        try:
            project = self.authorise(path)
            with designate.lock:
                body = json.loads(sent) if sent else None
                status, data = designate.answer(self.command, path, parse_qs(parts.query), body, project)
                text = b"" if data is None else json.dumps(data).encode()
        except Refusal as refusal:
            status, kind, words, *more = refusal.args
            told = {"code": status, "type": kind, "message": words, "request_id": "req-fake"}
            text = json.dumps(dict(told, **({"errors": more[0]} if more else {}))).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def authorise(self, path):
        """The project of the token; refuse one that Keystone does not know."""
        designate, token = self.designate, self.headers.get("X-Auth-Token")
        if designate.allow is None or path in ("", "/", "/v2", "/v2/"):
            return "project"
        if token not in designate.allowed:
            designate.allowed[token] = designate.allow(token) if token else None
        if not designate.allowed[token]:
            raise Refusal(401, "unauthorized", "The request you have made requires authentication.")
        return designate.allowed[token]

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = reply

    def log_message(self, *_args):
        """Say nothing."""
