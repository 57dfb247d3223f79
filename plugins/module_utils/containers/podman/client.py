# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection to Podman's service, which speaks the Docker Engine API with words of its own."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

from ...clients.docker import DockerClient, docker_options
from ...core.errors import Conflict, Unreachable
from . import words
from .spoken import Near, Whole

ROOT = "/run/podman/podman.sock"
TAKEN = ("already in use by", "already used", "already exists")  # others answer 409, Podman 500
URL = (
    "Where Podman's service listens: C(unix:///path), C(tcp://host:port), or C(ssh://user@host/path/of/the/socket), "
    "which is reached by the program C(ssh); without a path it is the system's socket there.",
    "By default the local service's socket, a user's own before the system's; where nothing listens and the program",
    "C(podman) is there, the module runs a service of its own for as long as it takes.",
)


def podman_options(provider):
    """The fields of a connection to Podman for the provider of this name."""
    done = []
    for field in docker_options(provider):
        env = tuple(name for name in field.env if not name.startswith("DOCKER_"))
        more = {"env": env + ("CONTAINER_HOST",), "help": URL} if field.name == "url" else {"env": env}
        done.append(replace(field, **more))
    return tuple(done)


class PodmanClient(DockerClient):
    """One service of Podman; the same as DockerClient, and it understands Docker's words."""

    DIRECT = Near
    RENAMES = False
    VERSION = "1.41"  # spoken by Podman 4 and 5, which take long to say so

    def __init__(self, options, title="Podman", transport=None):
        url = options.get("url") or "unix://" + (_socket() or _service(options, title, transport))
        super().__init__(dict(options, url=url), title, transport and Whole(transport))

    def post(self, path, data):
        """A write for which the SDK has no method."""
        if path.endswith("/update"):
            return super().post(path, words.limits(data))
        answer = super().post(path, data)
        if path == "/volumes/create":
            return words.volume(answer)
        return self.call("inspect_network", data["Name"]) if path == "/networks/create" else answer

    def _connect(self):
        return Whole(super()._connect())

    def _where(self):
        if not self.url.startswith("ssh:"):
            return self.url
        from .tunnel import Tunnel  # most tasks need none

        return "unix://" + Tunnel(self.url, ROOT, self.options.get("timeout") or 60, self.title).path

    def _answered(self, error, response, status, doing, write):
        failure = super()._answered(error, response, status, doing, write)
        if write and status == 500 and any(mark in str(failure) for mark in TAKEN):
            return Conflict(str(failure))
        return failure

    def _nobody(self, error):
        failure = super()._nobody(error)
        if not isinstance(failure, Unreachable):
            return failure
        return Unreachable(
            "%s: no Podman answers at %s (%s). Start its socket (`systemctl start podman.socket`, as a user with "
            "--user), or say where it is with the option url or the variable CONTAINER_HOST"
            % (self.title, self.url, getattr(error, "strerror", None) or error)
        )


def _socket():
    """A user's own socket where there is one, else the system's where that is."""
    folder = os.environ.get("XDG_RUNTIME_DIR")
    own = os.path.join(folder, "podman", "podman.sock") if folder else ROOT
    return next((path for path in (own, ROOT) if os.path.exists(path)), None)


def _service(options, title, transport):
    """The socket of a service that we start ourselves where Podman is installed, else where one ought to be."""
    program = shutil.which("podman")
    if transport or not program:
        return ROOT
    from .tunnel import Service  # most machines have a socket

    return Service(program, options.get("timeout") or 60, title).path
