# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real PowerDNS on loopback, from Debian's pdns-server and pdns-backend-sqlite3, with a data folder of its own.

with PowerDNS() as server:
    server.url, server.api_key, server.port, server.dns_port, server.requests()

As a script it serves until its standard input ends: `python tests/integration/powerdns.py` prints URL and key.
"""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")
CONFIG = """\
launch=gsqlite3
gsqlite3-database={folder}/pdns.sqlite3
gsqlite3-pragma-synchronous={synchronous}
local-address=127.0.0.1
local-port={dns_port}
socket-dir={folder}
daemon=no
guardian=no
api=yes
api-key={api_key}
webserver=yes
webserver-address=127.0.0.1
webserver-port={port}
webserver-allow-from=127.0.0.1
webserver-loglevel=normal
loglevel=6
disable-axfr=no
allow-axfr-ips=127.0.0.1
default-soa-content=ns1.@ hostmaster.@ 0 10800 3600 604800 60
{extra}
"""
TRIES = 5  # a free port may be taken before the server has it
STARTUP = 20.0  # seconds


class PowerDNS:
    """One server. options: more settings of pdns.conf, as a dict. synchronous: SQLite's pragma; PowerDNS has 1."""

    def __init__(self, options=None, synchronous=0):
        self.options, self.synchronous = dict(options or {}), synchronous
        self.api_key = secrets.token_urlsafe(18)
        self.process = self.folder = None
        self.port = self.dns_port = 0

    @property
    def url(self):
        """The API's address."""
        return "http://127.0.0.1:%d" % self.port

    def __enter__(self):
        program = shutil.which("pdns_server", path="%s:/usr/sbin:/usr/local/sbin" % os.environ.get("PATH", ""))
        if not program or not SCHEMA.exists():
            raise RuntimeError("PowerDNS is not installed: apt-get install pdns-server pdns-backend-sqlite3 sqlite3")
        self.folder = Path(tempfile.mkdtemp(prefix="rackwright-powerdns-"))
        self.folder.chmod(0o755)
        try:
            self._make_database()
            for _turn in range(TRIES):
                if self._start(program):
                    return self
        except BaseException:
            self.stop()
            raise
        log = self.log()
        self.stop()
        raise RuntimeError("PowerDNS did not start:\n%s" % log[-2000:])

    def __exit__(self, *_error):
        self.stop()

    def _make_database(self):
        import sqlite3

        with contextlib.closing(sqlite3.connect(str(self.folder / "pdns.sqlite3"))) as database:
            database.executescript(SCHEMA.read_text())

    def _start(self, program):
        self.port, self.dns_port = free_port(), free_port()
        extra = "\n".join("%s=%s" % item for item in self.options.items())
        config = CONFIG.format(**dict(vars(self), extra=extra))
        path = self.folder / "pdns.conf"
        path.touch(mode=0o600)
        path.write_text(config)
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [program, "--config-dir=%s" % self.folder], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + STARTUP
        while time.monotonic() < deadline and self.process.poll() is None:
            if owns_listener(self.process.pid, self.port):
                return True
            time.sleep(0.05)
        self._end()
        return False

    def _end(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)

    def stop(self):
        """End the process and remove its folder."""
        self._end()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        """What the server has written so far."""
        return (self.folder / "log").read_text(errors="replace")

    def requests(self):
        """(method, path) of every API request that was answered so far, in order."""
        found = []
        for line in self.log().splitlines():
            _before, quote, rest = line.partition('"')
            words = rest.split(" ")
            if quote and len(words) > 2 and words[0] in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                found.append((words[0], words[1]))
        return found


def free_port():
    """A TCP port that nobody uses at this moment, for UDP neither.

    It is below those that the kernel gives to whoever asks for any (net.ipv4.ip_local_port_range): nobody gets it
    by chance before the server that it is for takes it.
    """
    while True:
        port = random.SystemRandom().randrange(10000, 18000)
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp, contextlib.suppress(OSError):
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
            return port


def owns_listener(pid, port):
    """Whether the process listens on 127.0.0.1:port: what answers there might be another server."""
    wanted = "0100007F:%04X" % port
    inodes = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1] == wanted and fields[3] == "0A":
            inodes.add("socket:[%s]" % fields[9])
    with contextlib.suppress(OSError):
        return any(os.readlink(link) in inodes for link in Path("/proc/%d/fd" % pid).iterdir())
    return False


if __name__ == "__main__":
    with PowerDNS() as server:
        print("RACKWRIGHT_POWERDNS_URL=%s RACKWRIGHT_POWERDNS_API_KEY=%s" % (server.url, server.api_key), flush=True)
        sys.stdin.read()
