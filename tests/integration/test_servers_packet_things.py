# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands beside servers on the simulator of Packet's API (a fake), beyond what the contract suite asks of it."""

from __future__ import annotations

import signal

import pytest
from contract.modules import Forge
from contract.packets import KEYS
from contract.proxy import answer, forward, reset_after
from fakes.packet import addresses
from fakes.packet.devices import advance
from fakes.packet.ports import bond_of, kind
from forge import kept
from integration.packet_fixtures import TestPacket

SESSIONS = [{"server": "web1", "family": 4}, {"server": "web1", "family": 6, "default_route": True}]
PASSWORD = "Hunter22andMore"


@pytest.fixture
def packet():
    """A project with three servers, one of them elsewhere."""
    made = TestPacket()
    for name, site in (("web1", "sjc1"), ("web2", "sv15"), ("far", "ewr1")):
        made.foreign(name, facility=site)
    made.settle()
    yield made
    made.end()


def holder(packet, name):
    """The servers that have the address of that name."""
    (found,) = [one for one in packet.api.ips.values() if one["details"] == name]
    return [packet.api.devices[one["_device"]]["hostname"] for one in found["_assigned"]]


def give(api, block, name):
    """Somebody else gives a server the whole block."""
    device = next(one for one in api.devices.values() if one["hostname"] == name)
    device["_facility"] = "sjc1"
    addresses._give(api, block, addresses.network_of(block), device)


def test_an_address_moves_from_one_server_to_another(packet):
    def task(server, **more):
        rows = [{"name": "www", "facility": "sjc1", "server": server}]
        return packet.task("ip_address", ip_addresses=rows, **more)

    first = task("web1")["ip_addresses"][0]
    assert holder(packet, "www") == ["web1"] and first["address"].endswith("/32") and first["facility"] == "sv"
    packet.door.clear()
    assert not task("web1")["changed"] and packet.door.writes == []
    foretold = task("web2", check=True)
    assert foretold["changed"] and holder(packet, "www") == ["web1"]
    moved = task("web2")
    assert moved["plan"] == foretold["plan"] and holder(packet, "www") == ["web2"]
    shown = packet.task("ip_address_info", names=["www"])["ip_addresses"]
    assert [(one["server"], one["address"]) for one in shown] == [("web2", first["address"])]
    assert any(
        one["address"] + "/32" == first["address"]
        for one in packet.task("server_info", names=["web2"])["servers"][0]["addresses"]
    )
    task("")
    assert holder(packet, "www") == [] and not task("")["changed"]
    packet.task("ip_address", ip_addresses=[{"name": "www"}], state="absent")
    assert packet.api.ips == {}


def test_parts_of_a_block(packet):
    def task(*parts, **more):
        rows = [dict({"name": "vips", "facility": "sv", "size": 8, "parts": list(parts)}, **more.pop("row", {}))]
        return packet.task("ip_address", ip_addresses=rows, **more)

    def there():
        (block,) = packet.api.ips.values()
        return sorted((packet.api.devices[one["_device"]]["hostname"], one["_net"]) for one in block["_assigned"])

    four, one, other = {"server": "web1", "prefix": 30}, {"server": "web2"}, {"server": "web1"}
    made = task(four, one, other)["ip_addresses"][0]
    first = made["address"].rsplit("/")[0].rsplit(".", 1)[0]
    assert {(part["server"], part["address"]) for part in made["parts"]} == set(there()) and len(there()) == 3
    packet.door.clear()
    assert not task(four, one, other)["changed"] and packet.door.writes == []
    foretold = task(one, {"server": "web2", "prefix": 31}, check=True)
    assert foretold["changed"] and packet.door.writes == [] and len(there()) == 3
    before = set(there())
    task(one, {"server": "web2", "prefix": 31})
    assert len(there()) == 2 and set(there()) & before == {pair for pair in before if pair[0] == "web2"}
    named = {"server": "web1", "address": first + ".4/30"}
    assert task(named)["ip_addresses"][0]["parts"] == [named] and there() == [("web1", named["address"])]
    assert packet.task("ip_address_info")["ip_addresses"][0]["parts"] == [named]
    task(row={"server": "web2", "parts": None})
    assert holder(packet, "vips") == ["web2"]
    task(named)
    assert holder(packet, "vips") == ["web1"] and not task(named)["changed"]
    task(row={"size": 16, "parts": [named]})  # another block, whose addresses are others
    assert len(there()) == 1 and there()[0][1].endswith("/30")
    task(row={"size": 16})
    assert there() == []


def test_a_part_that_somebody_took_first(packet):
    rows = [{"name": "vips", "facility": "sv", "size": 2, "parts": [{"server": "web1"}, {"server": "web2"}]}]
    packet.task("ip_address", ip_addresses=[dict(rows[0], parts=[])])
    (block,) = packet.api.ips.values()
    theirs = lambda link, request: (give(packet.api, block, "far"), forward(link, request))  # noqa: E731
    packet.door.fault(theirs, method="GET", path="/available")
    result = packet.task("ip_address", ip_addresses=rows, fails=True)
    assert "the block %s/31 has no free part of /32 left" % block["address"] in result["msg"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"server": "web1", "parts": [{"server": "web2"}]}, "either server or parts can be given, not both"),
        ({"parts": [{"server": "no"}]}, "there is no server no; make it first"),
        ({"parts": [{"server": "far"}]}, "it lies in sv, and server far in ewr1"),
        ({"parts": [{"server": "web1", "prefix": 28}]}, "a block of /30 has no part of /28"),
        ({"parts": [{"server": "web1", "prefix": 30}]}, "a part of /30 is the whole block; give server"),
        ({"parts": [{"server": "web1", "prefix": 31}] * 3}, "its parts are larger than the block of /30 together"),
        ({"parts": [{"server": "web1", "address": "203.0.113.2"}]}, "are not known before it is there; give prefix"),
        ({"parts": [{"server": "web1", "address": "203.0.113.2/24"}]}, "has host bits set"),
        ({"parts": [{"server": "web1", "address": "203.0.113.2", "prefix": 31}]}, "has another prefix length"),
        ({"name": "there", "parts": [{"server": "web1", "address": "192.0.2.1"}]}, "192.0.2.1/32 is not in the block"),
    ],
)
def test_parts_that_cannot_be(packet, row, words):
    packet.task("ip_address", ip_addresses=[{"name": "there", "facility": "sv", "size": 4}])
    packet.door.clear()
    rows = [dict({"name": "vips", "facility": "sv", "size": 4}, **row)]
    result = packet.task("ip_address", ip_addresses=rows, fails=True)
    assert words in result["msg"] and not result["changed"] and packet.door.writes == [], result["msg"]


def test_an_address_that_is_still_reviewed(packet):
    rows = [{"name": "large", "facility": "sv", "size": 128, "server": "web1"}]
    result = packet.task("ip_address", ip_addresses=rows, fails=True)
    assert "it is pending: the provider reviews it first; run again once it is active" in result["msg"]
    again = packet.task("ip_address", ip_addresses=rows, fails=True)
    assert [line["verb"] for line in again["plan"]] == ["update"] and len(packet.api.ips) == 1
    next(iter(packet.api.ips.values()))["state"] = "created"
    assert packet.task("ip_address", ip_addresses=rows)["changed"] and holder(packet, "large") == ["web1"]


def test_attachments_change_one_by_one(packet):
    def task(*servers, **more):
        rows = [{"name": "front", "facility": "sv15", "vlan": 1100, "servers": list(servers)}]
        return packet.task("server_network", server_networks=rows + more.pop("others", []), **more)

    task({"name": "web1"}, others=[{"name": "back", "facility": "sv", "servers": [{"name": "web1"}]}])
    made = packet.task("server_network_info")["server_networks"]
    assert [(one["name"], one["facility"], one["vlan"]) for one in made] == [
        ("back", "sv", 1000),
        ("front", "sv", 1100),
    ]
    packet.door.clear()
    task({"name": "web1", "native": True}, {"name": "web2"})
    assert len(packet.sent("POST", "/vlan-assignments/batches")) == 2
    device = packet.device("web1")
    assert packet.api.vlans[bond_of(device)["native"]]["vxlan"] == 1100 and len(device["_vlans"]) == 2
    packet.door.clear()
    assert not task({"name": "web1", "native": True}, {"name": "web2"})["changed"] and packet.door.writes == []
    task({"name": "web1", "native": False}, {"name": "web2"})
    assert bond_of(packet.device("web1"))["native"] is None and len(packet.device("web1")["_vlans"]) == 2
    task()
    assert packet.device("web2")["_vlans"] == []
    packet.door.clear()
    result = task({"name": "far"}, fails=True)
    assert "server_network front: it lies in sv, and server far in ewr1" in result["msg"] and packet.door.writes == []


def nets(packet, front, back=None, **more):
    """A task with two networks and who is attached to them."""
    rows = [{"name": "front", "facility": "sv", "vlan": 1100, "servers": front}]
    rows += [{"name": "back", "facility": "sv", "vlan": 1200, "servers": back}] if back is not None else []
    return packet.task("server_network", server_networks=rows, owner="shop", **more)


def in_nets(packet, name):
    """(mode, {port: numbers of its networks}) of a server."""
    with packet.api.lock:
        advance(packet.api)
        device = packet.device(name)
        numbers = {port["name"]: {packet.api.vlans[net]["vxlan"] for net in port["vlans"]} for port in ports_of(device)}
        return kind(device), {port: found for port, found in numbers.items() if found}


def ports_of(device):
    """The ports of a device."""
    return device["_ports"].values()


PORTS = {"hybrid-bonded": "bond0", "hybrid": "eth1", "layer2-bonded": "bond0", "layer2-individual": "eth0"}
WAY = [list(PORTS)[at] for at in (0, 1, 0, 2, 0, 3, 1, 2, 1, 3, 2, 3, 0)]  # each to each other once


def test_ports_go_from_each_mode_to_each_other(packet):
    gone = set()
    for mode in WAY:
        port, before = PORTS[mode], in_nets(packet, "web1")[0]
        web = [{"name": "web1", "port": port, "mode": mode}]
        back = [{"name": "web1", "port": port}, {"name": "web2"}]  # the mode is the server's, and so said once
        nets(packet, web, back)
        assert in_nets(packet, "web1") == (mode, {port: {1100, 1200}}), (before, mode)
        gone.add((before, mode))
    assert len(gone) == 1 + len(PORTS) * (len(PORTS) - 1)
    assert in_nets(packet, "web2") == ("hybrid-bonded", {"bond0": {1200}})
    packet.door.clear()
    assert not nets(packet, web, back)["changed"] and packet.door.writes == []
    web[0].update(port="eth0", mode="layer2-individual")
    back[0]["port"] = "eth0"
    foretold = nets(packet, web, back, check=True)
    assert packet.door.writes == [] and nets(packet, web, back)["plan"] == foretold["plan"]
    nets(packet, [])
    assert in_nets(packet, "web1") == ("layer2-individual", {"eth0": {1200}})


def test_a_change_of_mode_that_is_killed_at_each_call_is_carried_on(packet):
    def both(mode, port):
        return [{"name": "web1", "port": port, "mode": mode}], [{"name": "web1", "port": port}]

    nets(packet, *both("hybrid", "eth1"))
    packet.door.clear()
    nets(packet, *both("layer2-individual", "eth0"))
    calls = len(packet.door.writes)
    assert calls == 6  # out of two networks, bond, disbond, into two networks
    for index in range(calls):
        nets(packet, *both("hybrid", "eth1"))
        packet.door.clear()
        packet.door.fault(killed_after(packet.door), method="POST", after=index)
        nets(packet, *both("layer2-individual", "eth0"), fails=True)
        packet.door.clear()
        nets(packet, *both("layer2-individual", "eth0"))
        assert in_nets(packet, "web1") == ("layer2-individual", {"eth0": {1100, 1200}}), index


def killed_after(door):
    """A fault: the call is carried out, and no other follows."""

    def fault(link, request):
        door.fault(answer(401), times=0)
        reset_after(link, request)

    return fault


@pytest.mark.parametrize(
    ("front", "back", "words"),
    [
        ([{"name": "web1", "port": "eth1"}], None, "port eth1 of server web1 takes networks in mode hybrid or layer2"),
        ([{"name": "web1", "mode": "layer2-individual"}], None, "port bond0 of server web1 takes networks in mode"),
        (
            [{"name": "web1", "mode": "hybrid-bonded"}],
            [{"name": "web1", "mode": "layer2-bonded"}],
            "server web1: its ports cannot be both in mode hybrid-bonded and layer2-bonded",
        ),
        (
            [{"name": "web2", "mode": "layer2-bonded"}],
            None,
            "server_network other: server web2 is in it, and must leave all networks to get another mode; declare it",
        ),
        ([{"name": "held", "mode": "layer2-bonded"}], None, "server held has elastic addresses"),
        ([{"name": "web1", "mode": "layer4"}], None, "value of mode must be one of"),
    ],
)
def test_modes_that_cannot_be(packet, front, back, words):
    packet.foreign("held", facility="sjc1")
    packet.settle()
    other = {"name": "other", "facility": "sv", "servers": [{"name": "web2"}]}
    packet.task("server_network", server_networks=[other])
    packet.task("ip_address", ip_addresses=[{"name": "www", "facility": "sv", "server": "held"}])
    packet.door.clear()
    result = nets(packet, front, back, fails=True)
    assert words in result["msg"] and packet.door.writes == [], result["msg"]


@pytest.mark.parametrize("scope", ["account", "project", "server"])
def test_keys_of_each_scope(packet, scope):
    def task(*rows, **more):
        where = {"scope": scope, "server": "web1"} if scope == "server" else {"scope": scope}
        return packet.task("ssh_key", ssh_keys=list(rows), owner="shop", **where, **more)

    rows = [{"name": "alice", "key": KEYS[0] + " alice@example.org"}, {"name": "bob", "key": KEYS[1]}]
    made = task(*rows)
    assert {one["name"] for one in made["ssh_keys"]} == {"alice", "bob"} and len(packet.api.keys) == 2
    kinds = {key["entity"]["href"].split("/")[-2] for key in packet.api.keys.values()}
    assert kinds == {"users" if scope == "account" else "projects"}
    packet.door.clear()
    assert not task(*rows)["changed"] and packet.door.writes == []
    task(dict(rows[0], name="alice2"), rows[1])
    assert {key["label"] for key in packet.api.keys.values()} == {"alice2", "bob"}
    task(rows[1], prune=True)
    assert {key["label"] for key in packet.api.keys.values()} == {"bob"}
    task({"fingerprint": made["ssh_keys"][1]["fingerprint"]}, state="absent")
    assert packet.api.keys == {}


def test_a_key_of_the_project_is_not_removed_as_a_servers(packet):
    rows = [{"name": "alice", "key": KEYS[0]}]
    packet.task("ssh_key", ssh_keys=rows)
    (one,) = packet.api.keys
    packet.api.meant[one] = [packet.device("web1")["id"]]
    result = packet.task("ssh_key", ssh_keys=rows, scope="server", server="web1", state="absent", fails=True)
    assert "it is not the server's alone" in result["msg"] and len(packet.api.keys) == 1


def sessions(packet, *rows, **more):
    """A task of bgp_session with its configuration."""
    config = {"deployment": "local", "password": PASSWORD}
    return packet.task("bgp_session", bgp_sessions=list(rows), config=config, **more)


def spoken(packet):
    """{(server, family): default route} of what is really there."""
    return {
        (packet.api.devices[one["_device"]]["hostname"], one["address_family"]): one["default_route"]
        for one in packet.api.sessions.values()
    }


def test_bgp_from_nothing_to_nothing(packet):
    foretold = sessions(packet, *SESSIONS, check=True)
    assert foretold["changed"] and packet.api.bgp == {} and packet.door.writes == []
    made = sessions(packet, *SESSIONS)
    assert made["plan"] == foretold["plan"] and PASSWORD not in str(made)
    assert spoken(packet) == {("web1", "ipv4"): False, ("web1", "ipv6"): True}
    assert packet.api.bgp[packet.api.project]["asn"] == 65000
    packet.door.clear()
    again = sessions(packet, *SESSIONS)
    assert not again["changed"] and packet.door.writes == []
    sessions(packet, dict(SESSIONS[0], default_route=True), dict(SESSIONS[1], default_route=False))
    assert spoken(packet) == {("web1", "ipv4"): True, ("web1", "ipv6"): False}
    shown = packet.task("bgp_session_info")["bgp_sessions"]
    assert [one["neighbors"][0]["peer_as"] for one in shown] == [65530, 65530] and PASSWORD not in str(shown)
    sessions(packet, SESSIONS[0], state="absent")
    assert spoken(packet) == {("web1", "ipv6"): False}
    assert not sessions(packet, SESSIONS[0], state="absent")["changed"]


def test_one_configuration_of_bgp(packet):
    sessions(packet, SESSIONS[0])
    rows = {"bgp_sessions": SESSIONS, "config": {"deployment": "global", "asn": 64500}}
    result = packet.task("bgp_session", fails=True, **rows)
    assert "the project has local BGP, and one configuration only" in result["msg"]
    other = packet.task(
        "bgp_session", config={"deployment": "local", "password": PASSWORD + "2"}, bgp_sessions=SESSIONS
    )
    assert other["changed"] and len(packet.api.bgp) == 1


def test_global_bgp_needs_a_number(packet):
    config = {"deployment": "global"}
    result = packet.task("bgp_session", bgp_sessions=[], config=config, fails=True)
    assert "global BGP needs your AS number: give asn" in result["msg"] and packet.api.bgp == {}


@pytest.mark.parametrize("index", range(4))
def test_bgp_that_is_killed_and_run_again(packet, index):
    """The writes of one run: the configuration, two sessions, and in the second run a default route."""
    rows = list(SESSIONS)
    if index == 3:
        sessions(packet, *rows)
        rows[0] = dict(rows[0], default_route=True)
    packet.door.clear()
    where = {"url": packet.door.url, "token": packet.api.token, "project": packet.api.project}
    config = {"deployment": "local", "password": PASSWORD}
    args = {"provider": "packet", "packet": where, "bgp_sessions": rows, "config": config}
    ended = kept(Forge, "bgp_session").killed(packet.door, args, method="POST|PUT", after=0 if index == 3 else index)
    assert ended == -signal.SIGKILL
    packet.door.clear()
    packet.door.drain()
    sessions(packet, *rows)
    want = {(row["server"], "ipv%d" % row["family"]): row.get("default_route", False) for row in rows}
    assert spoken(packet) == want and len(packet.api.sessions) == 2
    assert not sessions(packet, *rows)["changed"]


def test_the_catalogue(packet):
    packet.api.free.update({(site, "m3.large.x86"): 0 for site in ("sjc1", "sv15", "ewr1", "dfw1", "ams1")})
    packet.api.free["ewr1", "c3.small.x86"] = 2
    sites = {one["name"]: one for one in packet.task("facility_info")["facilities"]}
    assert sites["sv15"]["metro"] == "sv" and sites["sv15"]["country"] == "US"
    assert sites["ewr1"]["capacity"] == {
        "c3.small.x86": "limited",
        "c3.medium.x86": "available",
        "m3.large.x86": "sold_out",
    }
    plans = {one["name"]: one for one in packet.task("plan_info")["plans"]}
    assert (plans["m3.large.x86"]["capacity"], plans["c3.small.x86"]["capacity"]) == ("sold_out", "available")
    small = plans["c3.small.x86"]
    assert (small["cpus"], small["memory"], small["disk"], small["price"], small["currency"]) == (
        8,
        32768,
        960,
        0.75,
        "USD",
    )
    assert small["facilities"] == ["ams1", "dfw1", "ewr1", "sjc1", "sv15"]
    images = {one["name"]: one for one in packet.task("image_info")["images"]}
    assert images["debian_9"]["successor"] == "debian_13" and "successor" not in images["debian_12"]
    assert images["debian_12"]["end_of_life"] == "2028-06-30"


def test_projects_of_one_organization(packet):
    here = {"project": None, "organization": "Example"}
    packet.task("project", packet=here, projects=[{"name": "lab", "description": "To try"}], owner="shop")
    found = packet.task("project_info", packet=here)["projects"]
    assert [(one["name"], one.get("owner"), one["organization"]) for one in found] == [
        ("lab", "shop", "Example"),
        ("shop", None, "Example"),
    ]
    packet.task("project", packet=here, projects=[{"name": "lab"}], state="absent", owner="shop")
    result = packet.task("project", packet=here, projects=[{"name": "shop"}], state="absent", fails=True)
    assert "Cannot delete a project that has devices" in result["msg"] and len(packet.api.projects) == 1
