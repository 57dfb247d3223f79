# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bare dnspython: the least that can be done with it to bring records to a nameserver. Timed as its own process."""

from __future__ import annotations

import json
import pathlib

import dns.query
import dns.rdatatype
import dns.tsig
import dns.update
import dns.zone

from .measure import Wrong

CHUNK = 500  # changes in one update


def main(path):
    """Bring what the JSON file says to where it says."""
    told = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    Raw(told["zone"], told["port"], told["key"]).converge(told["records"])


class Raw:
    """One zone of a nameserver on this host. key: the name and the secret of a TSIG key."""

    def __init__(self, zone, port, key):
        self.zone, self.port, self.key = zone, port, dns.tsig.Key(*key, "hmac-sha256")

    def read(self):
        """The zone's record sets as (name, type) -> (ttl, values), without the apex."""
        found = dns.query.xfr("127.0.0.1", self.zone, port=self.port, keyring=self.key, relativize=False)
        return {
            (name.to_text(), dns.rdatatype.to_text(each.rdtype)): (each.ttl, sorted(data.to_text() for data in each))
            for name, each in dns.zone.from_xfr(found, relativize=False).iterate_rdatasets()
            if name.to_text() != self.zone
        }

    def send(self, changes):
        """Updates of so many changes each; one is a function of the message."""
        for at in range(0, len(changes), CHUNK):
            message = dns.update.UpdateMessage(self.zone)
            for change in changes[at : at + CHUNK]:
                change(message)
            message.use_tsig(self.key)
            answer = dns.query.tcp(message, "127.0.0.1", port=self.port, timeout=60)
            if answer.rcode():
                raise Wrong("an update was answered %s" % dns.rcode.to_text(answer.rcode()))

    def clear(self, kept):
        """Leave but the record `kept`, without which the server refuses to do so."""
        gone = sorted({name for name, _kind in self.read() if name != kept["name"]})
        self.send([lambda message, name=name: message.delete(name) for name in gone])
        self.send([lambda message: message.replace(kept["name"], kept["ttl"], kept["type"], *kept["values"])])

    def converge(self, records):
        """One transfer, the difference, and the updates that it takes."""
        have = self.read()
        self.send(
            [
                lambda message, row=row: message.replace(row["name"], row["ttl"], row["type"], *row["values"])
                for row in records
                if have.get((row["name"], row["type"])) != (row["ttl"], sorted(row["values"]))
            ]
        )

    def expect(self, records):
        """Raises Wrong unless the server holds exactly these records beside the apex."""
        want = {(row["name"], row["type"]): (row["ttl"], sorted(row["values"])) for row in records}
        have = self.read()
        if have != want:
            odd = sorted(set(have) ^ set(want)) or sorted(key for key in want if have[key] != want[key])
            raise Wrong("%d record sets are not as declared, the first is %s" % (len(odd), odd[0]))
