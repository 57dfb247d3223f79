# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Unix socket for as long as this process lives: by SSH to another machine's, or of a service of our own."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
import time
from urllib.parse import urlsplit

from ...core.errors import Unreachable

IDLE = 120  # seconds without a call after which a service of our own ends, should nobody have ended it


class Way:
    """A program that makes the socket `path`, and that is ended with this process. Raises Unreachable.

    said: makes of the last words of a program that did not come up what is said of that.
    """

    def __init__(self, timeout):
        self.folder = tempfile.mkdtemp(prefix="rackwright-")
        atexit.register(self.close)
        self.path, self.timeout = os.path.join(self.folder, "podman.sock"), timeout

    def begin(self, command, said):
        """Run the program and wait for the socket."""
        pipe = subprocess.PIPE
        try:
            self.process = subprocess.Popen(command, stdin=pipe, stdout=subprocess.DEVNULL, stderr=pipe)
        except OSError as error:
            raise Unreachable(said("%s cannot be run: %s" % (command[0], error.strerror))) from None
        end = time.monotonic() + self.timeout
        while not os.path.exists(self.path):
            if self.process.poll() is not None or time.monotonic() > end:
                self.close()
                words = self.process.stderr.read().decode("utf-8", "replace").strip().splitlines()
                raise Unreachable(said(" / ".join(words[-3:]) or "nothing was heard in time"))
            time.sleep(0.02)

    def close(self):
        """End it, and leave nothing behind."""
        process = getattr(self, "process", None)
        if process is not None and process.poll() is None:
            process.terminate()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Tunnel(Way):
    """One connection of the program ssh, as Podman's own command line has it. Its input ends with this process, too.

    url: ssh://user@host:port/path/of/the/socket. there: the path where that has none.
    """

    def __init__(self, url, there, timeout, title):
        super().__init__(timeout)
        parts = urlsplit(url)
        command = ["ssh", "-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes", "-o", "ControlPath=none"]
        command += ["-o", "ConnectTimeout=%d" % timeout, "-L", "%s:%s" % (self.path, parts.path.rstrip("/") or there)]
        command += ["-l", parts.username] if parts.username else []
        command += ["-p", str(parts.port)] if parts.port else []
        text = "%s: no way to %s by SSH: %s. Check with `ssh` itself, as the user that runs the module"
        self.begin([*command, "--", parts.hostname or "", "exec cat"], lambda words: text % (title, url, words))


class Service(Way):
    """A service of this machine's Podman, where nothing listens; containers do not end with it."""

    def __init__(self, program, timeout, title):
        super().__init__(timeout)
        text = "%s: nothing listens for Podman here, and `podman system service` does not come up: %s"
        command = [program, "system", "service", "--time=%d" % IDLE, "unix://" + self.path]
        self.begin(command, lambda words: text % (title, words))
