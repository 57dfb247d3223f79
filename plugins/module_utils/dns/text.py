# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Master-file text (RFC 1035, section 5): tokens, escapes and character strings."""

from __future__ import annotations

import re

STRING = 255  # bytes in one character string
DATA = 65535  # bytes in all data of one record
SPECIAL = re.compile(r'["\\;()]')  # what makes a text more than words between blanks
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"'  # a quoted string
    r'|(?:[^\s"\\;()=]|\\.|=(?:"(?:[^"\\]|\\.)*")?)+'  # a word; key="value" is one too
)
_PLAIN = re.compile(r"[ !#-\[\]-~]*\Z")  # printable ASCII without quote and backslash
_ESCAPE = re.compile(rb"\\([0-9]{3}|.?)", re.DOTALL)


def tokens(text):
    """The words and quoted strings of `text`, as spelled. Raises ValueError for an open quote or a stray character."""
    if not SPECIAL.search(text):
        return text.split()
    found, at = [], 0
    for match in _TOKEN.finditer(text):
        _only_blanks(text[at : match.start()])
        found.append(match.group())
        at = match.end()
    _only_blanks(text[at:])
    return found


def _only_blanks(text):
    text = text.strip()
    if text.startswith('"'):
        raise ValueError("a quote is opened and never closed")
    if text.startswith(";"):
        raise ValueError('a semicolon begins a comment; put the text in quotes, "like; this"')
    if text:
        raise ValueError("%r cannot stand here; put the text in quotes" % text[:1])


def unescape(text):
    """The bytes that master-file text stands for: `\\DDD` is a byte, `\\x` is x itself. Raises ValueError."""
    data = text.encode("utf-8")
    return _ESCAPE.sub(_unescaped, data) if b"\\" in data else data


def _unescaped(match):
    code = match.group(1)
    if len(code) < 3:
        if not code or code.isdigit():
            raise ValueError("a backslash takes three digits (\\034) or one other character (\\;)")
        return code
    if int(code) > 255:
        raise ValueError("\\%s is not a byte; the highest is \\255" % code.decode())
    return bytes((int(code),))


def quoted(data):
    """Bytes as one quoted string."""
    text = data.decode("latin-1")
    if not _PLAIN.match(text):
        text = "".join(_escaped(char) for char in text)
    return '"%s"' % text


def _escaped(char):
    if char in '"\\':
        return "\\" + char
    return char if " " <= char <= "~" else "\\%03d" % ord(char)


def string(token):
    """The bytes of one token: a quoted string or a word. Raises ValueError."""
    if token.startswith('"'):
        token = token[1:-1]
    return unescape(token)


def strings(parts):
    """Character strings as canonical text: each in quotes, none over 255 bytes."""
    pieces = []
    for data in parts:
        pieces += [data[at : at + STRING] for at in range(0, len(data), STRING)] or [b""]
    fits(sum(len(piece) + 1 for piece in pieces))
    return " ".join(quoted(piece) for piece in pieces)


def fits(size):
    """Raise ValueError for data of more bytes than a record has room for."""
    if size > DATA:
        raise ValueError("its data has %d bytes; %d are the most that a record holds" % (size, DATA))
