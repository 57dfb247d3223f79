# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module `host_units` at a real systemd: of the machine, of users, and of those who will log in."""

from __future__ import annotations

import importlib

import pytest
import yaml
from integration.nspawn import Nspawn

MODULE = "ansible_collections.rackwright.platform.plugins.modules.host_units"
MODULE_NAME = "rackwright.platform.host_units"
UNIT = "[Service]\nExecStart=/bin/sleep %s\n[Install]\nWantedBy=%s\n"
ETC, OF_USERS = "/etc/systemd/system/%s", "/etc/systemd/user/%s"


@pytest.fixture(scope="module")
def host():
    """A machine with systemd and two users."""
    with Nspawn() as found:
        for name in ("one", "other", "third"):
            found.write(ETC % name + ".service", UNIT % (600, "multi-user.target"))
        found.write(OF_USERS % "mine.service", UNIT % (600, "default.target"))
        found.write(ETC % "broken.service", "[Service]\nType=exec\nExecStart=/no/such/program\n")
        for user in ("alice", "bob"):
            found.run("useradd", "--create-home", user)
        found.run("systemctl", "daemon-reload")
        yield found


def settle(host, *units, check=False, fails=False, **more):
    """Run the module."""
    return host.module("host_units", dict(more, units=list(units)), check=check, diff=True, fails=fails)


def shown(host, name, *more):
    """(ActiveState, UnitFileState, process) as systemd tells them."""
    line = "systemctl %s show --property=ActiveState,UnitFileState,MainPID %s" % (" ".join(more), name)
    said = dict(row.split("=") for row in host.shell(line))
    return said["ActiveState"], said["UnitFileState"], said.get("MainPID")


def test_many_at_once_and_nothing_the_second_time(host):
    on, off = {"state": "started", "enabled": True}, {"state": "stopped", "enabled": False}
    host.run("systemctl", "enable", "--now", "other.service")
    rows = [dict(on, name="one.service"), dict(off, name="other.service"), dict(off, name="none.service")]
    foretold = settle(host, *rows, check=True)
    assert foretold["units"] == ["one.service", "other.service"]
    assert shown(host, "one")[:2] == ("inactive", "disabled") and shown(host, "other")[:2] == ("active", "enabled")
    made = settle(host, *rows)
    assert made["units"] == foretold["units"] and made["diff"] == foretold["diff"]
    assert made["diff"][0]["before"] == "state: inactive\nenabled: disabled\n"
    assert made["diff"][0]["after"] == "state: active\nenabled: enabled\n"
    assert shown(host, "one")[:2] == ("active", "enabled") and shown(host, "other")[:2] == ("inactive", "disabled")
    again = settle(host, *rows)
    assert not again["changed"] and again["units"] == again["diff"] == []


def test_what_has_changed_on_the_disk_is_taken_up_and_what_runs_starts_anew(host):
    row = {"name": "third.service", "state": "started"}
    settle(host, row)
    before = shown(host, "third")[2]
    assert not settle(host, row)["changed"] and shown(host, "third")[2] == before
    host.write(ETC % "third.service", UNIT % (601, "multi-user.target"))
    again = dict(row, restart=True)
    assert settle(host, again, check=True)["units"] == ["third.service"] and shown(host, "third")[2] == before
    assert settle(host, again)["units"] == ["third.service"]
    assert "601" in host.shell("cat /proc/%s/cmdline" % shown(host, "third")[2])[0]
    host.write(ETC % "new.service", UNIT % (600, "multi-user.target"))
    assert settle(host, {"name": "new.service", "enabled": True})["units"] == ["new.service"]
    assert shown(host, "new")[:2] == ("inactive", "enabled")


def test_users_have_units_of_their_own_without_a_login(host):
    row = {"name": "mine.service", "scope": "user", "users": ["alice", "bob"], "state": "started", "enabled": True}
    said = settle(host, row, fails=True)
    assert "user alice has no systemd that runs; name the user under lingering" in said["msg"] and not said["changed"]
    both = ["user alice", "user bob", "mine.service of user alice", "mine.service of user bob"]
    assert settle(host, row, lingering=["alice", "bob"], check=True)["units"] == both
    assert settle(host, row, lingering=["alice", "bob"])["units"] == both
    owners = host.shell("ps -o user= -p $(pgrep -d, -x -f '/bin/sleep 600' -u alice,bob)")
    assert sorted(owners) == ["alice", "bob"]
    assert not settle(host, row, lingering=["alice", "bob"])["changed"]
    assert settle(host, dict(row, users=["bob"], state="stopped"))["units"] == ["mine.service of user bob"]


def test_its_own_example(host):
    for name in ("rkt-metadata.socket", "rkt-gc.timer"):
        what = "[Socket]\nListenStream=/run/metadata\n" if "socket" in name else "[Timer]\nOnBootSec=1d\n"
        host.write(ETC % name, what + "[Install]\nWantedBy=multi-user.target\n")
        host.write(ETC % (name.split(".")[0] + ".service"), UNIT % (600, "multi-user.target"))
    host.write(OF_USERS % "web.service", UNIT % (600, "default.target"))
    (task,) = yaml.safe_load(importlib.import_module(MODULE).EXAMPLES.replace('"{{ web_conf is changed }}"', "true"))
    done = settle(host, *task[MODULE_NAME]["units"], lingering=task[MODULE_NAME]["lingering"])
    assert {"rkt-metadata.socket", "web.service of user alice"} <= set(done["units"])
    assert "rkt-gc.timer" not in done["units"] and shown(host, "rkt-metadata.socket")[:2] == ("active", "enabled")


def test_those_who_log_in_later_find_it_enabled(host):
    row = {"name": "mine.service", "scope": "global", "enabled": True}
    assert settle(host, row, check=True)["changed"]
    assert settle(host, row)["units"] == ["mine.service of all users"] and not settle(host, row)["changed"]
    assert host.shell("systemctl --global is-enabled mine.service") == ["enabled"]
    assert settle(host, dict(row, enabled=False))["changed"]
    assert not settle(host, dict(row, name="none.service", enabled=False))["changed"]
    assert "there is no such unit" in settle(host, dict(row, name="none.service"), fails=True)["msg"]


def test_what_cannot_be_is_told_and_what_was_done_before_it(host):
    settle(host, {"name": "one.service", "state": "started"})
    host.run("ln", "-sf", "/dev/null", ETC % "masked.service")
    gone = {"name": "gone.service", "state": "started"}
    said = settle(
        host, {"name": "one.service", "state": "stopped"}, gone, dict(gone, name="masked.service"), fails=True
    )
    assert "gone.service: there is no such unit; install what brings it" in said["msg"]
    assert "masked.service: it is masked; `systemctl unmask` it first" in said["msg"] and not said["changed"]
    assert settle(host, gone, check=True)["units"] == ["gone.service"]
    broken = {"name": "broken.service", "state": "started"}
    said = settle(host, {"name": "one.service", "state": "stopped"}, broken, fails=True)
    assert "broken.service: " in said["msg"] and said["changed"] and said["units"] == ["one.service"]


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ({"name": "a.service"}, "a.service: nothing is declared"),
        ({"name": "a.service", "state": "started", "scope": "user"}, "scope user and users go together"),
        ({"name": "a.service", "state": "started", "users": ["alice"]}, "scope user and users go together"),
        ({"name": "a.service", "state": "started", "scope": "global"}, "scope global only enables"),
        ({"name": "a.service", "enabled": True, "restart": True}, "restart goes with state started"),
        ({"name": "one.service", "enabled": True}, "one.service: it is declared twice"),
        (
            {"name": "a.service", "enabled": True, "scope": "user", "users": ["nobody-such"]},
            "there is no user nobody-such; make the account first",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_changed(host, unit, words):
    before = shown(host, "one")
    other = {"True": "started", "False": "stopped"}[str(before[0] != "active")]
    said = settle(host, {"name": "one.service", "state": other}, unit, fails=True)
    assert words in said["msg"] and shown(host, "one") == before
