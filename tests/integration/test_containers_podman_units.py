# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that systemd watches: a real Podman on a host with a real systemd, where the modules run, too."""

from __future__ import annotations

import pytest
from contract.modules import run
from contract.names import ALL
from integration.busybox import busybox
from integration.podman import Podman
from integration.process import until

UNIT = "container-web.service"
PATH = "/etc/systemd/system/" + UNIT
ROW = {
    "name": "web",
    "image": busybox(),
    "command": ["sleep", "3600"],
    "stop_timeout": 0,
    "restart": "always",
    "unit": True,
}
PODMAN = {"provider": "podman", "podman": {"url": "unix:///run/engine/podman.sock"}, "pull": "never"}


@pytest.fixture(scope="module")
def machine():
    """A host, which is asked only for what a test needs."""
    with Podman() as found:
        yield found


@pytest.fixture
def host(machine):
    """The same without a container and without a unit."""
    yield machine
    task(machine, {"name": "web"}, state="absent")


def task(host, *rows, check=False, fails=False, **more):
    """Run the module on the host."""
    return host.module("container", dict(PODMAN, containers=list(rows), **more), check, True, fails)


def made(host, row, **more):
    """Run it, and again in order to see that nothing is left to do."""
    result = task(host, row, **more)
    again = task(host, row, **more)
    assert not again["changed"], again["diff"]
    return result


def state(host):
    """(whether systemd has the unit active, whether it begins with the machine, whether the container runs)."""
    ask = "systemctl is-active %s; systemctl is-enabled %s; podman inspect -f '{{.State.Status}}' web" % (UNIT, UNIT)
    quiet = "exec 2>&1; export PODMAN_IGNORE_CGROUPSV1_WARNING=1; "
    active, enabled, runs = (host.shell(quiet + ask) + ["", "", ""])[:3]
    return active == "active", enabled == "enabled", runs == "running"


def ident(host):
    """The container's process on the host."""
    return host.shell("podman inspect -f '{{.State.Pid}}' web")[0]


def test_systemd_restarts_it_and_what_is_changed_by_hand_is_put_right(host):
    foreseen = task(host, ROW, check=True)
    assert foreseen["changed"] and state(host) == (False, False, False)
    made(host, ROW)
    assert state(host) == (True, True, True)
    assert host.shell("podman inspect -f '{{.HostConfig.RestartPolicy.Name}}' web") in (["no"], [""])

    before = ident(host)
    host.run("kill", "-9", before)
    until(lambda: state(host)[2] and ident(host) not in ("0", before))

    host.run("sh", "-c", "sed -i s/Restart=always/Restart=no/ %s" % PATH)
    assert task(host, ROW, check=True)["plan"][0]["fields"] == ["settled"]
    made(host, ROW)
    host.run("systemctl", "stop", UNIT)
    assert state(host) == (False, True, False)
    made(host, ROW)
    assert state(host) == (True, True, True)
    host.run("systemctl", "disable", UNIT)
    made(host, ROW)
    assert state(host) == (True, True, True)


@pytest.mark.skipif(not ALL, reason="`make platforms` runs it")
def test_it_is_replaced_stopped_and_given_back_to_the_engine(host):
    made(host, ROW)
    first = ident(host)
    made(host, dict(ROW, env={"A": "1"}))
    assert state(host) == (True, True, True) and ident(host) != first
    made(host, dict(ROW, env={"A": "2"}), strategy={"batch": "1", "healthy_within": 20, "on_failure": "rollback"})
    assert state(host) == (True, True, True)
    broken = task(host, dict(ROW, command=["/nothing"]), fails=True)
    assert "The old one is in its place again" in broken["msg"] and state(host) == (True, True, True)

    made(host, dict(ROW, restart="on-failure:3"))
    assert "StartLimitBurst=3" in host.shell("cat " + PATH)
    made(host, dict(ROW, state="stopped"))
    assert state(host) == (False, False, False)
    made(host, ROW)
    made(host, dict(ROW, unit=False))
    assert state(host) == (False, False, True) and not host.shell("ls " + PATH)
    made(host, ROW)
    task(host, {"name": "web"}, state="absent")
    assert state(host) == (False, False, False) and not host.shell("ls " + PATH)


def test_where_there_can_be_no_unit():
    args = dict(PODMAN, containers=[ROW])
    far = dict(args, podman={"url": "tcp://127.0.0.1:1"})
    assert "run the task there" in run("container", far, fails=True)["msg"]
    once = dict(args, containers=[dict(ROW, run_once=True, restart="no")])
    assert "run_once and unit exclude each other" in run("container", once, fails=True)["msg"]
