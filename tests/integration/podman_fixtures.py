# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of containers on Podman share: a real one of their own, and hands to meddle with."""

from __future__ import annotations

import contextlib
import json

import docker.errors
from contract.modules import run
from integration.containers_fixtures import PREFIX, Site
from integration.podman import Podman


class PodmanSite(Site):
    """The same on a Podman, through a door that remembers what was sent."""

    PROVIDER = "podman"

    def __init__(self, machine):
        super().__init__(machine.service(), machine.socket)
        self.machine = machine

    def args(self, *rows, **more):
        """The options of a task."""
        return super().args(*rows, **dict({"podman": {"url": self.url}}, **more))

    def images(self, *images, check=False, fails=False, **more):
        """Run the module `container_image`."""
        args = dict({"provider": "podman", "podman": {"url": self.url}, "images": list(images)}, **more)
        return run("container_image", args, check=check, diff=True, fails=fails)

    def again(self, name="web", change=None):
        """Make a container of ours again by hand: as it was asked for, but for what `change` does to it."""
        path = "/containers/create?name=%s%s" % (PREFIX, name)
        body = next(json.loads(seen.body) for seen in reversed(self.door.seen) if path in seen.path)
        change(body)
        self.engine.remove_container(PREFIX + name, force=True)
        self.engine.start(self.engine.create_container_from_config(body, PREFIX + name)["Id"])

    def look(self, name):
        """The engine's own view of an image, or None."""
        try:
            return self.engine.inspect_image(name)
        except docker.errors.ImageNotFound:
            return None


@contextlib.contextmanager
def own():
    """A site with a Podman of its own, which goes with all that is in it."""
    with Podman() as machine:
        found = PodmanSite(machine)
        yield found
        found.door.close()
