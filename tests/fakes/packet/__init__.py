# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake: the Packet / Equinix Metal API v1 in this process, with state, since the service is gone (2026-06-30).

What it answers follows the published OpenAPI document and the documentation of its day; check.py holds it to the first,
and the official clients are driven through it. There is nothing left to compare it with.

with PacketAPI() as api:
    api.url, api.token, api.project          # where, with which token, in which project (its id)
    api.devices, api.keys, api.ips, ...      # what is really there, {id: dict}; api.state: all of it, as lists
    api.free[("sjc1", "c3.small.x86")] = 7   # machines left
    api.price["c3.small.x86"] = 2.0          # of a spare one, an hour; who offered less has 120 seconds
    api.broken.add("debian_12")              # its installation fails
    api.reserve("c3.small.x86", "sjc1")      # a machine of our own
    api.clock.jump(120)                      # time passes

PacketAPI(validate=True) holds each exchange to the document, where that lies beside the checkout, and fails on leaving
when one did not satisfy it. A hole in the simulator (a crash of its own, answered 500) fails on leaving, always.
"""

from __future__ import annotations

import threading
import time
from http.server import ThreadingHTTPServer

from . import (
    access,
    actions,
    addresses,
    batches,
    bgp,
    catalogue,
    devices,
    keys,
    life,
    market,
    networks,
    ports,
    projects,
    reservations,
)
from .embed import Embedder
from .wire import Handler, Paged, Router, page

PARTS = (projects, keys, catalogue, reservations, devices, batches, market, life, actions)
PARTS += (addresses, networks, ports, bgp)
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
    """The service.

    delay: seconds of each step in a device's life, or {state: seconds} for some. validate: hold each exchange to the
    document. check: a Checker of your own that sees every exchange, in place of that.
    """

    def __init__(self, delay=0.02, check=None, validate=False):
        self.delay, self.check, self.own = delay, check, None
        if validate and check is None:
            self.check = self.own = _checker()
        self.clock, self.lock = Clock(), threading.RLock()
        self.token, self.read_only = TOKEN, READ_ONLY
        self.free, self.price, self.crashes = {}, {}, []
        self.most = 1000  # rows of a page, whatever is asked for
        self.lookups = {}
        for part in PARTS:
            self.lookups.update(getattr(part, "LOOKUPS", {}))
            part.begin(self)
        self.router = Router(part.ROUTES for part in PARTS)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"api": self}))
        self.server.daemon_threads = True
        self.address = self.server.server_address
        self.url = "http://127.0.0.1:%d" % self.address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind, *_error):
        self.server.shutdown()
        self.server.server_close()
        wrong = self.crashes + (self.own.problems if self.own else [])
        if wrong and kind is None:
            raise AssertionError("\n".join(wrong))

    def act(self, request, token):
        """Do what a request asks for; returns (status, body). Raises Problem."""
        self.advance()
        _path, request.parts, act = self.router.find(request.method, request.path)
        access.permit(self, token, request)
        answer = act(request)
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        body = page(request, body) if isinstance(body, Paged) else body
        return status, Embedder(self, self.lookups).answer(body, request.words("include"), request.words("exclude"))

    def advance(self):
        """Let the world move on to now."""
        for part in PARTS:
            getattr(part, "live", lambda _api: None)(self)

    def pause(self, state):
        """Seconds that a device's state, a batch or a vlan_batch takes."""
        return self.delay.get(state, 0.0) if isinstance(self.delay, dict) else self.delay

    def tables(self):
        """All that is kept, {name: {id: dict}}."""
        names = "organizations projects keys api_keys devices batches reservations ips vlans sessions spot_requests"
        return {name: getattr(self, name) for name in names.split()}

    @property
    def state(self):
        """What is really there now, whatever a client believes: {name: list of dicts}."""
        with self.lock:
            self.advance()
            return {name: [dict(row) for row in table.values()] for name, table in self.tables().items()}

    def there(self):
        """The devices as they are now, {id: dict}."""
        with self.lock:
            self.advance()
            return dict(self.devices)

    def reserve(self, plan, facility, project=None, spare=False):
        """A machine that a project owns; returns the reservation's id."""
        with self.lock:
            return reservations.add(self, plan, facility, project or self.project, spare)["id"]


def _checker():
    """The Checker, or None where the document is not."""
    from .check import DOCUMENT, Checker

    return Checker() if DOCUMENT.exists() else None
