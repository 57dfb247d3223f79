# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks of containers on the real engine: replaced under running containers, refused, interrupted."""

from __future__ import annotations

import os
import signal

import pytest
from contract.modules import Forge, run
from contract.proxy import answer
from integration.containers_fixtures import PREFIX, fixtures

engine, site = fixtures()
PLACE = os.getpid() % 2**14
FOUR = "10.%d.%d." % (128 + PLACE // 256, PLACE % 256)
SIX = "fd00:%x:%x::" % (0x128, PLACE)
NET = {"name": PREFIX + "net", "subnets": [{"subnet": FOUR + "0/25"}]}
WEB = {"address": FOUR + "77", "aliases": ["shop", "till"]}


@pytest.fixture
def net(site):
    """A function that runs `container_network`; what replacements note is gone at the end."""

    def task(*rows, check=False, fails=False, **more):
        args = dict({"provider": "docker", "owner": "tests", "networks": list(rows)}, **more)
        return run("container_network", args, check=check, diff=True, fails=fails)

    yield task
    assert not [name for name in volumes(site) if name.startswith(PREFIX)]


def volumes(site):
    """The names of the engine's volumes."""
    return [volume["Name"] for volume in site.engine.volumes()["Volumes"] or ()]


def peopled(site, net, **more):
    """A network with a container of a fixed address in it, another one without, and one that does not run."""
    net(dict(NET, **more))
    inside = [{"name": NET["name"]}]
    rows = site.row(networks=[dict(WEB, name=NET["name"])]), site.row("db", networks=inside)
    site.task(*rows, site.row("asleep", networks=inside, state="stopped"), owner="tests")


def at(site, name):
    """The engine's view of a container's place in NET."""
    return site.seen(name)["NetworkSettings"]["Networks"].get(NET["name"])


def is_whole(site):
    """Every container of `peopled` is in the network as it was, and in no other."""
    ident = site.engine.inspect_network(NET["name"])["Id"]
    for name in ("web", "db"):
        assert list(site.seen(name)["NetworkSettings"]["Networks"]) == [NET["name"]]
        assert at(site, name)["NetworkID"] == ident and at(site, name)["IPAddress"].startswith(FOUR), name
    assert at(site, "web")["IPAddress"] == WEB["address"] and set(WEB["aliases"]) <= set(at(site, "web")["Aliases"])
    assert at(site, "asleep") is not None
    return True


def ask(site, name, *command):
    """What a command in a container says."""
    return site.engine.exec_start(site.engine.exec_create(PREFIX + name, list(command))).decode()


def test_a_network_of_both_protocols_is_made_once_and_read(site, net):
    four = {"subnet": FOUR + "0/25", "gateway": FOUR + "9", "range": FOUR + "64/26"}
    row = dict(NET, subnets=[{"subnet": SIX + "/64"}, four], options={"com.docker.network.driver.mtu": 1400})
    ahead, made = net(row, check=True), net(row)
    assert ahead["plan"] == made["plan"] and made["networks"][0]["ipv6"] and not net(row)["changed"]
    assert not net({"name": NET["name"]})["changed"]  # what is left out is not managed
    seen = site.engine.inspect_network(NET["name"])
    assert {config["Subnet"] for config in seen["IPAM"]["Config"]} == {FOUR + "0/25", SIX + "/64"}
    assert seen["Options"] == {"com.docker.network.driver.mtu": "1400"}
    peers = {"provider": "docker", "owner": "tests"}
    found = run("container_network_info", peers)["networks"]
    assert [(one["name"], one["subnets"][0], one["containers"], one["foreign"]) for one in found] == [
        (NET["name"], four, [], False)
    ]
    bridge = run("container_network_info", {"provider": "docker", "names": ["bridge"]})["networks"]
    assert [(one["name"], one["foreign"]) for one in bridge] == [("bridge", True)]
    assert net({"name": NET["name"]}, state="absent")["changed"]
    assert not net({"name": NET["name"]}, state="absent")["changed"]


def test_containers_move_to_the_new_network_with_addresses_and_aliases(site, net):
    peopled(site, net)
    before = site.engine.inspect_network(NET["name"])["Id"]
    started = site.seen()["State"]["StartedAt"]
    result = net(dict(NET, internal=True))
    assert result["plan"][0]["why"] == "internal cannot be changed in place"
    assert "internal: False\n" in result["diff"][0]["before"] and "internal: True\n" in result["diff"][0]["after"]
    assert is_whole(site) and site.engine.inspect_network(NET["name"])["Id"] != before
    assert site.seen()["State"]["StartedAt"] == started  # nobody was stopped
    assert WEB["address"] in ask(site, "db", "nslookup", "till")
    assert not net(dict(NET, internal=True))["changed"]
    site.engine.start(PREFIX + "asleep")
    assert at(site, "asleep")["IPAddress"]


def test_killed_at_each_write_of_a_replacement_and_run_again(site, net):
    peopled(site, net)
    args = {"provider": "docker", "docker": {"url": site.url}, "owner": "tests"}
    site.door.clear()
    net(dict(NET, internal=True), docker={"url": site.url})
    writes = [(write.method, write.path) for write in site.door.writes]
    assert len(writes) == 10, writes
    with Forge("container_network") as forge:
        for number in range(len(writes)):
            wanted = number % 2 == 1
            site.door.clear()
            task = dict(args, networks=[dict(NET, internal=wanted)])
            assert forge.killed(site.door, task, method="POST|DELETE", after=number) == -signal.SIGKILL
            site.door.drain()
            assert net(dict(NET, internal=wanted), fails=None)["failed_keys"] == {}, writes[number]
            assert site.engine.inspect_network(NET["name"])["Internal"] == wanted
            assert is_whole(site), writes[number]
            assert not net(dict(NET, internal=wanted))["changed"]
            assert not [name for name in volumes(site) if name.startswith(PREFIX)]


def test_whoever_changes_his_mind_after_an_interruption_gets_the_old_one_back(site, net):
    peopled(site, net)
    site.door.fault(answer(500, b'{"message": "disk is full"}'), path="/networks/create", times=2)
    result = net(dict(NET, internal=True), docker={"url": site.url}, fails=True)
    assert "disk is full" in result["msg"] and "Nor could the old one be brought back" in result["msg"]
    assert not site.engine.networks(names=[NET["name"]])
    ahead = net(NET, check=True)
    assert [(line["verb"], line["fields"]) for line in ahead["plan"]] == [("update", ["settled"])]
    assert net(NET)["plan"] == ahead["plan"] and is_whole(site)


def test_the_old_network_is_back_when_the_new_one_cannot_be_made(site, net):
    peopled(site, net)
    result = net(dict(NET, options={"com.docker.network.bridge.name": "a-name-that-is-too-long-for-linux"}), fails=True)
    assert "The old one is in its place again, and in it %sasleep, %sdb" % (PREFIX, PREFIX) in result["msg"]
    assert is_whole(site) and not net(NET)["changed"]


def test_a_fixed_address_that_has_no_place_in_the_new_network_is_refused(site, net):
    peopled(site, net)
    result = net(dict(NET, subnets=[{"subnet": FOUR + "128/25"}]), fails=True)
    assert "container %sweb has the address %s in it" % (PREFIX, WEB["address"]) in result["msg"] and is_whole(site)


def test_somebody_elses_container_is_never_disconnected(site, net):
    net(NET)
    site.hold("theirs", start=True, host_config=site.engine.create_host_config(network_mode=NET["name"]))
    result = net(dict(NET, internal=True), fails=True)
    assert "container %stheirs in it is not ours to disconnect" % PREFIX in result["msg"]
    assert "used by container %stheirs" % PREFIX in net({"name": NET["name"]}, state="absent", fails=True)["msg"]
    assert not net(NET)["changed"] and at(site, "theirs")["IPAddress"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"subnets": [{"subnet": FOUR + "192/26"}, {"subnet": FOUR + "224/27"}]}, "overlaps another one of the list"),
        ({"subnets": [{"subnet": FOUR + "0/26"}]}, "overlaps %s0/25 of network %snet" % (FOUR, PREFIX)),
        ({"subnets": [{"subnet": "172.17.0.0/24"}]}, "of network bridge"),
        ({"subnets": [{"subnet": FOUR + "128/25", "gateway": FOUR + "9"}]}, "is not in the subnet"),
        ({"subnets": [{"subnet": FOUR + "129/25"}]}, "host bits set"),
        ({"driver": "overlay"}, "needs a manager of a swarm"),
        ({"name": "bridge"}, "a network that Rackwright did not make"),
        ({"name": NET["name"], "subnets": [{"subnet": FOUR + "128/25"}]}, "none of the new subnets"),
    ],
    ids=("within", "ours", "bridge", "gateway", "host bits", "overlay", "foreign", "member"),  # the same in each worker
)
def test_what_cannot_be_is_refused_before_anything_is_changed(site, net, row, words):
    peopled(site, net)
    site.door.clear()
    result = net(dict({"name": PREFIX + "other"}, **row), docker={"url": site.url}, fails=True)
    assert words in result["msg"] and not site.door.writes


def test_two_networks_of_one_name_are_told_and_left_alone(site, net):
    net(NET)
    site.engine.create_network(NET["name"], check_duplicate=False)
    assert "more than one of this name" in net(NET, fails=True)["msg"]
