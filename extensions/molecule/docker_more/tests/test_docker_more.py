# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left on a host whose engine had two other storage drivers, open doors and engines without root."""

from __future__ import annotations


def test_nothing_is_left_of_two_switches_of_the_storage_driver(host):
    assert host.check_output("docker images --format '{{.Repository}}:{{.Tag}}'").split() == ["busybox:1"]
    assert not host.file("/var/lib/docker/vfs").exists
    assert host.file("/var/lib/rackwright/docker/storage").listdir() == []
