# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with servers on the real engine: bad input, things of others, boots that fail or take too long."""

from __future__ import annotations

import pytest
from integration.servers_fixtures import COMMON, TestLab, door

SECRET = "hunter22-and-more"
BROKEN = "#cloud-config\n# password: %s\nruncmd:\n  - [sh, -c, 'echo token=%s >&2; exit 3']\n" % (SECRET, SECRET)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """One lab for the tests of this file; each leaves nothing in it."""
    made = TestLab(tmp_path_factory.mktemp("lab"), "trouble")
    yield made
    made.end()


@pytest.fixture(autouse=True)
def clean(lab):
    """Nothing is left after a test."""
    yield
    left = [{"name": name} for name in lab.names() if "." not in name]
    lab.task(*left, state="absent")
    lab.nothing()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"plan": "huge"}, "has no plan huge, it has lab.large, lab.medium, lab.small"),
        ({"image": "beos"}, "has no image beos, it has debian-11, debian-12, debian-13; `make images`"),
        ({"facility": "mars1"}, "has no facility mars1, it has ams1, ewr1, sjc1"),
        ({"image": None}, "server web: it is not there, and to make it image must be given"),
        ({"name": "under_score"}, "'under_score' is not a host name"),
        ({"count": 2}, "server web: count is 2; it needs to be 0 or more, and the name one %d or %02d"),
        ({"ssh_keys": ["nonsense"]}, "server web: ssh_keys: 'nonsense' is not an SSH public key line"),
    ],
)
def test_bad_input_changes_nothing(lab, more, words):
    proxy, url = door()
    with proxy:
        good = dict(COMMON, name="good")
        result = lab.task(good, dict(COMMON, **dict({"name": "web"}, **more)), fails=True, url=url)
        assert words in result["msg"] and not result["changed"] and not proxy.writes


def test_the_same_name_twice(lab):
    result = lab.task(dict(COMMON, name="web"), dict(COMMON, name="WEB"), fails=True)
    assert result["msg"] == "server web: declared more than once; keep one of them"


def test_prune_without_an_owner(lab):
    assert "needs the option owner" in lab.task(dict(COMMON, name="web"), prune=True, fails=True)["msg"]


def test_no_engine(lab):
    result = lab.task(dict(COMMON, name="web"), url="tcp://127.0.0.1:9", fails=True)
    assert "no engine answers at tcp://127.0.0.1:9 (Connection refused)" in result["msg"]
    assert "DOCKER_HOST" in result["msg"] and not result["changed"]


def test_a_container_of_somebody_else_is_left_alone(lab):
    held = lab.engine.create_container("rackwright/lab:debian-13", ["true"], name=lab.name + "-web")["Id"]
    try:
        taken = "the name is taken by the container %s-web, which belongs to somebody else" % lab.name
        for more in ({}, {"state": "absent"}):
            result = lab.task(dict(COMMON, name="web"), dict(COMMON, name="good"), fails=True, **more)
            assert taken in result["msg"]
            assert not result["changed"] and lab.names() == []
        assert lab.task(module="server_info")["servers"] == []
        assert lab.engine.inspect_container(held)["State"]["Status"] == "created"
    finally:
        lab.engine.remove_container(held)


def test_prune_takes_what_bears_the_owners_stamp_and_nothing_else(lab):
    lab.task(dict(COMMON, name="mine1"), dict(COMMON, name="mine2"), owner="me")
    lab.task(dict(COMMON, name="theirs"), owner="them")
    lab.task(dict(COMMON, name="nobodys"))
    refused = lab.task(dict(COMMON, name="theirs"), owner="me", fails=True)
    assert "it belongs to owner 'them', this task is 'me'" in refused["msg"]
    ahead = lab.task(dict(COMMON, name="mine1"), owner="me", prune=True, check=True)
    assert lab.names() == ["mine1", "mine2", "nobodys", "theirs"]
    done = lab.task(dict(COMMON, name="mine1"), owner="me", prune=True)
    assert done["plan"] == ahead["plan"] == [{"verb": "delete", "key": "mine2", "fields": [], "why": "prune"}]
    assert lab.names() == ["mine1", "nobodys", "theirs"]


def test_check_mode_writes_nothing(lab):
    lab.task(dict(COMMON, name="web"))
    proxy, url = door()
    proxy.read_only = True
    known = lab.folder / "none"
    with proxy:
        for more in ({"state": "absent"}, {"state": "off"}, {"recreate": "always"}, {"known_hosts": str(known)}):
            rows = [dict(COMMON, name="web", tags={"a": "b"}), dict(COMMON, name="new")]
            assert lab.task(*rows, check=True, url=url, **more)["changed"]
        for action in ("reboot", "power_cycle", "reinstall"):
            assert lab.task(module="server_action", names=["web"], action=action, check=True, url=url)["changed"]
        assert not proxy.refused
    assert not known.exists()


def test_an_action_on_a_server_that_is_not_there(lab):
    result = lab.task(module="server_action", names=["web", "x"], action="reboot", fails=True)
    assert "server web: it is not there, so it cannot reboot" in result["msg"] and "server x" in result["msg"]


def test_a_server_that_takes_too_long_is_named_with_its_phase_and_the_next_run_waits_on(lab):
    row = dict(COMMON, name="slow", user_data="#cloud-config\nbootcmd: [[sleep, '9']]\n")
    late = lab.task(row, wait=True, timeout=5, fails=True)
    assert "console: true" in late["msg"] and late["changed"] and "not ready after 5 s" in late["msg"]
    for _turn in range(4):  # a busy machine is still booting at first
        if "server slow is in phase cloud_init" in late["msg"]:
            break
        late = lab.task(row, wait=True, timeout=5, fails=True)
    assert "server slow is in phase cloud_init" in late["msg"]
    again = lab.task(row, wait=True)
    assert not again["changed"] and again["servers"][0]["state"] == "active"


def test_a_boot_that_fails_says_why_without_secrets(lab):
    row = dict(COMMON, name="web", image="debian-12", user_data=BROKEN)
    failed = lab.task(row, wait=True, fails=True)
    assert "server web: it failed in phase cloud_init_error" in failed["msg"], failed["msg"]
    assert "runcmd" in failed["msg"] or "scripts" in failed["msg"], failed["msg"]
    assert SECRET not in str(failed)
    assert lab.task(module="server_info")["servers"][0]["state"] == "failed"
