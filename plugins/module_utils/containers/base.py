# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the drivers of engines behind the Docker Engine API have in common."""

from __future__ import annotations

import os

from ..clients.docker import DockerClient
from ..core.driver import Driver
from ..core.errors import Refused
from .resource import CONTAINER, unsettled
from .store import Containers
from .vet import Local, vet


def folder():
    """Where this user's systemd has its units."""
    return os.path.expanduser("~/.config/systemd/user") if os.geteuid() else "/etc/systemd/system"


def has_units():
    """Whether there are units of containers, whoever made them."""
    try:
        return any(name.startswith("container-") for name in os.listdir(folder()))
    except OSError:
        return False


class Engine(Driver):
    """Containers and images of one engine. CLIENT: the class of its connection."""

    REQUIRES = (("docker", "docker"),)
    WORKERS = Containers.WORKERS
    CLIENT = DockerClient

    def __init__(self, options, transport=None):
        super().__init__(options, transport)
        self.client = self.CLIENT(options, "provider %s" % self.NAME, transport)

    def needs(self, what):
        """Raise Refused where the engine has no such things, as CAPS says by `resource=<what>`."""
        reason = self.abilities().get("resource=" + what, True)
        if reason is not True:
            raise Refused("provider %s has no %ss: %s" % (self.NAME, what, reason))

    def resource(self):
        """CONTAINER, with what this engine changes in place and what takes a new container."""
        return CONTAINER

    def containers(self, names=None, also=(), owner=None, strategy=None, progress=None, watched=False):
        """The store of containers; see Containers, and Rolling where there is a strategy. watched: whether any of them
        is to have a unit. Raises Refused where that cannot be."""
        what = (self.client, names, also, owner)
        if watched or (self.client.is_local() and has_units()):
            from .units import Units, Watched, WatchedRolling  # most tasks have none

            units = Units(self.NAME, self.client.url)
            if watched:
                units.refuse(self.client.is_local())
            return Watched(units, *what) if strategy is None else WatchedRolling(units, *what, strategy, progress)
        if strategy is None:
            return Containers(*what)
        from .rolling import Rolling

        return Rolling(*what, strategy, progress)

    def inside(self):
        """The variables by which Ansible runs its modules in a container of this engine."""
        options, url = self.client.options, self.client.url
        if url.startswith("ssh:"):
            return self.beyond(url)
        done = {"ansible_connection": "community.docker.docker_api", "ansible_docker_docker_host": url}
        if options.get("tls") or options.get("tls_verify"):
            done.update(ansible_docker_tls=True, ansible_docker_validate_certs=bool(options.get("tls_verify")))
            names = (("ca_path", "ca"), ("client_cert", "cert"), ("client_key", "key"))
            folder = options.get("tls_folder")
            done.update(("ansible_docker_" + word, "%s/%s.pem" % (folder, name)) for word, name in names if folder)
        return done

    def beyond(self, url):
        """The same for an engine that is reached by SSH, which takes its command line."""
        return {"ansible_connection": "community.docker.docker", "ansible_docker_extra_args": "-H %s" % url}

    def images(self, names):
        """The store of the images of these names."""
        from .image_store import Images  # most tasks need none

        return Images(self.client, names)

    def with_images(self, task, rows):
        """The rows with the ids of their images, which are pulled where that is wanted. Raises Failure."""
        images = self.images(sorted({row["image"] for row in rows if row.get("image")}))
        current = list(images.read())
        ids = {row["name"]: row["id"] for row in current}
        if task.dry and task.params["pull"] == "never":  # an earlier task may still bring them
            wanted, missing = [], [name for name in images.names if name not in ids]
            for name in missing:
                task.warn("image %s: it is not on the engine yet" % name)
            ids.update(dict.fromkeys(missing, "not there yet"))
        else:
            wanted = images.wanted(current, task.params["pull"])
        if wanted:
            outcome = task.reconcile(images, images.resource(), wanted, current=current)
            ids.update({name: row.get("id") for name, row in outcome.rows.items()})
            if outcome.report is None:  # nobody knows yet what will come
                ids.update({change.key: "not pulled yet" for change in outcome.plan.changes})
        return [dict(row, image_id=ids[row["image"]]) if row.get("image") else row for row in rows]

    def store(self, kind, *args, **kwargs):
        """A store of things beside containers. kind: its class, which the module brings along, so that tasks about
        containers carry none of them; see `own`. Raises Refused where the engine has no such things."""
        self.needs(kind.THING)
        return self.own(kind)(self.client, *args, **kwargs)

    def own(self, kind):
        """The engine's own class in place of the store `kind`, where it has one."""
        return kind

    def complete(self, rows, current):
        """Put into the rows that are there what this engine does not tell of itself, in the light of the declared."""

    def numbered(self, rows, current, store):
        """The rows with a number for every port; raises Refused where none is to be had."""
        if not any(unsettled(row) for row in rows):
            return rows
        from .leases import numbered, own_address  # most tasks need none

        host = own_address if self.client.is_local() else self.client.host
        return numbered(rows, current, store.ports, Local(self.client), host)

    def vet(self, rows, current, store, gone, later=None):
        """Raise Refused for what cannot run on this engine as `store` has read it; see vet.py."""
        vet(self.client, rows, current, store.held, gone, later, store.pods)
