# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Zones as PowerDNS has them: kinds, metadata, catalogs and signing."""

from __future__ import annotations

import contextlib
import re
import time
from urllib.parse import quote

from ...core.errors import Failure, NotFound, Refused
from .. import names
from ..resource import kind_of

ARRIVAL = 30  # seconds for a secondary's first transfer, where it is to be signed
SIGNING = ("dnssec", "nsec3param")
_PLAIN_ID = re.compile(r"[^A-Za-z0-9.-]")


def path_of(zone):
    """The zone's path: what is no letter, digit, dot or hyphen is written as =XX."""
    return "/zones/%s" % ("=2E" if zone == "." else _PLAIN_ID.sub(lambda char: "=%02X" % ord(char.group()), zone))


def zone_row(head):
    """A zone as the API tells it, as a row."""
    row = {"name": names.absolute(head["name"]), "kind": kind_of(head.get("kind") or "Native")}
    row["masters"] = sorted(head.get("masters") or ())
    row["soa_edit_api"] = head.get("soa_edit_api") or None
    row.update(serial=head.get("serial"), dnssec=bool(head.get("dnssec")))
    row["nsec3param"] = head.get("nsec3param") or ""
    row["catalog"] = head.get("catalog") or ""
    return row


def require_server(http):
    """Refuse a server id that is not there, which answers like a zone that is not."""
    try:
        http.json("GET", "")
    except NotFound:
        raise Refused("PowerDNS has no server at %s; check powerdns.url and powerdns.server" % http.base) from None


class Zones:
    """The store of zones."""

    WORKERS = 4

    def __init__(self, http, wanted=None):
        self.http, self.wanted = http, wanted

    def read(self):
        """The wanted zone's row if it is there, or all zones; one call."""
        if self.wanted is None:
            return [zone_row(head) for head in self._collection("GET", "/zones")]
        try:
            return [zone_row(self._head(self.wanted))]
        except NotFound:
            require_server(self.http)
            return []

    def create(self, change):
        """Make the zone, with the server's own SOA and no NS."""
        body = dict(_settings(change.want), name=change.key, nameservers=[])
        body.setdefault("kind", "Native")
        later = {}
        if body["kind"] == "Slave" and body.get("dnssec"):
            later = {name: body.pop(name) for name in SIGNING if name in body}
        self._catalog(change)
        row = zone_row(self._collection("POST", "/zones?rrsets=false", json=body))
        self._tell(change.key, change.want.get("metadata") or {})
        if later:
            self._arrived(change.key)
            self.http.call("PUT", path_of(change.key), json=later)
            row.update(later)
        return dict(row, metadata=change.want.get("metadata"))

    def _arrived(self, zone):
        """Have a new secondary transferred: PowerDNS signs what it has, and is confused for good by an earlier try."""
        self.http.call("PUT", path_of(zone) + "/axfr-retrieve")
        end = time.monotonic() + ARRIVAL
        while not self._head(zone).get("serial"):
            if time.monotonic() >= end:
                text = (
                    "zone %s: it is there and not signed: nothing came from its primaries in %d s. Look at `masters` "
                    "and at the server's log, then run this again"
                )
                raise Failure(text % (zone, ARRIVAL))
            time.sleep(0.2)

    def detailed(self, rows, wanted):
        """The zone's row with its metadata, which is a call more; kinds that are wanted and not there are empty."""
        for row in rows:
            found = self.http.json("GET", path_of(row["name"]) + "/metadata")
            row["metadata"] = dict({kind: [] for kind in wanted}, **{m["kind"]: sorted(m["metadata"]) for m in found})
        return rows

    def _head(self, zone):
        """What the API says of a zone, without its record sets."""
        return self.http.json("GET", path_of(zone) + "?rrsets=false")

    def _tell(self, zone, metadata):
        """Set kinds of metadata; an empty list removes one."""
        for kind, said in sorted(metadata.items()):
            self.http.call("PUT", "%s/metadata/%s" % (path_of(zone), quote(kind, safe="")), json={"metadata": said})

    def _collection(self, method, path, **body):
        try:
            return self.http.json(method, path, **body)
        except NotFound:
            require_server(self.http)
            raise

    def update(self, change):
        """Set what differs."""
        body = _settings({name: change.want[name] for name in change.fields})
        if "catalog" in body:
            self._catalog(change)
        if body.get("dnssec") and change.after["kind"] == "Secondary" and not change.before["serial"]:
            self._arrived(change.key)
        if body:
            self.http.call("PUT", path_of(change.key), json=body)
        if "metadata" in change.fields:
            have, want = (change.before or {}).get("metadata") or {}, change.want["metadata"]
            self._tell(change.key, {kind: said for kind, said in want.items() if have.get(kind) != said})
        if any(name in body for name in SIGNING):
            self._signed(change.key, body)

    def _catalog(self, change):
        """Refuse a catalog that is none: PowerDNS takes any name, and versions before 4.7 pass over it."""
        name = change.want.get("catalog")
        if not name:
            return
        try:
            head = self._head(name)
        except NotFound:
            head = {}
        if head.get("kind") != "Producer":
            text = "zone %s: the catalog %s is no zone of kind Producer here; make it first (PowerDNS 4.7 or newer)"
            raise Refused(text % (change.key, name))

    def _signed(self, zone, body):
        """Read back what was said about signing: a server without DNSSEC in its backend may leave it as it was."""
        row = zone_row(self._head(zone))
        for name in SIGNING:
            if name in body and row[name] != body[name]:
                text = (
                    "zone %s: PowerDNS took %s %r and has %r; is DNSSEC on in its backend (gsqlite3-dnssec and so on)?"
                )
                raise Failure(text % (zone, name, body[name], row[name]))

    def delete(self, change):
        """Remove the zone with all its records."""
        with contextlib.suppress(NotFound):
            self.http.call("DELETE", path_of(change.key))


def _settings(row):
    """Fields in the API's words; the old ones, which every version understands."""
    body = {
        name: row[name]
        for name in ("masters", "soa_edit_api", "dnssec", "nsec3param", "catalog")
        if row.get(name) is not None
    }
    if row.get("kind"):
        body["kind"] = {"Primary": "Master", "Secondary": "Slave"}.get(row["kind"], row["kind"])
    if body.get("dnssec"):
        body["api_rectify"] = True  # else changed names are denied where the server's default-api-rectify is off
    return body
