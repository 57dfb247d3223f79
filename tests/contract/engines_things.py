# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's providers of things beside containers on a real Docker engine."""

from __future__ import annotations

import copy

from contract.engines import ContainersOnDocker, OnDocker, OnPodman, docker_url
from contract.modules import run
from contract.names import RUN
from contract.provider import OWNER, Meddler
from contract.proxy import Proxy


def subnet(index):
    """A small subnet of this run's own; index: 0 to 15."""
    place = int(RUN, 16) % 2**14
    return "10.%d.%d.%d/28" % (192 + place // 256, place % 256, 16 * index)


class ThingsOnDocker(OnDocker):
    """What is common. OPTION: the module's option that holds the rows. WRITE: the path of the call that makes one."""

    ENGINE = "docker"
    OPTION = WRITE = ""
    SCENES = {"create": "create", "replace": "replace", "delete": "delete"}  # nothing of them changes in place
    PREFIX = "rackwright-contract%s-" % RUN
    MARK = MINE = "rackwright.test=%s" % PREFIX
    LABELS = dict([MARK.split("=")])

    door = ContainersOnDocker.door

    def args(self, url, rows, **more):
        """A task of the module."""
        task = {"provider": self.ENGINE, self.ENGINE: {"url": docker_url(url), "timeout": 20}, "owner": OWNER}
        return dict(task, **{self.OPTION: copy.deepcopy(list(rows))}, **more)

    def removal(self, url, rows):
        """The same with state absent."""
        return self.MODULE, self.args(url, [{"name": row["name"]} for row in rows], state="absent")

    def strangers(self):
        """One that nobody of ours has made, and one of another owner."""
        self.hold(self.PREFIX + "stranger")
        other = dict(self.COMMON, name=self.PREFIX + "other")
        with Proxy(self.upstream) as door:
            run(self.MODULE, dict(self.args(door.url, [other]), owner="other"))
        return {self.PREFIX + "stranger", self.PREFIX + "other"}

    def notes(self):
        """What replacements keep in mind."""
        found = self.engine.volumes({"label": "org.rackwright.note"})["Volumes"] or []
        return [volume["Name"] for volume in found if volume["Name"].startswith(self.PREFIX)]

    def meddler(self):
        """Somebody takes the second one's name."""
        name = self.PREFIX + "two"
        return Meddler(
            "POST",
            self.WRITE,
            label=name,
            key=name,
            words="already",
            begin=lambda: self.hold(name),
            end=lambda: self.drop(name),
        )


class NetworksOnDocker(ThingsOnDocker):
    """Networks."""

    NAME, MODULE, OPTION = "docker-network", "container_network", "networks"
    WRITE = "/networks/create"
    COMMON = {"labels": ThingsOnDocker.LABELS}
    ROWS = (
        dict(COMMON, name=ThingsOnDocker.PREFIX + "one", subnets=[{"subnet": subnet(0)}]),
        dict(COMMON, name=ThingsOnDocker.PREFIX + "two", subnets=[{"subnet": subnet(1)}]),
    )
    REPLACED = (dict(ROWS[0], internal=True), *ROWS[1:])

    def fresh(self):
        """No network and no note of ours."""
        for answer in self._ours():
            self.engine.remove_network(answer["Id"])
        for name in self.notes():
            self.engine.remove_volume(name)

    def hold(self, name, image=None):
        """Somebody else's network, with a mark by which it is found."""
        self.engine.create_network(name, labels=self.LABELS)

    def drop(self, name):
        """He takes it away."""
        self.engine.remove_network(name)

    def _ours(self):
        return self.engine.networks(filters={"label": self.MARK})

    def truth(self):
        """Networks by name: subnets where they were given, whether internal."""
        return {one["Name"]: ([c["Subnet"] for c in one["IPAM"]["Config"]], one["Internal"]) for one in self._ours()}

    def facts(self, rows):
        """The same of declared rows."""
        return {row["name"]: ([one["subnet"] for one in row["subnets"]], bool(row.get("internal"))) for row in rows}

    def litter(self):
        """Notes."""
        return self.notes()


class VolumesOnDocker(ThingsOnDocker):
    """Volumes."""

    NAME, MODULE, OPTION = "docker-volume", "container_volume", "volumes"
    WRITE = "/volumes/create"
    COMMON = {"labels": ThingsOnDocker.LABELS}
    ROWS = (
        dict(COMMON, name=ThingsOnDocker.PREFIX + "one"),
        dict(COMMON, name=ThingsOnDocker.PREFIX + "two", tmpfs={"size": "16M"}),
    )
    REPLACED = (dict(ROWS[0], tmpfs={"size": "32M"}), *ROWS[1:])

    def fresh(self):
        """No volume of ours."""
        for volume in self._ours():
            self.engine.remove_volume(volume["Name"])

    def hold(self, name, image=None):
        """Somebody else's volume, with a mark by which it is found."""
        self.engine.create_volume(name, labels=self.LABELS)

    def drop(self, name):
        """He takes it away."""
        self.engine.remove_volume(name)

    def _ours(self):
        return self.engine.volumes({"label": self.MARK})["Volumes"] or []

    def truth(self):
        """Volumes by name: their mount options."""
        return {one["Name"]: (one["Options"] or {}).get("o") for one in self._ours()}

    def facts(self, rows):
        """The same of declared rows."""
        return {row["name"]: "size=" + row["tmpfs"]["size"] if "tmpfs" in row else None for row in rows}


class NetworksOnPodman(OnPodman, NetworksOnDocker):
    """The same on a real Podman."""

    NAME, ENGINE = "podman-network", "podman"


class VolumesOnPodman(OnPodman, VolumesOnDocker):
    """The same on a real Podman, with volumes of a share in place of memory, which needs Podman 5."""

    NAME, ENGINE = "podman-volume", "podman"
    SHARE = {"server": "192.0.2.1", "path": "/srv"}
    ROWS = (VolumesOnDocker.ROWS[0], dict(VolumesOnDocker.COMMON, name=ThingsOnDocker.PREFIX + "two", nfs=SHARE))
    REPLACED = (dict(ROWS[0], nfs=SHARE), ROWS[1])

    def facts(self, rows):
        """The same of declared rows."""
        return {row["name"]: "addr=" + row["nfs"]["server"] if "nfs" in row else None for row in rows}
