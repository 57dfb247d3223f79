# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A door in front of a real HTTP server that counts what passes and breaks what a test asks it to break.

with Proxy(("127.0.0.1", 8081)) as door:            # or Proxy("/var/run/docker.sock")
    door.fault(answer(500), method="PATCH")         # the next PATCH is answered 500 and never arrives
    door.fault(reset_after, path="/containers")     # the next call there happens, and nobody learns of it
    ...
    assert door.count("GET") == 1 and not door.writes
"""

from __future__ import annotations

import os
import re
import select
import socket
import struct
import threading
import time

from contract.messages import Hangup, answer_pieces, is_delimited, read_head, read_request

WRITES = ("POST", "PUT", "PATCH", "DELETE")
QUESTION = re.compile(r"/capacity(/metros)?\Z")  # whether Packet has room is asked by POST
NO_BODY = (204, 304)


def is_write(request):
    """Whether a request may change something."""
    return request.method in WRITES and not QUESTION.match(request.path)


class Proxy:
    """Listens on a free port of 127.0.0.1 and passes everything on to `upstream`: (host, port), or a socket's path.

    at: a path to listen at, a Unix socket, instead of a port.
    read_only: every write is refused with 418 and remembered in `refused`. `seen` holds all requests in order.
    spell: for APIs that POST whatever they do: takes a Request, returns the (method, path) that it stands for.
    A subclass for another protocol has its own `link`, `read` and `refusal`.
    """

    link = property(lambda _self: Link)

    @staticmethod
    def read(source):
        """The next Request of a client."""
        return read_request(source)

    @staticmethod
    def refusal():
        """What happens to a write when the door is read-only."""
        return answer(418, b'{"error": "this door is read-only", "message": "this door is read-only"}')

    def __init__(self, upstream, read_only=False, spell=None, at=None):
        self.upstream, self.read_only, self.spell = upstream, read_only, spell
        self.seen, self.refused, self.rules, self.busy = [], [], [], 0
        self.lock = threading.Lock()
        self.sockets, self.at = set(), at
        if at:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(at)
            self.listener.listen(64)
            self.url = "unix://%s" % at
        else:
            self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
            self.port = self.listener.getsockname()[1]
            self.url = "http://127.0.0.1:%d" % self.port
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def close(self):
        """Stop listening and hang up on everybody."""
        with self.lock:
            for sock in [self.listener, *self.sockets]:
                _shut(sock)
        if self.at and os.path.exists(self.at):
            os.unlink(self.at)

    def fault(self, fault, method=".*", path="", times=1, after=0):
        """Do `fault` to the next `times` requests whose method matches and whose path contains a match.

        times: 0 for all of them. after: how many such requests pass unharmed before.
        """
        with self.lock:
            self.rules.append([re.compile(method), re.compile(path), fault, times, after])

    def clear(self):
        """Forget the faults and what was seen."""
        with self.lock:
            self.rules, self.seen, self.refused = [], [], []

    def count(self, method=".*", path=""):
        """How many requests came whose method matches and whose path contains a match."""
        return sum(1 for s in list(self.seen) if re.fullmatch(method, s.method) and re.search(path, s.path))

    def drain(self, seconds=30):
        """Wait until nothing that came is still under way, for instance of a client that was killed."""
        end = time.monotonic() + seconds
        while self.busy:
            assert time.monotonic() < end, "%d requests are still under way" % self.busy
            time.sleep(0.01)

    @property
    def writes(self):
        """The requests that may have changed something, in order."""
        return [seen for seen in list(self.seen) if is_write(seen)]

    def _listen(self):
        while True:
            try:
                client, _peer = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _connect(self):
        if isinstance(self.upstream, str):
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.upstream)
        else:
            server = socket.create_connection(self.upstream)
        return server

    def _serve(self, client):
        if client.family != socket.AF_UNIX:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = self.link(client, self._connect)
        with self.lock:
            self.sockets.add(client)
        try:
            while not link.over:
                request = self.read(link.from_client)
                if self.spell:
                    request.method, request.path = self.spell(request)
                with self.lock:
                    self.seen.append(request)
                    self.busy += 1
                    fault = self._decide(request) or forward
                try:
                    fault(link, request)
                finally:
                    with self.lock:
                        self.busy -= 1
        except (Hangup, OSError, ValueError):
            pass
        finally:
            with self.lock:
                self.sockets.discard(client)
            link.close()

    def _decide(self, request):
        for rule in self.rules:
            method, path, fault, _times, after = rule
            if not method.fullmatch(request.method) or not path.search(request.path):
                continue
            if after:
                rule[4] -= 1
                continue
            rule[3] -= 1
            if not rule[3]:
                self.rules.remove(rule)
            return fault
        if self.read_only and is_write(request):
            self.refused.append(request)
            return self.refusal()
        return None


class Link:
    """One client's connection, and behind it one to the server, made when it is first needed."""

    def __init__(self, client, connect):
        self.client, self.connect = client, connect
        self.from_client = client.makefile("rb")
        self.server = self.from_server = None
        self.over = False

    def close(self):
        """Close both sides."""
        for sock, source in ((self.client, self.from_client), (self.server, self.from_server)):
            if sock is not None:
                _shut(sock)
                source.close()

    def reset(self):
        """Hang up on the client with a TCP reset, as a crashed peer does."""
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.from_client.close()
        self.client.close()
        raise Hangup

    def ask(self, request):
        """Send the request on; returns the status and the answer as pieces, the head first, as they come."""
        if self.server is None or select.select([self.server], [], [], 0)[0]:  # none yet, or closed while idle
            self.server = self.connect()
            self.from_server = self.server.makefile("rb")
        self.server.sendall(request.head + request.body)
        status = 100
        while status == 100:
            head = read_head(self.from_server)
            status = int(head.split(b" ", 2)[1])
        if request.method == "HEAD" or status in NO_BODY or status == 101:
            return status, iter([head])
        self.over = not is_delimited(head)
        return status, answer_pieces(self.from_server, head)

    def carry_out(self, request):
        """Send the request on, and keep its whole answer from the client."""
        _status, pieces = self.ask(request)
        for _piece in pieces:
            pass

    def tunnel(self):
        """After an upgrade: bytes both ways until one side ends."""
        threading.Thread(target=_copy, args=(self.from_client, self.server), daemon=True).start()
        _copy(self.from_server, self.client)
        self.over = True


def forward(link, request):
    """No fault: pass the request and its answer through."""
    request.status, pieces = link.ask(request)
    for piece in pieces:
        link.client.sendall(piece)
    if request.status == 101:
        link.tunnel()


def answer(status, body=b"", **headers):
    """A fault: the server answers `status` and has not acted. Header names take `_` for `-`."""
    headers = dict({"Content_Type": "application/json"}, **headers)
    lines = ["HTTP/1.1 %d Fault" % status, "Content-Length: %d" % len(body)]
    lines += ["%s: %s" % (name.replace("_", "-"), value) for name, value in headers.items()]

    def fault(link, request):
        request.status = status
        link.client.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    return fault


def reset_before(link, _request):
    """A fault: the connection breaks, and the request has not arrived."""
    link.reset()


def reset_after(link, request):
    """A fault: the request arrives and is carried out, then the connection breaks before the answer comes."""
    link.carry_out(request)
    link.reset()


def cut(link, request):
    """A fault: the request is carried out, and the connection breaks half-way through the answer's body."""
    _status, pieces = link.ask(request)
    head, body = next(pieces), b"".join(pieces)
    link.client.sendall(head + body[: len(body) // 2])
    raise Hangup


def cut_head(link, request):
    """A fault: the request is carried out, and the connection breaks after the answer's first line."""
    _status, pieces = link.ask(request)
    link.client.sendall(next(pieces).split(b"\r\n")[0] + b"\r\n")
    raise Hangup


def held(door, kept, dead):
    """A fault: the connection breaks while the request is under way, which is put into the list `kept`.

    dead: the fault of every request from then on, for the caller counts as killed.
    """

    def fault(link, request):
        kept.append(request)
        door.fault(dead, times=0)
        link.reset()

    return fault


def after_all(kept):
    """A fault: what was `held` arrives at last, just before this request."""

    def fault(link, request):
        for late in kept:
            link.carry_out(late)
        kept.clear()
        forward(link, request)

    return fault


def delay(seconds):
    """A fault: the answer comes late."""

    def fault(link, request):
        time.sleep(seconds)
        forward(link, request)

    return fault


def _copy(source, sink):
    try:
        while piece := source.read1(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except (OSError, ValueError):
        pass


def _shut(sock):
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    sock.close()
