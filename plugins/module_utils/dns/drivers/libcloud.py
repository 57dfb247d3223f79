# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any DNS driver of Apache Libcloud, by its name: its single records merged into sets, and written set by set."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace

from ...clients.libcloud import guarded, libcloud_options
from ...core.driver import refuse
from ...core.errors import Ambiguous, Failure, NotFound, Refused
from ...core.field import Field
from ...core.plan import Change
from .. import names, rdata, stamps
from ..base import DnsDriver
from ..dialects import dialect
from ..resource import TTL, kind_of

OPTIONS = libcloud_options("V(digitalocean), V(vultr) or V(powerdns)", "C(host), C(port) and C(secure)") + (
    Field(
        "zone_args",
        type="dict",
        env=("RACKWRIGHT_LIBCLOUD_ZONE_ARGS",),
        help="What its C(create_zone) takes as C(extra), such as C(soa_email) of V(linode).",
    ),
)
ORPHAN = "an interrupted run has left its stamp"
KINDS = {"master": "Primary", "slave": "Secondary"}


class Libcloud(DnsDriver):
    """The zones of one driver's account."""

    NAME = "libcloud"
    TITLE = "any DNS driver of Apache Libcloud"
    LINK = "https://libcloud.readthedocs.io/en/stable/dns/"
    REQUIRES = (("libcloud", "apache-libcloud"),)
    OPTIONS = OPTIONS
    CAPS = {
        "kind": "Libcloud's drivers do not agree about kinds of zones",
        "masters": "Libcloud has no such thing",
        "soa_edit_api": "Libcloud has no such thing",
    }

    def __init__(self, options, transport=None):
        super().__init__(options, transport)
        self.name = options.get("driver") or ""
        self.dialect = dialect(self.name)
        if self.dialect.refused:
            raise Refused("provider libcloud: driver %s: %s" % (self.name, self.dialect.refused))
        self.cloud = guarded("dns", options, transport)
        self.types = set(map(str, self.cloud.call("list_record_types", safe=True))) - set(self.dialect.without)

    def refuse(self, resource, rows):
        """By what the chosen driver can."""
        label, text = resource.label, "%s %s: Libcloud's driver %s cannot do %s: %s"
        refuse(self.NAME, self.abilities(), resource, rows)
        problems = []
        for row in rows:
            kind, told = row.get("type"), (resource.name, label(resource.key(row)), self.name)
            if kind and kind not in self.types:
                why = self.dialect.without.get(kind, "it has %s" % ", ".join(sorted(self.types)))
                problems.append(text % (told + ("type %s" % kind, why)))
            if self.dialect.single and len(row.get("values") or ()) > 1:
                problems.append(text % (told + ("several values", self.dialect.single)))
        if problems:
            raise Refused(problems)

    def zones(self, wanted=None):
        """The store of zones: of one by its canonical name, or of all."""
        return Zones(self, wanted)

    def records(self, zone):
        """The store of one zone's record sets."""
        return Records(self, zone)


class Zones:
    """The store of zones."""

    WORKERS = 4

    def __init__(self, driver, wanted=None):
        self.driver, self.wanted = driver, wanted

    def read(self):
        """The wanted zone's row if it is there, or all of the account. Raises Failure when the list was cut."""
        rows = map(_zone_row, self.driver.cloud.listed("list_zones"))
        return [row for row in rows if self.wanted in (None, row["name"])]

    def create(self, change):
        """Make the zone."""
        extra = dict(self.driver.dialect.zone, **(self.driver.options.get("zone_args") or {}))
        return _zone_row(self.driver.cloud.call("create_zone", self.driver.dialect.domain(change.key), extra=extra))

    def delete(self, change):
        """Remove the zone with all its records."""
        with contextlib.suppress(NotFound):
            self.driver.cloud.call("delete_zone", change.before["_zone"])


def _zone_row(zone):
    told = (zone.extra or {}).get("kind")
    kind = KINDS.get(str(zone.type).lower()) or (kind_of(told) if isinstance(told, str) else None)
    row = {"name": names.absolute(zone.domain), "_zone": zone}
    return dict(row, kind=kind) if kind else row


class Records:
    """The store of one zone's record sets. `head` is the zone's own row once it was read. The changes of one name go
    together, since they share a stamp."""

    def __init__(self, driver, zone):
        self.WORKERS = driver.dialect.workers
        self.driver, self.zone, self.head = driver, zone, None
        self.dialect, self.cloud = driver.dialect, driver.cloud
        self.sets, self.stamps, self.lock = {}, {}, threading.Lock()

    def read(self):
        """All record sets, merged from single records. Raises NotFound when the zone is not there."""
        self._find()
        self.sets = {}
        for record in self.cloud.listed("list_records", self.head["_zone"]):
            kind, extra = str(record.type), record.extra or {}
            name = self._named(record.name)
            ttl = record.ttl or extra.get(self.dialect.ttl) or self.head["_zone"].ttl or TTL
            row = self.sets.setdefault((name, kind), {"name": name, "type": kind, "ttl": int(ttl), "_records": []})
            row["_records"].append((self.dialect.read(kind, str(record.data), extra, self.zone), int(ttl), record))
        for row in self.sets.values():
            row["values"] = sorted({value for value, _ttl, _record in row["_records"]})
        rows, self.stamps = stamps.fold(list(self.sets.values()), self.zone)
        return rows

    def _named(self, name):
        if name in (None, "", "@"):
            return self.zone
        try:
            return names.owner_in(self.zone)(name)
        except ValueError:
            return name  # what is there and we would refuse: shown as it is

    def _find(self):
        found = Zones(self.driver, self.zone).read()
        if not found:
            text = "zone %s: Libcloud's driver %s does not list it; make it with `dns_zone`, or check the name"
            raise NotFound(text % (self.zone, self.driver.name))
        self.head = found[0]

    def amend(self, made, desired, owner):
        """Refuse stamps that the driver cannot write, and what stands in their place; remove those of the owner's that
        a killed run has left without a set."""
        stamps.refuse_places(desired, self.zone)
        for change in stamps.changed(made.changes, self.zone, self.stamps)[0]:
            why = "" if "TXT" in self.driver.types else "a stamp is a TXT record, which it has not"
            if change.after and len(change.after["values"]) > 1:
                why = why or self.dialect.single and "stamps of one name are a set, and %s" % self.dialect.single
            if why:
                text = "record set %s %s: Libcloud's driver %s cannot do owner: %s"
                raise Refused(text % (change.key + (self.driver.name, why)))
        made.changes += self._orphans(made, owner)

    def _orphans(self, made, owner):
        """Changes that take the owner's stamps away which stand for nothing."""
        meant = {change.key for change in made.changes}
        found = []
        for where, mine in self.stamps.items():
            name = stamps.name_at(where, self.zone)
            lost = [(name, kind) for kind, who in mine.items() if who == owner and (name, kind) not in self.sets]
            found += [
                Change("delete", key, {"name": name, "type": key[1]}, why=ORPHAN) for key in lost if key not in meant
            ]
        return found

    @staticmethod
    def cut(changes):
        """The changes of each name."""
        groups = {}
        for change in changes:
            groups.setdefault(change.key[0], []).append(change)
        return groups.values()

    def create_all(self, changes):
        """Carry out changes of one name: the stamp is there before what it stands for, and goes after it."""
        with self.lock:
            if self.head is None:
                self._find()
        done, made = {}, [change for change in changes if change.after]
        try:
            self._stamp(made)
        except Failure as failure:
            return {change.key: failure for change in changes}
        for change in changes:
            try:
                self._write(change.key, change.after)
                done[change.key] = change.after
            except Failure as failure:
                done[change.key] = failure
        gone = [c for c in changes if c.key not in self.sets and not isinstance(done[c.key], Ambiguous)]
        try:
            self._stamp([replace(change, after=None) for change in gone])
        except Failure as failure:
            done.update({change.key: failure for change in gone})
        return done

    update_all = delete_all = create_all

    def _stamp(self, changes):
        """Write the stamps that go with changes of one name."""
        if not changes:
            return
        where = stamps.place(changes[0].key[0], self.zone)
        mine = {where: self.stamps[where]} if where in self.stamps else {}
        more, after = stamps.changed(changes, self.zone, mine)
        for change in more:
            self._write(change.key, change.after)
        self.stamps[where] = after.get(where, {})

    def _write(self, key, row):
        """Bring about a set; None: that it is gone."""
        records = self.sets.get(key, {}).get("_records", [])
        values, ttl = (row["values"], row["ttl"]) if row else ([], None)
        kept = [one for one in records if one[0] in values and one[1] == ttl]
        there = {value for value, _ttl, _record in kept}
        missing, stale = [value for value in values if value not in there], [one for one in records if one not in kept]
        first = [one for one in stale if self._alone(key[1]) or one[0] in missing]
        if self.dialect.replaces:
            first, stale = ([] if row else stale[:1]), []
        try:
            for one in first:
                self._drop(one)
            for value in missing:
                kept.append((value, ttl, self._make(key, value, ttl)))
            for one in stale:
                if one not in first:
                    self._drop(one)
        finally:
            self.sets[key] = {"_records": kept}
            if not kept:
                del self.sets[key]

    def _alone(self, kind):
        """Whether a set of this type cannot hold the old value and the new one for a moment."""
        return bool(self.dialect.single or (kind in rdata.TYPES and rdata.TYPES[kind].single))

    def _drop(self, one):
        with contextlib.suppress(NotFound):
            self.cloud.call("delete_record", one[2], safe=True)  # one that is gone is none to lose

    def _make(self, key, value, ttl):
        data, extra = self.dialect.written(key[1], value)
        name = self.dialect.name(key[0], self.zone)
        return self.cloud.call(
            "create_record", name, self.head["_zone"], key[1], data, extra=dict(extra, **{self.dialect.ttl: ttl})
        )
