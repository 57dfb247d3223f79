# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Zone files (RFC 1035, section 5; $TTL of RFC 2308): record sets with the file and line they begin at."""

from __future__ import annotations

import os
import re

from ..core.errors import Failure, Refused
from ..core.lib import absolute
from . import names, rdata, text

NESTED = 8  # files that include each other
SHOWN = 100  # problems told at once
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[();]|[^"\\();]+')
_CLASSES = ("CH", "HS", "CS")


def read(path, zone, ttl):
    """The record sets of a zone file, as canonical rows. Raises Failure, or Refused with every problem and its line.

    path: the file. zone: canonical name, the first $ORIGIN. ttl: seconds where the file says nothing.
    """
    reader = Reader(zone, ttl)
    reader.file(absolute(path), path)
    return reader.rows()


def written(row):
    """A record set as lines of a zone file; None is no line."""
    if row is None:
        return ""
    head = "%s\t%s\tIN\t%s\t" % (row["name"], row.get("ttl", ""), row["type"])
    return "".join("%s%s\n" % (head, value) for value in row.get("values", ()))


def contents(path, shown):
    """The text of a file of the user's. Raises Failure with the reason why it cannot be read."""
    try:
        with open(path, encoding="utf-8-sig") as source:
            return source.read()
    except OSError as error:
        raise Failure("file %s: it cannot be read on this host: %s" % (shown, error.strerror or error)) from None
    except UnicodeDecodeError as error:
        raise Failure("file %s: it is not UTF-8 text (byte %d)" % (shown, error.start)) from None


class Reader:
    """Reads lines into record sets. `sets` maps (name, type) to a row, `problems` has one sentence each."""

    def __init__(self, zone, ttl):
        self.sets, self.problems, self.depth = {}, [], 0
        self.fallback, self.default, self.last = ttl, None, None
        self.owner, self.at, self.path, self.said = None, "", "", []
        self._origin(zone)

    def rows(self):
        """All record sets in the order of the file. Raises Refused."""
        if self.problems:
            more = len(self.problems) - SHOWN
            raise Refused(self.problems[:SHOWN] + (["... and %d more" % more] if more > 0 else []))
        for row in self.sets.values():
            row["values"] = sorted(set(row["values"]))
        return list(self.sets.values())

    def file(self, path, shown):
        """Read one file."""
        outer, self.path, self.depth = self.path, path, self.depth + 1
        for number, indented, words in self._lines(contents(path, shown), shown):
            self.at = "%s:%d" % (shown, number)
            try:
                if words[0][0] == "$" and not indented:
                    self._directive(words)
                else:
                    self._record(words, indented)
            except ValueError as error:
                self.problems.append("%s: %s" % (self.at, error))
        self.path, self.depth = outer, self.depth - 1

    def _lines(self, source, shown):
        """Yield (line number, whether it begins with a blank, words) of each logical line."""
        lines = enumerate(source.splitlines(), 1)
        for number, line in lines:
            self.said = []
            try:
                if text.SPECIAL.search(line):
                    line = self._logical(line, lines)
                    words = text.tokens(line)
                else:
                    words = line.split()
            except ValueError as error:
                self.problems.append("%s:%d: %s" % (shown, number, error))
                continue
            if words:
                yield number, line[0] in " \t", words

    def _logical(self, line, lines):
        """A line without comment and parentheses, with the lines that its parentheses take in."""
        done, depth = [], 0
        while True:
            depth = self._bare(line, depth, done)
            if not depth:
                return "".join(done)
            _number, line = next(lines, (0, None))
            if line is None:
                raise ValueError("a parenthesis is opened and never closed")

    def _bare(self, line, depth, done):
        at = 0
        for match in _PIECE.finditer(line):
            piece = match.group()
            if match.start() != at:
                break
            at = match.end()
            if piece == ";":
                self.comment(line[at:].strip())
                at = len(line)
                break
            depth += {"(": 1, ")": -1}.get(piece, 0)
            if depth < 0:
                raise ValueError("a parenthesis is closed that was never opened")
            done.append(" " if piece in "()" else piece)
        if at != len(line):
            raise ValueError(
                "a quote is opened and never closed" if line[at] == '"' else "the line ends in a backslash"
            )
        done.append(" ")
        return depth

    def comment(self, said):
        """Take notice of a comment. `said` are those of the line at hand."""
        self.said.append(said)

    def _origin(self, name):
        self.origin = name
        self.resolve = names.in_file(name)

    def _directive(self, words):
        word, rest = words[0].upper(), words[1:]
        if word == "$ORIGIN" and len(rest) == 1:
            self._origin(self.resolve(rest[0]))
        elif word == "$TTL" and len(rest) == 1:
            self.default = int(rdata.duration(rest[0]))
        elif word == "$INCLUDE" and len(rest) in (1, 2):
            self._include(*rest)
        elif word in ("$ORIGIN", "$TTL", "$INCLUDE"):
            raise ValueError("%s has %d words after it; that is not its form" % (word, len(rest)))
        else:
            raise ValueError("%s is not supported; known are $ORIGIN, $TTL and $INCLUDE" % words[0])

    def _include(self, token, origin=None):
        if self.depth >= NESTED:
            raise ValueError("files include each other more than %d deep" % NESTED)
        name = os.fsdecode(text.string(token))
        path = os.path.join(os.path.dirname(self.path), name)
        before, owner, where = self.origin, self.owner, self.at
        if origin:
            self._origin(self.resolve(origin))
        try:
            self.file(path, name)
        except Failure as failure:
            raise ValueError(str(failure)) from None
        finally:
            self._origin(before)
            self.owner, self.at = owner, where

    def _record(self, words, indented):
        """Take in one record; returns the row of its set."""
        at = 0
        if not indented:
            self.owner = None
            self.owner, at = self.resolve(words[0]), 1
        elif self.owner is None:
            raise ValueError("the line begins with a blank, so it goes on with the name above; there is none")
        ttl, kind, at = self._head(words, at)
        value = rdata.of_tokens(kind, words[at:], self.resolve)
        if ttl is None:
            ttl = next(t for t in (self.default, self.last, self.fallback) if t is not None)
        else:
            self.last = ttl
        row = self.sets.get((self.owner, kind))
        if row is None:
            row = {"name": self.owner, "type": kind, "ttl": ttl, "values": [value], "_at": self.at}
            self.sets[self.owner, kind] = row
            return row
        if row["ttl"] != ttl:
            raise ValueError(
                "%s %s has TTL %d here and %d at %s; the records of one set share one TTL"
                % (self.owner, kind, ttl, row["ttl"], row["_at"])
            )
        row["values"].append(value)
        return row

    @staticmethod
    def _head(words, at):
        """What stands before the value: (TTL or None, type, index of the value)."""
        ttl = classed = None
        while at < len(words):
            word = words[at].upper()
            at += 1
            if word in rdata.TYPES:
                return ttl, word, at
            if word == "IN" and not classed:
                classed = True
            elif ttl is None and word[0].isdigit():
                ttl = int(rdata.duration(word))
            elif word in _CLASSES:
                raise ValueError("class %s is not supported; DNS on the internet is class IN" % word)
            else:
                return ttl, rdata.type_name(word), at
        raise ValueError("the line has no record type")
