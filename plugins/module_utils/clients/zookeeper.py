# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ZooKeeper's client port over plain sockets: four-letter words, and of its protocol what a reconfiguration takes."""

from __future__ import annotations

import contextlib
import socket
import struct

from ..core.errors import Ambiguous, Conflict, Failure, Unauthorized, Unreachable

CONFIG = "/zookeeper/config"
LONGEST = 1 << 20  # what a server may answer, in bytes
PROTOCOL, SESSION, AUTH, GET_DATA, RECONFIG, CLOSE = 0, 10000, 100, 4, 16, -11
PASSWORD = b"\0" * 16  # of a session that is new
EVENTS = (-1, -2)  # numbers of answers that nobody asked for

# What the errors of the protocol mean here
NOT_NOW = {
    -4: "the server has lost the ensemble",
    -13: "no quorum of the new ensemble is in step with its leader yet",
    -14: "another reconfiguration is on its way",
    -118: "the session moved",
}
REFUSED = {
    -8: "the ensemble does not take these members",
    -102: "the session may not reconfigure the ensemble",
    -115: "the secret is not this server's",
    -123: "its reconfigEnabled is false",
}


def word(address, port, letters, timeout=3.0):
    """What a server answers to a four-letter word. Raises Unreachable."""
    try:
        with socket.create_connection((address, port), timeout) as link:
            link.settimeout(timeout)
            link.sendall(letters.encode())
            got = b""
            while len(got) < LONGEST:
                piece = link.recv(65536)
                if not piece:
                    break
                got += piece
    except OSError as error:
        raise Unreachable("%s:%d does not answer: %s" % (address, port, error)) from None
    return got.decode("utf-8", "replace")


class Session:
    """A session with one server, to be used as a context."""

    def __init__(self, address, port, timeout=10.0):
        self.where = "%s:%d" % (address, port)
        self.number = 0
        try:
            self.link = socket.create_connection((address, port), timeout)
            self.link.settimeout(timeout)
            self._send(struct.pack(">iqiq", PROTOCOL, 0, SESSION, 0) + buffer(PASSWORD) + b"\0")
            self._receive()
        except (OSError, EOFError) as error:
            raise Unreachable("%s takes no session: %s" % (self.where, error)) from None

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        with contextlib.suppress(OSError, EOFError):
            self._send(struct.pack(">ii", 0, CLOSE))
            self._receive()
        self.link.close()

    def prove(self, secret):
        """Become the superuser, whose password that is."""
        body = struct.pack(">i", 0) + text("digest") + buffer(b"super:" + secret.encode())
        self._ask(-4, AUTH, body)

    def config(self):
        """The text of the membership that is in force."""
        return data(self._next(GET_DATA, text(CONFIG) + b"\0"))

    def reconfigure(self, joining=None, leaving=None):
        """Let members join and leave; the new membership's text. Raises Conflict for what may pass."""
        body = text(joining) + text(leaving) + text(None) + struct.pack(">q", -1)
        return data(self._next(RECONFIG, body))

    def _next(self, kind, body):
        self.number += 1
        return self._ask(self.number, kind, body)

    def _ask(self, number, kind, body):
        try:
            self._send(struct.pack(">ii", number, kind) + body)
            while True:
                answer = self._receive()
                got, _zxid, error = struct.unpack(">iqi", answer[:16])
                if got == number or got not in EVENTS:
                    break
        except (OSError, EOFError) as error:
            raise Ambiguous("%s did not answer: %s" % (self.where, error)) from None
        if error in NOT_NOW:
            raise Conflict("%s: %s" % (self.where, NOT_NOW[error]))
        if error in REFUSED:
            kind = Unauthorized if error in (-102, -115) else Failure
            raise kind("%s refuses: %s" % (self.where, REFUSED[error]))
        if error:
            raise Failure("%s answers with error %d" % (self.where, error))
        return answer[16:]

    def _send(self, body):
        self.link.sendall(struct.pack(">i", len(body)) + body)

    def _receive(self):
        (size,) = struct.unpack(">i", self._exactly(4))
        if not 0 <= size <= LONGEST:
            raise EOFError("that is not ZooKeeper's protocol")
        return self._exactly(size)

    def _exactly(self, size):
        got = b""
        while len(got) < size:
            piece = self.link.recv(size - len(got))
            if not piece:
                raise EOFError("it closed the connection")
            got += piece
        return got


def buffer(value):
    """Bytes as the protocol has them."""
    return struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value


def text(value):
    """A string as the protocol has it."""
    return buffer(None if value is None else value.encode())


def data(answer):
    """The data that an answer begins with, as text."""
    (size,) = struct.unpack(">i", answer[:4])
    return answer[4 : 4 + max(size, 0)].decode("utf-8", "replace")
