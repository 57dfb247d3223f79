# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Packet's driver refuses before anything is changed, on the simulator of its API (a fake)."""

from __future__ import annotations

import pytest
from contract.packets import KEYS, NOBODY
from integration.packet_fixtures import IMAGE, PLAN, TestPacket

GONE = "the service was switched off on 2026-06-30"
IPXE = {"image": "custom_ipxe"}


@pytest.fixture(scope="module")
def packet():
    """One project for all; nothing is made in it."""
    made = TestPacket()
    for site in ("sjc1", "ewr1", "dfw1", "sv15", "ams1"):
        made.api.free[(site, "m3.large.x86")] = 0
        made.api.free[(site, "c3.medium.x86")] = 5 if site == "ewr1" else 0
    yield made
    assert made.names() == []
    made.end()


@pytest.fixture(autouse=True)
def untouched(packet):
    """No test of this file changes anything."""
    packet.door.clear()
    yield
    assert packet.door.writes == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"plan": "huge"}, "has no plan huge, it has c3.medium.x86, c3.small.x86, m3.large.x86"),
        ({"plan": "m3.large.x86"}, "plan m3.large.x86 is sold out everywhere"),
        ({"plan": "c3.medium.x86"}, "facility sjc1 has no c3.medium.x86 left; there are some in ewr1"),
        ({"plan": "c3.medium.x86", "facility": "sv"}, "facility sv has no c3.medium.x86 left; there are some in ewr1"),
        ({"facility": "mars1"}, "has no facility mars1, it has ams1, dfw1, ewr1, sjc1, sv15"),
        ({"image": "beos"}, "has no image beos, it has custom_ipxe, debian_12"),
        ({"image": "debian_9"}, "no security updates since 2022-06-30; its successor is debian_13"),
        ({"user_data": "#!/bin/sh\n" + "x" * 65527}, "its user data has 65537 bytes, provider packet takes 65536"),
        ({"image": None}, "it is not there, and to make it image must be given"),
        (IPXE, "image custom_ipxe boots a script of yours; give ipxe.url"),
        ({"ipxe": {"url": "http://192.0.2.1/"}}, "ipxe needs image custom_ipxe, it is debian_12"),
        ({"spot": {}}, "spot needs max_price"),
        ({"tags": {"a=b": "c"}}, "the tag 'a=b' must neither hold ="),
        ({"tags": {"rackwright:owner": "x"}}, "the tag 'rackwright:owner' must neither"),
        ({"networks": ["storage"]}, "cannot do networks: servers are attached to networks by server_network"),
        ({"machine": "m1"}, "cannot do machine: machines are chosen by plan, or by reservation"),
        ({"security_groups": ["web"]}, "cannot do security_groups"),
    ],
)
@pytest.mark.parametrize("check", [False, True], ids=["run", "check"])
def test_a_server_that_cannot_be_made(packet, row, words, check):
    result = packet.servers({"name": "good"}, dict(row, name="web1"), fails=True, check=check)
    assert words in result["msg"] and "server web1: " in result["msg"], result["msg"]
    assert "server good" not in result["msg"] and not result["changed"]


def test_a_reservation_that_cannot_have_the_server(packet):
    spare = packet.api.reserve(PLAN, "ewr1", spare=True)
    free = packet.api.reserve(PLAN, "ewr1")
    for row, words in (
        ({"reservation": NOBODY}, "has no reservation %s; of those it has these are free: %s" % (NOBODY, free)),
        ({"reservation": spare}, "the reservation %s is in use, or must be activated first" % spare),
        ({"reservation": free}, "the reservation %s is of plan %s in facility ewr1; declare those" % (free, PLAN)),
        ({"reservation": "next-available"}, "no reservation of plan %s in sjc1 is free: the project has 2" % PLAN),
    ):
        result = packet.servers(dict(row, name="web1"), fails=True)
        assert "server web1: " in result["msg"] and words in result["msg"], result["msg"]
    row = {"facility": "ny", "reservation": "next-available"}
    result = packet.servers(dict(row, name="web1"), dict(row, name="web2"), fails=True)
    assert "server web2: no reservation" in result["msg"] and "web1" not in result["msg"]
    assert packet.servers(dict(row, name="web1"), check=True)["changed"]
    packet.api.reservations.clear()


@pytest.mark.parametrize(
    "url",
    [
        None,
        "https://api.packet.net",
        "https://api.equinix.com/metal/v1",
        "https://API.Equinix.com:443/metal/v1/",
        "https://console.equinixmetal.com/api",
    ],
)
@pytest.mark.parametrize("module", ["server", "project_info"])
def test_the_service_that_is_gone_says_so_and_what_remains(packet, url, module):
    args = {"servers": [{"name": "web1"}]} if module == "server" else {}
    result = packet.task(module, packet={"url": url}, fails=True, **args)
    assert GONE in result["msg"] and "ironic" in result["msg"] and "packet.url" in result["msg"]
    assert packet.door.seen == []


def test_another_address_is_no_service_that_is_gone(packet):
    for host in ("notequinix.com.example.org", "packet.net.example.org", "127.0.0.1:1/equinix.com"):
        result = packet.task(
            "project_info", packet={"url": "http://%s" % host.replace("example.org", "invalid")}, fails=True
        )
        assert GONE not in result["msg"] and "does not answer" in result["msg"]


def test_an_expired_token(packet):
    result = packet.task("server", servers=[{"name": "web1"}], packet={"token": "expired-0000"}, fails=True)
    assert "refuses the credentials (401" in result["msg"] and "Check the key or token" in result["msg"]
    assert "expired-0000" not in str(result) and len(packet.door.seen) == 1


@pytest.mark.parametrize(
    ("project", "words"),
    [
        ("nowhere", "provider packet has no one project nowhere, it has shop"),
        (None, "packet.project is not set; give it, or set the environment variable RACKWRIGHT_PACKET_PROJECT"),
    ],
)
def test_no_such_project(packet, project, words):
    assert words in packet.servers({"name": "web1"}, packet={"project": project}, fails=True)["msg"]


def test_the_project_by_its_name_and_organization(packet):
    found = packet.task("server_info", packet={"project": "shop", "organization": "Example"})
    assert found["servers"] == []
    result = packet.task("server_info", packet={"project": "shop", "organization": "None"}, fails=True)
    assert "has no one organization None, it has Example" in result["msg"]


def test_no_console_but_a_way_to_one(packet):
    packet.foreign("web1")
    packet.settle()
    result = packet.task("server_info", console=True, fails=True)
    assert "provider packet cannot show a console; open it yourself: ssh" in result["msg"]
    packet.api.devices.clear()


@pytest.mark.parametrize(
    ("module", "rows", "words"),
    [
        ("ip_address", [{"name": "a"}], "ip_address a: it is not there, and to make it facility must be given"),
        ("ip_address", [{"name": "a", "facility": "mars1"}], "ip_address a: provider packet has no facility mars1"),
        ("ip_address", [{"name": "a", "facility": "sv", "server": "no"}], "ip_address a: there is no server no"),
        ("ip_address", [{"name": "a", "kind": "global", "family": 6}], "has no global addresses of family 6"),
        ("server_network", [{"name": "n"}], "server_network n: it is not there, and to make it facility must be given"),
        ("server_network", [{"name": "n", "facility": "mars1"}], "provider packet has no facility mars1"),
        ("server_network", [{"name": "n", "facility": "sv", "servers": [{"name": "no"}]}], "there is no server no"),
        (
            "server_network",
            [{"name": "n", "facility": "sv", "subnet": "10.0.0.0/8"}],
            "its networks hand out no addresses",
        ),
        ("bgp_session", [{"server": "no", "family": 4}], "bgp_session no 4: there is no server no"),
        (
            "project",
            [{"name": "p", "organization": "no"}],
            "project p: there is no organization no; it may be in Example",
        ),
        ("project", [{"name": "p", "enabled": False}], "project p: provider packet cannot do enabled"),
    ],
)
def test_what_cannot_be_beside_servers(packet, module, rows, words):
    option = {"ip_address": "ip_addresses"}.get(module, module + "s")
    result = packet.task(module, fails=True, **{option: rows})
    assert words in result["msg"] and not result["changed"]


def test_keys_of_a_server_that_is_not_there(packet):
    rows = [{"name": "alice", "key": KEYS[0]}]
    result = packet.task("ssh_key", ssh_keys=rows, scope="server", server="no", fails=True)
    assert "server no: it is not there; make it first, or name another" in result["msg"]


def test_prune_of_sessions_which_bear_no_stamp(packet):
    result = packet.task("bgp_session", bgp_sessions=[], owner="shop", prune=True, fails=True)
    assert "has no place for an owner's stamp on bgp_sessions" in result["msg"]


def test_an_address_that_is_not_where_its_server_is(packet):
    packet.foreign("web1", facility="dfw1", plan=PLAN, operating_system=IMAGE)
    packet.settle()
    rows = [{"name": "a", "facility": "sv15", "server": "web1"}]
    result = packet.task("ip_address", ip_addresses=rows, fails=True)
    assert "ip_address a: it lies in sv, and server web1 in dfw1; reserve one in the server's facility" in result["msg"]
    rows = [{"name": "n", "facility": "sv", "servers": [{"name": "web1", "port": "eth7"}]}]
    result = packet.task("server_network", server_networks=rows, fails=True)
    assert "server web1 has no port eth7, it has bond0" in result["msg"]
    packet.api.devices.clear()
