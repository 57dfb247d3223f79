# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with a real Podman for tests: `with podman() as socket:`. Its image is made by tools/podman.sh.

The host is a container with systemd, which starts Podman's service by its socket; the socket is in a folder that both
share. It holds the tests' small image.
"""

from __future__ import annotations

import contextlib
import os
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


@contextlib.contextmanager
def podman(release="debian-12"):
    """The path of the socket of a Podman of its own, removed at the end with all that it holds."""
    engine = docker.APIClient(version="auto", timeout=60)
    with tempfile.TemporaryDirectory(prefix="rackwright-podman-", ignore_cleanup_errors=True) as folder:
        binds = ["/sys/fs/cgroup:/sys/fs/cgroup:rw", "%s:/run/engine" % folder]
        body = {
            "Image": IMAGE + release,
            "StopSignal": "SIGRTMIN+3",
            "Volumes": {"/var/lib/containers": {}},
            "Labels": {"rackwright.test": "contract" + RUN},
            "HostConfig": dict(HOST, Binds=binds),
        }
        ident = engine.create_container_from_config(body, "rackwright-contract%s-podman-%s" % (RUN, release))["Id"]
        try:
            engine.start(ident)
            socket = os.path.join(folder, "podman.sock")
            _furnish(socket, engine.get_image(busybox()))
            yield socket
        finally:
            engine.remove_container(ident, force=True, v=True)
            engine.close()


def _furnish(socket, archive):
    """Wait for the service and give it the image."""
    late = time.monotonic() + SECONDS
    while not os.path.exists(socket):
        assert time.monotonic() < late, "no Podman came up within %d seconds" % SECONDS
        time.sleep(0.05)
    service = docker.APIClient("unix://" + socket, version="1.41", timeout=60)
    said = list(service.load_image(b"".join(archive)))
    assert any("Loaded image" in str(line) for line in said), said
    service.close()
