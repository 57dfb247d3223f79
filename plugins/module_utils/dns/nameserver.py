# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One nameserver, spoken to over DNS with dnspython: questions, zone transfers, updates; errors for people."""

from __future__ import annotations

import base64
import contextlib
import socket
import struct

from ..core.errors import Ambiguous, Failure, NotFound, Refused, Unauthorized, Unreachable
from ..core.lib import need
from ..core.patience import patiently

SMALL = 1232  # bytes of a message that fits one datagram everywhere
PARTS = "exception flags message name query rcode rdata rdataclass rdatatype rrset tsig update".split()
PEERS = {"PeerBadKey": "BADKEY", "PeerBadTime": "BADTIME", "PeerBadTruncation": "BADTRUNC"}  # else BADSIG
SIGNED = {
    "BADKEY": "it does not know the TSIG key %s, or not for this; check its name, and that the server has it",
    "BADSIG": "it has another secret, or another algorithm, for the TSIG key %s; compare the two",
    "BADTIME": "the clocks of this host and the server differ too much for the TSIG key %s; set them",
    "BADTRUNC": "it wants a longer signature of the TSIG key %s; choose the algorithm that it has",
}


class Nameserver:
    """A server at one address.

    title: for messages. host: its name or address. key: None, or (name, secret in base64, algorithm) of a TSIG key.
    timeout: seconds for an answer, and between two messages of a transfer. datagrams: send small messages over UDP.
    """

    def __init__(self, title, host, port=53, key=None, timeout=30, datagrams=False):
        self.title, self.host, self.port = title, host, port
        self.timeout, self.datagrams = timeout, datagrams
        self.dns = need("dns", "dnspython", wanted_for=title)
        for part in PARTS:
            need("dns." + part, "dnspython", wanted_for=title)
        self.keyname, self.key = (key[0], self._key(*key)) if key else (None, None)
        self._ip = None

    @property
    def address(self):
        """Where it is, for messages."""
        return ("[%s]:%d" if ":" in self.host else "%s:%d") % (self.host, self.port)

    def _key(self, name, secret, algorithm):
        try:
            return self.dns.tsig.Key(name, base64.b64decode("".join(secret.split()), validate=True), algorithm)
        except (ValueError, NotImplementedError, self.dns.exception.DNSException):
            text = "%s: the secret of the TSIG key %s is not base64, or its algorithm %s is unknown; take both as the "
            text += "server's configuration has them"
            raise Refused(text % (self.title, name, algorithm)) from None

    def serves(self, zone):
        """Whether the server answers for the zone itself."""
        return self.soa(zone) is not None

    def soa(self, zone):
        """The rdata of the zone's SOA as this server serves it, None when it does not. Raises Failure."""
        answer = self.ask(zone, "SOA")
        if not answer.flags & self.dns.flags.AA:
            return None
        apex = self.dns.name.from_text(zone)
        found = [one for one in answer.answer if one.rdtype == self.dns.rdatatype.SOA and one.name == apex]
        return found[0][0] if found else None

    def ask(self, name, kind, recursive=False):
        """The server's answer to a question, a dns.message.Message with any rcode. Raises Failure."""
        query = self.dns.message.make_query(name, kind, use_edns=0, payload=SMALL)
        if not recursive:
            query.flags &= ~self.dns.flags.RD
        if self.key:  # which may choose the view that answers; dnspython 2.0 wants its name beside it
            query.use_tsig(self.key, self.key.name)
        return patiently(lambda: self._exchange(query, "the question for %s %s" % (name, kind), self.datagrams), True)

    def update(self, message, zone):
        """Send an UPDATE; returns the name of the answer's rcode. Raises Failure; Ambiguous where no answer came."""
        if self.key:
            message.use_tsig(self.key, self.key.name)
        datagram = self.datagrams and len(message.to_wire()) <= SMALL
        answer = self._exchange(message, "the update of %s" % zone, datagram)
        code = self.dns.rcode.to_text(answer.rcode())
        if self.key and not answer.had_tsig and code == "NOERROR":
            raise Failure("%s: %s answers a signed update without a signature" % (self.title, self.address))
        return code

    def transfer(self, zone):
        """Every record set's piece of each message of a transfer (AXFR), as (name, TTL, type, rdatas).

        Only a whole transfer returns: the SOA comes first, once. Raises Failure.
        """
        return patiently(lambda: self._transfer(zone), True)

    def _transfer(self, zone):
        doing, found, ends = "the transfer of %s" % zone, [], 0
        kind_of, soa = self.dns.rdatatype.to_text, self.dns.rdatatype.SOA
        where = self._where(doing)
        self._connect(where, doing).close()  # what is not there is told as such
        options = {"port": self.port, "relativize": False, "timeout": self.timeout, "lifetime": None}
        if self.key:
            options.update(keyring=self.key, keyname=self.key.name)
        with self._told(doing, zone):
            for message in self.dns.query.xfr(where, zone, **options):
                for rrset in message.answer:
                    ends += rrset.rdtype == soa
                    if rrset.rdtype != soa or ends == 1:
                        found.append((rrset.name, rrset.ttl, kind_of(rrset.rdtype), list(rrset)))
        if ends < 2:
            raise Ambiguous("%s: %s was cut half-way by %s" % (self.title, doing, self.address))
        return found

    def _unsigned(self, zone, doing):
        """The Failure for a transfer that was refused without a signature, which dnspython does not look into."""
        query = self.dns.message.make_query(zone, "AXFR")
        query.use_tsig(self.key, self.key.name)
        code = self.dns.rcode.to_text(self._exchange(query, doing, False).rcode())
        if code != "NOERROR":
            return self.denied(code, doing, zone)
        return Unauthorized("%s: %s answers signed questions without a signature" % (self.title, self.address))

    def _exchange(self, query, doing, datagram):
        """The answer to a message, over UDP if it is to be and fits, else over TCP; errors may come unsigned."""
        wire, where = query.to_wire(), self._where(doing)
        if datagram:
            with self._connect(where, doing, socket.SOCK_DGRAM) as link, self._told(doing):
                link.send(wire)
                answer = self._read(lambda: link.recv(65535), query)
            if not answer.flags & self.dns.flags.TC:
                return answer
        with self._connect(where, doing) as link, self._told(doing):
            link.sendall(struct.pack("!H", len(wire)) + wire)
            return self._read(lambda: _whole(link, *struct.unpack("!H", _whole(link, 2))), query)

    def _read(self, receive, query):
        """The message that answers `query`; others, as late ones, are passed over."""
        while True:
            wire = receive()
            try:
                answer = self.dns.message.from_wire(wire)
            except self.dns.message.UnknownTSIGKey:
                answer = self.dns.message.from_wire(wire, keyring=self.key, request_mac=query.mac)
            if answer.id == query.id and answer.flags & self.dns.flags.QR:
                return answer

    def _where(self, doing):
        """The server's address; a name is looked up once."""
        if self._ip is None:
            try:
                self._ip = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)[0][4][0]
            except OSError as error:
                text = "%s: %s: the server's name %s cannot be looked up (%s)"
                raise Unreachable(text % (self.title, doing, self.host, error.strerror or error)) from None
        return self._ip

    def _connect(self, where, doing, kind=socket.SOCK_STREAM):
        link = socket.socket(socket.AF_INET6 if ":" in where else socket.AF_INET, kind)
        try:
            link.settimeout(self.timeout)
            link.connect((where, self.port))
            return link
        except OSError as error:
            link.close()
            raise self._nobody(doing, error) from None

    def _nobody(self, doing, error):
        text = "%s: %s: no nameserver answers at %s (%s); check address and port, and that it listens on TCP"
        return Unreachable(text % (self.title, doing, self.address, error.strerror or error))

    @contextlib.contextmanager
    def _told(self, doing, zone=None):
        """What dnspython raises, as a Failure of its kind. zone: the one that was asked for."""
        try:
            yield
        except self.dns.tsig.PeerError as error:
            raise self.denied(PEERS.get(type(error).__name__, "BADSIG"), doing) from None
        except (self.dns.exception.Timeout, socket.timeout):
            text = "%s: %s: %s has not answered for %d s"
            raise Ambiguous(text % (self.title, doing, self.address, self.timeout)) from None
        except ConnectionRefusedError as error:  # of a datagram
            raise self._nobody(doing, error) from None
        except self.dns.exception.TooBig:
            text = "%s: %s takes more than the 65535 bytes of a message; a record set in it is too large for DNS"
            raise Failure(text % (self.title, doing)) from None
        except (OSError, EOFError) as error:
            text = "%s: %s: the connection to %s broke before the answer was whole (%s)"
            reason = getattr(error, "strerror", None) or "it was closed"
            raise Ambiguous(text % (self.title, doing, self.address, reason)) from None
        except self.dns.exception.DNSException as error:
            code = getattr(error, "rcode", None)  # of a TransferError
            if code is not None:
                raise self.denied(self.dns.rcode.to_text(code), doing, zone) from None
            if self.key and zone and "TSIG" in str(error):
                raise self._unsigned(zone, doing) from None
            text = "%s: %s: the answer of %s makes no sense" + (", or is of another zone" if zone else "") + ": %s"
            raise Failure(text % (self.title, doing, self.address, str(error) or type(error).__name__)) from None

    def denied(self, code, doing, zone=None):
        """The Failure that an rcode stands for. zone: what was asked of, to tell a denial from an absence."""
        where = "%s: %s answers %s to %s" % (self.title, self.address, code, doing)
        if code in SIGNED:
            return Unauthorized("%s: %s" % (where, SIGNED[code] % self.keyname))
        if code == "SERVFAIL" and zone:
            return Ambiguous("%s; its log tells why" % where)
        if code in ("REFUSED", "NOTAUTH"):
            if zone and code == "NOTAUTH" and not self.serves(zone):
                return NotFound("zone %s: %s does not serve it; check the zone's name and the server" % (zone, where))
            who = "the TSIG key %s" % self.keyname if self.key else "somebody without a TSIG key"
            text = "%s: it does not let %s do that; see its allow-transfer, update-policy or acl"
            return Unauthorized(text % (where, who))
        return Failure(where)


def _whole(link, size):
    """So many bytes of a connection. Raises EOFError."""
    found = b""
    while len(found) < size:
        piece = link.recv(size - len(found))
        if not piece:
            raise EOFError
        found += piece
    return found
