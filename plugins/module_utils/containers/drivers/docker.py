# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker Engine, 20.10 and later, by the docker SDK."""

from __future__ import annotations

from ...clients.docker import docker_options
from ..base import Engine


class Docker(Engine):
    """Containers and images of a Docker engine, here or anywhere it can be reached."""

    NAME = "docker"
    TITLE = "Docker Engine"
    LINK = "https://docs.docker.com/engine/"
    OPTIONS = docker_options("docker")
    CAPS = {
        "share=uts": "its containers cannot be given another one's host name to share",
        "dns_mode=none": "it mounts a resolv.conf into every container; say host, or declare dns_servers",
    }
