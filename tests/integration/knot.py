# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Knot DNS on loopback, from Debian's knot, that takes transfers and updates signed with its key."""

from __future__ import annotations

import getpass
import shutil

from integration.bind import EMPTY, NameServer, program

CONFIG = """\
server:
    rundir: {folder}
    user: {user}
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    tcp-io-timeout: 10000
database:
    storage: {folder}
    journal-db-mode: asynchronous
key:
  - id: {key}
    algorithm: hmac-sha256
    secret: {secret}
  - id: other
    algorithm: hmac-sha256
    secret: {other}
acl:
  - id: all
    key: {key}
    action: [update, transfer]
  - id: read
    key: other
    action: transfer
template:
  - id: default
    storage: {folder}
    zonefile-sync: -1
    zonefile-load: difference-no-serial
    journal-content: all
    acl: [all, read]
zone:
{zones}
log:
  - target: stderr
    any: warning
"""


class Knot(NameServer):
    """One knotd."""

    NAME, STARTUP = "Knot", 20

    def prepare(self):
        """Its configuration and zone files, without what an earlier start has left."""
        for name in ("journal", "timers", "keys", "catalog"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        zones = ""
        for zone in self.zones:
            path = self.write(self.file_of(zone), EMPTY.format(zone=zone))
            zones += '  - domain: "%s"\n    file: "%s"\n' % (zone, path)
        known = {"key": self.KEY, "secret": self.secret, "other": self.other, "zones": zones}
        self.write("knot.conf", CONFIG.format(folder=self.folder, port=self.port, user=getpass.getuser(), **known))

    def command(self):
        """In the foreground."""
        return [program("knotd"), "-c", str(self.folder / "knot.conf")]
