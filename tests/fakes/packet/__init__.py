# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake: the Packet / Equinix Metal API v1 in this process, with state, since the service is gone (2026-06-30).

What it answers follows the published OpenAPI document and the documentation of its day; check.py holds it to the first,
and the official clients are driven through it. There is nothing left to compare it with.

with PacketAPI() as api:
    api.url, api.token, api.project          # where, with which token, in which project (its id)
    api.devices, api.keys, api.ips, ...      # what is really there, {id: dict}
    api.free[("sjc1", "c3.small.x86")] = 7   # machines left
    api.clock.jump(120)                      # time passes
"""

from __future__ import annotations

import threading
import time
from http.server import ThreadingHTTPServer

from . import addresses, batches, catalogue, devices, network, projects
from .wire import Handler, Router

PARTS = (projects, catalogue, devices, batches, addresses, network)
TOKEN = "sim-7f3c2a9d51e84b60"
READ_ONLY = "sim-readonly-0c55"


class Clock:
    """Seconds that can be jumped over."""

    def __init__(self):
        self.ahead = 0.0

    def now(self):
        """Seconds since the epoch, as this world sees them."""
        return time.time() + self.ahead

    def jump(self, seconds):
        """Let as many seconds pass."""
        self.ahead += seconds


class PacketAPI:
    """The service. delay: seconds of each step in a device's life. check: a Checker that sees every exchange."""

    def __init__(self, delay=0.02, check=None):
        self.delay, self.check = delay, check
        self.clock, self.lock = Clock(), threading.RLock()
        self.token, self.read_only = TOKEN, READ_ONLY
        self.free, self.price = {}, {}
        self.most = 1000  # rows of a page, whatever is asked for
        for part in PARTS:
            part.begin(self)
        self.router = Router(part.ROUTES for part in PARTS)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"api": self}))
        self.server.daemon_threads = True
        self.address = self.server.server_address
        self.url = "http://127.0.0.1:%d" % self.address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()

    def there(self):
        """The devices as they are now, {id: dict}."""
        with self.lock:
            devices.advance(self)
            return dict(self.devices)
