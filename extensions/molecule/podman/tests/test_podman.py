# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host with the role podman can do."""

from __future__ import annotations

import json

IMPORT = "cd /tmp && mkdir -p root/bin && cp /usr/bin/env root/bin/ && tar -C root -c . | podman import - own:1"


def test_the_service_answers_at_its_socket_and_starts_at_boot(host):
    assert host.service("podman.socket").is_running and host.service("podman.socket").is_enabled
    said = host.check_output("curl -s --unix-socket /run/podman/podman.sock http://d/_ping")
    assert said == "OK"


def test_the_engine_has_its_configuration(host):
    info = json.loads(host.check_output("podman info --format json"))
    assert info["store"]["graphDriverName"] == "vfs"
    assert info["host"]["eventLogger"] == "file"
    assert info["registries"]["registry.example"]["Insecure"] is True


def test_only_trusted_images_come_in(host):
    host.check_output(IMPORT)
    host.check_output("podman save -q -o /tmp/own.tar own:1")
    assert host.run("podman load -q -i /tmp/own.tar").rc == 0
    host.check_output("rm -f /tmp/own.oci; podman save -q --format oci-archive -o /tmp/own.oci own:1")
    refused = host.run("podman pull -q oci-archive:/tmp/own.oci")
    assert refused.rc != 0 and "rejected by policy" in refused.stderr


def test_a_user_has_ids_and_stays(host):
    for path in ("/etc/subuid", "/etc/subgid"):
        lines = host.file(path).content_string.split()
        assert [line for line in lines if line.startswith("anna:")] == ["anna:500000:65536"]
    assert host.file("/var/lib/systemd/linger/anna").exists
    assert host.run("systemctl --global is-enabled podman.socket").stdout.strip() == "enabled"


def test_containers_hear_of_their_network_s_new_address(host):
    assert host.file("/proc/sys/net/ipv4/conf/all/arp_notify").content_string == "1\n"
    assert "arp_notify = 1" in host.file("/etc/sysctl.d/60-rackwright-podman.conf").content_string
