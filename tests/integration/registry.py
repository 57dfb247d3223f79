# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real image registry, on loopback unless told otherwise.

It is of Debian's package docker-registry, which is fetched but not installed.

with Registry() as registry:
    registry.name("web")        # 127.0.0.1:35001/web
"""

from __future__ import annotations

import contextlib
import json
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

KEPT = pathlib.Path(__file__).resolve().parents[2] / ".ansible" / "cache" / "docker-registry"


class Missing(Exception):
    """There is no registry to be had here; says why."""


class Registry:
    """A registry process with a data folder of its own; ended and swept away with the `with`."""

    def __init__(self, address="127.0.0.1"):
        program, self.address = _program(), address
        with socket.create_server((address, 0)) as probe:
            self.port = probe.getsockname()[1]
        self.folder = tempfile.mkdtemp(prefix="rackwright-registry-")
        config = pathlib.Path(self.folder, "config.json")
        storage = {"filesystem": {"rootdirectory": self.folder + "/data"}}
        http = {"addr": self.name("").rstrip("/")}
        config.write_text(json.dumps({"version": "0.1", "log": {"level": "error"}, "storage": storage, "http": http}))
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen([program, "serve", str(config)], **quiet)

    def __enter__(self):
        for _turn in range(100):
            with contextlib.suppress(OSError), urllib.request.urlopen("http://%s" % self.name("v2/"), timeout=1):
                return self
            time.sleep(0.1)
        self.__exit__()
        raise Missing("docker-registry did not answer within 10 s")

    def __exit__(self, *_error):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def name(self, repository):
        """A repository's name as engines spell it."""
        return "%s:%d/%s" % (self.address, self.port, repository)


def _program():
    found = shutil.which("docker-registry")
    if found:
        return found
    program = KEPT / "usr" / "bin" / "docker-registry"
    if not program.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run(["apt-get", "download", "docker-registry"], cwd=KEPT, check=True, capture_output=True)
            package = next(KEPT.glob("*.deb"))
            subprocess.run(["dpkg-deb", "-x", str(package), str(KEPT)], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError, StopIteration) as error:
            raise Missing("Debian's package docker-registry cannot be fetched: %s" % error) from error
    return str(program)
