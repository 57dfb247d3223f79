# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.rackwright.platform.plugins.filter.dns_records import dns_records

HOSTS = {
    "b": {"ansible_host": "10.1.2.4"},
    "a": {
        "rackwright_addresses": [
            {"address": "10.9.0.7", "public": False},
            {"address": "10.1.2.3", "public": True},
            {"address": "2001:db8::5", "public": True},
        ]
    },
}


def test_forward_and_reverse():
    zones = dns_records(HOSTS, "rack.internal", ttl=60, nameservers=["b"])
    assert [zone["zone"] for zone in zones] == [
        "rack.internal.",
        "0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.",
        "2.1.10.in-addr.arpa.",
    ]
    rows = {(row["name"], row["type"]): row["values"] for zone in zones for row in zone["records"]}
    assert rows["rack.internal.", "NS"] == ["b.rack.internal."]
    assert rows["a.rack.internal.", "A"] == ["10.1.2.3"]
    assert rows["a.rack.internal.", "AAAA"] == ["2001:db8::5"]
    assert rows["b.rack.internal.", "A"] == ["10.1.2.4"]
    assert rows["3.2.1.10.in-addr.arpa.", "PTR"] == ["a.rack.internal."]
    assert rows["2.1.10.in-addr.arpa.", "NS"] == ["b.rack.internal."]
    assert {row["ttl"] for zone in zones for row in zone["records"]} == {60}


def test_only_some_hosts_and_no_name_server():
    zones = dns_records(HOSTS, "rack.internal.", hosts=["b"])
    assert [row["type"] for row in zones[0]["records"]] == ["A"] and len(zones) == 2


def test_host_without_address_is_named():
    with pytest.raises(AnsibleFilterError, match="host c has no address"):
        dns_records({"c": {"ansible_host": "c.example.org"}}, "rack.internal")
