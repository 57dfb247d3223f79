# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SVCB and HTTPS values (RFC 9460): a priority, a target and parameters."""

from __future__ import annotations

import base64
import binascii
import re
import socket

from . import names, text

KEYS = {"mandatory": 0, "alpn": 1, "no-default-alpn": 2, "port": 3, "ipv4hint": 4, "ech": 5, "ipv6hint": 6}
_NAMES = {number: name for name, number in KEYS.items()}
_GENERIC = re.compile(r"key([0-9]{1,5})\Z")


def canonical(found, resolve):
    """The one spelling of a value given as tokens. Raises ValueError."""
    if len(found) < 2:
        raise ValueError("it is: <priority> <target> [<key>=<value> ...]")
    if not (found[0].isdigit() and found[0].isascii()) or int(found[0]) > 65535:
        raise ValueError("priority: %r is no number from 0 to 65535" % found[0])
    target = "." if found[1] == "." else names.target(found[1], resolve)
    params = {}
    for token in found[2:]:
        key, has_value, value = token.partition("=")
        number = _key(key)
        if number in params:
            raise ValueError("parameter %s is given twice" % key)
        params[number] = _param(number, text.string(value) if has_value else None)
    if int(found[0]) == 0 and params:
        raise ValueError("priority 0 makes it an alias, which takes no parameters")
    _check_mandatory(params)
    return " ".join(["%d" % int(found[0]), target] + [params[number] for number in sorted(params)])


def _key(word):
    word = word.lower()
    if word in KEYS:
        return KEYS[word]
    match = _GENERIC.match(word)
    if not match or int(match.group(1)) > 65535:
        raise ValueError("parameter %r is unknown; known are %s and key<number>" % (word, ", ".join(KEYS)))
    return int(match.group(1))


def _param(number, value):
    """One parameter's canonical text; value: bytes, or None where no `=` stood."""
    name = _NAMES.get(number, "key%d" % number)
    if number == KEYS["no-default-alpn"]:
        if value:
            raise ValueError("no-default-alpn takes no value")
        return name
    if number not in _NAMES:
        return "%s=%s" % (name, text.quoted(value)) if value else name
    if not value:
        raise ValueError("parameter %s needs a value" % name)
    try:
        return "%s=%s" % (name, _READERS[number](value.decode("ascii")))
    except UnicodeDecodeError:
        raise ValueError("parameter %s: only ASCII can stand here" % name) from None
    except (ValueError, OSError) as error:
        raise ValueError("parameter %s: %s" % (name, error)) from None


def _protocols(value):
    if not re.match(r"[!#-+\--\[\]-~]+(?:,[!#-+\--\[\]-~]+)*\Z", value):
        raise ValueError("%r is no list such as h2,h3" % value)
    return value


def _port(value):
    if not value.isdigit() or int(value) > 65535:
        raise ValueError("%r is no port" % value)
    return str(int(value))


def _hints(family, title):
    def read(value):
        done = []
        for address in value.split(","):
            try:
                done.append(socket.inet_ntop(family, socket.inet_pton(family, address)))
            except (OSError, ValueError):
                raise ValueError("%r is no %s address" % (address, title)) from None
        return ",".join(done)

    return read


def _ech(value):
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("it is not base64") from None
    if len(data) < 6 or int.from_bytes(data[:2], "big") != len(data) - 2:
        raise ValueError("it is no ECHConfigList, which begins with its own length")
    return '"%s"' % base64.b64encode(data).decode()


def _mandatory(value):
    numbers = sorted(_key(word) for word in value.split(","))
    if len(set(numbers)) != len(numbers) or 0 in numbers:
        raise ValueError("%r names a key twice, or itself" % value)
    return ",".join(_NAMES.get(number, "key%d" % number) for number in numbers)


def _check_mandatory(params):
    listed = params.get(0, "").partition("=")[2]
    for word in filter(None, listed.split(",")):
        if _key(word) not in params:
            raise ValueError("mandatory names %s, which is not given" % word)


_READERS = {
    KEYS["mandatory"]: _mandatory,
    KEYS["alpn"]: _protocols,
    KEYS["port"]: _port,
    KEYS["ipv4hint"]: _hints(socket.AF_INET, "IPv4"),
    KEYS["ech"]: _ech,
    KEYS["ipv6hint"]: _hints(socket.AF_INET6, "IPv6"),
}
