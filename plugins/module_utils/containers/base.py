# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the drivers of engines behind the Docker Engine API have in common."""

from __future__ import annotations

from ..clients.docker import DockerClient
from ..core.driver import Driver
from .resource import CONTAINER, unsettled
from .store import Containers
from .vet import Local, vet


class Engine(Driver):
    """Containers and images of one engine. CLIENT: the class of its connection."""

    REQUIRES = (("docker", "docker"),)
    WORKERS = Containers.WORKERS
    CLIENT = DockerClient

    def __init__(self, options, transport=None):
        super().__init__(options, transport)
        self.client = self.CLIENT(options, "provider %s" % self.NAME, transport)

    def resource(self):
        """CONTAINER, with what this engine changes in place and what takes a new container."""
        return CONTAINER

    def containers(self, names=None, also=(), owner=None, strategy=None, progress=None):
        """The store of containers; see Containers, and Rolling where there is a strategy."""
        if strategy is None:
            return Containers(self.client, names, also, owner)
        from .rolling import Rolling  # most tasks have none

        return Rolling(self.client, names, also, owner, strategy, progress)

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

    def networks(self, owner=None, members=False):
        """The store of networks; see Networks."""
        from .network_store import Networks

        return Networks(self.client, owner, members)

    def complete(self, rows, current):
        """Put into the rows that are there what this engine does not tell of itself, in the light of the declared."""

    def volumes(self, owner=None, members=False):
        """The store of volumes; see Volumes."""
        from .volume_store import Volumes

        return Volumes(self.client, owner, members)

    def archives(self, rows, image, state, force=False, helpers=True):
        """The store of archives of volumes; see Archives."""
        from .archive import ARCHIVE
        from .archive_store import Archives

        self.refuse(ARCHIVE, [dict(row, archive=True) for row in rows])
        return Archives(self.client, rows, image, state, force, helpers)

    def commands(self, rows, timeout):
        """The store of commands in containers; see Commands."""
        from .command_store import Commands

        return Commands(self.client, rows, timeout)

    def numbered(self, rows, current, store):
        """The rows with a number for every port; raises Refused where none is to be had."""
        if not any(unsettled(row) for row in rows):
            return rows
        from .leases import numbered, own_address  # most tasks need none

        host = own_address if self.client.is_local() else self.client.host
        return numbered(rows, current, store.ports, Local(self.client), host)

    def vet(self, rows, current, held, gone, later=None):
        """Raise Refused for what cannot run on this engine as it is now; see vet.py."""
        vet(self.client, rows, current, held, gone, later)
