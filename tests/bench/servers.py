# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""server_info and the inventory on two hundred lab servers, which a fake engine tells of.

The fake says that it is one. Two hundred real lab servers are more than a small machine can boot, and here the
question is how often the engine is asked and what the rows cost. What it answers was recorded from a real one.
"""

from __future__ import annotations

import copy
import json
import pathlib
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .measure import Wrong, rounds, tally

NUMBER = 200
LAB, LABEL = "rackwright-bench", "org.rackwright.lab"
RECORDED = pathlib.Path(__file__).with_name("lab_server.json")
FACILITIES = ("ams1", "ewr1", "sjc1")
GROUPED = {
    "keyed_groups": [{"key": "rackwright_facility", "prefix": "at"}, {"key": "rackwright_tags.role", "prefix": "role"}],
    "groups": {"running": "rackwright_active"},
}


def measure(table, ansible, pairs):
    """The cases of this part."""
    with FakeEngine(lab_servers(NUMBER)) as engine:
        source = {"provider": "lab", "lab": {"name": LAB, "url": engine.url, "access": "address"}}
        info = ansible.task("server-info", "rackwright.platform.server_info", source)
        plain = {"plugin": "rackwright.platform.servers", "sources": [source]}
        flat = str(ansible.write("flat/servers.yml", plain))
        grouped = str(ansible.write("grouped/servers.yml", dict(plain, **GROUPED)))
        judge(table, "server_info %d rows" % NUMBER, engine, lambda: prove_info(ansible, source))
        judge(table, "inventory %d rows" % NUMBER, engine, lambda: prove_inventory(ansible, flat, ()))
        groups = ["at_ams1", "role_app", "running"]
        judge(table, "inventory %d rows, 3 groups" % NUMBER, engine, lambda: prove_inventory(ansible, grouped, groups))
        noop = ansible.noop()
        runs = rounds(
            [
                [("N", lambda: ansible.play(noop, False)), ("info", lambda: ansible.play(info, False))],
                [
                    ("none", lambda: ansible.run("ansible-inventory", "-i", "localhost,", "--list")),
                    ("flat", lambda: ansible.run("ansible-inventory", "-i", flat, "--list")),
                    ("grouped", lambda: ansible.run("ansible-inventory", "-i", grouped, "--list")),
                ],
            ],
            pairs,
        )
    table.note_machine(runs["N"])
    table.note("  server_info above N", runs["info"], runs["N"])
    table.note("  above ansible-inventory alone", runs["flat"], runs["none"])
    table.note("  the same with 3 groups", runs["grouped"], runs["none"])


def judge(table, case, engine, prove):
    """Whether `prove` asks for the list once, and beside that at most for the engine's version."""
    del engine.seen[:]
    prove()
    lists = [one for one in engine.seen if one.path.endswith("/containers/json")]
    others = [one for one in engine.seen if one not in lists and not one.path.endswith(("/version", "/_ping"))]
    found = "%d list, %s in all" % (len(lists), tally(engine.seen))
    table.count(case, found, len(lists) == 1 and not others, "1 list call")


def prove_info(ansible, source):
    """Raises Wrong unless server_info tells of every server."""
    tasks = [
        {"name": "Look", "rackwright.platform.server_info": source, "register": "found"},
        {
            "name": "Count",
            "ansible.builtin.assert": {
                "that": [
                    "found.servers | length == %d" % NUMBER,
                    "found.servers | map(attribute='access.host') | unique | length == %d" % NUMBER,
                    "found.servers | map(attribute='state') | unique == ['active']",
                ]
            },
        },
    ]
    ansible.run("ansible-playbook", str(ansible.play_of("server-info-counted", tasks)))


def prove_inventory(ansible, path, groups):
    """Raises Wrong unless every server is a host with its address, and each of `groups` has some."""
    found = json.loads(ansible.run("ansible-inventory", "-i", path, "--list").out)
    variables = found["_meta"]["hostvars"]
    addresses = {json.dumps(one.get("ansible_host")) for one in variables.values()}  # each marked as no template
    if len(addresses) != NUMBER:
        raise Wrong(
            "the inventory has %d hosts, and they should be %d, each with an address" % (len(variables), NUMBER)
        )
    empty = [name for name in groups if not found.get(name, {}).get("hosts")]
    if empty:
        raise Wrong("the inventory has no hosts in %s" % ", ".join(empty))


def lab_servers(number):
    """The engine's list entries of so many servers, each like the recorded one."""
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))["item"]
    return [_another(recorded, index) for index in range(number)]


def _another(recorded, index):
    item = copy.deepcopy(recorded)
    name, facility = "node%03d" % (index + 1), FACILITIES[index % len(FACILITIES)]
    item["Id"] = "%064x" % (int(recorded["Id"], 16) ^ index)
    item["Names"] = ["/%s-%s" % (LAB, name)]
    labels, networks = item["Labels"], item["NetworkSettings"]["Networks"]
    spec = dict(json.loads(labels[LABEL + ".spec"]), facility=facility)
    spec["tags"] = {"role": ("app", "db", "ns")[index % 3], "rack": "r%d" % (index // 20)}
    labels[LABEL + ".spec"], labels[LABEL + ".server"] = json.dumps(spec, sort_keys=True), name
    networks["%s-facility-%s" % (LAB, facility)] = networks.pop("%s-facility-ams1" % LAB)
    for network, number in zip(networks.values(), (8, 7), strict=True):
        address = "10.88.%d.%d" % (number, index + 2)
        network["IPAddress"] = network["IPAMConfig"]["IPv4Address"] = address
    return item


class Seen:
    """One request that came."""

    def __init__(self, method, path):
        self.method, self.path = method, path


class FakeEngine:
    """A fake Docker engine on loopback: it knows its version and its containers, and nothing else. `seen`: requests."""

    def __init__(self, containers):
        self.seen = []
        self.answers = {
            "version": {"Version": "0 (a fake)", "ApiVersion": "1.41", "MinAPIVersion": "1.12", "Os": "linux"},
            "containers/json": containers,
        }
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"engine": self}))
        self.url = "tcp://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "a-fake-Docker-engine/0"
    disable_nagle_algorithm = True

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        self.engine.seen.append(Seen("GET", path))
        name = path.lstrip("/").split("/", 1)[1] if path.startswith("/v1.") else path.lstrip("/")
        known = name in self.engine.answers
        self._answer(200 if known else 404, self.engine.answers.get(name, {"message": "this fake does not know it"}))

    def refuse(self):
        """Nothing can be changed here."""
        self.engine.seen.append(Seen(self.command, self.path))
        self._answer(501, {"message": "this fake cannot be written to"})

    do_POST = do_PUT = do_DELETE = refuse

    def _answer(self, status, data):
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Print nothing."""
