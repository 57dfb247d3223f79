# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of one hosted zone's record sets."""

from __future__ import annotations

import re

from ...core.errors import Ambiguous, Failure, NotFound
from .. import stamps
from . import batches
from .account import id_of, is_private
from .spelling import key_of, name_in, row_of
from .zones import zone_row

MOVED = ("it already exists", "it was not found", "do not match the current values")  # since it was read
_BLAMED = (
    re.compile(r"\[name='(?P<name>[^']+)', type='(?P<type>\w+)'(?:, set.?identifier='(?P<set>[^']*)')?", re.IGNORECASE),
    re.compile(r"RRSet of type (?P<type>\w+) with DNS name (?P<name>\S+)(?P<set>)"),
    re.compile(r"RRSet with DNS name (?P<name>\S+), type (?P<type>\w+)(?:, SetIdentifier (?P<set>\S+))?"),
    re.compile(r"Name=(?P<name>[^,\]]+), Type=(?P<type>\w+)(?:, SetIdentifier=(?!null)(?P<set>[^,\]]+))?"),
)


class Records:
    """The store of one zone's record sets. `head` is the zone's own row once it was read."""

    def __init__(self, account, zone):
        self.account, self.zone, self.head = account, zone, None
        self.served = account.served
        self.stamps, self.wire = {}, {}  # the second: {key: the set as Route 53 has it}, which a deletion repeats

    def read(self):
        """All record sets. Raises NotFound when the zone is not there."""
        zone = self.account.look(self.zone)
        wire = {key_of(found): found for found in self.account.records(id_of(zone))}
        told = self.account.call("get_hosted_zone", Id=id_of(zone)) if is_private(zone) else None
        self.head, self.wire = zone_row(zone, told), wire
        rows, self.stamps = stamps.fold([row_of(found) for found in wire.values()], self.zone)
        return rows

    def amend(self, made, _desired, _owner):
        """Raise Refused for stamps that have no room."""
        stamps.changed(made.changes, self.zone, self.stamps)

    def chunks(self, changes):
        """Cut a plan into batches."""
        return batches.chunks(changes, lambda some: self._sent(some)[0])

    def _sent(self, changes):
        """(the API's changes that these are, with those of their stamps; the stamps after them)."""
        more, stamped = stamps.changed(changes, self.zone, self.stamps)
        zone_id = self.account.id(self.zone)
        found = [one for change in (*changes, *more) for one in batches.actions(change, self.zone, zone_id, self.wire)]
        return batches.ordered(found), stamped

    def send(self, changes):
        """Change record sets, all or none. Raises Ambiguous where the zone is no longer what was read."""
        found, stamped = self._sent(changes)
        if found:
            try:
                self.account.change(
                    "change_resource_record_sets",
                    HostedZoneId=self.account.id(self.zone),
                    ChangeBatch={"Changes": found},
                )
            except NotFound:
                raise NotFound("zone %s: it was deleted meanwhile; make it with `dns_zone`" % self.zone) from None
            except Failure as failure:
                raise blamed(failure, changes) from None
        self.stamps.update(stamped)
        for action in found:
            made = action["ResourceRecordSet"]
            if action["Action"] == "DELETE":
                self.wire.pop(key_of(made), None)
            else:
                self.wire[key_of(made)] = made


def blamed(failure, changes):
    """The failure, with the keys of the record sets that Route 53 names; Ambiguous when they were changed meanwhile."""
    text = str(failure)
    named = {_key(match) for pattern in _BLAMED for match in pattern.finditer(text)}
    keys = [change.key for change in changes if change.key in named]
    if any(words in text for words in MOVED):
        return Ambiguous("%s. Somebody else has changed the zone meanwhile" % text)
    if keys:
        failure.keys = keys
    return failure


def _key(match):
    key = (name_in(match.group("name")), match.group("type"))
    return (*key, match.group("set")) if match.group("set") else key
