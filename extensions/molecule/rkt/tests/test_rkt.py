# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host with the role rkt has; its program is a replay."""

from __future__ import annotations

import json


def test_rkt_reads_its_configuration(host):
    kinds = {one["rktKind"]: one for one in json.loads(host.check_output("rkt config"))["stage0"]}
    assert kinds["paths"]["data"] == "/var/lib/rkt" and kinds["stage1"]["location"].endswith("/stage1-coreos.aci")
    assert kinds["dockerAuth"]["registries"] == ["registry.example"]


def test_credentials_are_roots_and_the_rest_is_the_groups(host):
    assert host.file("/etc/rkt/auth.d/rackwright-00.json").mode == 0o600
    for path, group, mode in (("/etc/rkt", "rkt-admin", 0o2775), ("/var/lib/rkt", "rkt", 0o2750)):
        assert (host.file(path).group, host.file(path).mode) == (group, mode)


def test_the_stage1_images_are_there(host):
    assert {"stage1-coreos.aci", "stage1-fly.aci"} <= set(host.file("/usr/lib/rkt/stage1-images").listdir())


def test_the_trusted_key_and_the_network_are_there(host):
    folder = "/etc/rkt/trustedkeys/prefix.d/example.com/hello/"
    assert host.file(folder + "18e9af8f87c0732ccc95b34cef29833c9d51ec26").exists
    assert json.loads(host.file("/etc/rkt/net.d/rackwright-00-lan.conf").content_string)["bridge"] == "rkt0"


def test_what_has_ended_is_collected(host):
    assert host.service("rkt-gc.timer").is_running and host.service("rkt-gc.timer").is_enabled
    assert host.run("systemctl start rkt-gc.service").rc == 0


def test_no_container_is_left(host):
    assert json.loads(host.check_output("rkt list --format=json")) is None
    assert host.run("ls /etc/systemd/system/rackwright-rkt-*").rc != 0
    assert host.file("/var/lib/rackwright/rkt").listdir() == []
