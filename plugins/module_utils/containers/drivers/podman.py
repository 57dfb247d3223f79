# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Podman, 4.3 and later, through its service's Docker-compatible API, with calls of its own where that falls short."""

from __future__ import annotations

from ..base import Engine
from ..podman.client import PodmanClient, podman_options
from ..resource import CONTAINER

UPDATES = (5, 4)  # the version from which a change of limits lasts
LIMITS = ("cpus", "memory", "pids_limit", "restart", "unit")


class Podman(Engine):
    """Containers and images of one Podman service, the system's or a user's."""

    NAME = "podman"
    TITLE = "Podman"
    LINK = "https://docs.podman.io/en/latest/markdown/podman-system-service.1.html"
    OPTIONS = podman_options("podman")
    CLIENT = PodmanClient
    CAPS = {
        "archive": "its API calls every file root's, whoever it belongs to",
        "log_options": "its API does not tell what they are, so that a change of them would not be seen",
        "resource=plugin": "those are the Docker engine's",
    }

    def resource(self):
        """Before 5.4 what is updated is forgotten at the next start, so that other limits take a new container."""
        return CONTAINER.taking(LIMITS) if self.client.call("release") < UPDATES else CONTAINER

    def images(self, names):
        """The store of the images of these names."""
        from ..podman.images import PodmanImages  # most tasks need none

        return PodmanImages(self.client, names)

    def own(self, kind):
        """Its own stores of volumes and of pods."""
        if kind.THING == "volume":
            from ..podman.volumes import PodmanVolumes

            return PodmanVolumes
        if kind.THING == "pod":
            from ..podman.pods import PodmanPods

            return PodmanPods
        return kind

    def complete(self, rows, current):
        """Addresses count as fixed where they are as declared: Podman tells which there are, and not whose choice."""
        there = {row["name"]: row for row in current if not row.get("_debris")}
        for row in rows:
            have = there.get(row["name"], {})
            wanted = {network["name"]: network for network in row.get("networks") or ()}
            if wanted and have.get("networks") and row["networks"] != have["networks"]:
                now = self.client.call("addresses", have["_id"])
                for network in have["networks"]:
                    _settle(network, wanted.get(network["name"]), now[network["name"]])

    def beyond(self, url):
        """Into a container of a service that is reached by SSH, by Podman's command line."""
        return {
            "ansible_connection": "containers.podman.podman",
            "ansible_podman_extra_args": "--remote --url %s" % url,
        }


def _settle(network, want, now):
    for part in ("address", "address_v6") if want else ():
        network[part] = want[part] if want[part] in ("", now[part]) or not now[part] else now[part]
