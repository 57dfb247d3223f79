# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A door in front of a real nameserver, over TCP: the one of proxy.py for DNS's framing.

A question counts as GET of /<type>/<name>, an UPDATE as PATCH of /UPDATE/<zone>.
"""

from __future__ import annotations

import struct
import time

from contract.messages import Hangup, Request
from contract.proxy import Link, Proxy

KINDS = {1: "A", 6: "SOA", 252: "AXFR"}
UPDATE, SOA, TSIG, ANY = 5, 6, 250, 255
RCODES = {"SERVFAIL": 2, "REFUSED": 5, "NOTAUTH": 9}
BADKEY = 17


class DnsLink(Link):
    """A connection on which messages have their length in front."""

    def ask(self, request):
        """Send a message on; returns the rcode and the answer as pieces: of each message its length, then the rest."""
        self.server = self.server or self.connect()
        self.from_server = self.from_server or self.server.makefile("rb")
        self.server.sendall(request.head)
        first = read_frame(self.from_server)
        return first[5] & 15, self._pieces(request, first)

    def _pieces(self, request, frame):
        ends = 0
        while True:
            yield frame[:2]
            yield frame[2:]
            ends += soas(frame[2:])
            if not request.path.startswith("/AXFR/") or frame[5] & 15 or ends >= 2:
                return
            frame = read_frame(self.from_server)


class DnsProxy(Proxy):
    """See Proxy. In check mode an UPDATE is answered REFUSED."""

    link, refusal = DnsLink, staticmethod(lambda: rcode("REFUSED"))

    @staticmethod
    def read(source):
        """The next message of a client as a Request."""
        frame = read_frame(source)
        name, at = name_at(frame[2:], 12)
        (kind,) = struct.unpack_from("!H", frame, at + 2)
        if frame[4] >> 3 & 15 == UPDATE:
            return Request("PATCH", "/UPDATE/%s" % name, frame, b"")
        return Request("GET", "/%s/%s" % (KINDS.get(kind, kind), name), frame, b"")


def rcode(name, key=None):
    """A fault: the server answers with this rcode and has not acted. key: the name of a TSIG key that it rejects."""

    def fault(link, request):
        request.status = name
        query = request.head[2:]
        _name, at = name_at(query, 12)
        flags = 0x8000 | query[2] << 8 & 0x7800 | RCODES[name]
        extra = unknown(key, query[:2]) if key else b""
        head = query[:2] + struct.pack("!HHHHH", flags, 1, 0, 0, 1 if key else 0)
        message = head + query[12 : at + 4] + extra
        link.client.sendall(struct.pack("!H", len(message)) + message)

    return fault


def unknown(key, ident):
    """A TSIG record that says BADKEY; ident: the question's."""
    moment = struct.pack("!Q", int(time.time()))[2:]
    data = labels("hmac-sha256") + moment + struct.pack("!HH", 300, 0) + ident + struct.pack("!HH", BADKEY, 0)
    return labels(key) + struct.pack("!HHIH", TSIG, ANY, 0, len(data)) + data


def labels(name):
    """A name on the wire."""
    return b"".join(bytes([len(part)]) + part.encode() for part in name.rstrip(".").split(".")) + b"\0"


def read_frame(source):
    """A message with its length in front."""
    size = source.read(2)
    if len(size) < 2:
        raise Hangup
    message = source.read(struct.unpack("!H", size)[0])
    if len(message) < 12:
        raise Hangup
    return size + message


def name_at(message, at):
    """(the name that stands there, where it ends)."""
    found, end = [], None
    while message[at]:
        if message[at] >= 192:
            end = end or at + 2
            at = struct.unpack_from("!H", message, at)[0] & 0x3FFF
            continue
        found.append(message[at + 1 : at + 1 + message[at]].decode("latin-1"))
        at += message[at] + 1
    return ".".join(found) + ".", end or at + 1


def soas(message):
    """How many of the answers are SOA records: a transfer has two."""
    questions, answers = struct.unpack_from("!HH", message, 4)
    at, count = 12, 0
    for _question in range(questions):
        at = name_at(message, at)[1] + 4
    for _answer in range(answers):
        at = name_at(message, at)[1]
        kind, _class, _ttl, size = struct.unpack_from("!HHIH", message, at)
        at += 10 + size
        count += kind == SOA
    return count
