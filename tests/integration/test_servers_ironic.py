# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers and machines on a real Ironic: made-up hardware, and a Redfish emulator behind its redfish driver."""

from __future__ import annotations

import http.server
import json
import threading

import pytest
import requests
from contract.modules import run
from integration.ironic import IMAGE, Ironic
from integration.play import listed
from integration.sushy import Sushy

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHN0IOZQPjhk0CTrcyJCEhZmCKD3RUqBRPa2YhmzLrz+"


@pytest.fixture(scope="module")
def ironic():
    """One Ironic for this file, with four machines."""
    with Ironic(page=3) as server:
        for number in range(4):
            server.enrol("m%d" % number)
        yield server


@pytest.fixture
def task(ironic):
    """Run a module on it; what is left is cleared away."""

    def runner(module, **more):
        provider = dict({"url": ironic.address, "timeout": 20}, **more.pop("ironic", {}))
        how = more.pop("how", {})
        return run(module, dict({"provider": "ironic", "ironic": provider}, **more), **how)

    yield runner
    ironic.clear(keep=["m0", "m1", "m2", "m3"])


def server(name="web", **more):
    """A row."""
    return dict({"name": name, "plan": "small", "image": IMAGE}, **more)


def node_of(ironic, name):
    """The node that carries the server."""
    return next(one for one in ironic.nodes() if (one["extra"].get("rackwright_server") or {}).get("name") == name)


def test_a_server_lives_and_its_machine_is_free_again(ironic, task):
    row = server(user_data="#!/bin/sh\necho hi\n", ssh_keys=[KEY], tags={"role": "web"})
    made = task("server", servers=[row], owner="me")["servers"][0]
    assert made["state"] == "active" and made["machine"] in ("m0", "m1", "m2", "m3") and made["owner"] == "me"
    assert not task("server", servers=[row], owner="me")["changed"]
    drive = ironic.ask("GET", "/nodes/%s" % made["machine"])["instance_info"]["configdrive"]
    assert drive, "the user data went with it"
    assert task("server", servers=[dict(row, power="on")], owner="me")["servers"][0]["power"] == "on"
    assert task("server_action", names=["web"], action="reboot")["changed"]
    rescued = task("server_action", names=["web"], action="rescue")["servers"][0]
    assert rescued["state"] in ("rescue", "booting")
    ironic.settle(made["machine"], "rescue")
    task("server_action", names=["web"], action="unrescue")
    ironic.settle(made["machine"], "active")
    again = task("server_action", names=["web"], action="reinstall")["servers"][0]
    assert again["id"] == made["id"] and again["machine"] == made["machine"]
    assert task("server", servers=[{"name": "web"}], state="absent")["changed"]
    assert not [one for one in ironic.nodes() if one["instance_uuid"]]


def test_a_machine_can_be_named_and_one_that_is_taken_is_told(task):
    assert task("server", servers=[server(machine="m2")])["servers"][0]["machine"] == "m2"
    result = task("server", servers=[server("other", machine="m2")], how={"fails": True})
    assert "server other: machine m2 is not free for plan small" in result["msg"] and not result["changed"]


def test_more_servers_than_machines_are_refused_before_anything(ironic, task):
    rows = [server("n%d" % number) for number in range(5)]
    result = task("server", servers=rows, how={"fails": True})
    assert "of 4 such machines 4 were free" in result["msg"] and not result["changed"]
    assert not [one for one in ironic.nodes() if one["instance_uuid"]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"plan": "huge"}, "provider ironic has no plan huge, it has small"),
        ({"image": "debian-12"}, "provider ironic has no image debian-12; give its address"),
        ({"locked": True}, "provider ironic cannot do locked"),
    ],
)
def test_what_it_has_not(task, change, words):
    result = task("server", servers=[server(**change)], how={"fails": True})
    assert words in result["msg"] and not result["changed"]


def test_a_server_does_not_move(ironic, task):
    task("machine", machines=[machine()])
    task("server", servers=[server()])
    result = task("server", servers=[server(plan="big")], how={"fails": True}, recreate="auto")
    assert "server web: its machine is of plan small; remove the server and make it anew for big" in result["msg"]


def test_rows_that_can_have_one_machine_only_have_it(ironic, task):
    rows = [server("a"), server("b", machine="m0"), server("c"), server("d", machine="m1")]
    made = {row["name"]: row["machine"] for row in task("server", servers=rows)["servers"]}
    assert (made["b"], made["d"]) == ("m0", "m1") and {made["a"], made["c"]} == {"m2", "m3"}


def test_images_by_name(ironic, task):
    images = {"debian-12": {"image_source": IMAGE, "image_checksum": "d41d8cd98f00b204e9800998ecf8427e"}}
    made = task("server", servers=[server(image="debian-12")], ironic={"images": images})
    assert made["servers"][0]["image"] == "debian-12"
    info = node_of(ironic, "web")["instance_info"]
    assert info["image_source"] == IMAGE and info["image_checksum"].startswith("d41d")
    again = task("server", servers=[server(image="debian-12")], ironic={"images": images})
    assert not again["changed"]


def test_what_a_killed_run_has_claimed_is_carried_on(ironic, task):
    task("server", servers=[server()])
    node = node_of(ironic, "web")
    ironic.ask("PUT", "/nodes/%s/states/provision" % node["uuid"], target="deleted")
    ironic.settle(node["uuid"], "available")
    ironic.patch(node["uuid"], "/instance_uuid", node["instance_uuid"])  # as it is between claim and installation
    found = task("server_info")["servers"]
    assert [(one["name"], one["installed"]) for one in found] == [("web", False)]
    result = task("server", servers=[server()])
    assert result["plan"][0]["fields"] == ["installed"] and result["servers"][0]["state"] == "active"


def test_a_machine_out_of_service_carries_nothing(ironic, task):
    for name in ("m1", "m2", "m3"):
        ironic.ask("PUT", "/nodes/%s/maintenance" % name, reason="broken fan")
    try:
        assert task("server", servers=[server()])["servers"][0]["machine"] == "m0"
        told = {one["name"]: one.get("maintenance") for one in task("machine_info")["machines"]}
        assert told["m1"] == "broken fan" and told["m0"] is None
    finally:
        for name in ("m1", "m2", "m3"):
            ironic.ask("DELETE", "/nodes/%s/maintenance" % name)


def machine(name="new", **more):
    """A row."""
    return dict({"name": name, "driver": "fake-hardware", "plan": "big"}, **more)


def test_a_machine_is_kept_back_and_let_go(ironic, task):
    task("machine", machines=[machine(state="manageable")])
    assert ironic.ask("GET", "/nodes/new")["provision_state"] == "manageable"
    changed = task("machine", machines=[machine()])
    assert changed["plan"][0]["fields"] == ["state"]
    assert ironic.ask("GET", "/nodes/new")["provision_state"] == "available"
    task("machine", machines=[machine(state="manageable")])
    assert ironic.ask("GET", "/nodes/new")["provision_state"] == "manageable"


def test_a_machine_that_carries_a_server_stays(ironic, task):
    task("machine", machines=[machine()])
    task("server", servers=[server(plan="big")])
    result = task("machine", machines=[{"name": "new"}], state="absent", how={"fails": True})
    assert "it carries the server web; remove that first" in result["msg"]
    assert not task("machine", machines=[machine()])["changed"], "in use counts as available"


def test_a_password_is_sent_and_never_told(ironic, task):
    bmc = {"address": "192.0.2.9", "username": "admin"}
    row = machine(bmc=bmc, bmc_password="topsecret1")
    made = task("machine", machines=[row], how={"diff": True})
    assert "topsecret1" not in json.dumps(made)
    assert ironic.ask("GET", "/nodes/new")["driver_info"]["fake_password"] == "******"
    assert not task("machine", machines=[row])["changed"]
    moved = task("machine", machines=[dict(row, bmc=dict(bmc, address="192.0.2.10"))])
    assert moved["plan"][0]["fields"] == ["bmc"]
    assert ironic.ask("GET", "/nodes/new")["driver_info"]["fake_address"] == "192.0.2.10"


def test_the_inventory_has_them(ironic, task, tmp_path):
    task("server", servers=[server(tags={"role": "web"})])
    source = {"provider": "ironic", "ironic": {"url": ironic.address}}
    values = listed("servers", tmp_path, source)["_meta"]["hostvars"]["web"]
    assert values["rackwright_plan"] == "small" and values["rackwright_active"] is True


class Files(http.server.BaseHTTPRequestHandler):
    """Gives out an image of zeros."""

    def do_GET(self):
        """Sixty-four KiB."""
        self.send_response(200)
        self.send_header("Content-Length", str(65536))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(bytes(65536))

    do_HEAD = do_GET

    def log_message(self, *_args):
        """Say nothing."""


def test_real_driver_code_by_redfish(ironic, task):
    """Ironic's own redfish driver against the emulator; the emulator delays each step by seconds."""
    files = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=files.serve_forever, daemon=True).start()
    boot_iso = "http://127.0.0.1:%d/boot.iso" % files.server_address[1]
    with Sushy(1) as sushy:
        systems = requests.get(sushy.address + "/redfish/v1/Systems", timeout=20).json()
        system = systems["Members"][0]["@odata.id"]
        bmc = {"address": sushy.address, "username": "admin", "system": system, "verify": "false"}
        row = {"name": "red", "driver": "redfish", "plan": "metal", "bmc": bmc, "bmc_password": "secret-of-red"}
        row["interfaces"] = {"deploy": "ramdisk", "boot": "redfish-virtual-media"}
        enrolled = task("machine", machines=[row], timeout=120)["machines"][0]
        assert enrolled["state"] == "available"
        assert not task("machine", machines=[row])["changed"]
        images = {"live": {"boot_iso": boot_iso}}
        made = task("server", servers=[server(plan="metal", image="live")], ironic={"images": images}, timeout=120)
        assert made["servers"][0]["state"] == "active" and made["servers"][0]["power"] == "on"
        task("server", servers=[{"name": "web"}], state="absent")
        assert task("machine", machines=[{"name": "red"}], state="absent")["changed"]
    files.shutdown()
    files.server_close()
