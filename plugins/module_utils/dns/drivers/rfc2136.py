# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any nameserver that takes zone transfers and dynamic updates (RFC 5936, RFC 2136), such as BIND and Knot DNS."""

from __future__ import annotations

from ...core.errors import Ambiguous, Failure, Refused
from ...core.field import Field
from .. import rdata, stamps
from ..base import DnsDriver
from ..nameserver import Nameserver
from ..rows import of_transfer

CHANGES, BYTES = 500, 55000  # of one UPDATE, which holds less than 65,536 bytes
NO_ZONES = "dynamic updates change what is in a zone; make and remove the zone in the server's configuration"
NO_SETTING = "it is the server's configuration"


class RFC2136(DnsDriver):
    """Record sets by dynamic updates; a zone is read by one transfer."""

    NAME = "rfc2136"
    TITLE = "dynamic updates (RFC 2136): BIND, Knot DNS and others"
    LINK = "https://www.rfc-editor.org/rfc/rfc2136"
    REQUIRES = (("dns", "dnspython"),)
    OPTIONS = (
        Field("server", required=True, env=("RACKWRIGHT_RFC2136_SERVER",), help="The primary's name or address."),
        Field("port", type="int", default=53, env=("RACKWRIGHT_RFC2136_PORT",), help="Where it listens."),
        Field("key_name", env=("RACKWRIGHT_RFC2136_KEY_NAME",), help="The TSIG key's name, as the server has it."),
        Field(
            "key_secret", secret=True, env=("RACKWRIGHT_RFC2136_KEY_SECRET",), help="The TSIG key's secret, in base64."
        ),
        Field(
            "key_algorithm",
            choices=("hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512", "hmac-sha1", "hmac-md5"),
            default="hmac-sha256",
            env=("RACKWRIGHT_RFC2136_KEY_ALGORITHM",),
            help="The TSIG key's algorithm.",
        ),
        Field(
            "protocol",
            choices=("tcp", "udp"),
            default="tcp",
            env=("RACKWRIGHT_RFC2136_PROTOCOL",),
            help="How updates are sent. With V(udp) those of more than 1232 bytes still go over TCP, as transfers do.",
        ),
        Field(
            "timeout",
            type="int",
            default=30,
            env=("RACKWRIGHT_RFC2136_TIMEOUT",),
            help="Seconds to wait for an answer, and between two messages of a transfer.",
        ),
    )
    CAPS = {
        "zone=create": NO_ZONES,
        "zone=delete": NO_ZONES,
        "kind": NO_SETTING,
        "masters": NO_SETTING,
        "soa_edit_api": "it is a setting of PowerDNS",
        "type=ALIAS": "it is PowerDNS's own type",
    }

    def __init__(self, options, transport=None):
        super().__init__(options, transport)
        name, secret = options.get("key_name"), options.get("key_secret")
        if bool(name) != bool(secret):
            raise Refused("provider rfc2136: rfc2136.key_name and rfc2136.key_secret go together; give both or neither")
        key = (name, secret, options.get("key_algorithm") or "hmac-sha256") if name else None
        self.server = transport or Nameserver(
            "provider rfc2136",
            options["server"],
            options.get("port") or 53,
            key,
            options.get("timeout") or 30,
            options.get("protocol") == "udp",
        )

    def zones(self, wanted=None):
        """The store of one zone; a nameserver does not list what it serves."""
        return Zones(self.server, wanted)

    def records(self, zone):
        """The store of one zone's record sets."""
        return Records(self.server, zone)


class Zones:
    """The store of zones: it only reads."""

    def __init__(self, server, wanted=None):
        self.server, self.wanted = server, wanted

    def read(self):
        """The wanted zone's row if the server serves it; one question."""
        if self.wanted is None:
            raise Refused("provider rfc2136: a nameserver does not list its zones; name one with `zone`")
        soa = self.server.soa(self.wanted)
        return [] if soa is None else [head(self.wanted, soa.serial)]


def head(zone, serial):
    """What can be seen of a zone."""
    return {"name": zone, "serial": serial}


class Records:
    """The store of one zone's record sets. `head` is the zone's own row once it was read.

    Every UPDATE asks that the zone's SOA still is what was read, and raises its serial number itself: so the next one
    knows what to ask for, and a writer in between is noticed.
    """

    def __init__(self, server, zone):
        self.server, self.dns, self.zone, self.head = server, server.dns, zone, None
        self.soa = self.ttl = None
        self.rows, self.stamps = {}, {}
        self.guarded = True  # whether the server's SOA can be asked for
        self.raising = True  # whether the key may change the SOA

    def read(self):
        """All record sets, with one transfer. Raises NotFound when the server does not serve the zone."""
        found = self.server.transfer(self.zone)
        _name, self.ttl, _kind, (self.soa,) = found[0]
        self.head = head(self.zone, self.soa.serial)
        rows, self.stamps = stamps.fold(of_transfer(found), self.zone)
        self.rows = {(row["name"], row["type"]): row for row in rows}
        return rows

    @staticmethod
    def chunks(changes):
        """Cut a plan into updates; the changes of one name stay together."""
        chunk, count, size, groups = [], 0, 0, {}
        for change in changes:
            groups.setdefault(change.key[0], []).append(change)
        for group in groups.values():
            more = sum(_weight(change) for change in group)
            if chunk and (count + len(group) > CHANGES or size + more > BYTES):
                yield chunk
                chunk, count, size = [], 0, 0
            chunk.extend(group)
            count, size = count + len(group), size + more
        if chunk:
            yield chunk

    def send(self, changes):
        """Change record sets, all or none. Raises Ambiguous when the zone has changed since it was read."""
        self._look_out(changes)
        more, stamped = stamps.changed(changes, self.zone, self.stamps)
        code = self._tried(changes + more)
        if code != "NOERROR":
            doing = "the update of %s" % self.zone
            failure = self.server.denied(code, doing, self.zone)
            if code == "REFUSED":
                failure = type(failure)("%s. The server's log tells what it does not take" % failure)
            raise failure
        self.stamps = stamped
        for change in changes:
            self.rows.pop(change.key, None)
            if change.after:
                self.rows[change.key] = change.after
        if not self.raising:
            self.soa = self.server.soa(self.zone) or self.soa

    def _tried(self, changes):
        """Send; again without the serial number when that is what the key may not change. Returns the rcode's name."""
        message, soa = self._message(changes)
        code = self.server.update(message, self.zone)
        if code == "REFUSED" and self.raising and not _of_apex(changes, self.zone, "SOA"):
            self.raising = False
            message, soa = self._message(changes)
            code = self.server.update(message, self.zone)
        if code == "NXRRSET" and self.guarded:
            now = self.server.soa(self.zone)
            if now is None or now.serial != self.soa.serial:
                text = "zone %s: somebody has changed it since it was read (serial %s, now %s)"
                raise Ambiguous(text % (self.zone, self.soa.serial, now and now.serial))
            self.guarded = False  # what the server shows is not what it changes, as where it signs a copy
            message, soa = self._message(changes)
            code = self.server.update(message, self.zone)
        self.soa = soa if code == "NOERROR" else self.soa
        return code

    def _look_out(self, changes):
        """Raise Failure for what a server would pass over without a word: data beside a CNAME."""
        after = dict(self.rows)
        for change in changes:
            after.pop(change.key, None)
        for change in changes:
            if change.after:
                after[change.key] = change.after
        kinds = {}
        for name, kind in after:
            kinds.setdefault(name, set()).add(kind)
        for change in changes:
            others = kinds.get(change.key[0], set()) - {change.key[1]} - set(rdata.SIGNING)
            if change.after and others and ("CNAME" in others or change.key[1] == "CNAME"):
                failure = Failure("the zone has %s of that name by now, and a CNAME stands alone" % ", ".join(others))
                failure.keys = [change.key]
                raise failure

    def _message(self, changes):
        """(the UPDATE for these changes, the SOA after it)."""
        apex = self.dns.name.from_text(self.zone)
        message = self.dns.update.UpdateMessage(apex)
        if self.guarded:
            message.present(apex, self.soa)
        for change in sorted(changes, key=lambda change: change.verb != "delete"):
            if change.key != (self.zone, "SOA") and (change.verb != "update" or set(change.fields) != {"owner"}):
                self._put(message, change)
        soa, ttl = self._next(changes)
        if self.raising:
            message.add(apex, ttl, soa)
        return message, soa

    def _next(self, changes):
        """The zone's SOA and its TTL after the changes, with a higher serial number."""
        declared = next((change.after for change in changes if change.key == (self.zone, "SOA") and change.after), None)
        soa, ttl = self.soa, self.ttl
        if declared:
            soa, ttl = self._rdata("SOA", declared["values"][0]), declared["ttl"]
        ahead = (soa.serial - self.soa.serial) % 2**32
        if not 0 < ahead < 2**31:
            soa = soa.replace(serial=(self.soa.serial + 1) % 2**32 or 1)
        return soa, ttl

    def _put(self, message, change):
        name, kind = self.dns.name.from_text(change.key[0]), change.key[1]
        before, after = change.before or {}, change.after or {}
        if change.key[0] == self.zone and kind == "NS":  # a zone's own NS are never all away
            self._add(message, name, kind, after)
            for value in set(before.get("values", ())) - set(after.get("values", ())):
                message.delete(name, self._rdata(kind, value))
            return
        if before:
            message.delete(name, kind)
        self._add(message, name, kind, after)

    def _add(self, message, name, kind, row):
        for value in row.get("values", ()):
            message.add(name, row["ttl"], self._rdata(kind, value))

    def _rdata(self, kind, value):
        return self.dns.rdata.from_text("IN", kind, value)


def _of_apex(changes, zone, kind):
    return any(change.key == (zone, kind) for change in changes)


def _weight(change):
    """An upper bound of the bytes of a change in an UPDATE, its stamp included."""
    row = change.after or {}
    name = len(change.key[0]) + 12
    stamp = name + 100 + len(row.get("owner") or "")
    return name * 2 + sum(name + len(value) for value in row.get("values", ())) + stamp
