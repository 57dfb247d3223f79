# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any nameserver that takes zone transfers and dynamic updates (RFC 5936, RFC 2136), such as BIND and Knot DNS."""

from __future__ import annotations

from ...core.errors import Ambiguous, Failure, Refused
from ...core.field import Field
from .. import names, rdata, stamps
from ..base import DnsDriver
from ..nameserver import Nameserver
from ..rows import of_transfer
from ..wire import Addresses

CHANGES, BYTES = 500, 62000  # of one UPDATE, which holds less than 65,536 bytes with its SOAs and signature
ADDRESSES = {"A", "AAAA"}
COMMON = {"A", "AAAA", "CNAME", "MX", "NS", "PTR", "SRV", "TXT"}  # what is canonical here is fine for dnspython
MOVED = ("NXRRSET", "YXRRSET", "NXDOMAIN", "YXDOMAIN")  # what was read is not so any more
TEXT = {"A": (1, 0), "TXT": (1, 0), "SVCB": (6, 16), "HTTPS": (6, 16)}  # a value's bytes at most: n x its text + m
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
    knows what to ask for, and a writer in between is noticed, whatever he has changed. Where that cannot be, because
    the key may not change the SOA or the server shows another one, an UPDATE asks for the sets that it changes.
    """

    def __init__(self, server, zone):
        self.server, self.dns, self.zone, self.head = server, server.dns, zone, None
        self.soa = self.ttl = None
        self.kinds, self.stamps = {}, {}  # the types that each name has, the stamps at each place
        self.hosts = ()  # the zone's own nameservers
        self.by_soa = True  # whether the SOA guards the whole zone

    def read(self):
        """All record sets, with one transfer. Raises NotFound when the server does not serve the zone."""
        found = self.server.transfer(self.zone)
        _name, self.ttl, _kind, (self.soa,) = found[0]
        self.head = head(self.zone, self.soa.serial)
        rows, self.stamps = stamps.fold(of_transfer(found, self.zone), self.zone)
        self.kinds = {}
        for row in rows:
            self.kinds.setdefault(row["name"], set()).add(row["type"])
            if (row["name"], row["type"]) == (self.zone, "NS"):
                self.hosts = row["values"]
        return rows

    def amend(self, made, _desired, _owner):
        """Raise Refused for what a server passes over without a word, or refuses without a reason."""
        stamps.refuse_places([change.after for change in made.changes if change.after], self.zone)
        stamps.changed(made.changes, self.zone, self.stamps)  # which all have room
        gone, problems = [change.key for change in made.changes if change.after is None], []
        after = self._after(made.changes)
        for change in made.changes:
            if change.after and change.key[1] == "DS" and "NS" not in after[change.key[0]]:
                problems.append(
                    "record set %s DS: it stands beside the NS set of a delegation; declare that" % change.key[0]
                )
        hosts = next((c.after["values"] for c in made.changes if c.key == (self.zone, "NS") and c.after), self.hosts)
        for name, kind in gone:
            label = "record set %s %s: " % (name, kind)
            if name == self.zone and kind in ("SOA", "NS"):
                problems.append(label + "a zone is never without it; declare other values instead of deleting it")
            elif name in hosts and kind in ADDRESSES and not after[name] & ADDRESSES:
                problems.append(
                    label + "the zone's own NS set names this host, which must keep an address; declare it, name it in "
                    "`ignore`, or change the NS set"
                )
        problems += [fault for change in made.changes for fault in self._faults(change)]
        if problems:
            raise Refused(problems)

    def _faults(self, change):
        """What the library will not write of a set, such as an empty URI."""
        (name, kind), row = change.key, change.after
        for value in row["values"] if row and kind not in COMMON else ():
            try:
                self._rdata(kind, value)
            except (self.dns.exception.DNSException, ValueError) as error:
                yield "record set %s %s: dnspython cannot write the value %s: %s" % (name, kind, value, error)

    def _after(self, changes):
        """{name: its types} of the names that change, as they are after the changes."""
        after = {change.key[0]: set(self.kinds.get(change.key[0], ())) for change in changes}
        for change in changes:
            name, kind = change.key
            (after[name].add if change.after else after[name].discard)(kind)
        return after

    def chunks(self, changes):
        """Cut a plan into updates; the changes of one name stay together. New addresses come first, deletions last:
        BIND wants an MX's target, and a nameserver, to have one at any time."""
        chunk, count, size, groups = [], 0, 0, {}
        for change in changes:
            groups.setdefault(change.key[0], []).append(change)
        for group in sorted(groups.values(), key=_rank):
            stamped, _after = stamps.changed(group, self.zone, self.stamps)
            more = sum(_weight(change, self.zone, True) for change in group)
            more += sum(_weight(change, self.zone) for change in stamped)
            if chunk and (count + len(group) > CHANGES or size + more > BYTES):
                yield chunk
                chunk, count, size = [], 0, 0
            chunk.extend(group)
            count, size = count + len(group), size + more
        if chunk:
            yield chunk

    def send(self, changes):
        """Change record sets, all or none. Raises Ambiguous when the zone has changed since it was read."""
        after = self._after(changes)
        self._look_out(changes, after)
        more, stamped = stamps.changed(changes, self.zone, self.stamps)
        code = self._tried(changes, more)
        if code != "NOERROR":
            doing = "the update of %s" % self.zone
            failure = self.server.denied(code, doing, self.zone)
            raise self._explained(failure, changes, after) if code == "REFUSED" else failure
        self.stamps.update(stamped)
        self.kinds.update(after)

    def _explained(self, failure, changes, after):
        """The failure of an update that is REFUSED, which names no reason: with what BIND is known to refuse."""
        lost = {}
        for change in changes:
            kind, row = change.key[1], change.after
            for value in row["values"] if row and (kind == "MX" or change.key == (self.zone, "NS")) else ():
                host = rdata.pointed(kind, value)
                if names.within(host, self.zone) and not after.get(host, self.kinds.get(host, set())) & ADDRESSES:
                    lost[change.key] = host
        if not lost:
            return type(failure)("%s. The server's log tells what it does not take" % failure)
        text = "%s. Or it does so because %s has no address in the zone (check-integrity of BIND); declare one"
        found = Failure(text % (failure, ", ".join(sorted(set(lost.values())))))
        found.keys = list(lost)
        return found

    def _tried(self, changes, more):
        """Send, guarded by the SOA or else by the sets themselves. Returns the rcode's name. Raises Ambiguous."""
        message, soa = self._message(changes, more)
        code = self.server.update(message, self.zone)
        if code in MOVED:
            now = self.server.soa(self.zone)
            if not self.by_soa or now is None or now.serial != self.soa.serial:
                text = "zone %s: somebody has changed it since it was read (serial %s, now %s)"
                raise Ambiguous(text % (self.zone, self.soa.serial, now and now.serial))
        if self.by_soa and (code in MOVED or (code == "REFUSED" and not self._declared(changes))):
            self.by_soa = False
            return self._tried(changes, more)
        self.soa = soa if code == "NOERROR" else self.soa
        return code

    @staticmethod
    def _look_out(changes, after):
        """Raise Failure for what a server would pass over without a word: data beside a CNAME, put there meanwhile."""
        for change in changes:
            name, kind = change.key
            others = after[name] - {kind} - set(rdata.SIGNING)
            if change.after and others and ("CNAME" in others or kind == "CNAME"):
                text = "the zone has %s of that name by now, and a CNAME stands alone"
                failure = Failure(text % ", ".join(sorted(others)))
                failure.keys = [change.key]
                raise failure

    def _message(self, changes, more):
        """(the UPDATE for these changes and those of their stamps, the SOA after it)."""
        apex = self.dns.name.from_text(self.zone)
        message, (soa, ttl) = self.dns.update.UpdateMessage(apex), self._next(changes)
        if self.by_soa:
            message.present(apex, self.soa)
        else:
            for change in changes:
                self._ask(message, change)
        for change in sorted(changes + more, key=lambda change: change.verb != "delete"):
            if change.key != (self.zone, "SOA") and (change.verb != "update" or set(change.fields) != {"owner"}):
                self._put(message, change)
        if self.by_soa or self._declared(changes):
            message.add(apex, ttl, soa)
        return message, soa

    def _declared(self, changes):
        """The SOA among the changes, if one is declared."""
        return next((change.after for change in changes if change.key == (self.zone, "SOA")), None)

    def _next(self, changes):
        """The zone's SOA and its TTL after the changes, with a higher serial number."""
        declared, soa, ttl = self._declared(changes), self.soa, self.ttl
        if declared:
            soa, ttl = self._rdata("SOA", declared["values"][0]), declared["ttl"]
        ahead = (soa.serial - self.soa.serial) % 2**32
        if not 0 < ahead < 2**31:
            soa = soa.replace(serial=(self.soa.serial + 1) % 2**32 or 1)
        return soa, ttl

    def _ask(self, message, change):
        """The condition that a set is as it was read; the SOA's own is not, where another one is shown."""
        name, kind = self._name(change.key[0]), change.key[1]
        if change.before and kind != "SOA":
            message.present(name, *[self._rdata(kind, value) for value in change.before["values"]])
        elif not change.before:
            message.absent(*((name, kind) if self.kinds.get(change.key[0]) else (name,)))

    def _put(self, message, change):
        kind = change.key[1]
        if change.before is None and kind in ADDRESSES and "\\" not in change.key[0] and self.zone != ".":
            row = change.after
            message.update.append(Addresses(change.key[0], self.zone, row["ttl"], kind, row["values"]))
            return
        name = self._name(change.key[0])
        old, new = [row["values"] if row else () for row in (change.before, change.after)]
        ttl = change.after and change.after["ttl"]
        by_value = stamps.is_place(change.key[0], self.zone)  # those that others put there meanwhile stay
        if by_value or change.key == (self.zone, "NS"):  # of which a zone always has one
            self._add(message, name, ttl, kind, [value for value in new if not by_value or value not in old])
            for value in set(old) - set(new):
                message.delete(name, self._rdata(kind, value))
            return
        if change.before:
            message.delete(name, kind)
        self._add(message, name, ttl, kind, new)

    def _add(self, message, name, ttl, kind, values):
        if values:  # past UpdateMessage.add, which looks for every record among all that are there
            found = [self._rdata(kind, value) for value in values]
            message.update.append(self.dns.rrset.from_rdata_list(name, ttl, found))

    def _rdata(self, kind, value):
        if kind not in ADDRESSES:
            return self.dns.rdata.from_text("IN", kind, value)
        number = self.dns.rdatatype.from_text(kind)  # most records, by far
        return self.dns.rdata.get_rdata_class(1, number)(1, number, value)

    def _name(self, text):
        if "\\" in text or text == ".":
            return self.dns.name.from_text(text)
        return self.dns.name.Name([label.encode() for label in text.split(".")])


def _rank(group):
    """Where the changes of one name come in a plan."""
    if all(change.after is None for change in group):
        return 2
    return 0 if all(change.after is None or change.key[1] in ADDRESSES for change in group) else 1


def _weight(change, zone, asked=False):
    """An upper bound of the bytes of a change in an UPDATE, where names end in a pointer to the zone. asked: with the
    condition that the set is as it was read, which stamps do without."""
    name, kind = change.key
    record, (times, more) = len(name) - len(zone) + 12, TEXT.get(kind, (1, 16))
    before, after = [
        sum(record + times * len(value) + more for value in row["values"]) if row else 0
        for row in (change.before, change.after)
    ]
    gone = before if not asked or change.key == (zone, "NS") else record if before else 0
    return ((before or record) if asked else 0) + gone + after
