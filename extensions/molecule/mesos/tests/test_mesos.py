# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the stand-ins for Mesos' daemons were started with by the role mesos, and what a restart asked of the master."""

from __future__ import annotations

import json

import pytest

ZK = "zk://192.0.2.10:2181,192.0.2.11:2181/mesos"


def name(host):
    """c1 is a master, c2 an agent."""
    return "mesos-master" if host.check_output("hostname") == "c1" else "mesos-agent"


def flags(host):
    """The command line of the daemon."""
    pid = host.check_output("systemctl show %s --property=MainPID --value", unit(host))
    command = host.check_output("cat /proc/%s/cmdline | tr '\\0' '\\n'" % pid).splitlines()
    return [one for one in command if one.startswith("--")]


def unit(host):
    """The package's name for the unit."""
    return "mesos-master.service" if name(host) == "mesos-master" else "mesos-slave.service"


def test_the_daemon_runs_and_starts_at_boot(host):
    service = host.service(unit(host))
    assert service.is_running and service.is_enabled
    other = {"mesos-master.service", "mesos-slave.service"} - {unit(host)}
    assert not host.service(other.pop()).is_enabled


def test_it_was_started_with_its_flags(host):
    address = host.file("/etc/%s/ip" % name(host)).content_string.strip()
    assert address in host.check_output("hostname -I").split()
    common = {"--ip=" + address, "--hostname=" + address, "--work_dir=/var/lib/mesos"}
    if name(host) == "mesos-master":
        assert set(flags(host)) == common | {"--zk=" + ZK, "--quorum=1", "--port=5050", "--no-root_submissions"}
    else:
        assert set(flags(host)) == common | {
            "--master=" + ZK,
            "--port=5051",
            "--containerizers=docker,mesos",
            "--image_providers=APPC,DOCKER",
            "--isolation=filesystem/linux,appc/runtime,docker/runtime",
            "--attributes=rack:r13;zone:a b",
            "--resources=ports:[31000-32000]",
        }


def test_the_agent_was_drained_before_its_restart_and_is_back(host):
    if name(host) != "mesos-master":
        pytest.skip("the master knows")
    calls = json.loads(host.file("/run/mesos-stand-in-calls.json").content_string)
    assert calls == ["UPDATE_MAINTENANCE_SCHEDULE", "DRAIN_AGENT", "UPDATE_MAINTENANCE_SCHEDULE", "REACTIVATE_AGENT"]


def test_marathon_has_its_flags(host):
    if name(host) != "mesos-master":
        pytest.skip("Marathon is on c1")
    assert host.service("marathon").is_running and host.service("marathon").is_enabled
    pid = host.check_output("systemctl show marathon.service --property=MainPID --value")
    found = host.check_output("cat /proc/%s/environ | tr '\\0' '\\n'" % pid).splitlines()
    assert {"MARATHON_MASTER=" + ZK, "MARATHON_ZK=" + ZK[:-5] + "marathon", "MARATHON_HTTP_PORT=8080"} <= set(found)
    assert "MARATHON_DISABLE_HA=" in found and "MESOS_NATIVE_JAVA_LIBRARY=/usr/lib/libmesos.so" in found
    assert not [one for one in found if one.startswith("MARATHON_MESOS_ROLE")]
    assert host.file("/etc/default/marathon").mode == 0o600
