# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host whose resolver is systemd-resolved asks the name servers that it is told to. Both name servers
are fakes."""

from __future__ import annotations

import os
import time

import pytest
from integration.host import SECONDS, Host, packages

pytestmark = pytest.mark.skipif(os.environ.get("RACKWRIGHT_ROLES") != "all", reason="`make platforms` runs it")
FAKE = """
import socket, sys
here, address, below = sys.argv[1:]
door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
door.bind((here, 53))
while True:  # every name below has the address, others are refused
    ask, who = door.recvfrom(4096)
    end = ask.index(b"\\0", 12) + 5
    ours = below.encode() in ask[12:end]
    found = ours and ask[end - 4 : end - 2] == b"\\0\\1"
    told = b"\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\1\\0\\4" + socket.inet_aton(address) if found else b""
    head = ask[:2] + (b"\\x85\\x80" if ours else b"\\x81\\x85") + b"\\0\\1\\0" + bytes([found]) + b"\\0\\0\\0\\0"
    door.sendto(head + ask[12:end] + told, who)
"""
OURS, NETWORK = ("127.0.0.2", "192.0.2.10", "internal"), ("127.0.0.3", "192.0.2.20", "")  # where, address, names
STUB = "/run/systemd/resolve/stub-resolv.conf"


class Resolved(Host):
    """A host of Debian 12 with systemd-resolved, from its package."""

    DATA = "/var/lib/resolved"
    image = "rackwright/lab:debian-12"

    def __init__(self):
        self.binds = packages("ansible")

    def furnish(self):
        """Install it, and let it rule resolv.conf, which the engine has mounted."""
        self.run("sh", "-c", "until systemctl is-system-running | grep -qE 'running|degraded'; do sleep 0.2; done")
        self.run("sh", "-c", "apt-get update -qq && apt-get install -y -qq --no-install-recommends systemd-resolved")
        self.run("sh", "-c", "umount /etc/resolv.conf; ln -sf %s /etc/resolv.conf" % STUB)
        self.write("/root/fake.py", FAKE)
        for number, words in enumerate((OURS, NETWORK)):
            self.run("systemd-run", "--quiet", "--unit", "fake-names-%d" % number, "python3", "/root/fake.py", *words)
        self.restart()
        self.run("resolvectl", "dns", "eth0", NETWORK[0])  # as the network's own configuration would

    def restart(self):
        """What the role's handler does."""
        self.run("systemctl", "restart", "systemd-resolved")

    def asked(self, name):
        """The addresses of a name by the system's own way, none where it is not found."""
        late = time.monotonic() + SECONDS
        while self.run("systemctl", "is-active", "systemd-resolved").strip() != "active":
            assert time.monotonic() < late
        return self.run("sh", "-c", "getent ahostsv4 %s || true" % name).split()[:1]


@pytest.fixture(scope="module")
def host():
    with Resolved() as made:
        yield made


def test_a_host_with_systemd_resolved_asks_them_and_goes_back(host):
    ours, network = [OURS[1]], [NETWORK[1]]
    wanted = {"nameservers": [OURS[0]], "search": ["rack.internal"]}
    assert host.module("resolver", wanted, check=True)["changed"] and host.asked("www.rack.internal") == network
    assert host.module("resolver", wanted, diff=True)["changed"]
    host.restart()
    assert host.asked("www.rack.internal") == host.asked("www") == ours and host.asked("www.example.org.") == []
    assert not host.module("resolver", wanted)["changed"]
    assert host.module("resolver", dict(wanted, domains=["rack.internal"]))["changed"]
    host.restart()
    assert host.asked("www.rack.internal") == ours and host.asked("www.example.org.") == network
    assert host.module("resolver", {"state": "absent"})["changed"]
    host.restart()
    assert host.asked("www.rack.internal") == network and STUB in host.run("readlink", "/etc/resolv.conf")
    assert not host.module("resolver", {"state": "absent"})["changed"]
