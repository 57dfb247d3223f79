# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake: one region of OpenStack's compute service, with the images and networks beside it, in this process.

Nova itself needs a hypervisor, a placement service, Glance and Neutron. This keeps servers in memory, and is as strict
as Nova about states, references and the microversion of what it is sent. Tokens can be checked by a real Keystone.
tests/integration/test_servers_openstack.py drives it by OpenStack's own SDK too.

with Nova("RegionOne", allow=keystone_says) as nova:
    nova.url                    # .../v2.1, with nova.image_url and nova.network_url beside it
    nova.servers                # {id: server}, as it really is
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import re
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

FLAVORS = {"m1.small": (1, 2048, 20), "m1.large": (4, 8192, 80)}
IMAGES = ("debian-12", "debian-13", "cirros")
NETWORKS = ("private", "lab", "public")
OUTSIDE = "public"
ANY = ("ACTIVE", "SHUTOFF", "ERROR")
ACTIONS = {  # action -> states it may come in, task, state it leads to
    "os-start": (("SHUTOFF",), "powering-on", "ACTIVE"),
    "os-stop": (("ACTIVE", "ERROR"), "powering-off", "SHUTOFF"),
    "resize": (("ACTIVE", "SHUTOFF"), "resize_prep", "VERIFY_RESIZE"),
    "confirmResize": (("VERIFY_RESIZE",), None, "ACTIVE"),
    "rebuild": (ANY, "rebuilding", "ACTIVE"),
    "rescue": (("ACTIVE", "SHUTOFF"), "rescuing", "RESCUE"),
    "unrescue": (("RESCUE",), "unrescuing", "ACTIVE"),
    "os-getConsoleOutput": (("ACTIVE", "RESCUE", "SHUTOFF", "ERROR", "BUILD"), None, None),
}


class Refusal(Exception):
    """An error that Nova answers: status, kind, words."""


def ident(*words):
    """An id that is always the same for the same words."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(words)))


class Nova:
    """One region. pause: seconds that each change takes. page: servers in one answer. allow: tells the project of a
    token, or None. full: names that have no room, with Nova's words. quota: servers, cores and MB of the project."""

    def __init__(self, region="RegionOne", pause=0.0, page=1000, allow=None, zones=("nova",)):
        self.region, self.pause, self.page, self.zones = region, pause, page, zones
        self.allow, self.allowed, self.project = allow, {}, None
        self.lock = threading.RLock()
        self.flavors = {ident(region, "flavor", name): name for name in FLAVORS}
        self.images = {ident(region, "image", name): name for name in IMAGES}
        self.networks = {ident(region, "network", name): name for name in NETWORKS}
        self.groups = {ident(region, "security group", name): name for name in ("default", "web")}
        self.servers, self.keypairs, self.full, self.floating, self.number = {}, {}, {}, {}, 0
        self.quota = (-1, -1, -1)
        handler = type("Handler", (_Handler,), {"nova": self})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]
        self.root = "http://127.0.0.1:%d" % self.port
        self.url, self.image_url, self.network_url = (self.root + path for path in ("/v2.1", "/image", "/network"))
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.http.shutdown()
        self.http.server_close()

    def fresh(self):
        """Nothing is there."""
        with self.lock:
            self.servers, self.keypairs, self.full, self.floating = {}, {}, {}, {}

    def named(self, name):
        """The servers of that name."""
        self.work()
        return [one for one in self.servers.values() if one["name"] == name]

    def work(self):
        """Carry out what is due."""
        now = time.monotonic()
        for key, server in list(self.servers.items()):
            due = server.get("_due")
            if due and now >= due[0]:
                if due[1] == "GONE":
                    del self.servers[key]
                else:
                    server.update({"status": due[1], "OS-EXT-STS:task_state": None, "_due": None})

    def later(self, server, task, status, now=None):
        """Begin something that ends in `status`."""
        server.update({"OS-EXT-STS:task_state": task, "_due": (time.monotonic() + self.pause, status)})
        if now:
            server["status"] = now

    def create(self, body):
        """POST /servers."""
        name = body.get("name")
        image, flavor = body.get("imageRef"), body.get("flavorRef")
        if image not in self.images:
            raise Refusal(400, "badRequest", "Invalid imageRef provided.")
        if flavor not in self.flavors:
            raise Refusal(400, "badRequest", "Flavor %s could not be found." % flavor)
        if body.get("key_name") and body["key_name"] not in self.keypairs:
            raise Refusal(400, "badRequest", "Invalid key_name provided.")
        zone = body.get("availability_zone") or (self.zones or ("nova",))[0]
        if zone not in (self.zones or ("nova",)):
            raise Refusal(400, "badRequest", "The requested availability zone is not available")
        self.check_data(body.get("user_data"))
        nets = [one["uuid"] for one in body.get("networks") or ()] or list(self.networks)[:1]
        if any(net not in self.networks for net in nets):
            raise Refusal(400, "badRequest", "Network %s could not be found." % nets)
        groups = {word: name for ident, name in self.groups.items() for word in (ident, name)}
        asked = [one["name"] for one in body.get("security_groups") or [{"name": "default"}]]
        if any(word not in groups for word in asked):
            raise Refusal(400, "badRequest", "Security group %s not found." % asked)
        if name in self.full:
            raise Refusal(403, "forbidden", self.full[name])
        self.number += 1
        low = self.number
        server = {
            "id": str(uuid.uuid4()),
            "name": name,
            "status": "BUILD",
            "tenant_id": self.project,
            "metadata": self.check_metadata(body.get("metadata") or {}),
            "image": {"id": image},
            "flavor": {"id": flavor},
            "key_name": body.get("key_name"),
            "addresses": {
                self.networks[net]: [{"addr": "10.%d.%d.%d" % (i, low >> 8, low & 255), "version": 4}]
                for i, net in enumerate(nets)
            },
            "created": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "security_groups": [{"name": groups[word]} for word in asked],
            "OS-EXT-AZ:availability_zone": zone,
            "_user_data": body.get("user_data"),
            "_order": low,
        }
        self.later(server, "spawning", "ACTIVE")
        self.servers[server["id"]] = server
        return 202, {"server": {"id": server["id"], "adminPass": "x", "links": []}}

    @staticmethod
    def check_data(text):
        """Refuse user data that is not base64, or too long."""
        try:
            base64.b64decode(text or "", validate=True)
        except ValueError:
            raise Refusal(400, "badRequest", "User data needs to be valid base 64.") from None
        if len(text or "") > 65535:
            raise Refusal(400, "badRequest", "Invalid input for field/attribute user_data: too long")

    @staticmethod
    def check_metadata(metadata):
        """Refuse what is no short text."""
        for name, value in metadata.items():
            if not isinstance(value, str) or len(value) > 255 or not 0 < len(name) <= 255:
                raise Refusal(400, "badRequest", "Invalid input for field/attribute %s" % name)
        return dict(metadata)

    def act(self, server, body, version):
        """POST /servers/{id}/action."""
        (action, options), status = next(iter(body.items())), server["status"]
        if action == "reboot":
            states = ("ACTIVE",) if options["type"] == "SOFT" else ANY + ("HARD_REBOOT",)
            allowed, task, end = states, "rebooting", "ACTIVE"
        elif action in ACTIONS:
            allowed, task, end = ACTIONS[action]
        else:
            raise Refusal(400, "badRequest", "There is no such action: %s" % action)
        busy = server.get("OS-EXT-STS:task_state")
        if status not in allowed or (busy and action != "os-getConsoleOutput"):
            words = "Cannot '%s' instance %s while it is in vm_state %s, task_state %s"
            raise Refusal(409, "conflictingRequest", words % (action, server["id"], status, busy))
        if action == "os-getConsoleOutput":
            return 200, {"output": "%s login:" % server["name"]}
        if action == "rebuild":
            self.rebuild(server, options, version)
        if action == "resize":
            if options["flavorRef"] not in self.flavors or options["flavorRef"] == server["flavor"]["id"]:
                raise Refusal(400, "badRequest", "When resizing, instances must change flavor!")
            server["flavor"] = {"id": options["flavorRef"]}
        now = {"resize": "RESIZE", "rebuild": "REBUILD", "reboot": "REBOOT"}.get(action)
        self.later(server, task, end, now)
        return (204 if action == "confirmResize" else 202), None

    def rebuild(self, server, options, version):
        """A new disk."""
        if options["imageRef"] not in self.images:
            raise Refusal(400, "badRequest", "Invalid imageRef provided.")
        if "user_data" in options:
            if version < (2, 57):
                raise Refusal(400, "badRequest", "Additional properties are not allowed ('user_data' was unexpected)")
            self.check_data(options["user_data"])
            server["_user_data"] = options["user_data"]
        server["image"] = {"id": options["imageRef"]}
        if "metadata" in options:
            server["metadata"] = self.check_metadata(options["metadata"])

    def answer(self, method, path, query, body, version):
        """(status, data) of a request."""
        self.work()
        for wanted, pattern, act in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and wanted == method:
                return act(self, *map(unquote, found.groups()), query=query, body=body, version=version)
        raise Refusal(404, "itemNotFound", "The resource could not be found: %s %s" % (method, path))

    def find(self, key):
        """The server of that id."""
        if key not in self.servers:
            raise Refusal(404, "itemNotFound", "Instance %s could not be found." % key)
        return self.servers[key]

    def list(self, query):
        """GET /servers/detail: the newest first, and a link when there is more."""
        rows = sorted(self.servers.values(), key=lambda one: -one["_order"])
        if "project_id" in query:
            rows = [one for one in rows if one["tenant_id"] == query["project_id"][0]]
        if "marker" in query:
            order = self.find(query["marker"][0])["_order"]
            rows = [one for one in rows if one["_order"] < order]
        code, page = self.paged("%s/servers/detail" % self.url, "servers", rows, query)
        page["servers"] = [shown(one) for one in page["servers"]]
        return code, page

    def paged(self, url, name, rows, query):
        """A page of rows that come after the query's marker, and a link when it is full."""
        limit = min(int(query.get("limit", [self.page])[0]), self.page)
        page = {name: rows[:limit]}
        if len(page[name]) == limit:
            href = "%s?limit=%d&marker=%s" % (url, limit, page[name][-1]["id"])
            page[name + "_links"] = [{"rel": "next", "href": href}]
        return 200, page

    def network_page(self, name, rows, query):
        """GET /ports or /floatingips: in the order of their ids."""
        after = query.get("marker", [""])[0]
        rows = [one for one in sorted(rows, key=lambda one: one["id"]) if one["id"] > after]
        url = "%s/network/v2.0/%s" % (self.url.rpartition("/v2.1")[0], name)
        return self.paged(url, name.replace("-", "_"), rows, query)

    def delete(self, key):
        """DELETE /servers/{id}."""
        self.later(self.find(key), "deleting", "GONE")
        return 204, None

    def put_metadata(self, key, body):
        """PUT /servers/{id}/metadata."""
        server = self.find(key)
        server["metadata"] = self.check_metadata(body["metadata"])
        return 200, {"metadata": server["metadata"]}

    def add_key(self, body):
        """POST /os-keypairs."""
        pair = body["keypair"]
        if pair["name"] in self.keypairs:
            raise Refusal(409, "conflictingRequest", "Key pair '%s' already exists." % pair["name"])
        blob = base64.b64decode(pair["public_key"].split()[1])
        md5 = hashlib.md5(blob).hexdigest()
        facts = {"name": pair["name"], "public_key": pair["public_key"]}
        self.keypairs[pair["name"]] = dict(facts, fingerprint=":".join(re.findall("..", md5)))
        return 200, {"keypair": self.keypairs[pair["name"]]}

    def drop_key(self, name):
        """DELETE /os-keypairs/{name}."""
        if self.keypairs.pop(name, None) is None:
            raise Refusal(404, "itemNotFound", "Keypair %s not found" % name)
        return 202, None

    def ports(self, query):
        """GET /ports: one for each server."""
        found = [{"id": ident("port", key), "device_id": key} for key in self.servers]
        found = [one for one in found if query.get("device_id", [one["device_id"]])[0] == one["device_id"]]
        return self.network_page("ports", found, query)

    def float(self, body, key=None):
        """POST /floatingips, or PUT one."""
        ports = {ident("port", server): server for server in self.servers}
        port = body.get("port_id")
        if port is not None and port not in ports:
            raise Refusal(404, "NeutronError", "Port %s could not be found." % port)
        if port is not None and any(one["port_id"] == port and one["id"] != key for one in self.floating.values()):
            raise Refusal(409, "NeutronError", "Cannot associate floating IP: the fixed IP already has one")
        if key is None:
            if self.networks.get(body.get("floating_network_id")) != OUTSIDE:
                raise Refusal(400, "NeutronError", "Bad floatingip request: the network is not external")
            self.number += 1
            key = str(uuid.uuid4())
            facts = {"floating_ip_address": "203.0.113.%d" % self.number, "port_id": None, "description": ""}
            self.floating[key] = dict(facts, id=key, status="DOWN")
        elif key not in self.floating:
            raise Refusal(404, "NeutronError", "Floating IP %s could not be found" % key)
        known = {name: value for name, value in body.items() if name in ("port_id", "description")}
        self.floating[key].update(known)
        return 200, {"floatingip": self.floating[key]}

    def unfloat(self, key):
        """DELETE /floatingips/{id}."""
        if self.floating.pop(key, None) is None:
            raise Refusal(404, "NeutronError", "Floating IP %s could not be found" % key)
        return 204, None

    def network_rows(self, query):
        """GET /networks."""
        rows = [{"id": key, "name": name, "router:external": name == OUTSIDE} for key, name in self.networks.items()]
        return 200, {"networks": [one for one in rows if one["router:external"] or "router:external" not in query]}

    def flavor_rows(self):
        """All flavors."""
        names = ("vcpus", "ram", "disk")
        return [dict(zip(names, FLAVORS[name]), id=key, name=name) for key, name in self.flavors.items()]

    def limits(self):
        """GET /limits: what the project may have, and what it has."""
        sizes = [FLAVORS[self.flavors[one["flavor"]["id"]]] for one in self.servers.values()]
        used = (len(sizes), sum(size[0] for size in sizes), sum(size[1] for size in sizes))
        words = ("maxTotalInstances", "maxTotalCores", "maxTotalRAMSize")
        counted = ("totalInstancesUsed", "totalCoresUsed", "totalRAMUsed")
        return {"absolute": dict(zip(words + counted, self.quota + used)), "rate": []}

    def image_rows(self):
        """All images, as Glance shows them."""
        more = {"status": "active", "created_at": "2026-01-01T00:00:00Z"}
        return [dict(more, id=key, name=name, os_distro=name.split("-")[0]) for key, name in self.images.items()]

    def version_of(self, number, path, least="", most=""):
        """A document about one version, as clients look for it."""
        links = [{"rel": "self", "href": self.root + path}]
        return {"id": number, "status": "CURRENT", "version": most, "min_version": least, "links": links}


def shown(server):
    """A server as it is told."""
    return {name: value for name, value in server.items() if name[0] != "_"}


def _get(call):
    return lambda nova, *args, query, body, version: (200, call(nova, *args))


ROUTES = (
    ("GET", "/v2.1/?", _get(lambda n: {"version": n.version_of("v2.1", "/v2.1/", "2.1", "2.90")})),
    ("GET", "/image/?", lambda n, **_k: (300, {"versions": [n.version_of("v2.9", "/image/v2/")]})),
    ("GET", "/network/?", _get(lambda n: {"versions": [n.version_of("v2.0", "/network/v2.0/")]})),
    ("GET", "/v2.1/servers(?:/detail)?", lambda n, query, **_k: n.list(query)),
    ("POST", "/v2.1/servers", lambda n, body, **_k: n.create(body["server"])),
    ("GET", "/v2.1/servers/([^/]+)", _get(lambda n, key: {"server": shown(n.find(key))})),
    ("DELETE", "/v2.1/servers/([^/]+)", lambda n, key, **_k: n.delete(key)),
    ("PUT", "/v2.1/servers/([^/]+)/metadata", lambda n, key, body, **_k: n.put_metadata(key, body)),
    ("POST", "/v2.1/servers/([^/]+)/action", lambda n, key, body, version, **_k: n.act(n.find(key), body, version)),
    ("GET", "/v2.1/flavors/detail", _get(lambda n: {"flavors": n.flavor_rows()})),
    ("GET", "/v2.1/limits", _get(lambda n: {"limits": n.limits()})),
    ("GET", "/v2.1/os-keypairs", _get(lambda n: {"keypairs": [{"keypair": one} for one in n.keypairs.values()]})),
    ("POST", "/v2.1/os-keypairs", lambda n, body, **_k: n.add_key(body)),
    ("DELETE", "/v2.1/os-keypairs/([^/]+)", lambda n, name, **_k: n.drop_key(name)),
    (
        "GET",
        "/v2.1/os-availability-zone",
        _get(
            lambda n: {
                "availabilityZoneInfo": [{"zoneName": zone, "zoneState": {"available": True}} for zone in n.zones]
            }
        ),
    ),
    ("GET", "/image/v2/images", _get(lambda n: {"images": n.image_rows()})),
    ("GET", "/network/v2.0/networks", lambda n, query, **_k: n.network_rows(query)),
    (
        "GET",
        "/network/v2.0/security-groups",
        lambda n, query, **_k: n.network_page(
            "security-groups", [{"id": key, "name": name} for key, name in n.groups.items()], query
        ),
    ),
    ("GET", "/network/v2.0/ports", lambda n, query, **_k: n.ports(query)),
    (
        "GET",
        "/network/v2.0/floatingips",
        lambda n, query, **_k: n.network_page("floatingips", n.floating.values(), query),
    ),
    ("POST", "/network/v2.0/floatingips", lambda n, body, **_k: n.float(body["floatingip"])),
    ("PUT", "/network/v2.0/floatingips/([^/]+)", lambda n, key, body, **_k: n.float(body["floatingip"], key)),
    ("DELETE", "/network/v2.0/floatingips/([^/]+)", lambda n, key, **_k: n.unfloat(key)),
)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def reply(self):
        """Check the token, and answer."""
        length = int(self.headers.get("Content-Length") or 0)
        sent, parts, nova = self.rfile.read(length), urlsplit(self.path), self.nova
        try:
            project = self.authorise()
            said = re.search(r"(\d+)\.(\d+)\Z", self.headers.get("OpenStack-API-Version") or "compute 2.1")
            version = tuple(int(number) for number in said.groups())
            body = json.loads(sent) if sent else None
            with nova.lock:
                nova.project = project
                status, data = nova.answer(self.command, parts.path, parse_qs(parts.query), body, version)
                text = b"" if data is None else json.dumps(data).encode()
        except Refusal as refusal:
            status, kind, words = refusal.args
            text = json.dumps({kind: {"code": status, "message": words}}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def authorise(self):
        """The project of the token; refuse one that Keystone does not know."""
        nova, token = self.nova, self.headers.get("X-Auth-Token")
        if nova.allow is None or re.fullmatch("/(v2.1|image|network)?/?", urlsplit(self.path).path):
            return "project"
        if token not in nova.allowed:
            nova.allowed[token] = nova.allow(token) if token else None
        if not nova.allowed[token]:
            raise Refusal(401, "unauthorized", "The request you have made requires authentication.")
        return nova.allowed[token]

    do_GET = do_POST = do_PUT = do_DELETE = reply

    def log_message(self, *_args):
        """Say nothing."""
