# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with a real Podman for tests: `with Podman() as host:`. Its image is made by tools/host.sh.

Systemd starts Podman's service by its socket, which is in a folder that both share. The host holds the tests' small
image.
"""

from __future__ import annotations

import os
import tempfile
import time

import docker
from integration.busybox import busybox
from integration.host import SECONDS, Host, packages

SDK = ("docker", "requests", "urllib3", "idna", "certifi", "charset_normalizer")


class Podman(Host):
    """One host with Podman. socket: the path of its service's socket."""

    DATA = "/var/lib/containers"

    def __init__(self):
        self.release = os.environ.get("RACKWRIGHT_PODMAN", "debian-12")  # whose Podman; tools/host.sh makes its image
        self.image = "rackwright/podman:" + self.release

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="rackwright-podman-", ignore_cleanup_errors=True)
        self.socket = os.path.join(self.folder.name, "podman.sock")
        self.binds = ["%s:/run/engine" % self.folder.name, *packages("ansible", *SDK)]
        return super().__enter__()

    def __exit__(self, *_error):
        super().__exit__()
        self.folder.cleanup()

    def service(self):
        """A client of the SDK for it."""
        return docker.APIClient("unix://" + self.socket, version="auto", timeout=60)

    def furnish(self):
        """Wait for the service and give it the image."""
        late = time.monotonic() + SECONDS
        while not os.path.exists(self.socket):
            assert time.monotonic() < late, "no Podman came up within %d seconds" % SECONDS
            time.sleep(0.05)
        self.run("sysctl", "-q", "-w", "net.ipv4.conf.all.arp_notify=1")  # as the role podman does
        service = self.service()
        said = list(service.load_image(b"".join(self.engine.get_image(busybox()))))
        assert any("Loaded image" in str(line) for line in said), said
        service.close()
