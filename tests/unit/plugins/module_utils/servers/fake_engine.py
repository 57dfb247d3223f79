# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Docker engine in memory, and it says so: a fake for what a real engine cannot be made to do at will.

It knows the calls that the lab makes, with the refusals of the real one (20.10.24) that matter: names that are taken,
addresses and ports in use, networks that are missing, overlap or are in use. Its caller can be made to die before or
after any write, and during a removal: what is being removed is then listed once more, as running as ever.
"""

from __future__ import annotations

import io
import ipaddress
import itertools
import json
import re
import tarfile
import threading


class Answer:
    """The part of an HTTP answer that errors carry."""

    def __init__(self, status, words, headers=None):
        self.status_code, self.text, self.reason, self.headers = status, words, "fake", headers or {}


class Refusal(Exception):
    """An error answer."""

    def __init__(self, status, words, headers=None):
        super().__init__(words)
        self.response, self.explanation = Answer(status, words, headers), words


class Killed(BaseException):
    """The process that called is gone."""


class FakeEngine:
    """Stands in for docker.APIClient.

    die_at: (number of the write, "before", "after" or "during") at which the caller dies.
    """

    def __init__(self):
        self.boxes, self.nets, self.files, self.specs = {}, {}, {}, {}
        self.calls, self.lock, self.numbers = [], threading.RLock(), itertools.count(1)
        self.writes, self.die_at, self.dead = 0, None, False
        self.going = set()
        self.tags, self.faults = ["debian-12", "debian-13"], {}
        self.cgroups, self.raises = "1", True  # the version that its host has; whether it may raise limits

    # what the SDK's client offers

    def containers(self, all=False, filters=None):
        self._note("containers")
        pattern = re.compile(filters["name"][0])
        found = [json.loads(json.dumps(box)) for box in self.boxes.values() if pattern.match(box["Names"][0])]
        while self.going and not self.dead:
            del self.boxes[self.going.pop()]
        return found

    def networks(self, filters=None):
        self._note("networks")
        nets = [dict(net) for net in self.nets.values()]
        for text in (filters or {}).get("label", ()):
            name, value = text.split("=")
            nets = [net for net in nets if net["Labels"].get(name) == value]
        return nets

    def images(self, name=None):
        self._note("images")
        return [{"Id": "sha256:" + tag, "RepoTags": ["%s:%s" % (name, tag)]} for tag in self.tags]

    def info(self):
        self._note("info")
        return {"OperatingSystem": "fake", "SecurityOptions": [], "CgroupVersion": self.cgroups}

    def inspect_container(self, box):
        self._note("inspect_container")
        found = self._box(box)
        state = {"Running": found["State"] == "running", "Health": {"Status": "healthy", "Log": []}}
        return {"State": state, "HostConfig": self.specs[box]["HostConfig"]}

    def create_network(self, name, driver, ipam, check_duplicate, labels):
        with self._write("create_network"):
            subnet = ipaddress.ip_network(ipam["Config"][0]["Subnet"])
            if any(net["Name"] == name for net in self.nets.values()):
                raise Refusal(409, "network with name %s already exists" % name)
            for net in self.nets.values():
                if subnet.overlaps(ipaddress.ip_network(net["IPAM"]["Config"][0]["Subnet"])):
                    raise Refusal(403, "Pool overlaps with other one on this address space")
            key = "net%d" % next(self.numbers)
            self.nets[key] = {"Id": key, "Name": name, "Labels": labels, "IPAM": ipam}

    def remove_network(self, net):
        with self._write("remove_network"):
            if net not in self.nets:
                raise Refusal(404, "network %s not found" % net)
            name = self.nets[net]["Name"]
            if any(box["State"] == "running" and name in _endpoints(box) for box in self.boxes.values()):
                raise Refusal(403, "error while removing network: network %s has active endpoints" % name)
            del self.nets[net]

    def create_container_from_config(self, config, name):
        with self._write("create_container"):
            if any(box["Names"] == ["/" + name] for box in self.boxes.values()):
                raise Refusal(409, 'Conflict. The container name "/%s" is already in use' % name)
            key = "box%d" % next(self.numbers)
            nets = (config.get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
            self.boxes[key] = {
                "Id": key,
                "Names": ["/" + name],
                "ImageID": "sha256:" + config["Image"],
                "Labels": config["Labels"],
                "State": "created",
                "Status": "Created",
                "Created": 1700000000,
                "Ports": [],
                "NetworkSettings": {"Networks": json.loads(json.dumps(nets))},
            }
            self.specs[key] = config
            return {"Id": key}

    def connect_container_to_network(self, box, net, ipv4_address):
        with self._write("connect"):
            self._network(net)
            _endpoints(self._box(box))[net] = {"IPAMConfig": {"IPv4Address": ipv4_address}}

    def put_archive(self, box, path, data):
        with self._write("put_archive"), tarfile.open(fileobj=io.BytesIO(data)) as archive:
            self.files[box] = {one.name: archive.extractfile(one).read() for one in archive.getmembers()}

    def get_archive(self, box, path):
        sink, content = io.BytesIO(), self.files[box][path.lstrip("/")]
        with tarfile.open(fileobj=sink, mode="w") as archive:
            entry = tarfile.TarInfo(path.rsplit("/", 1)[1])
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        return [sink.getvalue()], {}

    def start(self, box):
        with self._write("start"):
            found = self._box(box)
            if self.specs[box].get("HostConfig", {}).get("Ulimits") and not self.raises:
                raise Refusal(500, "runc create failed: error setting rlimit type 8: operation not permitted")
            mine = {
                self._network(net)["Name"]: one["IPAMConfig"]["IPv4Address"] for net, one in _endpoints(found).items()
            }
            for other in self.boxes.values():
                if other["State"] == "running" and other is not found:
                    for net, one in _endpoints(other).items():
                        if mine.get(net) == one["IPAMConfig"]["IPv4Address"]:
                            raise Refusal(403, "Address already in use")
            found.update(State="running", Status="Up 1 second (healthy)")

    def stop(self, box, timeout):
        with self._write("stop"):
            self._box(box).update(State="exited", Status="Exited (130)")

    def restart(self, box, timeout):
        with self._write("restart"):
            self._box(box).update(State="running", Status="Up 1 second (healthy)")

    def rename(self, box, name):
        with self._write("rename"):
            if any(other["Names"] == ["/" + name] for other in self.boxes.values()):
                raise Refusal(409, 'Conflict. The container name "/%s" is already in use' % name)
            self._box(box)["Names"] = ["/" + name]

    def remove_container(self, box, force, v):
        with self._write("remove"):
            self._box(box)
            if self.die_at == (self.writes, "during"):
                self.going.add(box)
                self.dead = True
                raise Killed
            del self.boxes[box]

    def update_container(self, box, **words):
        with self._write("update"):
            self.specs[box] = dict(self.specs[box], HostConfig=dict(self.specs[box]["HostConfig"], **words))

    # for the tests

    def names(self):
        """The names of all containers."""
        return sorted(box["Names"][0][1:] for box in self.boxes.values())

    def alive(self):
        """Let calls through again after a death."""
        self.dead, self.die_at, self.writes = False, None, 0

    def count(self, name):
        """How many calls of this name came."""
        return self.calls.count(name)

    def _note(self, name):
        if self.dead:
            raise Killed
        with self.lock:
            self.calls.append(name)
            fault = self.faults.get(name) or []
            if fault:
                raise fault.pop(0)

    def _write(self, name):
        return _Write(self, name)

    def _box(self, box):
        if box not in self.boxes:
            raise Refusal(404, "No such container: %s" % box)
        return self.boxes[box]

    def _network(self, name):
        found = [net for net in self.nets.values() if net["Name"] == name]
        if not found:
            raise Refusal(404, "network %s not found" % name)
        return found[0]


def _endpoints(box):
    return box["NetworkSettings"]["Networks"]


class _Write:
    """One change of the engine, one at a time; here a caller may die."""

    def __init__(self, engine, name):
        self.engine, self.name = engine, name

    def __enter__(self):
        self.engine.lock.acquire()
        try:
            self.engine._note(self.name)
            self._maybe_die("before")
        except BaseException:
            self.engine.lock.release()
            raise

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                self._maybe_die("after")
                self.engine.writes += 1
        finally:
            self.engine.lock.release()

    def _maybe_die(self, when):
        if self.engine.die_at == (self.engine.writes, when):
            self.engine.dead = True
            raise Killed
