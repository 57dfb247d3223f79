# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fifty containers on a real engine, against its bare API with eight threads, and beside a loop of the peer."""

from __future__ import annotations

import http.client
import json
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import local

from .compose import Compose
from .measure import Missing, Wrong, calls, rounds, tally

MODULE, PEER = "rackwright.platform.container", "community.docker.docker_container"
NUMBER, THREADS = 50, 8
TIMED = 20  # containers that the peer is timed with
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

    ansible.with_peer(*PEER.split(".")[:2])
    on(table, ansible, pairs, Raw(busybox(), SOCKET), "docker", beside_the_peer)


def on(table, ansible, pairs, raw, provider, more=None):
    """The cases on one engine, which is left as it was. more: what is told beside them."""
    raw.clear()
    try:
        runs = fifty(table, ansible, pairs, raw, partial(options, provider, raw.image, raw.path), provider)
        if more:
            more(table, ansible, raw, runs)
    except BaseException:
        time.sleep(SETTLE)
        raise
    finally:
        raw.clear()


def fifty(table, ansible, pairs, raw, given, provider):
    """Created, unchanged, a label changed, removed; returns the runs. given: makes the options."""
    up = ansible.task("containers-up", MODULE, given())
    other = ansible.task("containers-other", MODULE, given(label="theirs"))
    down = ansible.task("containers-down", MODULE, given(state="absent"))
    seen = counted(ansible, raw, given)
    noop = ansible.noop()
    runs = rounds(
        [
            [("noop", lambda: ansible.play(noop, changed=False))],
            [
                ("created", lambda: ansible.play(up, changed=True)),
                ("unchanged", lambda: ansible.play(up, changed=False)),
                ("changed", lambda: ansible.play(other, changed=True)),
                ("removed", lambda: ansible.play(down, changed=True)),
            ],
            [
                ("raw created", lambda: calls(raw.create)),
                ("raw changed", lambda: calls(raw.replace)),
                ("raw removed", lambda: calls(raw.remove)),
            ],
        ],
        pairs,
    )
    table.note_machine(runs["noop"])
    for case in ("created", "changed", "removed"):
        limit = [n + r.times(1.15) for n, r in zip(runs["noop"], runs["raw " + case], strict=True)]
        title = "%d on %s %s" % (NUMBER, provider, case)
        table.time(title, runs[case], limit, 1.0, "<= N + 1.15 raw", requests=seen[case])
    limit = [type(n)(n.wall + 0.5, n.cpu + 0.5) for n in runs["noop"]]
    still = "POST" not in seen["unchanged"] and "DELETE" not in seen["unchanged"]
    title = "%d on %s unchanged" % (NUMBER, provider)
    table.time(title, runs["unchanged"], limit, 1.0, "<= N + 0.5 s", requests=seen["unchanged"], counted=still)
    return runs


def beside_the_peer(table, ansible, raw, runs):
    """What community.docker.docker_container takes in a loop of TIMED for one task of ours with NUMBER; told only. It
    is Docker's peer: of Podman it finds no image by the name that Docker gives it."""
    loop = ansible.play_of("containers-loop", [{"name": "Each", PEER: peer(raw), "loop": raw.names()[:TIMED]}])
    raw.clear()
    noops = runs["noop"]
    for case, changed in (("created", True), ("unchanged", False)):
        one = ansible.play(loop, changed)
        whole = [n + (one + n.times(-1)).times(NUMBER / TIMED) for n in noops]  # what begins Ansible counts once
        title = "  community.docker, %s, above ours" % case
        table.note(title, whole, runs[case])
    raw.clear()
    beside_compose(table, ansible, raw, runs)


def beside_compose(table, ansible, raw, runs):
    """What docker-compose takes for all of them, with as many threads as it likes; told only."""
    own = {"image": raw.image, "command": COMMAND, "environment": {"A": "1"}, "network_mode": "none"}
    own.update(labels={STAMP: "raw"}, stop_signal=STOP)
    try:
        compose = Compose(ansible, {name: dict(own, container_name=name) for name in raw.names()}, raw.path)
    except Missing as missing:
        print("  docker-compose: not measured: %s" % missing, flush=True)
        return
    for case, work, want in (
        ("created", compose.up, {"A=1": NUMBER}),
        ("unchanged", compose.up, {"A=1": NUMBER}),
        ("removed", compose.down, {}),
    ):
        one = work()
        raw.expect("docker-compose, " + case, want)
        table.note("  docker-compose, %s, above ours" % case, [one] * len(runs[case]), runs[case])


def peer(raw):
    """The peer's options for one container of its loop."""
    own = {"name": "{{ item }}", "image": raw.image, "command": COMMAND, "env": {"A": "1"}, "network_mode": "none"}
    own.update(labels={STAMP: "raw"}, stop_signal=STOP, docker_host="unix://%s" % raw.path, pull="never")
    return own


def counted(ansible, raw, given):
    """Prove the work through a counting door, untimed. Returns requests by case."""
    from contract.proxy import Proxy

    task = partial(ansible.task, "containers-counted", MODULE)
    seen = {}
    with Proxy(raw.path) as door:
        option = partial(given, url=door.url.replace("http://", "tcp://"))
        steps = (
            ("created", option(), True, {"A=1": NUMBER}),
            ("unchanged", option(), False, {"A=1": NUMBER}),
            ("one", option(first="2"), True, {"A=1": NUMBER - 1, "A=2": 1}),
            ("changed", option(first="2", label="theirs"), True, {"A=1": NUMBER - 1, "A=2": 1}),
            ("removed", option(state="absent"), True, {}),
        )
        for case, options_, changed, want in steps:
            door.clear()
            ansible.play(task(options_), changed)
            seen[case] = tally(door.seen)
            raw.expect(case, want)
    return seen


def options(provider, image, path, state=None, url=None, first="1", label="ours"):
    """The task's options. first: what the environment variable A is in the first container; it is 1 in the others."""
    rows = [row(number, image, first if number == 0 else "1", label) for number in range(NUMBER)]
    given = {"provider": provider, provider: {"url": url or "unix://%s" % path}, "containers": rows}
    if state:
        given["state"] = state
        given["containers"] = [{"name": one["name"]} for one in rows]
    return given


def row(number, image, value, label):
    """One container as the module takes it."""
    return {
        "name": "%s%02d" % (PREFIX, number),
        "image": image,
        "command": COMMAND,
        "env": {"A": value},
        "labels": {STAMP: label},
        "network_mode": "none",
        "stop_signal": STOP,
    }


class Raw:
    """The bare engine API at the socket `path`: a connection for each of eight threads."""

    def __init__(self, image, path):
        self.image, self.path, self.mine = image, path, local()

    def send(self, method, path, data=None, missing=False):
        """One request; returns the decoded answer. A 404 is fine when it may be `missing`."""
        link = getattr(self.mine, "link", None)
        if link is None:
            link = self.mine.link = Link(self.path)
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

    def replace(self):
        """Remove all and create them anew, which is the least that another label takes."""
        self.remove()
        self.create()

    def listed(self):
        """All of the benchmark's containers, by the engine's list."""
        self.mine.link = None  # Podman hangs up on a connection that was idle for a while
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

    def __init__(self, path):
        super().__init__("docker")
        self.path = path

    def connect(self):
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)
