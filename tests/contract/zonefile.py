# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's record sets in a zone file: no server stands between, so that what cannot break is left out."""

from __future__ import annotations

import copy
import os
import pathlib
import shutil
import tempfile

import dns.zone
import pytest
from contract.messages import Request
from contract.provider import OWNER
from contract.zones import ZoneProvider


class Folder:
    """A door to a folder, in place of a Proxy: `writes` are the files that are not as they were at the last `clear`."""

    def __init__(self, path):
        self.path, self.url, self.read_only = path, str(path), False
        self.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass

    def _look(self):
        return {p.name: (p.stat().st_ino, p.stat().st_mtime_ns, p.read_bytes()) for p in self.path.iterdir()}

    def clear(self):
        """Take what is there for granted."""
        self.before = self._look()

    @property
    def writes(self):
        """What has changed since."""
        now = self._look()
        names = sorted(name for name in {*now, *self.before} if now.get(name) != self.before.get(name))
        return [Request("PUT", name, b"", b"") for name in names]

    def fault(self, *_fault, **_which):
        """Nothing is between the module and its files."""
        pytest.skip("a file on this host answers with no fault; tests/integration/test_dns_zonefile.py kills the runs")


class DnsInZoneFile(ZoneProvider):
    """Record sets of one zone in its file."""

    NAME = "zonefile"
    REMOTE = "files are on the host of the module"

    def start(self):
        """A folder."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rackwright-zonefile-"))
        self.file = self.folder / "contract.example.zone"

    def stop(self):
        """Remove it."""
        shutil.rmtree(str(self.folder))

    def door(self):
        """The folder itself."""
        return Folder(self.folder)

    def answer(self, _status):
        """Files do not answer."""
        return "a file on this host answers with no status"

    def fresh(self):
        """No files."""
        for name in os.listdir(str(self.folder)):
            os.unlink(str(self.folder / name))

    def args(self, url, rows, **more):
        """A task of dns_zone."""
        task = {"provider": "zonefile", "zonefile": {"folder": url}, "zone": self.ZONE, "owner": OWNER}
        return dict(task, records=copy.deepcopy(list(rows)), **more)

    def removal(self, url, rows):
        """A task of dns_record."""
        named = [{"name": row["name"], "type": row["type"]} for row in rows]
        return "dns_record", self.args(url, named, state="absent")

    def many(self):
        """Nothing to page."""
        return "a file has no pages"

    def meddler(self):
        """Nobody, as the file is swapped whole."""
        return "a file is swapped whole; who comes between is tested in test_dns_zonefile.py and the unit tests"

    def strangers(self):
        """A set without a stamp, and one with another owner's."""
        with open(str(self.file), "a", encoding="utf-8") as stream:
            stream.write("unstamped 60 IN A 192.0.2.77\nothers 60 IN A 192.0.2.77 ; rackwright/other\n")
        return {("%s.%s" % (name, self.ZONE), "A") for name in ("unstamped", "others")}

    def truth(self):
        """The file's record sets but for the SOA, as dnspython reads them."""
        if not self.file.exists():
            return {}
        zone = dns.zone.from_file(str(self.file), origin=self.ZONE, relativize=False, check_origin=False)
        return {
            (str(name), found.rdtype.name): (found.ttl, sorted(value.to_text() for value in found))
            for name, node in zone.items()
            for found in node
            if found.rdtype.name != "SOA"
        }

    def facts(self, rows):
        """The same of declared rows."""
        return {("%s.%s" % (row["name"], self.ZONE), row["type"]): (row["ttl"], sorted(row["values"])) for row in rows}

    def litter(self):
        """Files that are no zone's."""
        return [name for name in os.listdir(str(self.folder)) if name != self.file.name]
