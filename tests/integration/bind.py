# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real BIND on loopback, from Debian's bind9, that takes transfers and updates signed with its key.

with Bind("example.test") as server:
    server.port, server.options("example.test"), server.transfer("example.test")
"""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
import shutil

import dns.query
import dns.tsig
import dns.zone
from integration.process import Served

CONFIG = """\
key "{key}" {{ algorithm hmac-sha256; secret "{secret}"; }};
key "other" {{ algorithm hmac-sha256; secret "{other}"; }};
options {{
    directory "{folder}"; pid-file "{folder}/named.pid"; session-keyfile "{folder}/session.key";
    managed-keys-directory "{folder}"; lock-file none;
    listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
    recursion no; dnssec-validation no; notify no;
    allow-query {{ any; }}; allow-transfer {{ key "{key}"; key "other"; }};
    {more}
}};
controls {{ }};
{zones}
"""
ZONE = """\
zone "{zone}" {{ type primary; file "{file}"; {rule} }};
"""
EMPTY = """\
$TTL 3600
@ IN SOA ns1.{zone}. hostmaster.{zone}. 1 3600 600 86400 300
@ IN NS ns1.{zone}.
ns1 IN A 192.0.2.53
"""


def program(name):
    """The path of a program, which may lie where only root looks."""
    found = shutil.which(name, path="%s:/usr/sbin:/sbin" % os.environ.get("PATH", ""))
    if not found:
        raise RuntimeError("%s is not installed: run tools/nameservers.sh" % name)
    return found


class NameServer(Served):
    """What BIND and Knot have in common. zones: what is served; each has SOA, NS and the NS's address."""

    KEY = "rackwright"

    def __init__(self, *zones):
        super().__init__()
        self.zones = zones
        self.secret = base64.b64encode(secrets.token_bytes(32)).decode()
        self.other = base64.b64encode(secrets.token_bytes(32)).decode()

    def write(self, name, text):
        """Write a file into the server's folder."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def file_of(self, zone):
        """The name of a zone's file."""
        return zone.replace("/", "_") + ".zone"

    def options(self, **more):
        """What a task says to reach it."""
        key = {"key_name": self.KEY, "key_secret": self.secret}
        return dict({"server": "127.0.0.1", "port": self.port, "timeout": 10}, **dict(key, **more))

    def transfer(self, zone, port=None):
        """The zone as dnspython reads it, past the driver."""
        key = dns.tsig.Key(self.KEY, self.secret, "hmac-sha256")
        signed = {"keyring": key, "keyname": key.name}
        found = dns.query.xfr("127.0.0.1", zone, port=port or self.port, relativize=False, **signed)
        return dns.zone.from_xfr(found, relativize=False)

    def sets(self, zone):
        """{(name, type): {values}} of a zone, without its SOA."""
        found = {}
        for name, rdataset in self.transfer(zone).iterate_rdatasets():
            kind = dns.rdatatype.to_text(rdataset.rdtype)
            if kind != "SOA":
                found[name.to_text(), kind] = {rdata.to_text() for rdata in rdataset}
        return found


class Bind(NameServer):
    """One named. rule: who may update; `update-policy` by default for everything by KEY. more: further options."""

    NAME, STARTUP = "BIND", 20

    def __init__(self, *zones, rule=None, more=""):
        super().__init__(*zones)
        self.rule = rule or "update-policy { grant %s zonesub ANY; };" % self.KEY
        self.more = more

    def prepare(self):
        """Its configuration and zone files."""
        zones = ""
        for zone in self.zones:
            path = self.write(self.file_of(zone), EMPTY.format(zone=zone))
            with contextlib.suppress(FileNotFoundError):
                os.unlink(str(path) + ".jnl")
            zones += ZONE.format(zone=zone, file=path, rule=self.rule)
        known = {"key": self.KEY, "secret": self.secret, "other": self.other, "zones": zones, "more": self.more}
        self.write("named.conf", CONFIG.format(folder=self.folder, port=self.port, **known))

    def command(self):
        """In the foreground, with one worker."""
        return [program("named"), "-g", "-n", "1", "-c", str(self.folder / "named.conf")]
