# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of containers share: the real engine, a namespace of their own in it, and hands to meddle with."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal

import docker
import docker.errors
import pytest
from contract.modules import Forge, run
from contract.proxy import Proxy
from forge import kept
from integration.busybox import busybox

PREFIX = "rackwright-test-%d-" % os.getpid()
SOCKET = "/var/run/docker.sock"
SLEEP = ["sleep", "3600"]


class Site:
    """Containers whose names begin with PREFIX, on the real engine."""

    PROVIDER = "docker"

    def __init__(self, engine=None, socket=SOCKET):
        self.engine = engine or docker.APIClient(version="auto")
        self.image = busybox()
        self.door = Proxy(socket)
        self.url = self.door.url.replace("http://", "tcp://")

    def row(self, name="web", **more):
        """A declared container that ends at once when it is asked to."""
        return dict({"name": PREFIX + name, "image": self.image, "command": SLEEP, "stop_timeout": 0}, **more)

    def args(self, *rows, **more):
        """The options of a task."""
        return dict({"provider": self.PROVIDER, "containers": list(rows), "pull": "never"}, **more)

    def task(self, *rows, check=False, fails=False, **more):
        """Run the module `container`."""
        return run("container", self.args(*rows, **more), check=check, diff=True, fails=fails)

    def made(self, *rows, **more):
        """Run it, and again in order to see that nothing is left to do; returns the first result."""
        result = self.task(*rows, **more)
        again = self.task(*rows, **more)
        assert not again["changed"], again["diff"]
        return result

    def killed(self, before, row, **more):
        """Make a container as `before`, then as `row` by a run that is killed at each of its writes in turn, which is
        carried out; the next run must end as declared. Returns how many writes there were."""
        for index in itertools.count():
            self.task(before)
            self.door.clear()
            args = self.args(row, **{self.PROVIDER: {"url": self.url}}, **more)
            ended = kept(Forge, "container").killed(self.door, args, method="POST|DELETE", after=index)
            self.door.drain()
            self.door.clear()
            self.made(row, **more)
            assert self.names() == ["web"] and self.seen()["State"]["Running"], index
            if ended != -signal.SIGKILL:
                return index

    def seen(self, name="web"):
        """The engine's own view of a container, or None."""
        try:
            return self.engine.inspect_container(PREFIX + name)
        except docker.errors.NotFound:
            return None

    def names(self):
        """The names of all of ours, without the prefix."""
        return sorted(item["Names"][0][1 + len(PREFIX) :] for item in self.ours())

    def ours(self):
        """The engine's list of what bears our prefix."""
        return self.engine.containers(all=True, filters={"name": "^/?" + PREFIX})

    def hold(self, name="web", start=False, **more):
        """Somebody else's container."""
        made = self.engine.create_container(self.image, SLEEP, name=PREFIX + name, **more)
        if start:
            self.engine.start(made["Id"])
        return made["Id"]

    def again(self, name="web", change=None):
        """Make a container of ours again by hand: the same, but for what `change` does to it."""
        seen = self.seen(name)
        body = dict(seen["Config"], HostConfig=seen["HostConfig"])
        networks = seen["NetworkSettings"]["Networks"]
        body["NetworkingConfig"] = {"EndpointsConfig": dict(list(networks.items())[:1])}
        change(body)
        self.engine.remove_container(seen["Id"], force=True)
        self.engine.start(self.engine.create_container_from_config(body, PREFIX + name)["Id"])

    def clean(self):
        """Remove what bears our prefix."""
        for item in self.ours():
            with contextlib.suppress(docker.errors.NotFound):
                self.engine.remove_container(item["Id"], force=True, v=True)
        for network in self.engine.networks():
            if network["Name"].startswith(PREFIX):
                self.engine.remove_network(network["Id"])
        for volume in self.engine.volumes()["Volumes"] or ():
            if volume["Name"].startswith(PREFIX):
                self.engine.remove_volume(volume["Name"])
        for image in self.engine.images():
            for tag in image["RepoTags"] or ():
                if PREFIX in tag:
                    self.engine.remove_image(tag, force=True)
            mine = PREFIX in (image["Labels"] or {}).get("org.rackwright.image", "")
            if mine and set(image["RepoTags"] or ()) <= {"<none>:<none>"}:
                self.engine.remove_image(image["Id"])  # another one has its name by now
        self.door.clear()


@contextlib.contextmanager
def here():
    """The site of this machine's engine, with nothing of ours afterwards."""
    found = Site()
    yield found
    found.clean()
    found.door.close()


def fixtures(begun=here):
    """Two fixtures for a file of tests: `engine`, its site, and `site`, the same swept clean before each test.

    begun: a context manager that gives the site.
    """

    @pytest.fixture(scope="module")
    def engine():
        with begun() as found:
            yield found

    @pytest.fixture
    def site(engine):
        engine.clean()
        return engine

    return engine, site
