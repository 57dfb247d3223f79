# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Unix socket of this machine that leads by SSH to another's, as Podman's own command line reaches it."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
import time
from urllib.parse import urlsplit

from ...core.errors import Unreachable


class Tunnel:
    """One connection of the program ssh. It ends with this process, whatever ends that: ssh's input ends, too.

    url: ssh://user@host:port/path/of/the/socket. Raises Unreachable. path: where the socket is here.
    """

    def __init__(self, url, there, timeout, title):
        parts = urlsplit(url)
        self.folder = tempfile.mkdtemp(prefix="rackwright-")
        atexit.register(self.close)
        self.path = os.path.join(self.folder, "podman.sock")
        command = ["ssh", "-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes", "-o", "ControlPath=none"]
        command += ["-o", "ConnectTimeout=%d" % timeout, "-L", "%s:%s" % (self.path, parts.path.rstrip("/") or there)]
        command += ["-l", parts.username] if parts.username else []
        command += ["-p", str(parts.port)] if parts.port else []
        pipe = subprocess.PIPE
        try:
            self.process = subprocess.Popen(
                [*command, "--", parts.hostname or "", "exec cat"], stdin=pipe, stdout=subprocess.DEVNULL, stderr=pipe
            )
        except OSError as error:
            raise Unreachable("%s: ssh cannot be run for %s: %s" % (title, url, error.strerror)) from None
        end = time.monotonic() + timeout
        while not os.path.exists(self.path):
            if self.process.poll() is not None or time.monotonic() > end:
                self.close()
                words = self.process.stderr.read().decode("utf-8", "replace").strip().splitlines()
                text = "%s: no way to %s by SSH: %s. Check with `ssh` itself, as the user that runs the module"
                raise Unreachable(text % (title, url, " / ".join(words[-3:]) or "nothing was heard in time"))
            time.sleep(0.02)

    def close(self):
        """End it, and leave nothing behind."""
        process = getattr(self, "process", None)
        if process is not None and process.poll() is None:
            process.terminate()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
