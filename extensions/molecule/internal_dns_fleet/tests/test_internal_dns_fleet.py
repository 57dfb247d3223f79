# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the name servers of the playbook internal_dns answer, BIND and PowerDNS alike: a host moved, and one left."""

from __future__ import annotations

import pytest

UPDATE = (
    "import dns.query, dns.rcode, dns.update; message = dns.update.UpdateMessage('rack.internal.');"
    "message.add('evil', 60, 'A', '192.0.2.66');"
    "print(dns.rcode.to_text(dns.query.tcp(message, '127.0.0.1', timeout=5).rcode()))"
)


@pytest.fixture
def bind(host):
    """A host whose name server is BIND."""
    if not host.package("bind9").is_installed:
        pytest.skip("another name server")
    return host


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("app1.rack.internal", "192.0.2.20"),
        ("app1", "192.0.2.20"),
        ("www", "192.0.2.20"),
        ("192.0.2.20", "app1.rack.internal"),
    ],
)
def test_our_names_resolve_both_ways(host, asked, answer):
    assert answer in host.check_output("getent hosts %s" % asked).split()


def test_each_server_has_a_name_both_ways(host):
    ask = "getent --service=dns hosts %s"  # /etc/hosts knows it, too
    name = "%s.rack.internal" % host.check_output("hostname --short")
    address = host.check_output(ask % name).split()[0]
    assert address in host.check_output("hostname -I").split()
    assert host.check_output(ask % address).split() == [address, name]


@pytest.mark.parametrize("asked", ["192.0.2.10", "app2", "2001:db8::10"])
def test_what_has_left_is_gone(host, asked):
    assert host.run("getent hosts %s" % asked).rc == 2


def test_names_from_outside_resolve(host):
    assert host.run("getent hosts deb.debian.org").rc == 0


def test_the_server_starts_at_boot(bind):
    assert bind.service("named").is_running and bind.service("named").is_enabled


def test_nobody_changes_a_zone_without_the_key(bind):
    assert bind.check_output('python3 -c "%s"' % UPDATE) == "REFUSED"


def test_nobody_else_reads_the_key(bind):
    assert bind.file("/etc/bind/rackwright.secret").mode == 0o600
    key = bind.file("/etc/bind/rackwright.key")
    assert (key.mode, key.group) == (0o640, "bind")
    assert bind.file("/etc/bind/rackwright.secret").content_string in key.content_string
