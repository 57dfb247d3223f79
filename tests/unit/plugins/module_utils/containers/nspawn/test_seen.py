# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd tells, as rows; its words were recorded from systemd 252."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers.nspawn import enter, host, seen
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure
from ansible_collections.rackwright.platform.plugins.module_utils.core.systemd import blocks

SHOWN = """\
MainPID=594
CPUQuotaPerSecUSec=1.500s
MemoryMax=67108864
TasksMax=16384
Id=systemd-nspawn@web.service
ActiveState=active
SubState=running

CPUQuotaPerSecUSec=infinity
MemoryMax=infinity
TasksMax=50
Id=systemd-nspawn@db.service
ActiveState=failed
SubState=failed
"""
RECORD = {
    "name": "web",
    "owner": "shop",
    "image": "web:1",
    "image_id": "sha256:1",
    "fields": {"env": {"A": "1"}, "ports": [{"public": 1}], "memory": "96M"},
    "spec": {"env": ["A"]},
}


def test_each_unit_that_is_asked_for_is_told(monkeypatch):
    engine = host.Host({}, transport=lambda command, **_how: (0, SHOWN, ""))
    found = engine.units(["web", "db", "gone"])
    assert sorted(found) == ["db", "web"] and found["db"]["TasksMax"] == "50"
    assert host.Host({}, transport=None).units([]) == {}


def test_a_running_container():
    web = blocks(SHOWN)[host.unit("web")]
    row = seen.row(RECORD, web, {"addresses": "fe80::1\n2001:db8::2\n192.0.2.9"}, None)
    assert (row["state"], row["status"], row["exit_code"]) == ("started", "running", None)
    assert (row["memory"], row["cpus"], row["pids_limit"]) == ("64M", 1.5, 0)  # as it is, not as it was declared
    assert row["addresses"] == {"host0": "192.0.2.9"} and row["published"] == [{"public": 1}]
    assert (row["owner"], row["env"], row["_spec"]) == ("shop", {"A": "1"}, {"env": ["A"]})


@pytest.mark.parametrize(
    ("last", "status", "code"),
    [
        (None, "created", None),
        ("success exited 0 0e76\n", "exited", 0),
        ("exit-code exited 3 0e76\n", "exited", 3),
        ("signal killed KILL 0e76\n", "exited", 137),
        ("timeout killed TERM 0e76\n", "exited", 143),
    ],
)
def test_how_a_container_has_ended(last, status, code):
    db = blocks(SHOWN)[host.unit("db")]
    row = seen.row(RECORD, db, None, last)
    assert (row["state"], row["status"], row["exit_code"]) == ("stopped", status, code)
    assert row["published"] == [] and row["addresses"] == {} and row["pids_limit"] == 50


@pytest.mark.parametrize(
    ("active", "sub", "status"),
    [
        ("activating", "auto-restart", "restarting"),
        ("activating", "start", "starting"),
        ("deactivating", "x", "stopping"),
    ],
)
def test_a_container_on_its_way(active, sub, status):
    row = seen.row(RECORD, {"ActiveState": active, "SubState": sub}, None, "exit-code exited 3 0e76")
    assert (row["state"], row["status"]) == ("started", status)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("infinity", 0), ("", 0), ("500ms", 0.5), ("1s", 1), ("1min 30s", 90), ("1s 250ms", 1.25), ("10us", 0.00001)],
)
def test_spans_of_time(text, seconds):
    assert seen.seconds(text) == pytest.approx(seconds)


def test_what_runs_inside_has_no_capability_that_the_first_process_has_not():
    status = "Name:\tsh\nCapBnd:\t00000000fffcbffd\n"
    assert enter.dropped(status, "33") == "-cap_1,-cap_14,-cap_16,-cap_17,-cap_32,-cap_33"
    assert enter.dropped("CapBnd:\t0000000000000000\n", "7") == "-cap_0,-cap_1,-cap_2,-cap_3,-cap_4,-cap_5"


def test_users_by_name_and_number():
    tables = {"passwd": "root:x:0:0::/root:/bin/sh\nwww:x:33:34::/var/www:/bin/sh\nbroken", "group": "db:x:77:\n"}
    read = tables.__getitem__
    assert enter.numbers("www", read) == (33, 34, "/var/www")
    assert enter.numbers("33:db", read) == (33, 77, "/var/www")
    assert enter.numbers("1000:5", read) == (1000, 5, "/")
    for user, words in (("nobody", "no user nobody"), ("www:nobody", "no group nobody")):
        with pytest.raises(Failure, match=words):
            enter.numbers(user, read)
