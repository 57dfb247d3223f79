# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of HTTP as they pass through a door: read whole or in pieces, and changed in nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass
class Request:
    """One request as it came; `status` is what the client was answered, None when it was answered nothing."""

    method: str
    path: str
    head: bytes
    body: bytes
    status: int | None = None


class Hangup(Exception):
    """One side is gone, or a fault wants it gone."""


def read_head(source):
    """A message's first line and headers, with the empty line that ends them."""
    lines = []
    while True:
        line = source.readline(65536)
        if not line:
            raise Hangup
        lines.append(line)
        if line in (b"\r\n", b"\n"):
            return b"".join(lines)


def read_request(source):
    """The next request of a client."""
    head = read_head(source)
    method, path, _version = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
    return Request(method, path, head, b"".join(body_pieces(source, head)) if is_delimited(head) else b"")


def answer_pieces(source, head):
    """An answer as it comes; one without a length ends with the connection."""
    yield head
    if is_delimited(head):
        yield from body_pieces(source, head)
    else:
        while piece := source.read1(65536):
            yield piece


def _length(head):
    found = re.search(rb"(?im)^content-length:\s*(\d+)", head)
    return int(found.group(1)) if found else None


def _chunked(head):
    return re.search(rb"(?im)^transfer-encoding:\s*chunked", head)


def is_delimited(head):
    """Whether a message says where its body ends."""
    return _length(head) is not None or _chunked(head)


def body_pieces(source, head):
    """A message's body as it comes: in chunks, or by its length."""
    if _chunked(head):
        yield from _chunks(source)
        return
    left = _length(head)
    while left:
        piece = source.read1(min(left, 65536))
        if not piece:
            raise Hangup
        left -= len(piece)
        yield piece


def _chunks(source):
    while True:
        line = source.readline(1024)
        size = int(line.split(b";")[0], 16)
        yield line + source.read(size + 2)
        if not size:
            return
