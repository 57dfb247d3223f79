# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands beside servers on the simulator of Packet's API (a fake), beyond what the contract suite asks of it."""

from __future__ import annotations

import signal

import pytest
from contract.modules import start
from contract.packets import KEYS
from fakes.packet.ports import bond_of
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
    result = task({"name": "far"}, fails=True)
    assert "is not in the metro of the device" in result["msg"]


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
    running = []

    def kill(link, request):
        _status, pieces = link.ask(request)
        for _piece in pieces:
            pass
        running[0].kill()
        link.reset()

    packet.door.clear()
    packet.door.fault(kill, method="POST|PUT", after=0 if index == 3 else index)
    where = {"url": packet.door.url, "token": packet.api.token, "project": packet.api.project}
    config = {"deployment": "local", "password": PASSWORD}
    running.append(
        start("bgp_session", {"provider": "packet", "packet": where, "bgp_sessions": rows, "config": config})
    )
    assert running[0].wait(60) == -signal.SIGKILL
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
