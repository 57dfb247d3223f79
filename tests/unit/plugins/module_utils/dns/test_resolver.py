# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's resolver on made-up hosts: changed, changed again, given back."""

from __future__ import annotations

import os

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.dns import resolver
from ansible_collections.rackwright.platform.plugins.module_utils.dns.resolver import Settings

ORIGINAL = "# by dhcp\nsearch old.example\nnameserver 192.0.2.1\nnameserver 192.0.2.2\noptions ndots:0\n"
OURS = Settings(["198.51.100.53"], ["lab.example"], [], ["timeout:1"])


@pytest.fixture
def host(tmp_path):
    (tmp_path / "etc").mkdir()
    return resolver.Host(str(tmp_path))


def put(host, name, text):
    path = host.path(name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


def carry_out(host, writes):
    for write in writes:
        if write.after is None:
            os.unlink(host.path(write.path))
        else:
            put(host, write.path, write.after)


def resolved(host):
    put(host, resolver.UPLINKS, "nameserver 192.0.2.1\nnameserver 198.51.100.53\n")
    os.symlink("../run/systemd/resolve/stub-resolv.conf", host.path(resolver.RESOLV_CONF))


def test_plain_file(host):
    put(host, resolver.RESOLV_CONF, ORIGINAL)
    carry_out(host, resolver.writes(host, OURS))
    text = host.text(resolver.RESOLV_CONF)
    assert resolver.parse(text) == OURS
    assert host.text(resolver.SAVED) == ORIGINAL
    assert resolver.writes(host, OURS) == []


def test_upstream_stays_what_the_network_gave(host):
    put(host, resolver.RESOLV_CONF, ORIGINAL)
    given = ["192.0.2.1", "192.0.2.2"]
    assert resolver.upstream(host) == given
    carry_out(host, resolver.writes(host, OURS))
    assert resolver.upstream(host) == given


def test_a_second_change_keeps_the_first_original(host):
    put(host, resolver.RESOLV_CONF, ORIGINAL)
    carry_out(host, resolver.writes(host, OURS))
    carry_out(host, resolver.writes(host, OURS._replace(nameservers=["198.51.100.54"])))
    assert host.text(resolver.SAVED) == ORIGINAL


def test_a_file_that_the_network_wrote_anew_is_the_new_original(host):
    put(host, resolver.RESOLV_CONF, ORIGINAL)
    carry_out(host, resolver.writes(host, OURS))
    put(host, resolver.RESOLV_CONF, "nameserver 203.0.113.1\n")
    carry_out(host, resolver.writes(host, OURS))
    assert resolver.upstream(host) == ["203.0.113.1"]
    assert resolver.parse(host.text(resolver.RESOLV_CONF)) == OURS


@pytest.mark.parametrize("original", [ORIGINAL, None])
def test_absent_gives_the_original_back(host, original):
    if original is not None:
        put(host, resolver.RESOLV_CONF, original)
    carry_out(host, resolver.writes(host, OURS))
    carry_out(host, resolver.undo(host))
    assert host.text(resolver.RESOLV_CONF) == original
    assert host.text(resolver.SAVED) is None
    assert resolver.undo(host) == []


def test_absent_leaves_a_file_that_is_not_ours(host):
    put(host, resolver.RESOLV_CONF, ORIGINAL)
    assert resolver.undo(host) == []


def test_resolved_gets_a_drop_in(host):
    resolved(host)
    assert resolver.method(host) == resolver.RESOLVED
    carry_out(host, resolver.writes(host, OURS))
    assert host.text(resolver.DROPIN).splitlines()[1:] == ["[Resolve]", "DNS=198.51.100.53", "Domains=lab.example ~."]
    assert resolver.writes(host, OURS) == []
    assert resolver.upstream(host) == ["192.0.2.1"]
    carry_out(host, resolver.undo(host))
    assert host.text(resolver.DROPIN) is None
    assert resolver.undo(host) == []


def test_resolved_can_ask_for_some_domains_only(host):
    resolved(host)
    (write,) = resolver.writes(host, OURS._replace(search=[], domains=["lab.example", "2.0.192.in-addr.arpa"]))
    assert "Domains=~lab.example ~2.0.192.in-addr.arpa\n" in write.after


def test_another_program_is_not_fought(host):
    os.symlink("/run/NetworkManager/resolv.conf", host.path(resolver.RESOLV_CONF))
    (problem,) = resolver.problems(OURS, resolver.method(host))
    assert "NetworkManager" in problem


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (OURS._replace(nameservers=["ns1.lab.example"]), "nameservers: ns1.lab.example is no IP address"),
        (OURS._replace(nameservers=["192.0.2.%d" % n for n in range(4)]), "nameservers: resolv.conf takes 3, not 4"),
        (OURS._replace(search=["a b"]), "a b is no domain name"),
        (OURS._replace(nameservers=["2001:db8::53"]), None),
    ],
)
def test_settings_that_would_not_work(settings, problem):
    assert resolver.problems(settings, resolver.FILE) == ([problem] if problem else [])
