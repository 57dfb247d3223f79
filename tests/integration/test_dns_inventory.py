# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin `dns` under ansible-inventory: hosts over the API of a real PowerDNS, by transfer from BIND."""

from __future__ import annotations

import functools
import json

import pytest
from contract.modules import run
from integration.bind import Bind
from integration.play import listed as listed_by
from integration.play import program
from integration.powerdns import PowerDNS

ZONE = "hosts.test"
listed = functools.partial(listed_by, "dns")
ROWS = [
    {"name": "web1", "type": "A", "values": ["192.0.2.1", "10.1.0.1"]},
    {"name": "web1", "type": "AAAA", "values": ["2001:db8::1"]},
    {"name": "web1", "type": "TXT", "values": ["role=web", "{{ 7 * 6 }}=template", "managed"]},
    {"name": "web2", "type": "AAAA", "values": ["2001:db8::2"]},
    {"name": "db", "type": "A", "values": ["192.0.2.9"]},
    {"name": "www", "type": "CNAME", "values": ["web1"]},
    {"name": "_http._tcp.shop", "type": "SRV", "values": ["0 5 8080 web1", "0 5 8081 web2"]},
    {"name": "*.apps", "type": "A", "values": ["192.0.2.4"]},
    {"name": "mail", "type": "MX", "values": ["10 db"]},
]


@pytest.fixture(scope="module")
def sources():
    """The zone at both: {provider: its options}."""
    with PowerDNS() as pdns, Bind(ZONE) as bind:
        found = {"powerdns": {"url": pdns.url, "api_key": pdns.api_key}, "rfc2136": bind.options()}
        for provider, options in found.items():
            run("dns_zone", {"provider": provider, provider: options, "zone": ZONE, "records": ROWS})
        reverse = {
            "zone": "2.0.192.in-addr.arpa",
            "records": [{"name": "1", "type": "PTR", "values": ["web1.hosts.test."]}],
        }
        run("dns_zone", dict(reverse, provider="powerdns", powerdns=found["powerdns"]))
        yield found


def test_over_an_api_and_by_transfer_the_same(sources, tmp_path):
    of_pdns = listed(tmp_path, {"provider": "powerdns", "powerdns": sources["powerdns"]})
    of_bind = listed(tmp_path, {"provider": "rfc2136", "rfc2136": sources["rfc2136"], "zones": [ZONE + "."]})
    hosts = of_pdns["_meta"]["hostvars"]
    assert set(hosts) == {"web1.hosts.test", "web2.hosts.test", "db.hosts.test"}
    others = of_bind["_meta"]["hostvars"]
    assert others.pop("ns1.hosts.test")["ansible_host"] == "192.0.2.53" and others == hosts
    web = hosts["web1.hosts.test"]
    assert web["ansible_host"] == "10.1.0.1" and web["rackwright_aliases"] == ["www.hosts.test"]
    assert web["rackwright_addresses"][-1] == {"address": "2001:db8::1", "public": False}
    assert web["rackwright_text"] == {"role": "web", "managed": True, "{{ 7 * 6 }}": "template"}
    service = {"name": "http_tcp", "at": "shop", "port": 8080, "priority": 0, "weight": 5}
    assert web["rackwright_services"] == [service]


def test_groups_of_services_texts_and_names(sources, tmp_path):
    groups = {"webs": "rackwright_relative is match('web')", "six": "':' in ansible_host"}
    keyed = [
        {"key": "rackwright_services | map(attribute='name') | list", "prefix": "serves"},
        {"key": "rackwright_text.role", "prefix": "role"},
    ]
    found = listed(
        tmp_path, {"provider": "powerdns", "powerdns": sources["powerdns"]}, groups=groups, keyed_groups=keyed
    )
    webs = {"web1.hosts.test", "web2.hosts.test"}
    assert set(found["serves_http_tcp"]["hosts"]) == set(found["webs"]["hosts"]) == webs
    assert found["role_web"]["hosts"] == ["web1.hosts.test"] and found["six"]["hosts"] == ["web2.hosts.test"]


def test_some_names_of_a_zone(sources, tmp_path):
    source = {"provider": "powerdns", "powerdns": sources["powerdns"], "zones": [ZONE], "names": ["WEB?", "d*"]}
    assert len(listed(tmp_path, source)["_meta"]["hostvars"]) == 3
    assert len(listed(tmp_path, dict(source, names=["w*1"]))["_meta"]["hostvars"]) == 1


def test_what_cannot_be_read_is_told(sources, tmp_path):
    source = {"provider": "powerdns", "powerdns": sources["powerdns"], "zones": ["none.test"]}
    assert "zone none.test.: it is not on the server" in listed(tmp_path, source, fails=True)
    unlisted = {"provider": "rfc2136", "rfc2136": sources["rfc2136"]}
    assert "a nameserver does not list its zones; name one" in listed(tmp_path, unlisted, fails=True)
    wrong = dict(source, zones=["a..b"])
    assert "has an empty label" in listed(tmp_path, wrong, fails=True)
    assert listed(tmp_path, source, on_error="warn")["_meta"]["hostvars"] == {}


def test_the_sample_inventory(sources):
    pdns = sources["powerdns"]
    env = {"RACKWRIGHT_POWERDNS_URL": pdns["url"], "RACKWRIGHT_POWERDNS_API_KEY": pdns["api_key"]}
    rc, output = program("ansible-inventory", "-i", "inventories/dns", "--list", env=env, secrets=[pdns["api_key"]])
    assert rc == 0, output
    found = json.loads(output[output.index("{\n") :])
    assert len(found["zone_hosts_test"]["hosts"]) == 3
    assert set(found["serves_http_tcp"]["hosts"]) == {"web1.hosts.test", "web2.hosts.test"}
