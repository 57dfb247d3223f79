# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The provider redfish against OpenStack's Redfish emulator: what the contract suite does not ask."""

from __future__ import annotations

import functools
import http.server
import json
import socket
import threading

import pytest
from contract.modules import run
from contract.proxy import Proxy
from integration.play import play, program
from integration.sushy import Sushy

NAMES = ("fake1", "fake2", "fake3")
AUTH = ("root", "calvin's s3cret")


@pytest.fixture(scope="module")
def emulator():
    """Three systems; requests take effect after a second."""
    with Sushy(count=3, delay=1, auth=AUTH) as server:
        yield server


@pytest.fixture(autouse=True)
def reset(emulator):
    """All off."""
    emulator.reset()


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The address of a disc image."""
    folder = tmp_path_factory.mktemp("images")
    (folder / "rescue.iso").write_bytes(b"\0" * 4096)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield "http://127.0.0.1:%d/rescue.iso" % server.server_address[1]
        server.shutdown()


def task(emulator, *rows, module="server", fails=False, check=False, redfish=None, **more):
    login = {"url": emulator.url, "username": AUTH[0], "password": AUTH[1]}
    args = dict({"provider": "redfish", "redfish": dict(login, **(redfish or {}))}, **more)
    if module == "server":
        args["servers"] = list(rows)
    result = run(module, args, fails=fails, check=check, diff=True)
    assert AUTH[1] not in str(result)
    return result


def act(emulator, action, *names, **more):
    return task(emulator, module="server_action", names=list(names or NAMES), action=action, **more)


def powers(emulator):
    return [emulator.system(name)["PowerState"] for name in NAMES]


def test_power_is_declared_and_waited_for(emulator):
    result = task(emulator, *({"name": name, "power": "on"} for name in NAMES))
    assert powers(emulator) == ["On"] * 3 and [row["state"] for row in result["servers"]] == ["active"] * 3
    again = task(emulator, *({"name": name, "power": "on"} for name in NAMES))
    assert not again["changed"]
    task(emulator, {"name": "fake2"}, state="off")
    assert powers(emulator) == ["On", "Off", "On"]


def test_actions(emulator):
    act(emulator, "power_on")
    assert powers(emulator) == ["On"] * 3
    assert [row["state"] for row in act(emulator, "reboot")["servers"]] == ["active"] * 3
    assert [row["state"] for row in act(emulator, "power_cycle", "fake1")["servers"]] == ["active"]
    act(emulator, "power_off", "fake1", "fake3")
    assert powers(emulator) == ["Off", "On", "Off"]


def test_a_system_that_does_not_shut_down_loses_its_power(emulator):
    act(emulator, "power_on", "fake1")
    with Proxy(("127.0.0.1", emulator.port)) as door:

        def swallow(link, request):
            answer = b"HTTP/1.1 204 No Content\r\n\r\n"
            link.client.sendall(answer)

        door.fault(swallow, method="POST", path="Reset")
        act(emulator, "power_off", "fake1", redfish={"url": door.url, "shutdown": 1})
        sent = [seen.body for seen in door.seen if seen.method == "POST"]
    assert [b"GracefulShutdown" in sent[0], b"ForceOff" in sent[1], len(sent)] == [True, True, 2]
    assert powers(emulator)[0] == "Off"


def test_a_machine_boots_from_what_is_declared_and_once_is_read_back(emulator):
    assert task(emulator, {"name": "fake1", "boot": {"device": "network", "once": False}})["changed"]
    assert emulator.system("fake1")["Boot"]["BootSourceOverrideTarget"] == "Pxe"
    result = task(emulator, {"name": "fake1", "boot": {"device": "cdrom", "once": True}}, fails=True)
    assert "does not do `once`" in result["msg"] and "cdrom each time" in result["msg"]
    result = task(emulator, {"name": "fake1", "boot": {"device": "usb"}}, fails=True)
    assert "cannot boot from usb; it can from disk, network, cdrom" in result["msg"] and not result["changed"]


def test_media_go_in_and_out(emulator, image):
    row = {"name": "fake1", "media": image}
    assert task(emulator, row, check=True)["changed"]
    assert task(emulator, row)["servers"][0]["media"] == image
    drive = emulator.systems["fake1"] + "/VirtualMedia/Cd"
    assert emulator.call("GET", drive)["Image"] == image and emulator.call("GET", drive)["Inserted"]
    assert not task(emulator, row)["changed"]
    out = task(emulator, {"name": "fake1", "media": ""})
    assert out["changed"] and not emulator.call("GET", drive)["Inserted"]
    assert not task(emulator, {"name": "fake1", "media": ""})["changed"]
    lost = task(emulator, {"name": "fake1", "media": image + ".lost"}, fails=True)
    assert "404" in lost["msg"]


def test_machines_have_names_and_places_of_their_own(emulator):
    machines = [
        {"name": "db1", "system": "00000002-0000-4000-8000-000000000000", "facility": "ams1", "address": "192.0.2.7"},
        {"name": "db2", "system": "fake3", "facility": "ewr1"},
    ]
    found = task(emulator, module="server_info", redfish={"machines": machines})["servers"]
    assert [(row["name"], row["facility"], row["id"][:8]) for row in found] == [
        ("db1", "ams1", "00000002"),
        ("db2", "ewr1", "00000003"),
    ]
    assert found[0]["access"] == {"host": "192.0.2.7", "port": 22, "user": "root"}
    moved = task(emulator, {"name": "db1", "facility": "ewr1"}, redfish={"machines": machines}, fails=True)
    assert "its facility is ams1" in moved["msg"] and "not moved" in moved["msg"]
    several = task(emulator, module="server_info", redfish={"machines": [{"name": "db1"}]}, fails=True)
    assert "has 3 systems; say which" in several["msg"]
    with Proxy(("127.0.0.1", emulator.port)) as door:
        task(emulator, module="server_info", redfish={"url": door.url})
        assert door.count("GET") == 1 + 3  # a list of links, and each of them: the protocol has no other way


def test_one_dead_controller_is_told_where_it_matters(emulator):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        dead = "http://127.0.0.1:%d" % listener.getsockname()[1]
    machines = [{"name": "here", "system": "fake1"}, {"name": "gone", "url": dead, "system": "1"}]
    redfish = {"machines": machines}
    assert task(emulator, {"name": "here", "power": "on"}, redfish=redfish)["changed"]
    refused = task(emulator, {"name": "here"}, {"name": "gone", "power": "on"}, redfish=redfish, fails=True)
    assert "server gone: Redfish does not answer at %s" % dead in refused["msg"] and not refused["changed"]
    mixed = act(emulator, "power_off", "here", "gone", redfish=redfish, fails=True)
    assert list(mixed["failed_keys"]) == ["gone"] and mixed["applied"] == ["here"]
    rows = task(emulator, module="server_info", redfish=redfish)["servers"]
    assert {row["name"]: row["state"] for row in rows} == {"here": "off", "gone": "failed"}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"name": "fake9"}, "a machine is there or it is not"),
        ({"name": "fake1", "image": "debian-13"}, "cannot do image: a controller installs nothing"),
        ({"name": "fake1", "plan": "m1"}, "cannot do plan"),
        ({"name": "fake1", "user_data": "#!/bin/sh"}, "cannot do user_data"),
        ({"name": "fake1", "tags": {"a": "b"}}, "cannot do tags: a controller keeps no notes"),
        ({"name": "fake1", "locked": True}, "cannot do locked"),
    ],
)
def test_what_a_controller_cannot_do_is_refused_while_planning(emulator, row, words):
    with Proxy(("127.0.0.1", emulator.port), read_only=True) as door:
        result = task(emulator, row, redfish={"url": door.url}, fails=True)
        assert words in result["msg"] and door.refused == []


def test_removal_and_reinstalling_are_refused(emulator):
    assert "state: off" in task(emulator, {"name": "fake1"}, state="absent", fails=True)["msg"]
    assert "installs nothing" in task(emulator, {"name": "fake1"}, recreate="always", fails=True)["msg"]
    assert "installs nothing" in act(emulator, "reinstall", "fake1", fails=True)["msg"]
    assert "no rescue system" in act(emulator, "rescue", "fake1", fails=True)["msg"]
    assert "cannot do owner" in task(emulator, {"name": "fake1"}, owner="shop", fails=True)["msg"]


def test_a_playbook_hides_the_password(emulator):
    played = play(
        """
        - name: Light the way
          rackwright.platform.server:
            provider: redfish
            redfish:
              machines: [{name: rack7, url: "{{ url }}", username: root, password: "{{ word }}", system: fake2}]
            servers: [{name: rack7, indicator: "on"}]
        """,
        vars={"url": emulator.url, "word": AUTH[1], "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        secrets=[AUTH[1]],
        diff=True,
        args=["-vvv"],
    )
    assert played["Light the way"]["changed"] and emulator.system("fake2")["IndicatorLED"] == "Lit"


def test_machines_are_an_inventory(emulator, tmp_path):
    source = tmp_path / "racks.servers.yml"
    machines = "[{name: db1, system: fake2, address: 192.0.2.7, facility: ams1}, {name: db2, system: fake3}]"
    source.write_text(
        "plugin: rackwright.platform.servers\n"
        "sources: [{provider: redfish, redfish: {url: '%s', username: root, machines: %s}}]\n"
        "keyed_groups: [{key: rackwright_facility, prefix: at}]\n" % (emulator.url, machines)
    )
    env = {"RACKWRIGHT_REDFISH_PASSWORD": AUTH[1]}
    status, output = program("ansible-inventory", "-i", str(source), "--list", env=env, secrets=[AUTH[1]])
    found = json.loads(output)
    assert status == 0 and found["at_ams1"]["hosts"] == ["db1"]
    assert set(found["_meta"]["hostvars"]) == {"db1", "db2"} and "192.0.2.7" in output
