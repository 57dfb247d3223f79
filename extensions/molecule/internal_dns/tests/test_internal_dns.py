# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a name server and a client of the role internal_dns answer."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("name", ["pdns", "pdns-recursor"])
def test_the_servers_run_and_start_at_boot(host, name):
    service = host.service(name)
    assert service.is_running
    assert service.is_enabled


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("www.rack.internal", "192.0.2.10"),
        ("www", "192.0.2.10"),
        ("192.0.2.10", "www.rack.internal"),
        ("192.168.7.7", "private.rack.internal"),
    ],
)
def test_our_names_resolve_both_ways(host, asked, answer):
    assert answer in host.check_output("getent hosts %s" % asked).split()


def test_names_from_outside_resolve(host):
    assert host.run("getent hosts deb.debian.org").rc == 0


def test_a_name_that_is_not_there_is_not_found(host):
    assert host.run("getent hosts nobody.rack.internal").rc == 2


def test_the_resolver_is_ours_and_the_original_is_kept(host):
    lines = host.file("/etc/resolv.conf").content_string.splitlines()
    address = host.check_output("hostname -I").split()
    assert lines[1] == "search rack.internal"
    assert lines[2].split()[1] in address
    assert lines[3] == "options timeout:2"
    assert "nameserver" in host.file("/var/lib/rackwright/resolv.conf").content_string


def test_the_api_listens_on_loopback_only(host):
    assert host.socket("tcp://127.0.0.1:8081").is_listening
    assert not host.socket("tcp://0.0.0.0:8081").is_listening
    for address in host.check_output("hostname -I").split():
        assert not host.socket("tcp://%s:8081" % address).is_listening


def test_the_key_opens_the_api_and_nobody_else_reads_it(host):
    url = "http://127.0.0.1:8081/api/v1/servers/localhost/zones"
    command = "curl --silent -o /dev/null -w '%%{http_code}' -H \"X-API-Key: %s\" " + url
    assert host.check_output(command % "$(cat /etc/powerdns/rackwright.key)") == "200"
    assert host.check_output(command % "wrong") == "401"
    assert host.file("/etc/powerdns/rackwright.key").mode == 0o600
    assert len(host.file("/etc/powerdns/rackwright.key").content_string) == 40
    secret = host.file("/etc/powerdns/rackwright.d/api.conf")
    assert (secret.mode, secret.group) == (0o640, "pdns")


def test_zones_go_to_nobody_unasked(host):
    pdns = host.file("/etc/powerdns/pdns.conf").content_string
    assert "allow-axfr-ips=127.0.0.0/8, ::1\n" in pdns
    assert "api-key" not in pdns
