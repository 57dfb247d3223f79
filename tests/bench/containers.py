# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fifty containers on a real engine, against its bare API with eight threads."""

from __future__ import annotations

import http.client
import json
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import local

from .measure import Missing, Wrong, calls, rounds, tally

NUMBER, THREADS = 50, 8
PREFIX = "rackwright-bench-"
STAMP = "org.rackwright.bench"
ENGINE = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
SOCKET = ENGINE.removeprefix("unix://")
SETTLE = 3  # seconds that an interrupted task may go on making containers
COMMAND = ["sleep", "3600"]
STOP = "SIGKILL"  # sleep as process 1 does not heed SIGTERM, and a grace of ten seconds would be all that is measured


def measure(table, ansible, pairs):
    """The cases of this part."""
    if not os.path.exists(SOCKET):
        raise Missing("no Docker engine at a socket of this machine (%s); `make engine` starts one" % ENGINE)
    from integration.busybox import busybox

    raw = Raw(busybox())
    raw.clear()
    try:
        fifty(table, ansible, pairs, raw)
    except BaseException:
        time.sleep(SETTLE)
        raise
    finally:
        raw.clear()


def fifty(table, ansible, pairs, raw):
    """Created, unchanged, removed."""
    up = ansible.task("containers-up", "rackwright.platform.container", options(raw.image))
    down = ansible.task("containers-down", "rackwright.platform.container", options(raw.image, state="absent"))
    seen = counted(ansible, raw)
    noop = ansible.noop()
    runs = rounds(
        [
            [("noop", lambda: ansible.play(noop, changed=False))],
            [
                ("created", lambda: ansible.play(up, changed=True)),
                ("unchanged", lambda: ansible.play(up, changed=False)),
                ("removed", lambda: ansible.play(down, changed=True)),
            ],
            [
                ("raw created", lambda: calls(raw.create)),
                ("raw unchanged", lambda: calls(raw.look)),
                ("raw removed", lambda: calls(raw.remove)),
            ],
        ],
        pairs,
    )
    table.note_machine(runs["noop"])
    for case in ("created", "removed"):
        limit = [n + r.times(1.15) for n, r in zip(runs["noop"], runs["raw " + case], strict=True)]
        title = "%d containers %s" % (NUMBER, case)
        table.time(title, runs[case], limit, 1.0, "<= N + 1.15 raw", requests=seen[case])
    limit = [type(n)(n.wall + 0.5, n.cpu + 0.5) for n in runs["noop"]]
    still = "POST" not in seen["unchanged"] and "DELETE" not in seen["unchanged"]
    title = "%d containers unchanged" % NUMBER
    table.time(title, runs["unchanged"], limit, 1.0, "<= N + 0.5 s", requests=seen["unchanged"], counted=still)


def counted(ansible, raw):
    """Prove the work through a counting door, untimed. Returns requests by case."""
    from contract.proxy import Proxy

    task = partial(ansible.task, "containers-counted", "rackwright.platform.container")
    seen = {}
    with Proxy(SOCKET) as door:
        option = partial(options, raw.image, url=door.url.replace("http://", "tcp://"))
        steps = (
            ("created", option(), True, {"A=1": NUMBER}),
            ("unchanged", option(), False, {"A=1": NUMBER}),
            ("one", option(first="2"), True, {"A=1": NUMBER - 1, "A=2": 1}),
            ("removed", option(state="absent"), True, {}),
        )
        for case, given, changed, want in steps:
            door.clear()
            ansible.play(task(given), changed)
            seen[case] = tally(door.seen)
            raw.expect(case, want)
    return seen


def options(image, state=None, url=None, first="1"):
    """The task's options. first: what the environment variable A is in the first container; it is 1 in the others."""
    rows = [row(number, image, first if number == 0 else "1") for number in range(NUMBER)]
    given = {"provider": "docker", "containers": rows}
    if url:
        given["docker"] = {"url": url}
    if state:
        given["state"] = state
        given["containers"] = [{"name": one["name"]} for one in rows]
    return given


def row(number, image, value):
    """One container as the module takes it."""
    return {
        "name": "%s%02d" % (PREFIX, number),
        "image": image,
        "command": COMMAND,
        "env": {"A": value},
        "labels": {STAMP: "ours"},
        "network_mode": "none",
        "stop_signal": STOP,
    }


class Raw:
    """The bare engine API: a connection for each of eight threads."""

    def __init__(self, image):
        self.image, self.mine = image, local()

    def send(self, method, path, data=None, missing=False):
        """One request; returns the decoded answer. A 404 is fine when it may be `missing`."""
        link = getattr(self.mine, "link", None)
        if link is None:
            link = self.mine.link = Link()
        body = json.dumps(data) if data is not None else None
        link.request(method, path, body, {"Content-Type": "application/json"})
        answer = link.getresponse()
        body = answer.read()
        if missing and answer.status == 404:
            return None
        if answer.status >= 400:
            raise Wrong("%s %s answered %d: %s" % (method, path, answer.status, body[:300]))
        return json.loads(body) if body else None

    def each(self, function, items):
        """Run a function for each item, in eight threads."""
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(function, items))

    def names(self):
        """The containers' names."""
        return [PREFIX + "%02d" % number for number in range(NUMBER)]

    def create(self):
        """Create and start all."""
        self.each(self._create, self.names())

    def _create(self, name):
        body = {"Image": self.image, "Cmd": COMMAND, "Env": ["A=1"], "Labels": {STAMP: "raw"}, "StopSignal": STOP}
        made = self.send("POST", "/containers/create?name=" + name, dict(body, HostConfig={"NetworkMode": "none"}))
        self.send("POST", "/containers/%s/start" % made["Id"])

    def listed(self):
        """All of the benchmark's containers, by the engine's list."""
        found = self.send("GET", "/containers/json?all=1")
        return [one for one in found if one["Names"][0].startswith("/" + PREFIX) and STAMP in one["Labels"]]

    def look(self):
        """List, and inspect each."""
        return self.each(lambda one: self.send("GET", "/containers/%s/json" % one["Id"]), self.listed())

    def remove(self):
        """Remove all by force."""
        self.each(self._remove, [one["Id"] for one in self.listed()])

    def _remove(self, ident):
        self.send("DELETE", "/containers/%s?force=1&v=1" % ident, missing=True)

    def clear(self):
        """Remove what an interrupted benchmark may have left; what bears another label stays."""
        self.remove()

    def expect(self, case, want):
        """Raises Wrong unless the running containers have exactly these values of A."""
        have = {}
        for one in self.look():
            value = (
                next((e for e in one["Config"]["Env"] if e.startswith("A=")), "")
                if one["State"]["Running"]
                else "stopped"
            )
            have[value] = have.get(value, 0) + 1
        if have != want:
            raise Wrong("after `%s` the engine runs containers with %s, declared were %s" % (case, have, want))


class Link(http.client.HTTPConnection):
    """HTTP over the engine's socket."""

    def __init__(self):
        super().__init__("docker")

    def connect(self):
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(SOCKET)
