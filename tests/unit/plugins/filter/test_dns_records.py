# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import hashlib
import ipaddress

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.rackwright.platform.plugins.filter.dns_records import dns_records
from ansible_collections.rackwright.platform.plugins.module_utils.dns.reverse import name_of, zone_of
from hypothesis import given
from hypothesis import strategies as st

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


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHN0IOZQPjhk0CTrcyJCEhZmCKD3RUqBRPa2YhmzLrz+"


def sets(*args, **options):
    """{zone: {(name, type): values}} without the final dots of names."""
    return {
        zone["zone"]: {(row["name"][:-1], row["type"]): row["values"] for row in zone["records"]}
        for zone in dns_records(*args, **options)
    }


def test_each_view_shows_its_own_addresses():
    seen = {view: sets(HOSTS, "rack.internal", view=view)["rack.internal."] for view in ("public", "private")}
    assert seen["public"] == {("a.rack.internal", "A"): ["10.1.2.3"], ("a.rack.internal", "AAAA"): ["2001:db8::5"]}
    assert seen["private"] == {("a.rack.internal", "A"): ["10.9.0.7"], ("b.rack.internal", "A"): ["10.1.2.4"]}


def test_aliases_services_and_host_keys():
    hosts = {
        "a": dict(HOSTS["b"], dns_aliases=["www", "db.rack.internal"], rackwright_host_key=KEY),
        "b": dict(HOSTS["b"], dns_aliases="mail"),
    }
    services = [
        {"group": "web_servers", "service": "http", "port": 8080, "weight": 5},
        {"group": "all", "service": "_ntp", "protocol": "udp", "port": 123},
    ]
    groups = {"web_servers": ["b", "a"], "all": ["b"]}
    found = sets(hosts, "rack.internal", groups=groups, services=services, sshfp=True)["rack.internal."]
    assert found["www.rack.internal", "CNAME"] == found["db.rack.internal", "CNAME"] == ["a.rack.internal."]
    assert found["mail.rack.internal", "CNAME"] == ["b.rack.internal."]
    web = ["0 5 8080 a.rack.internal.", "0 5 8080 b.rack.internal."]
    assert found["_http._tcp.web-servers.rack.internal", "SRV"] == web
    assert found["_ntp._udp.all.rack.internal", "SRV"] == ["0 0 123 b.rack.internal."]
    (value,) = found["a.rack.internal", "SSHFP"]
    assert value == "4 2 " + hashlib.sha256(base64.b64decode(KEY.split()[1])).hexdigest()


def test_the_reverse_zones_that_there_are():
    hosts = {"a": {"ansible_host": "192.0.2.70"}, "b": {"ansible_host": "192.0.2.5"}, "c": {"ansible_host": "10.1.2.3"}}
    hosts["d"] = {"ansible_host": "2001:db8:1:2::3"}
    given = ["192.0.2.64/26", "2.0.192.in-addr.arpa", "8.b.d.0.1.0.0.2.ip6.arpa.", "198.51.100.0/24"]
    found = sets(hosts, "x.test", reverse=given)
    assert found["64/26.2.0.192.in-addr.arpa."] == {("70.64/26.2.0.192.in-addr.arpa", "PTR"): ["a.x.test."]}
    assert found["2.0.192.in-addr.arpa."] == {
        ("70.2.0.192.in-addr.arpa", "CNAME"): ["70.64/26.2.0.192.in-addr.arpa."],
        ("5.2.0.192.in-addr.arpa", "PTR"): ["b.x.test."],
    }
    assert list(found["8.b.d.0.1.0.0.2.ip6.arpa."].values()) == [["d.x.test."]]
    assert found["100.51.198.in-addr.arpa."] == {} and len(found) == 5


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("10.in-addr.arpa", "10.0.0.0/8"),
        ("64-127.2.0.192.in-addr.arpa.", "192.0.2.64/26"),
        ("0/25.2.0.192.in-addr.arpa.", "192.0.2.0/25"),
        ("8.b.d.0.1.0.0.2.ip6.arpa.", "2001:db8::/32"),
    ],
)
def test_names_of_reverse_zones_and_their_networks(text, network):
    assert str(zone_of(text)[1]) == network
    assert zone_of(network)[0] == zone_of(text)[0] or "-" in text


@given(st.ip_addresses(v=4), st.integers(1, 32))
def test_a_network_is_told_by_the_name_of_its_zone(address, length):
    network = ipaddress.ip_network((address, length), strict=False)
    assert zone_of(name_of(network)) == (name_of(network), network)


@given(st.ip_addresses(v=4), st.sets(st.integers(1, 32), max_size=6), st.ip_addresses(v=4))
def test_an_address_goes_into_the_smallest_zone_that_holds_it(address, lengths, other):
    networks = [ipaddress.ip_network((one, length), strict=False) for length in lengths for one in (address, other)]
    found = sets({"a": {"ansible_host": str(address)}}, "x.test", reverse=[str(network) for network in networks])
    pointing = [zone for zone, rows in found.items() if any(kind == "PTR" for _name, kind in rows)]
    holding = [network for network in networks if address in network]
    assert pointing == [name_of(max(holding, key=lambda one: one.prefixlen))] if holding else not pointing


@pytest.mark.parametrize(
    ("hosts", "options", "words"),
    [
        ({"a.x": HOSTS["b"], "a.y": HOSTS["b"]}, {}, "host a.x and host a.y would both be a.rack.internal."),
        (
            {"a": dict(HOSTS["b"], dns_aliases=["w.example.org."])},
            {},
            "w.example.org. is outside the zone rack.internal.",
        ),
        ({"a": dict(HOSTS["b"], dns_aliases=["a"])}, {}, "host a and alias a of host a would both be"),
        ({"a b": HOSTS["b"]}, {}, "host a b: the name 'a b.rack.internal.' has ' ' in it"),
        (HOSTS, {"nameservers": ["c"]}, "name server c: it is none of the hosts"),
        (HOSTS, {"view": "all"}, "view is 'all'; it is one of any, public, private"),
        (HOSTS, {"reverse": ["10.0.0.1/8"]}, "is no reverse zone and no network"),
        (HOSTS, {"reverse": ["x.ip6.arpa"]}, "'x.ip6.arpa' is no reverse zone"),
        (HOSTS, {"reverse": ["2001:db8::/33"]}, "ends within a digit"),
        (HOSTS, {"services": [{"group": "g", "service": "http"}]}, "a service lacks port"),
        (
            HOSTS,
            {"services": [{"group": "g", "service": "http", "port": 1}]},
            "there is no group g; pass groups=groups",
        ),
        ({"a": dict(HOSTS["b"], rackwright_host_key="x")}, {"sshfp": True}, "host a: 'x' is no host key"),
    ],
)
def test_what_is_unclear_is_told(hosts, options, words):
    with pytest.raises(AnsibleFilterError) as told:
        dns_records(hosts, "rack.internal", **options)
    assert words in str(told.value)
