# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""rkt 1.30, the last one, by its command line: pods as systemd units, for those who still run it."""

from __future__ import annotations

from ...core.driver import refuse
from ...core.errors import Failure, Refused
from ..base import Engine
from ..fields import EMPTY
from ..resource import CONTAINER
from ..rkt.client import FLAVOURS, OPTIONS, RktClient
from ..rkt.images import ALONE
from ..rkt.store import RktContainers
from ..rkt.words import SILENT, command, matters, refusals

NETWORKS = "its networks are files that an administrator writes; the role rackwright.platform.rkt does"
VOLUMES = "it has no volumes by name, only folders of the host"


class Rkt(Engine):
    """Containers as pods of their own or together in one, and images, on the host that the module runs on."""

    NAME = "rkt"
    TITLE = "rkt"
    LINK = "https://github.com/rkt/rkt"
    REQUIRES = ()
    OPTIONS = OPTIONS
    CLIENT = RktClient
    CAPS = {
        "archive": VOLUMES,
        "push": "it sends no images anywhere",
        "platform": "it runs the images of its own architecture",
        "resource=plugin": "those are the Docker engine's",
        "unit": "a pod is a unit of systemd anyway",
        "prune": "its images bear no owner",
        "resource=network": NETWORKS,
        "resource=volume": VOLUMES,
        "strategy": "there is one pod for a container, and its unit, so that two cannot stand beside each other",
        "devices": "it has no option for them",
        "healthcheck": "it has no health checks",
        "init": "the pod's systemd does that; stage1-fly has none",
        "log_driver": "what a pod writes goes to the journal",
        "log_options": "what a pod writes goes to the journal",
        "privileged": "it has no such switch; add the capabilities that are needed by cap_add",
        "security_opts": "it has filters of another kind, and takes none of these words",
        "shm_size": "it has no option for it",
        "sysctls": "it has no option for them",
        "ulimits": "it has no option for them",
        "pull=always": ALONE,
        "source=build": "it builds no images; build an ACI elsewhere and load it",
        "source=import": "it takes images as ACI only; make one of the file system and load it",
        "digest": "it knows images by the hash of their ACI, which is no registry's",
        "tags": "an image has the one name that its manifest gives",
    }

    def resource(self):
        """Limits and the restart policy are the unit's and change in place; a pod never changes its networks."""
        return CONTAINER.taking(("networks",))

    def refuse(self, resource, rows):
        """What is declared as none is never refused."""
        if resource.name == "pod":
            self._refuse_pods(rows)
        meant = [
            {name: value for name, value in row.items() if name not in EMPTY or value != EMPTY[name]} for row in rows
        ]
        refuse(self.NAME, self.abilities(), resource, meant)
        bridged = [row for row in rows if row.get("network_mode") == "bridge" and self.client.flavour(row) == "fly"]
        if bridged:
            text = "container %s: provider rkt cannot do network_mode bridge: %s"
            raise Refused([text % (row["name"], SILENT) for row in bridged])

    def _refuse_pods(self, rows):
        from ..rkt.pods import refusals

        text = "pod %s: provider rkt cannot do %s: %s"
        problems = [text % (row["name"], field, reason) for row in rows for field, reason in refusals(row)]
        if problems:
            raise Refused(problems)

    def vet(self, rows, current, store, gone, later=None):
        """Also what a pod's stage1 flavour would silently ignore, and what its image, once there, does not allow."""
        there = {row["name"]: row for row in current if not row.get("_debris")}
        images = self.images(sorted({row["image"] for row in rows if row.get("image")}))
        ids = {image["name"]: image["id"] for image in images.read()} if images.names else {}
        problems, wholes = [], {}
        for row in rows:
            whole = dict(EMPTY, **dict(there.get(row["name"], {}), **row))
            whole["image_id"] = ids.get(row.get("image"), whole.get("image_id") if not row.get("image") else None)
            wholes[row["name"]] = dict(whole, state=row.get("state"))
            problems += [(row["name"], text) for text in self._against(whole)]
        problems += store.against(wholes, there, gone, self.client.flavour)
        problems = ["container %s: provider rkt cannot do %s" % one for one in problems]
        if problems:
            raise Refused(problems)
        super().vet(rows, current, store, gone, later)

    def _against(self, row):
        """What stands against a whole row, as texts."""
        flavour = self.client.flavour(row) if matters(row) else FLAVOURS[0]
        done = ["%s: %s" % pair for pair in refusals(row, flavour)]
        if not done and row["image_id"] and (row["ports"] or flavour == "fly"):
            try:
                command(row["name"], row, self.client.manifest(row["image_id"]), flavour, "")
            except Failure as failure:
                done.append("this: %s" % failure)
        return done

    def containers(self, names=None, also=(), owner=None, strategy=None, progress=None, _watched=False):
        """The store of containers."""
        if strategy is not None:
            raise Refused("provider rkt cannot do strategy: %s; leave it out" % self.CAPS["strategy"])
        return RktContainers(self.client, names, also, owner)

    def images(self, names):
        """The store of the images of these names."""
        from ..rkt.images import RktImages

        return RktImages(self.client, names)

    def own(self, kind):
        """Its own way to run commands."""
        if kind.THING == "pod":
            from ..rkt.pods import RktPods

            return RktPods
        if kind.THING != "command":
            return kind
        from ..rkt.commands import RktCommands

        return RktCommands

    def inside(self):
        """The variables by which Ansible runs its modules in a pod of this host."""
        options = self.client.options
        given = {"command": "ansible_rkt_command", "data": "ansible_rkt_data"}
        done = {variable: options[name] for name, variable in given.items() if options.get(name)}
        return dict(done, ansible_connection="rackwright.platform.rkt")
