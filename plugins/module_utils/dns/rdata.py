# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record data: what a value of each type must look like, and its one canonical spelling. One table, TYPES."""

from __future__ import annotations

import base64
import binascii
import re
import socket
from dataclasses import dataclass
from typing import Callable

from . import loc, names, svcb, text

TTL_MOST = 2**31 - 1  # RFC 2181, section 8
_HEX = re.compile(r"(?:[0-9a-f]{2})+\Z")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_TIME = re.compile(r"(?:[0-9]+[smhdw])+\Z")
_GENERIC = re.compile(r"\\#\s+([0-9]+)((?:\s+[0-9a-f]+)*)\s*\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Kind:
    """A record type. number: in the wire format. parts: (name, reader) of each field; a reader takes a token and the
    resolver of names. whole: reads all tokens instead. single: a set holds one value. points: the part that names a
    host. many: the last part may be spelled as several tokens.
    """

    number: int
    parts: tuple[tuple[str, Callable], ...] = ()
    whole: Callable | None = None
    single: bool = False
    points: int | None = None
    many: bool = False


def number(bits):
    """A reader of whole numbers of so many bits."""
    most = 2**bits - 1

    def read(token, _resolve):
        if not (token.isdigit() and token.isascii()):
            raise ValueError("%r is no number from 0 to %d" % (token, most))
        if int(token) > most:
            raise ValueError("%s is too high; %d is the most" % (token, most))
        return str(int(token))

    return read


def duration(token, _resolve=None):
    """Seconds as text, from seconds or from a text such as `1h30m`. Raises ValueError."""
    token = token.lower()
    if token.isdigit() and token.isascii():
        seconds = int(token)
    elif _TIME.match(token):
        seconds = sum(int(count) * _UNITS[unit] for count, unit in re.findall("([0-9]+)([smhdw])", token))
    else:
        raise ValueError("%r is no time: seconds, or a text such as 1h30m" % token)
    if seconds > TTL_MOST:
        raise ValueError("%s is too long; %d seconds are the most" % (token, TTL_MOST))
    return str(seconds)


def ipv4(token, _resolve):
    """Four numbers with dots."""
    try:
        socket.inet_pton(socket.AF_INET, token)
    except (OSError, ValueError):
        raise ValueError("%r is no IPv4 address" % token) from None
    return token


def ipv6(token, _resolve):
    """The shortest spelling of an IPv6 address."""
    try:
        return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, token))
    except (OSError, ValueError):
        raise ValueError("%r is no IPv6 address" % token) from None


def mailbox(token, resolve):
    """A person's address, written as a name."""
    if "@" in token.replace("\\@", "") and token != "@":
        local, _at, host = token.partition("@")
        raise ValueError("%r is no name; write %s.%s." % (token, local.replace(".", "\\."), host.rstrip(".")))
    return resolve(token)


def hexadecimal(token, _resolve):
    """Hexadecimal digits, lower case."""
    token = token.lower()
    if not _HEX.match(token):
        raise ValueError("%r is not hexadecimal with two digits a byte" % token[:40])
    return token


def base_64(token, _resolve):
    """Base64 with its padding."""
    try:
        data = base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("%r is not base64" % token[:40]) from None
    text.fits(len(data))
    return base64.b64encode(data).decode()


def string(token, _resolve):
    """One character string of at most 255 bytes."""
    data = text.string(token)
    if len(data) > text.STRING:
        raise ValueError("a text of %d bytes is too long; %d are the most" % (len(data), text.STRING))
    return text.quoted(data)


def long_string(token, _resolve):
    """One text of any length, as URI and CAA have it."""
    return text.quoted(text.string(token))


def eui(size):
    """A reader of hardware addresses of so many bytes."""

    def read(token, _resolve):
        token = token.lower().replace(":", "-")
        if not re.match(r"[0-9a-f]{2}(?:-[0-9a-f]{2}){%d}\Z" % (size - 1), token):
            raise ValueError("%r is no hardware address of %d bytes, such as 00-00-5e-00-53-2a" % (token, size))
        return token

    return read


def tag(token, _resolve):
    """The property that a CAA record sets."""
    if not (token.isalnum() and token.isascii()):
        raise ValueError("%r is no CAA property: issue, issuewild, iodef" % token)
    return token.lower()


def _strings(found, _resolve):
    return text.strings([text.string(token) for token in found])


def _digest(parts, digits):
    """A reader of fields that end in a digest, of which the field before tells the length in hexadecimal digits."""

    def read(found, resolve):
        done = _fields(parts, found, resolve)
        kind, wanted = done[-2], digits.get(done[-2])
        if wanted and len(done[-1]) != wanted:
            text = "%s of %s %s has %d digits, this one has %d"
            raise ValueError(text % (parts[-1][0], parts[-2][0], kind, wanted, len(done[-1])))
        return " ".join(done)

    return read


U8, U16, U32 = number(8), number(16), number(32)
TARGET = (("target", names.target),)
DS = (("key tag", U16), ("algorithm", U8), ("digest type", U8), ("digest", hexadecimal))
DNSKEY = (("flags", U16), ("protocol", U8), ("algorithm", U8), ("key", base_64))
TLSA = (("usage", U8), ("selector", U8), ("matching type", U8), ("data", hexadecimal))
SSHFP = (("algorithm", U8), ("type", U8), ("fingerprint", hexadecimal))
SRV = (("priority", U16), ("weight", U16), ("port", U16)) + TARGET
NAPTR = (("order", U16), ("preference", U16), ("flags", string), ("service", string), ("regexp", string)) + TARGET
CAA = (("flags", U8), ("property", tag), ("value", long_string))
SOA = (("primary", names.target), ("mailbox", mailbox), ("serial", U32)) + tuple(
    (name, duration) for name in ("refresh", "retry", "expire", "minimum")
)

TYPES = {
    "A": Kind(1, (("address", ipv4),)),
    "AAAA": Kind(28, (("address", ipv6),)),
    "AFSDB": Kind(18, (("subtype", U16),) + TARGET, points=1),
    "ALIAS": Kind(65401, TARGET, single=True, points=0),
    "CAA": Kind(257, CAA),
    "CDNSKEY": Kind(60, DNSKEY, many=True),
    "CDS": Kind(59, DS, many=True),
    "CNAME": Kind(5, TARGET, single=True),
    "DNAME": Kind(39, TARGET, single=True),
    "DNSKEY": Kind(48, DNSKEY, many=True),
    "DS": Kind(43, DS, whole=_digest(DS, {"1": 40, "2": 64, "3": 64, "4": 96}), many=True),
    "EUI48": Kind(108, (("address", eui(6)),)),
    "EUI64": Kind(109, (("address", eui(8)),)),
    "HINFO": Kind(13, (("cpu", string), ("os", string))),
    "HTTPS": Kind(65, whole=svcb.canonical),
    "LOC": Kind(29, whole=loc.canonical),
    "MX": Kind(15, (("preference", U16),) + TARGET, points=1),
    "NAPTR": Kind(35, NAPTR),
    "NS": Kind(2, TARGET, points=0),
    "OPENPGPKEY": Kind(61, (("key", base_64),), many=True),
    "PTR": Kind(12, TARGET),
    "RP": Kind(17, (("mailbox", mailbox), ("text", names.target))),
    "SMIMEA": Kind(53, TLSA, whole=_digest(TLSA, {"1": 64, "2": 128}), many=True),
    "SOA": Kind(6, SOA, single=True),
    "SPF": Kind(99, whole=_strings),
    "SRV": Kind(33, SRV, points=3),
    "SSHFP": Kind(44, SSHFP, whole=_digest(SSHFP, {"1": 40, "2": 64}), many=True),
    "SVCB": Kind(64, whole=svcb.canonical),
    "TLSA": Kind(52, TLSA, whole=_digest(TLSA, {"1": 64, "2": 128}), many=True),
    "TXT": Kind(16, whole=_strings),
    "URI": Kind(256, (("priority", U16), ("weight", U16), ("target", long_string))),
}
NUMBERS = {"TYPE%d" % kind.number: name for name, kind in TYPES.items()}
TEXTS = ("TXT", "SPF")
SIGNING = ("RRSIG", "NSEC", "NSEC3", "NSEC3PARAM")  # made by the server that signs the zone


def type_name(word):
    """The canonical name of a record type that can be declared. Raises ValueError."""
    name = word.upper()
    if name in TYPES:
        return name
    if name in SIGNING:
        raise ValueError("type %s is made by the server that signs the zone and cannot be declared" % name)
    if name.startswith("TYPE") and name[4:].isdigit() and 0 < int(name[4:]) < 65536:
        name = "TYPE%d" % int(name[4:])
        return NUMBERS.get(name, name)
    raise ValueError(
        "%r is no record type known here (%s); write others as TYPE<number> with values in the form \\# <bytes> <hex>"
        % (word, ", ".join(TYPES))
    )


def canonical(kind, value, resolve):
    """The one spelling of a value of the record type `kind`.

    value: as in a zone file, or for TXT the bare text. resolve: how names are read, see names.py. Raises ValueError.
    """
    if kind == "A":  # most records, by far
        return ipv4(value.strip(), resolve)
    if kind in TEXTS and not value.lstrip().startswith('"'):
        if "\\" in value:
            raise ValueError('a backslash is unclear in bare text; write it as in a zone file, "in quotes"')
        return text.strings([value.encode("utf-8")])
    return of_tokens(kind, text.tokens(value) if kind in TYPES else [value], resolve)


def of_tokens(kind, found, resolve):
    """The same, from the tokens of a zone file's line."""
    entry = TYPES.get(kind)
    if entry is None:
        return generic(" ".join(found))
    if not found:
        raise ValueError("the value is empty")
    if found[0] == "\\#":
        raise ValueError("write values of type %s in its own form, not as \\#" % kind)
    if entry.many and len(found) > len(entry.parts):
        last = len(entry.parts) - 1
        found = found[:last] + ["".join(found[last:])]
    if entry.whole:
        return entry.whole(found, resolve)
    return " ".join(_fields(entry.parts, found, resolve))


def _fields(parts, found, resolve):
    if len(found) != len(parts):
        wanted = " ".join("<%s>" % name for name, _read in parts)
        raise ValueError("%d fields instead of %d; it is: %s" % (len(found), len(parts), wanted))
    done = []
    for (name, read), token in zip(parts, found):
        try:
            done.append(read(token, resolve))
        except ValueError as error:
            raise ValueError("%s: %s" % (name, error) if len(parts) > 1 else str(error)) from None
    return done


def generic(value):
    """RFC 3597: `\\# bytes hex`."""
    match = _GENERIC.match(value)
    if not match:
        raise ValueError("values of an unknown type take the form \\# <bytes> <hex>, such as \\# 2 beef")
    digits = "".join(match.group(2).split()).lower()
    if len(digits) != 2 * int(match.group(1)):
        raise ValueError("it says %s bytes and holds %d hexadecimal digits" % (match.group(1), len(digits)))
    text.fits(len(digits) // 2)
    return "\\# %d %s" % (len(digits) // 2, digits) if digits else "\\# 0"


def pointed(kind, value):
    """The host name that a canonical value points to, for types that must point to one; else None."""
    entry = TYPES.get(kind)
    if entry is None or entry.points is None:
        return None
    return value.split(" ")[entry.points]
