# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers on the simulator of Packet's API (a fake): placement, batches, lives, and what only Packet has."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest
import requests
from contract.packets import KEYS
from contract.proxy import forward
from integration.packet_fixtures import IMAGE, PLAN, TestPacket
from integration.play import play

BATCH = "00000000-0000-4000-8000-00000000000b"
FREE = {"sjc1": 7, "ewr1": 24, "dfw1": 50, "sv15": 0, "ams1": 0}  # of the batch documentation's examples


@pytest.fixture
def packet():
    """A project of its own for each test."""
    made = TestPacket()
    yield made
    made.end()


def where(packet):
    """{facility: servers}."""
    return dict(Counter(one["_facility"] for one in packet.alive()))


def fleet(number, **placement):
    """A row of as many servers, placed."""
    return {"name": "s%02d", "count": number, "facility": None, "placement": placement}


@pytest.mark.parametrize(
    ("number", "placement", "expected"),
    [
        (10, {"facilities": ["sjc1", "ewr1", "any"], "at_most": 1}, {"ewr1": 10}),
        (25, {"facilities": ["sjc1", "ewr1", "any"], "at_most": 2}, {"sjc1": 7, "ewr1": 18}),
        (10, {"facilities": ["sjc1", "ewr1", "any"]}, {"sjc1": 7, "ewr1": 3}),
        (60, {"facilities": ["any"]}, {"dfw1": 50, "ewr1": 10}),
        (12, {"facilities": ["sv", "ny"]}, {"sjc1": 7, "ewr1": 5}),
        (6, {"facilities": ["sjc1", "ewr1", "dfw1"], "at_least": 3}, {"sjc1": 2, "ewr1": 2, "dfw1": 2}),
    ],
)
def test_the_examples_of_the_batch_documentation(packet, number, placement, expected):
    packet.api.free.update({(site, PLAN): room for site, room in FREE.items()})
    packet.servers(fleet(number, **placement))
    assert where(packet) == expected
    assert packet.door.count("POST", "/capacity") == 1
    packet.door.clear()
    assert not packet.servers(fleet(number, **placement))["changed"] and packet.door.writes == []


def test_no_room_says_how_much_there_is(packet):
    packet.api.free.update({(site, PLAN): room for site, room in FREE.items()})
    result = packet.servers(fleet(82, facilities=["sjc1", "ewr1", "any"]), fails=True)
    assert "no room for 82 of plan c3.small.x86" in result["msg"]
    assert "sjc1 7, ewr1 24, dfw1 50" in result["msg"] and packet.names() == []


def test_what_fits_in_a_facility_is_asked_before_anything_is_made(packet):
    packet.api.free[("sjc1", PLAN)] = 3
    assert len(packet.servers({"name": "old"})["applied"]) == 1
    packet.door.clear()
    kept = {"name": "old"}, {"name": "db", "plan": "c3.medium.x86"}
    result = packet.servers(*kept, {"name": "s%d", "count": 3}, fails=True)
    assert "s1, s2, s3: sjc1 has room for 2 of plan c3.small.x86, 3 are declared" in result["msg"]
    assert packet.names() == ["old"] and packet.door.writes == [] and packet.door.count("POST", "/capacity") == 1
    assert packet.servers(*kept, {"name": "s%d", "count": 2})["changed"]
    packet.door.clear()
    assert not packet.servers(*kept, {"name": "s%d", "count": 2})["changed"] and packet.door.count("POST") == 0
    packet.api.free.clear()


def test_like_servers_are_made_by_one_request_each_with_its_own_fate(packet):
    fleet = [{"name": "s%02d" % i} for i in range(5)]

    def meddle(link, request):
        packet.api.free[("sjc1", PLAN)] = 3
        forward(link, request)

    packet.door.fault(meddle, "GET", "/batches")
    result = packet.servers(*fleet, {"name": "db", "plan": "c3.medium.x86"}, fails=True)
    assert len(result["applied"]) == 4 and "db" in result["applied"] and len(result["failed_keys"]) == 2
    assert all("has no provisionable c3.small.x86" in why for why in result["failed_keys"].values())
    assert packet.door.count("POST", "/devices/batch") == 1 and packet.door.count("POST", r"/devices\?") == 1
    packet.api.free.clear()
    packet.servers(*fleet, {"name": "db", "plan": "c3.medium.x86"})
    assert packet.names() == ["db", "s00", "s01", "s02", "s03", "s04"]


def test_a_fleet_takes_few_calls(packet):
    fleet = {"name": "s%03d", "count": 120}
    packet.servers(fleet, owner="shop")
    assert packet.door.count("POST", "/devices/batch") == len(packet.door.writes) == 3
    assert packet.door.count("POST", "/capacity") == 1
    packet.door.clear()
    assert not packet.servers(fleet, owner="shop")["changed"] and len(packet.door.seen) == 1


def test_a_playbook(packet):
    """Through ansible-playbook, with progress, in check mode and twice."""
    task = """
      - name: The fleet
        rackwright.platform.server:
          provider: packet
          packet: {url: "{{ url }}", token: "{{ token }}", project: shop}
          owner: shop
          ready: [api]
          servers:
            - {name: "web%02d", count: 3, plan: c3.small.x86, image: debian_12, placement: {facilities: [sv, any]}}
    """
    values = {"url": packet.door.url, "token": packet.api.token}
    how = {"vars": values, "secrets": [packet.api.token], "diff": True}
    assert play(task, check=True, **how)["The fleet"]["changed"] and packet.names() == []
    made = play(task, **how)
    assert made["The fleet"]["changed"] and packet.names() == ["web01", "web02", "web03"]
    assert {one["state"] for one in made["The fleet"]["servers"]} == {"active"}
    assert not play(task, **how)["The fleet"]["changed"]


def test_a_batch_that_a_dead_run_left_under_way_is_waited_for(packet):
    packet.api.delay = 1.0
    body = {"batches": [{"hostname": "web1", "plan": PLAN, "operating_system": IMAGE, "facility": "sjc1"}]}
    path = "%s/projects/%s/devices/batch" % (packet.api.url, packet.api.project)
    requests.post(path, json=body, headers={"X-Auth-Token": packet.api.token}, timeout=5).raise_for_status()
    result = packet.servers({"name": "web1"}, {"name": "web2"})
    assert packet.names() == ["web1", "web2"] and sorted(result["applied"]) == ["web1", "web2"]


def unfinished(packet, created):
    """A batch that is under way, and stays so."""
    made = {"id": BATCH, "state": "in_progress", "quantity": 1, "devices": [], "error_messages": [], "_at": None}
    packet.api.batches[BATCH] = dict(made, _project=packet.api.project, created_at=created)


def test_a_batch_that_is_stuck_stops_nobody_for_ever(packet, monkeypatch):
    from ansible_collections.rackwright.platform.plugins.module_utils.servers.packet import make

    monkeypatch.setattr(make, "MADE", 0.5)
    unfinished(packet, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    result = packet.servers({"name": "web1"}, fails=True)
    assert (
        "batch %s is in phase in_progress" % BATCH in result["msg"]
        and "nothing was begun: run again later" in result["msg"]
    )
    assert packet.names() == [] and packet.door.writes == []
    unfinished(packet, "2026-01-01T00:00:00Z")
    packet.servers({"name": "web1"})
    assert packet.names() == ["web1"]


def test_what_was_made_twice_goes_and_the_first_stays(packet):
    packet.servers({"name": "web1"}, owner="shop")
    first = packet.device("web1")
    packet.api.clock.jump(5)
    packet.foreign("web1", tags=first["tags"])
    packet.settle()
    result = packet.servers({"name": "web1"}, owner="shop")
    assert [(line["verb"], line["why"]) for line in result["plan"]] == [("delete", "it was made twice")]
    assert packet.device("web1")["id"] == first["id"]


def test_two_of_one_name_are_refused_to_who_declares_it(packet):
    packet.foreign("twin"), packet.foreign("twin")
    packet.settle()
    result = packet.servers({"name": "twin"}, fails=True)
    assert "server twin: the provider has more than one of this name" in result["msg"] and not result["changed"]
    packet.servers({"name": "web1"})
    assert packet.names() == ["twin", "twin", "web1"]


def test_a_life(packet):
    made = packet.servers({"name": "web1", "ssh_keys": [KEYS[0]], "tags": {"role": "web"}}, owner="shop")["servers"][0]
    assert (made["state"], made["power"], made["facility"], made["metro"]) == ("active", "on", "sjc1", "sv")
    assert made["access"]["user"] == "root" and made["access"]["host"] == made["addresses"][0]["address"]
    assert [one["public"] for one in made["addresses"]] == [True, True, False]
    packet.servers({"name": "web1", "power": "off"})
    packet.settle()
    assert packet.device("web1")["state"] == "inactive"
    packet.door.clear()
    assert not packet.servers({"name": "web1", "power": "off"})["changed"] and packet.door.writes == []
    for action, sent in (
        ("power_on", ["power_on"]),
        ("reboot", ["reboot"]),
        ("power_cycle", ["power_off", "power_on"]),
        ("rescue", ["rescue"]),
        ("unrescue", ["reboot"]),
        ("reinstall", ["reinstall"]),
        ("power_off", ["power_off"]),
    ):
        packet.door.clear()
        packet.task("server_action", names=["web1"], action=action, ready=["api"], timeout=20)
        assert [body["type"] for body in packet.sent("POST", "/actions")] == sent
        packet.settle()
    assert packet.device("web1")["id"] == made["id"] and packet.device("web1")["state"] == "inactive"


def test_a_new_server_may_be_off(packet):
    made = packet.servers({"name": "web1", "power": "off"}, {"name": "web2", "power": "off"})
    packet.settle()
    assert {one["state"] for one in packet.alive()} == {"inactive"} and made["changed"]
    assert not packet.servers({"name": "web1", "power": "off"}, {"name": "web2", "power": "off"})["changed"]


def test_a_server_that_is_still_installed_is_turned_off_afterwards(packet):
    packet.api.delay = 0.4
    packet.foreign("web1")
    packet.servers({"name": "web1", "power": "off"})
    packet.settle()
    assert packet.device("web1")["state"] == "inactive"


def test_another_image_is_a_reinstallation_and_another_plan_another_machine(packet):
    packet.servers({"name": "web1", "user_data": "#!/bin/sh\n"})
    first = packet.device("web1")["id"]
    result = packet.servers({"name": "web1", "image": "debian_13", "plan": "c3.medium.x86"}, fails=True)
    assert "plan and image cannot be changed in place; allow it with `recreate: auto`" in result["msg"]
    packet.servers({"name": "web1", "image": "debian_13", "user_data": "#!/bin/sh\ntrue\n"}, recreate="auto")
    device = packet.device("web1")
    assert (device["id"], device["_os"], device["_userdata"]) == (first, "debian_13", "#!/bin/sh\ntrue\n")
    packet.settle()
    packet.servers({"name": "web1", "image": "debian_13"}, recreate="always")
    assert packet.device("web1")["id"] == first and packet.device("web1")["_installs"] == 3
    packet.servers({"name": "web1", "image": "debian_13", "plan": "c3.medium.x86"}, recreate="auto")
    device = packet.device("web1")
    assert device["id"] != first and device["_plan"] == "c3.medium.x86" and device["_userdata"] == "#!/bin/sh\ntrue\n"


def test_a_locked_server_is_not_deleted(packet):
    packet.servers({"name": "web1", "locked": True})
    result = packet.servers({"name": "web1"}, state="absent", fails=True)
    assert result["failed_keys"] == {"web1": "it is locked; declare `locked: false` first"}
    assert "locked: false" in packet.servers({"name": "web1", "image": "debian_13"}, recreate="auto", fails=True)["msg"]
    packet.servers({"name": "web1", "locked": False})
    packet.servers({"name": "web1"}, state="absent")
    assert packet.names() == []


def test_rare_fields(packet):
    packet.api.reserve(PLAN, "sjc1")
    rows = [
        {"name": "spot", "spot": {"max_price": 0.5}},
        {"name": "kept", "reservation": "next-available"},
        {"name": "brief", "ends_at": "2099-01-01 02:00:00+02:00"},
        {"name": "pxe", "image": "custom_ipxe", "ipxe": {"url": "http://192.0.2.1/a.ipxe", "always": True}},
    ]
    packet.servers(*rows)
    assert packet.device("spot")["spot_price_max"] == 0.5
    assert packet.device("brief")["termination_time"] == "2099-01-01T00:00:00Z"
    assert packet.device("pxe")["ipxe_script_url"] == "http://192.0.2.1/a.ipxe" and packet.device("pxe")["always_pxe"]
    packet.door.clear()
    again = packet.servers(*rows)
    assert not again["changed"] and packet.door.writes == [] and not again.get("warnings")
    rows[3]["ipxe"] = {"url": "http://192.0.2.1/b.ipxe"}
    assert packet.servers(*rows)["changed"] and packet.device("pxe")["ipxe_script_url"].endswith("b.ipxe")
    later = packet.servers({"name": "brief", "ends_at": "2099-01-02"}, fails=True)
    assert "ends_at is 2099-01-01T00:00:00Z and cannot be changed" in later["msg"]


def test_which_keys_a_server_gets(packet):
    packet.servers({"name": "all"}, {"name": "none", "ssh_keys": []}, {"name": "one", "ssh_keys": [KEYS[0]]})
    sent = {body["hostname"]: body for body in packet.sent("POST", "/devices")}
    assert "ssh_keys" not in sent["all"] and "no_ssh_keys" not in sent["all"]
    assert sent["none"]["no_ssh_keys"] is True and "ssh_keys" not in sent["none"]
    assert [key["key"] for key in sent["one"]["ssh_keys"]] == [KEYS[0]]


def test_tags_of_others_stay_word_for_word(packet):
    packet.foreign("web1", tags=["blue", "k8s=a=b", "k8s=c"])
    packet.settle()
    packet.servers({"name": "web1"}, owner="shop")
    assert packet.device("web1")["tags"] == ["blue", "k8s=a=b", "k8s=c", "rackwright:owner=shop"]
    packet.servers({"name": "web1", "tags": {"blue": "", "role": "web"}}, owner="shop")
    assert packet.device("web1")["tags"] == ["blue", "role=web", "rackwright:owner=shop"]


def test_an_installation_that_fails_is_told_in_the_apis_words(packet):
    packet.api.broken.add("ubuntu_24_04")
    result = packet.servers({"name": "web1", "image": "ubuntu_24_04"}, {"name": "web2"}, fails=True)
    assert "server web1: its installation failed: The operating system could not be installed" in result["msg"]
    assert sorted(result["applied"]) == ["web1", "web2"] and "web2:" not in result["msg"]
    again = packet.servers({"name": "web1", "image": "ubuntu_24_04"}, ready=["user_state"], fails=True)
    assert "server web1: its installation failed" in again["msg"]


def say(packet, name, **words):
    """What the server itself reports, once it is active."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if any(one["hostname"] == name and one["state"] == "active" for one in packet.alive()):
            path = "%s/device-only/%s/user_state" % (packet.api.url, packet.device(name)["id"])
            requests.post(path, json=words, timeout=5).raise_for_status()
            return
        time.sleep(0.02)


@pytest.mark.parametrize("state", ["succeeded", "failed"])
def test_a_server_says_itself_how_it_went(packet, state):
    words = {"state": state, "code": 1001, "message": "disk check, token=hunter22-and-more"}
    talk = threading.Thread(target=say, args=(packet, "web1"), kwargs=words)
    talk.start()
    result = packet.servers({"name": "web1"}, ready=["user_state"], fails=state == "failed")
    talk.join()
    if state == "failed":
        assert "server web1: it has reported failure: disk check, token=********" in result["msg"]
    polls = packet.door.count("GET", "/devices") + packet.door.count("GET", "/events")
    assert packet.door.count("GET", "/devices/[^?]*/events") <= 1 and polls < 60


def test_a_server_that_says_nothing_is_waited_for(packet):
    packet.foreign("web1")
    packet.settle()
    result = packet.servers({"name": "web1"}, ready=["user_state"], timeout=2, fails=True)
    assert "server web1 is in phase user_state" in result["msg"]


def test_the_phase_is_the_apis_own(packet):
    packet.api.delay = 60
    result = packet.servers({"name": "web1"}, timeout=1, fails=True)
    assert "web1 is in phase queued 10 %" in result["msg"]
