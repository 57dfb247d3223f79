# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hundred machines enrolled and deployed on a real Ironic with made-up hardware, against its bare API.

The bare side sends the same requests by as many threads and waits by the same list. Each round takes some minutes, so
that there are no more of them than one for every three that are asked for.
"""

from __future__ import annotations

import http.client
import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import local

from contract.proxy import Proxy
from integration.ironic import IMAGE, VERSION, Ironic

from .measure import Missing, Wrong, calls, tally

NUMBER, THREADS = 200, 4
FIELDS = "uuid,provision_state,target_provision_state"


def measure(table, ansible, pairs):
    """The cases of this part."""
    try:
        server = Ironic()
        server.program("ironic")
    except RuntimeError as error:
        raise Missing(str(error)) from None
    with server:
        enrolled, deployed, limits = [], [], ([], [])
        for _turn in range(max(1, pairs // 3)):
            noop = [ansible.play(ansible.noop(), changed=False) for _twice in range(3)]
            table.note_machine(noop)
            raw = Raw(server)
            for act, limit in zip((raw.enrol, raw.deploy), limits):
                limit.append(noop[-1] + calls(act).times(1.2))
            server.clear()
            enrolled.append(ansible.play(task(ansible, "machine", server.address), changed=True))
            deployed.append(ansible.play(task(ansible, "server", server.address), changed=True))
            seen = {kind: unchanged(ansible, server, kind) for kind in ("machine", "server")}
            _check(server)
            server.clear()
    title = "%d machines enrolled" % NUMBER
    table.time(title, enrolled, limits[0], 1.0, "<= N + 1.2 raw, %d threads" % THREADS)
    table.time("%d servers deployed" % NUMBER, deployed, limits[1], 1.0, "<= N + 1.2 raw, %d threads" % THREADS)
    for kind, most in (("machine", 2), ("server", 2)):
        found = seen[kind]
        table.count("%d of module %s unchanged" % (NUMBER, kind), tally(found), _quiet(found, most), "<= 2 lists")


def _quiet(found, most):
    return len(found) <= most and all(one.method == "GET" for one in found)


def task(ansible, kind, url):
    """A playbook of one task that declares them all."""
    provider = {"provider": "ironic", "ironic": {"url": url}}
    if kind == "machine":
        rows = [{"name": "m%03d" % i, "driver": "fake-hardware", "plan": "small"} for i in range(NUMBER)]
        return ansible.task("ironic-machines", "rackwright.platform.machine", dict(provider, machines=rows))
    row = {"name": "s%03d", "count": NUMBER, "plan": "small", "image": IMAGE}
    return ansible.task("ironic-servers", "rackwright.platform.server", dict(provider, servers=[row]))


def unchanged(ansible, server, kind):
    """The requests of a run that changes nothing."""
    with Proxy(("127.0.0.1", server.port)) as door:
        ansible.play(task(ansible, kind, door.url), changed=False)
        return list(door.seen)


def _check(server):
    active = [node for node in server.nodes() if node["provision_state"] == "active"]
    if len(active) != NUMBER:
        raise Wrong("%d of %d servers are active" % (len(active), NUMBER))


class Raw:
    """The bare API: a connection for each of some threads."""

    def __init__(self, server):
        self.server, self.mine, self.nodes = server, local(), []

    def send(self, method, path, data=None):
        """One request; returns the decoded answer."""
        link = getattr(self.mine, "link", None)
        if link is None:
            link = self.mine.link = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        body = json.dumps(data) if data is not None else None
        link.request(method, "/v1" + path, body, dict(VERSION, **{"Content-Type": "application/json"}))
        answer = link.getresponse()
        text = answer.read()
        if answer.status >= 400:
            raise Wrong("%s %s answered %d: %s" % (method, path, answer.status, text[:300]))
        return json.loads(text) if text else None

    def each(self, act, items):
        """Do it to each, by the threads."""
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(act, items))

    def until(self, state):
        """Wait until all are in that state, by one list a time."""
        self.mine, pause = local(), 0.1  # Ironic closes connections that were idle
        while True:
            nodes = self.send("GET", "/nodes?fields=" + FIELDS)["nodes"]
            if all(node["provision_state"] == state and not node["target_provision_state"] for node in nodes):
                return
            time.sleep(pause)
            pause = min(2.0, pause * 1.4)

    def step(self, target):
        """The request for a provision state, as a function of a node."""
        return lambda node: self.send("PUT", "/nodes/%s/states/provision" % node, {"target": target})

    def enrol(self):
        """Make the nodes and bring them on."""

        def make(number):
            body = {"name": "r%03d" % number, "driver": "fake-hardware", "resource_class": "small"}
            return self.send("POST", "/nodes", body)["uuid"]

        self.nodes = self.each(make, range(NUMBER))
        for verb, state in (("manage", "manageable"), ("provide", "available")):
            self.each(self.step(verb), self.nodes)
            self.until(state)

    def deploy(self):
        """Claim each and install on it."""

        def one(node):
            values = {"/instance_uuid": str(uuid.uuid4()), "/instance_info": {"image_source": IMAGE}}
            patch = [{"op": "add", "path": path, "value": value} for path, value in values.items()]
            self.send("PATCH", "/nodes/%s" % node, patch)
            drive = {"meta_data": {"hostname": node}}
            self.send("PUT", "/nodes/%s/states/provision" % node, {"target": "active", "configdrive": drive})

        self.each(one, self.nodes)
        self.until("active")
