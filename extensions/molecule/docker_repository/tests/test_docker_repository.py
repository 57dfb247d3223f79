# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine from a repository like Docker's own, with IPv6."""

from __future__ import annotations

import json

OTHER = {"d12": "fd00:5:6::13", "d13": "fd00:5:6::12"}


def test_the_packages_are_the_repositorys(host):
    for name in ("docker-ce", "docker-ce-cli", "containerd.io", "docker-buildx-plugin", "docker-compose-plugin"):
        assert host.package(name).is_installed, name
    assert not host.package("docker.io").is_installed
    assert "Signed-By" in host.file("/etc/apt/sources.list.d/rackwright-docker.sources").content_string


def test_its_user_talks_to_the_engine(host):
    assert host.run("runuser -u deploy -- docker version").rc == 0


def test_containers_have_ipv6(host):
    told = host.check_output("docker run --rm busybox:1 /bin/busybox ip -6 address show eth0")
    assert "fd00:5:7:" in told
    info = json.loads(host.check_output("docker network inspect bridge"))[0]
    assert info["EnableIPv6"] is True


def test_the_same_published_ports_are_closed_for_ipv6(host):
    address = OTHER[host.backend.name.rpartition("-")[2]]
    knock = "python3 -c 'import urllib.request as r; r.urlopen(\"http://[%s]:%d/busybox\", timeout=3)'"
    assert host.run(knock % (address, 8080)).rc == 0
    assert "timed out" in host.run(knock % (address, 8081)).stderr
