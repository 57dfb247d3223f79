# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names: one spelling for each, absolute with the final dot, lower case, punycode."""

from __future__ import annotations

import ipaddress
import re

from ..core.lib import need
from .text import unescape

LABEL, NAME = 63, 255  # bytes; a name's count includes the length byte of each label and of the root
_USUAL = re.compile(r"(?:[a-z0-9_*/-]{1,63}\.)+\Z")
_LABEL = re.compile(r"((?:[^.\\]|\\.)+)(\.|\Z)", re.DOTALL)
_SAFE = re.compile(rb"[a-z0-9_*/-]+\Z")
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}\.?\Z|[0-9a-f:.]*:[0-9a-f:.]*\Z", re.IGNORECASE)
_SPECIAL = b'.\\"();@$'


def absolute(text):
    """The canonical spelling of a name that is absolute whether or not it ends in a dot. Raises ValueError."""
    name = text.lower()
    if not name.endswith("."):
        name += "."
    if len(name) < NAME and _USUAL.match(name):
        return name
    return _slowly(text)


def _slowly(text):
    """What `absolute` does, for names with escapes, other scripts, or faults."""
    if text == ".":
        return text
    labels, at = [], 0
    while at < len(text):
        match = _LABEL.match(text, at)
        if not match:
            raise ValueError(
                "the name %r has %s" % (text, "an empty label" if text[at] == "." else "a stray backslash")
            )
        labels.append(_label(match.group(1), text))
        at = match.end()
    if not labels:
        raise ValueError("the name is empty; write @ for the zone itself")
    if sum(size + 1 for _label_text, size in labels) + 1 > NAME:
        raise ValueError("the name %r... is longer than %d bytes" % (text[:40], NAME))
    return ".".join(label for label, _size in labels) + "."


def _label(text, name):
    """One label as (canonical text, bytes)."""
    if not text.isascii():
        text = _punycode(text, name)
    data = unescape(text).lower()
    if len(data) > LABEL:
        raise ValueError("the name %r has a label of %d bytes; %d is the most" % (name, len(data), LABEL))
    if _SAFE.match(data):
        return data.decode(), len(data)
    for char in text:
        if (char.isspace() or char in '@"();') and "\\" + char not in text:
            raise ValueError("the name %r has %r in it; escape it with a backslash if that is meant" % (name, char))
    return "".join(_escaped(byte) for byte in data), len(data)


def _escaped(byte):
    if byte in _SPECIAL:
        return "\\" + chr(byte)
    return chr(byte) if 0x21 <= byte <= 0x7E else "\\%03d" % byte


def _punycode(label, name):
    idna = need("idna", wanted_for="names with letters beyond ASCII")
    try:
        return idna.encode(label, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError("the name %r is no international name: %s" % (name, error)) from None


def _is_absolute(text):
    """Whether the text ends in a dot that no backslash takes for a letter."""
    bare = text[:-1]
    return text.endswith(".") and (len(bare) - len(bare.rstrip("\\"))) % 2 == 0


def in_file(origin):
    """How a zone file's names are read: without a final dot they end in `origin`, whatever they look like."""
    tail = "." if origin == "." else "." + origin

    def resolve(text):
        if text == "@":
            return origin
        if _is_absolute(text):
            return absolute(text)
        return absolute(text + tail)

    return resolve


def owner_in(zone):
    """How a task's names are read: relative to the zone, unless they end in a dot or in the zone's own name."""
    strictly, tail, bare = in_file(zone), "." + zone[:-1], zone[:-1]

    def resolve(text):
        name = text.lower()
        if name == bare or name.endswith(tail):
            return absolute(text)
        return strictly(text)

    return resolve


def target_in(zone):
    """How a task's targets are read: as its names are, but several labels without a final dot are unclear."""
    owner, tail, bare = owner_in(zone), "." + zone[:-1], zone[:-1]

    def resolve(text):
        name = text.lower()
        dotted = "." in text and not _is_absolute(text) and not text.rpartition(".")[2].startswith("_")
        if dotted and name != bare and not name.endswith(tail):
            raise ValueError("%s is unclear; write %s. or %s.%s" % (text, text, text, zone))
        return owner(text)

    return resolve


def target(text, resolve):
    """A name that something points to. Raises ValueError for an address."""
    if _ADDRESS.match(text):
        raise ValueError("%s is an address; a name must stand here" % text)
    return resolve(text)


def within(name, zone):
    """Whether the canonical name is the zone's own or below it."""
    return name == zone or zone == "." or name.endswith("." + zone)


def relative(name, zone):
    """The canonical name as seen from the zone: `@`, `www`; names outside stay as they are."""
    if name == zone:
        return "@"
    return name[: -len(zone) - 1] if name.endswith("." + zone) else name


def reverse(address):
    """The name under which an address is looked up backwards. Raises ValueError when it is none."""
    return ipaddress.ip_address(address).reverse_pointer + "."
