# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's providers behind a Docker engine: lab servers and containers."""

from __future__ import annotations

import copy
import tempfile
from urllib.parse import urlsplit

import docker
from contract.modules import run
from contract.names import RUN, sweep
from contract.provider import OWNER, Meddler, Provider
from contract.proxy import Proxy
from contract.tiny import lab_images
from integration.busybox import NAME as BUSYBOX
from integration.busybox import busybox
from integration.podman import Podman

SOCKET = "/var/run/docker.sock"


def docker_url(url):
    """A proxy's address as Docker spells it."""
    if url.startswith("unix:"):
        return url
    return "tcp://%s" % urlsplit(url).netloc


class OnDocker(Provider):
    """What is common to providers behind a Docker engine. MARK: the label of all that is ours, as
    name=value. MINE: the one that the suite puts on what it makes itself."""

    MARK = MINE = ""

    def start(self):
        """Use the engine that answers."""
        self.engine = docker.APIClient(version="auto")
        path = urlsplit(self.engine.base_url)
        self.upstream = SOCKET if path.scheme == "http+docker" else (path.hostname, path.port)
        self.volumes = set()
        sweep(self.engine)

    def stop(self):
        """Let go of it."""
        self.engine.close()

    def many(self):
        """Nothing to page."""
        return "the engine's list has no pages; 200 rows in one call are measured by tests/bench"

    def ours(self):
        """The engine's list of our containers; their volumes are remembered."""
        found = self.engine.containers(all=True, filters={"label": self.MARK})
        self.volumes |= {mount["Name"] for item in found for mount in item["Mounts"] if mount["Type"] == "volume"}
        return found

    def fresh(self):
        """Remove our containers, their volumes and networks."""
        for item in self.ours():
            self.engine.remove_container(item["Id"], force=True, v=True)
        for network in self.engine.networks(filters={"label": self.MARK}):
            self.engine.remove_network(network["Id"])

    def lost_volumes(self):
        """Volumes of containers of ours that are gone."""
        used = {mount["Name"] for item in self.ours() for mount in item["Mounts"] if mount["Type"] == "volume"}
        there = {volume["Name"] for volume in self.engine.volumes()["Volumes"] or []}
        return sorted((self.volumes - used) & there)

    def hold(self, name, image):
        """Somebody else's container of that name, never started."""
        self.engine.create_container(image, ["true"], name=name, labels=dict([self.MINE.split("=")]))


def name_of(item):
    """A container's name in the engine's list."""
    return item["Names"][0][1:]


class ServersOnLab(OnDocker):
    """Servers of a lab on the real engine, from images that are ready at once."""

    NAME, MODULE, SLOW = "lab", "server", True
    LAB, IMAGES = "contract" + RUN, "rackwright-contract%s/lab" % RUN
    MINE = "rackwright.test=%s" % LAB
    MARK = "org.rackwright.lab=" + LAB
    COMMON = {"facility": "ams1", "plan": "lab.small", "image": "debian-12"}
    ROWS = (dict(COMMON, name="one", tags={"role": "web"}), dict(COMMON, name="two"))
    CHANGED = (dict(ROWS[0], tags={"role": "db"}, plan="lab.medium"), ROWS[1])
    REPLACED = (dict(ROWS[0], image="debian-13"), ROWS[1])
    MEMORY = {"lab.small": 2**30, "lab.medium": 2**31}

    def start(self):
        """Make the images."""
        super().start()
        self.images = lab_images(self.engine, self.IMAGES)
        self.images.__enter__()

    def stop(self):
        """Take the images away."""
        self.images.__exit__(None, None, None)
        super().stop()

    def args(self, url, rows, **more):
        """A task of server."""
        lab = {"name": self.LAB, "images": self.IMAGES, "url": docker_url(url), "access": "address", "timeout": 20}
        task = {"provider": "lab", "lab": lab, "owner": OWNER, "wait": False}
        return dict(task, servers=copy.deepcopy(list(rows)), **more)

    def removal(self, url, rows):
        """The same with state absent."""
        return self.MODULE, self.args(url, [{"name": row["name"]} for row in rows], state="absent")

    def fleet(self, number):
        """Servers in two facilities."""
        return [dict(self.COMMON, name="s%02d" % i, facility=("ams1", "ewr1")[i % 2]) for i in range(number)]

    def strangers(self):
        """A container that has a server's name and is none, and a server of another owner."""
        self.hold("%s-stranger" % self.LAB, self.IMAGES + ":debian-12")
        with Proxy(self.upstream) as door:
            run("server", dict(self.args(door.url, [dict(self.COMMON, name="other")]), owner="other"))
        return {"stranger", "other"}

    def fresh(self):
        """Also the stranger."""
        super().fresh()
        for item in self.engine.containers(all=True, filters={"name": "^/%s-" % self.LAB}):
            self.engine.remove_container(item["Id"], force=True)

    def truth(self):
        """Containers of the lab by the name of their server: image, whether it runs, memory, networks."""
        self.ours()
        items = self.engine.containers(all=True, filters={"name": "^/%s-" % self.LAB})
        return {
            name_of(item)[len(self.LAB) + 1 :]: self._facts(item) for item in items if ".note." not in name_of(item)
        }

    def _facts(self, item):
        memory = self.engine.inspect_container(item["Id"])["HostConfig"]["Memory"]
        networks = {net: end["NetworkID"] != "" for net, end in item["NetworkSettings"]["Networks"].items()}
        return item["Image"], item["State"], memory, sorted(networks)

    def facts(self, rows):
        """The same of declared rows."""
        return {
            row["name"]: (
                "%s:%s" % (self.IMAGES, row["image"]),
                "running",
                self.MEMORY[row["plan"]],
                ["%s-backbone" % self.LAB, "%s-facility-%s" % (self.LAB, row["facility"])],
            )
            for row in rows
        }

    def meddler(self):
        """A container that takes the second server's name."""
        name = "%s-two" % self.LAB
        return Meddler(
            "POST",
            "/containers/create.name=" + name,
            label="two",
            key="two",
            words="somebody else",
            begin=lambda: self.hold(name, self.IMAGES + ":debian-12"),
            end=lambda: self.engine.remove_container(name, force=True),
        )

    def litter(self):
        """Notes that no server needs, networks without a server, volumes without a container."""
        items = self.ours()
        notes = [item["Labels"]["org.rackwright.lab.note"] for item in items if ".note." in name_of(item)]
        there = {item["Id"] for item in items}
        used = {net for item in items for net in item["NetworkSettings"]["Networks"]}
        empty = [n["Name"] for n in self.engine.networks(filters={"label": self.MARK}) if n["Name"] not in used]
        extra = [note for note in notes if note not in there or notes.count(note) > 1]
        return extra + empty + self.lost_volumes()


class ContainersOnDocker(OnDocker):
    """Containers of a small image on the real engine."""

    NAME, MODULE = "docker", "container"
    PREFIX = "rackwright-contract%s-" % RUN
    MARK = MINE = "rackwright.test=%s" % PREFIX
    COMMON = {
        "image": BUSYBOX,
        "command": ["sleep", "3600"],
        "stop_signal": "SIGKILL",
        "labels": dict([MARK.split("=")]),
    }
    ONE = dict(COMMON, name=PREFIX + "one", env={"WORD": "one"}, memory="64M")
    TWO = dict(COMMON, name=PREFIX + "two", env={"WORD": "two"}, memory="64M")
    ROWS = (ONE, dict(TWO, network_mode="none"))  # a network is a third of the engine's work
    CHANGED = (dict(ROWS[0], memory="96M"), dict(ROWS[1], restart="on-failure:3"))
    OTHER = dict(COMMON["labels"], word="new")  # what only tells of a container has a way of its own
    REPLACED = (dict(ROWS[0], env={"WORD": "uno"}), dict(ROWS[1], labels=OTHER))

    def start(self):
        """Make the image."""
        super().start()
        busybox()

    def door(self):
        """At a Unix socket, where most engines are; the lab's is at a port."""
        return Proxy(self.upstream, at=tempfile.mktemp(prefix="rackwright-door-"))

    def args(self, url, rows, **more):
        """A task of container."""
        connection = {self.NAME: {"url": docker_url(url), "timeout": 20}}
        task = dict(connection, provider=self.NAME, owner=OWNER, wait=False, pull="never")
        return dict(task, containers=copy.deepcopy(list(rows)), **more)

    def removal(self, url, rows):
        """The same with state absent."""
        return self.MODULE, self.args(url, [{"name": row["name"]} for row in rows], state="absent")

    def strangers(self):
        """A container that nobody of ours has made, and one of another owner."""
        names = {self.PREFIX + "stranger", self.PREFIX + "other"}
        self.hold(self.PREFIX + "stranger", BUSYBOX)
        with Proxy(self.upstream) as door:
            run("container", dict(self.args(door.url, [dict(self.COMMON, name=self.PREFIX + "other")]), owner="other"))
        return names

    def truth(self):
        """Containers by name: image, state, a variable, a label, memory, restart policy."""
        return {name_of(item): self._facts(self.engine.inspect_container(item["Id"])) for item in self.ours()}

    @staticmethod
    def _facts(seen):
        env = dict(entry.split("=", 1) for entry in seen["Config"]["Env"] or ())
        policy = seen["HostConfig"]["RestartPolicy"]
        return (
            seen["Config"]["Image"],
            seen["State"]["Status"],
            env.get("WORD"),
            seen["Config"]["Labels"].get("word"),
            seen["HostConfig"]["Memory"] >> 20,
            (policy["Name"] or "no", policy["MaximumRetryCount"]),
        )

    def facts(self, rows):
        """The same of declared rows."""
        policies = {None: ("no", 0), "on-failure:3": ("on-failure", 3)}
        return {
            row["name"]: (
                BUSYBOX,
                "running",
                row["env"]["WORD"],
                row["labels"].get("word"),
                int(row["memory"][:-1]),
                policies[row.get("restart")],
            )
            for row in rows
        }

    def meddler(self):
        """A container that takes the second one's name."""
        name = self.PREFIX + "two"
        return Meddler(
            "POST",
            "/containers/create.name=" + name,
            label=name,
            key=name,
            words="in use",
            begin=lambda: self.hold(name, BUSYBOX),
            end=lambda: self.engine.remove_container(name, force=True),
        )

    def litter(self):
        """Leftovers of replacements, volumes without a container."""
        left = [name_of(item) for item in self.ours() if ".rackwright-" in name_of(item)]
        return left + self.lost_volumes()


class OnPodman:
    """What is common on a real Podman, of a host of our own."""

    def start(self):
        """Start the host."""
        self.host, self.volumes = Podman().__enter__(), set()
        self.upstream, self.engine = self.host.socket, self.host.service()

    def stop(self):
        """Take the host away."""
        super().stop()
        self.host.__exit__()


class ContainersOnPodman(OnPodman, ContainersOnDocker):
    """The same on a real Podman, which changes networks in place, and limits by a new container."""

    NAME, SLOW = "podman", True
    FRONT, BACK = ({"name": ContainersOnDocker.PREFIX + name} for name in ("front", "back"))
    ONE, TWO = ContainersOnDocker.ONE, ContainersOnDocker.TWO
    ROWS = (dict(ONE, networks=[FRONT]), dict(TWO, networks=[FRONT]))
    CHANGED = (dict(ONE, networks=[FRONT, BACK]), dict(TWO, networks=[BACK]))
    REPLACED = (
        dict(ROWS[0], env={"WORD": "uno"}, memory="96M", restart="on-failure:3"),
        dict(ROWS[1], labels=ContainersOnDocker.OTHER),
    )

    def start(self):
        """Make the networks."""
        super().start()
        for network in (self.FRONT, self.BACK):
            self.engine.create_network(network["name"])

    def _facts(self, seen):
        image, *rest = super()._facts(seen)
        return (image[len("localhost/") :], *rest, sorted(seen["NetworkSettings"]["Networks"]))

    def facts(self, rows):
        """With the networks."""
        nets = {row["name"]: sorted(network["name"] for network in row["networks"]) for row in rows}
        return {name: (*facts, nets[name]) for name, facts in super().facts(rows).items()}
