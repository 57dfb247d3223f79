# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An address changes, and a resolver that remembers answers follows within the set's TTL: a real BIND as resolver,
in front of a real PowerDNS and a real BIND."""

from __future__ import annotations

import time

import pytest
from contract.modules import run
from integration.bind import Bind
from integration.powerdns import PowerDNS

ZONE = "ttl.test."
SHORT, LONG = 2, 3600  # seconds


class Resolver(Bind):
    """A named that asks the server at a port of this host for ZONE, and keeps what it is told for its TTL."""

    def __init__(self, port):
        super().__init__()
        self.asked = port

    def prepare(self):
        """As ever, but that it asks on."""
        super().prepare()
        config = self.folder / "named.conf"
        text = config.read_text().replace("recursion no;", "recursion yes; empty-zones-enable no;")
        text += 'zone "%s" { type forward; forward only; ' % ZONE
        config.write_text(text + "forwarders { 127.0.0.1 port %d; }; };\n" % self.asked)

    def says(self, name):
        """What a client of it is told."""
        asked = {"name": name + "." + ZONE, "types": ["A"], "server": "127.0.0.1", "port": self.port}
        told = run("dns_answer_info", dict(asked, recursive=True))
        return told["records"][0]["values"] if told["records"] else []


@pytest.mark.parametrize("provider", ["powerdns", "rfc2136"])
def test_a_name_follows_its_address_within_its_ttl(provider):
    with PowerDNS() if provider == "powerdns" else Bind(ZONE.rstrip(".")) as server:
        if provider == "powerdns":
            port, options = server.dns_port, {"url": server.url, "api_key": server.api_key}
        else:
            port, options = server.port, server.options()
        with Resolver(port) as resolver:

            def declare(address):
                rows = [
                    {"name": name, "type": "A", "ttl": ttl, "values": [address]}
                    for name, ttl in (("quick", SHORT), ("slow", LONG))
                ]
                return run("dns_zone", {"provider": provider, provider: options, "zone": ZONE, "records": rows})

            declare("192.0.2.1")
            assert resolver.says("quick") == resolver.says("slow") == ["192.0.2.1"]
            assert declare("192.0.2.2")["changed"]
            time.sleep(SHORT + 1)
            assert resolver.says("quick") == ["192.0.2.2"]
            assert resolver.says("slow") == ["192.0.2.1"], "the resolver remembers nothing, so it proves nothing"
