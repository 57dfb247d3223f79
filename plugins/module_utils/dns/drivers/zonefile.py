# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Zone files in a folder of the host that runs the module, and the name server that reads them."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import glob
import os
import stat
from urllib.parse import quote, unquote

from ...core import files
from ...core.errors import Conflict, Failure, NotFound, Refused
from ...core.field import Field
from ...core.lib import absolute
from ...core.plan import Change
from ...core.runner import run
from .. import names, rdata, zonetext
from ..base import DnsDriver
from ..resource import TTL

SHOWN = 10  # lines of a command's output that an error repeats
FIELDS = ("ttl", "values", "owner")
OWED = "an interrupted run has not told the server of this file"
_WORDS = (
    "A list of words, run without a shell; V({zone}) and V({file}) in them stand for the zone's name and its file. "
)


def _field(name, help, **more):
    return Field(name, help=help, env=("RACKWRIGHT_ZONEFILE_%s" % name.upper(),), **more)


def _command(name, *help):
    return _field(name, (_WORDS + help[0],) + help[1:], type="list", elements="str")


class ZoneFile(DnsDriver):
    """A folder with a file for each zone. A file changes whole or not at all."""

    NAME = "zonefile"
    TITLE = "zone files on the host that runs the module, for BIND, Knot, NSD and others"
    LINK = "https://www.rfc-editor.org/rfc/rfc1035"
    OPTIONS = (
        _field("folder", "Where the zone files are.", type="path", required=True),
        _field("name", "How they are called; V({zone}) stands for the zone's name.", default="{zone}.zone"),
        _command("check", "It must accept a new file before that takes the old one's place; C(named-checkzone) does."),
        _command(
            "reload",
            "It is run once for each zone that has changed, such as C(rndc reload {zone}).",
            "If it fails, the old file is put back.",
        ),
        _command("on_create", "Run in place of O(zonefile.reload) when a zone has got its first records."),
        _command("on_delete", "Run when a zone's file was removed."),
        _field(
            "serial",
            "What a change makes of the SOA's serial number: V(date) YYYYMMDDnn, V(increment) one more.",
            choices=("date", "increment"),
            default="date",
        ),
        _field(
            "soa",
            "The SOA of a new zone for which none is declared; names are relative to the zone.",
            default="ns1 hostmaster 0 10800 3600 604800 3600",
        ),
        _field(
            "take_over",
            "Rewrite files that people wrote. Their comments, C($INCLUDE) and order are lost, their records are not.",
            type="bool",
            default=False,
        ),
        _field("timeout", "Seconds that each command may take.", type="int", default=60),
    )
    CAPS = {
        "kind=Native": "a server is primary for what it reads from a file",
        "kind=Secondary": "the file of a secondary is written by its server",
        "masters": "a server is primary for what it reads from a file",
        "soa_edit_api": "zonefile.serial says how the serial number is raised",
        "type=ALIAS": "zone files have no such type",
    }

    def __init__(self, options, transport=None):
        super().__init__(options, transport)
        self.folder = absolute(options["folder"])
        name = options.get("name") or "{zone}.zone"
        if name.count("{zone}") != 1 or "/" in name or name.startswith("."):
            raise Refused("provider zonefile: name %r must hold {zone} once, no slash, and no dot in front" % name)
        self.name = name.split("{zone}")

    def path(self, zone):
        """Where the zone's file is, links followed. What a zone's name has that a file's should not is written %XX."""
        word = quote(zone[:-1], safe="") or "%2E"
        return os.path.realpath(os.path.join(self.folder, word.join(self.name)))

    def known(self):
        """The zones that have a file, in order."""
        try:
            found = os.listdir(self.folder)
        except OSError as error:
            raise self.trouble(error) from None
        before, behind = self.name
        words = (name[len(before) : len(name) - len(behind)] for name in found if self._fits(name, before, behind))
        return sorted(filter(None, map(_zone_of, words)))

    @staticmethod
    def _fits(name, before, behind):
        inner = len(name) - len(before) - len(behind)
        return inner > 0 and name[0] != "." and name.startswith(before) and name.endswith(behind)

    def zones(self, wanted=None):
        """The store of zones: of one by its canonical name, or of all."""
        return Zones(self, wanted)

    def records(self, zone):
        """The store of one zone's record sets."""
        return Records(self, zone)

    def first_soa(self, zone):
        """The SOA of a new zone. Raises Refused."""
        try:
            return rdata.canonical("SOA", self.options["soa"], names.in_file(zone))
        except ValueError as error:
            raise Refused("provider zonefile: soa: %s" % error) from None

    def command(self, name, zone, path):
        """Run the command of that option, if there is one. Raises Failure with what it said."""
        words = self.options.get(name)
        if not words:
            return
        bare = zone[:-1] or zone
        words = [word.replace("{zone}", bare).replace("{file}", path) for word in words]
        status, out, err = run(words, timeout=self.options["timeout"], check=False)
        if status:
            said = " / ".join((out + err).strip().splitlines()[-SHOWN:])
            raise Failure("zonefile.%s: %s ended with exit status %d: %s" % (name, words[0], status, said))

    def trouble(self, error):
        """The Failure that an OSError about the folder is."""
        where = error.filename or self.folder
        return Failure("zone file %s: %s on this host; check zonefile.folder" % (where, error.strerror or error))

    @contextlib.contextmanager
    def alone(self):
        """Nobody else who asks for it writes in the folder meanwhile. What a killed run was writing is removed."""
        try:
            handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                for path in glob.glob(os.path.join(glob.escape(self.folder), ".rackwright-*")):
                    os.unlink(path)
                yield
            finally:
                os.close(handle)
        except OSError as error:
            raise self.trouble(error) from None


def _zone_of(word):
    """The zone that a part of a file's name stands for, or None."""
    try:
        zone = names.absolute(unquote(word))
    except ValueError:
        return None
    return zone if (quote(zone[:-1], safe="") or "%2E") == word else None


class Home:
    """The file of one zone. While the server has yet to be told of a change, what was there before is in `past`."""

    def __init__(self, driver, zone):
        self.driver, self.zone = driver, zone
        self.path = driver.path(zone)
        folder, name = os.path.split(self.path)
        self.past = os.path.join(folder, ".%s.past" % name)
        self.lost = set()

    @property
    def owed(self):
        """Whether a run ended before the server was told."""
        return os.path.exists(self.past)

    def rows(self):
        """The record sets of the file; none when there is no file. Raises Refused for what cannot be read."""
        path = self.path if os.path.exists(self.path) else self.past  # of a deletion that was interrupted
        rows, self.lost = self._read(path) if os.path.exists(path) else ([], set())
        return rows

    def _read(self, path):
        reader = zonetext.Reader(self.zone)
        reader.file(path, self.path)
        return reader.whole(self.path), reader.lost

    def is_new(self, rows):
        """Whether the server has never been told of more than the SOA; rows: of the file."""
        return len(self._read(self.past)[0] if self.owed else rows) == 1

    def write(self, rows, check=None):
        """Put these record sets into the file. check: called with the new one before it takes the old one's place."""
        mode = stat.S_IMODE(os.stat(self.path).st_mode) if os.path.exists(self.path) else 0o644
        files.replace(self.path, zonetext.whole(self.zone, rows), mode, check=check)

    def swap(self, rows, name):
        """The same with the check that is asked for, and the server told by the command of that name."""

        def accepted(candidate):
            try:
                self.driver.command("check", self.zone, candidate)
            except Failure as failure:
                raise Failure("zone %s: the file stays as it was: %s" % (self.zone, failure)) from None
            if self.driver.options.get(name):
                with contextlib.suppress(FileExistsError, FileNotFoundError):
                    os.link(self.path, self.past)

        self.write(rows, accepted)
        self.tell(name)

    def tell(self, name):
        """Tell the server; if that fails, the file is again what it was before."""
        try:
            self.driver.command(name, self.zone, self.path)
        except Failure as failure:
            os.replace(self.past, self.path)
            raise Failure("zone %s: the file is again as it was: %s" % (self.zone, failure)) from None
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.past)

    def refuse_lost(self):
        """Raise Refused when a rewriting would lose what people have written."""
        if not self.lost or self.driver.options.get("take_over"):
            return
        why = "it was not written by Rackwright"
        if "header" not in self.lost:
            why = "somebody has put a %s into it" % " and a ".join(sorted(self.lost))
        raise Refused(
            "zone %s: %s: %s, and comments, $INCLUDE and order would be lost; allow it with zonefile.take_over: true"
            % (self.zone, self.path, why)
        )


def _head(zone, rows):
    """A zone's own row."""
    soa = next(row for row in rows if row["type"] == "SOA" and row["name"] == zone)
    serial = zonetext.serial_of(soa["values"][0])
    return {"name": zone, "kind": "Primary", "masters": [], "serial": serial, "dnssec": False}


class Zones:
    """The store of zones."""

    WORKERS = 1

    def __init__(self, driver, wanted=None):
        self.driver, self.wanted = driver, wanted

    def read(self):
        """The wanted zone's row if its file is there, or those of all; files that cannot be read have no serial."""
        if self.wanted is not None:
            rows = Home(self.driver, self.wanted).rows()
            return [_head(self.wanted, rows)] if rows else []
        return list(map(self._seen, self.driver.known()))

    def _seen(self, zone):
        try:
            return _head(zone, Home(self.driver, zone).rows())
        except Failure:
            return {"name": zone, "kind": "Primary", "masters": []}

    def amend(self, made, _desired, _owner):
        """Refuse to remove what people have written."""
        for change in made.changes:
            home = Home(self.driver, change.key)
            if change.verb == "delete" and home.rows():
                home.refuse_lost()

    def create(self, change):
        """Make a file with nothing but an SOA; no server is told of it before it has records."""
        home = Home(self.driver, change.key)
        rows = [{"name": home.zone, "type": "SOA", "ttl": TTL, "values": [self.driver.first_soa(home.zone)]}]
        with self.driver.alone():
            if os.path.exists(home.path):
                raise Conflict("zone %s: %s was made meanwhile; run it again" % (home.zone, home.path))
            home.write(rows)
        return _head(home.zone, rows)

    def delete(self, change):
        """Remove the file, and tell the server."""
        home = Home(self.driver, change.key)
        with self.driver.alone():
            if os.path.exists(home.path):
                os.replace(home.path, home.past)
            home.tell("on_delete")


class Records:
    """The store of one zone's record sets. `head` is the zone's own row once it was read."""

    def __init__(self, driver, zone):
        self.driver, self.zone, self.head, self.soa = driver, zone, None, None
        self.home = Home(driver, zone)

    def read(self):
        """All record sets of the file. Raises NotFound when there is none."""
        rows = self.home.rows()
        if not rows:
            raise NotFound(
                "zone %s: there is no file %s; make it with `dns_zone`, or check the name" % (self.zone, self.home.path)
            )
        self.head = _head(self.zone, rows)
        self.soa = next(row for row in rows if self._is_soa((row["name"], row["type"])))
        return rows

    def _is_soa(self, key):
        return key == (self.zone, "SOA")

    def amend(self, made, _desired, _owner):
        """Refuse what would lose something; write again what no server was told of."""
        if any(change.verb == "delete" and self._is_soa(change.key) for change in made.changes):
            raise Refused("record set %s SOA: a zone file needs it" % self.zone)
        if self.head and self.home.owed and not made:
            key, row = (self.zone, "SOA"), self.soa
            made.kept.pop(key, None)
            made.changes.append(Change("update", key, row, row, row, ("values",), OWED))
        if made:
            self.home.refuse_lost()

    def send(self, changes):
        """Carry all changes out in one swap of files; what others have written meanwhile stays."""
        with self.driver.alone():
            rows = {(row["name"], row["type"]): row for row in self.home.rows()}
            if not rows:
                raise NotFound("zone %s: its file was deleted meanwhile; make it with `dns_zone`" % self.zone)
            new = self.home.is_new(rows)
            self._put(rows, changes)
            self.home.swap(rows.values(), "on_create" if new and self.driver.options.get("on_create") else "reload")

    def _put(self, rows, changes):
        """Apply the changes to the rows, and raise the serial number. Raises Conflict."""
        soa = (self.zone, "SOA")
        before = rows[soa]["values"][0]
        for change in changes:
            if not self._is_soa(change.key) and _told(rows.get(change.key)) != _told(change.before):
                failure = Conflict("it was changed meanwhile by somebody else; run it again")
                failure.keys = [change.key]
                raise failure
            if change.after is None:
                rows.pop(change.key, None)
            else:
                rows[change.key] = change.after
        after, serial = rows[soa]["values"][0], zonetext.serial_of(before)
        if not zonetext.ahead(zonetext.serial_of(after), serial):
            serial = zonetext.raised(serial, self.driver.options["serial"], datetime.date.today())
            rows[soa] = dict(rows[soa], values=[zonetext.with_serial(after, serial)])


def _told(row):
    """What tells whether somebody has changed a set."""
    return row and [row.get(name) for name in FIELDS]
