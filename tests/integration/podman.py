# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with a real Podman for tests: `with Podman() as host:`. Its image is made by tools/podman.sh.

The host is a container with systemd, which starts Podman's service by its socket; the socket is in a folder that both
share. It holds the tests' small image.
"""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
import time

import docker
from contract.names import RUN
from integration.busybox import busybox

IMAGE = "rackwright/podman:"
SECONDS = 30  # that a host may take to start
HOST = {
    "CapAdd": ["ALL"],
    "CapDrop": ["SYS_RESOURCE"],  # which the engine's own host may lack
    "SecurityOpt": ["seccomp=unconfined", "apparmor=unconfined"],
    "MaskedPaths": [],
    "ReadonlyPaths": [],
    "Tmpfs": {"/run": "", "/run/lock": "", "/tmp": "exec"},
}


class Podman:
    """One host, taken away at the end with all that it holds. socket: the path of its service's socket."""

    def __init__(self):
        self.release = os.environ.get("RACKWRIGHT_PODMAN", "debian-12")  # whose Podman; tools/podman.sh makes its image

    def __enter__(self):
        self.engine = docker.APIClient(version="auto", timeout=60)
        self.folder = tempfile.TemporaryDirectory(prefix="rackwright-podman-", ignore_cleanup_errors=True)
        self.socket = os.path.join(self.folder.name, "podman.sock")
        binds = ["/sys/fs/cgroup:/sys/fs/cgroup:rw", "%s:/run/engine" % self.folder.name]
        body = {
            "Image": IMAGE + self.release,
            "StopSignal": "SIGRTMIN+3",
            "Volumes": {"/var/lib/containers": {}},
            "Labels": {"rackwright.test": "contract" + RUN},
            "HostConfig": dict(HOST, Binds=binds),
        }
        self.ident = self.engine.create_container_from_config(body)["Id"]
        try:
            self.engine.start(self.ident)
            self._furnish()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error):
        self.engine.remove_container(self.ident, force=True, v=True)
        self.folder.cleanup()
        self.engine.close()

    def service(self):
        """A client of the SDK for it."""
        return docker.APIClient("unix://" + self.socket, version="auto", timeout=60)

    def run(self, *command):
        """Run a command on the host; returns what it says."""
        ident = self.engine.exec_create(self.ident, command)["Id"]
        said = self.engine.exec_start(ident).decode()
        assert self.engine.exec_inspect(ident)["ExitCode"] == 0, said
        return said

    def write(self, path, text):
        """Write a file on the host."""
        sink = io.BytesIO()
        with tarfile.open(fileobj=sink, mode="w") as archive:
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
        self.engine.put_archive(self.ident, "/", sink.getvalue())

    def _furnish(self):
        """Wait for the service and give it the image."""
        late = time.monotonic() + SECONDS
        while not os.path.exists(self.socket):
            assert time.monotonic() < late, "no Podman came up within %d seconds" % SECONDS
            time.sleep(0.05)
        service = self.service()
        said = list(service.load_image(b"".join(self.engine.get_image(busybox()))))
        assert any("Loaded image" in str(line) for line in said), said
        service.close()
