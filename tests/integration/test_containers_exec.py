# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands in containers on the real engine: what they say, how they end, and what is told when one does not."""

from __future__ import annotations

import time

import pytest
from contract.modules import run
from contract.proxy import answer, cut, reset_after
from integration.containers_fixtures import PREFIX, fixtures

engine, site = fixtures()
WEB, DB = PREFIX + "web", PREFIX + "db"
SECRET = "hunter22-and-more"


def execute(check=False, fails=False, **args):
    """Run `container_exec`."""
    return run("container_exec", dict({"provider": "docker"}, **args), check=check, diff=True, fails=fails)


@pytest.fixture(scope="module")
def pair(engine):
    """Two running containers, and one that does not run. Commands leave them as they are."""
    engine.clean()
    engine.task(engine.row(env={"TIER": "web"}), engine.row("db"), engine.row("asleep", state="stopped"))
    return engine


@pytest.mark.parametrize("way", ["socket", "tcp"])
def test_a_command_says_what_it_says(pair, way):
    where = {"docker": {"url": pair.url}} if way == "tcp" else {}
    script = "cat; id -u; pwd; echo $TIER $MORE; echo oops >&2"
    args = {"names": [WEB], "command": ["sh", "-c", script], "env": {"MORE": 7}, "user": "9:9", "working_dir": "/tmp"}
    done = execute(stdin="one\ntwo\n", **args, **where)
    assert done["stdout_lines"] == ["one", "two", "9", "/tmp", "web 7"] and done["stderr"] == "oops"
    assert done["changed"] and done["rc"] == 0 and done["containers"][0]["name"] == WEB
    assert done["plan"] == [{"verb": "exec", "key": WEB, "fields": []}] and "exec: now" in done["diff"][0]["after"]


@pytest.mark.parametrize("way", ["socket", "tcp"])
def test_much_goes_in_and_comes_out_at_once(pair, way):
    where = {"docker": {"url": pair.url}} if way == "tcp" else {}
    text = "0123456789abcde\n" * 200000
    done = execute(names=[WEB], command="cat", stdin=text, **where)
    assert done["stdout"] == text.rstrip("\n")


def test_one_command_in_many_and_what_differs_in_some(pair):
    rows = [{"name": DB, "env": {"B": "2"}}, {"name": PREFIX + "third", "command": "echo other"}]
    pair.task(pair.row("third"))
    common = {"command": ["sh", "-c", "echo $A$B"], "env": {"A": "1"}}
    done = execute(names=[WEB], containers=rows, **common)
    assert [(one["name"], one["stdout"]) for one in done["containers"]] == [
        (WEB, "1"),
        (DB, "12"),
        (PREFIX + "third", "other"),
    ]
    assert "rc" not in done


def test_a_command_that_fails_is_told_with_what_the_others_said(pair):
    failing = {"name": DB, "command": ["sh", "-c", "echo some; echo %s; echo no such table >&2; exit 7" % SECRET]}
    done = execute(names=[WEB], containers=[dict(failing, env={"DB_PASSWORD": SECRET})], command="echo hi", fails=True)
    assert "container %s: the command ended with exit status 7: no such table" % DB in done["msg"]
    assert [(one["rc"], one["stdout_lines"][0]) for one in done["containers"]] == [(0, "hi"), (7, "some")]
    assert done["changed"] and list(done["failed_keys"]) == [DB] and done["applied"] == [WEB]
    assert SECRET not in str(done)
    single = execute(names=[WEB], command="false", fails=True)
    assert single["rc"] == 1 and "it said nothing" in single["msg"]


def test_check_mode_runs_nothing_and_says_so(pair):
    pair.door.clear()
    pair.door.read_only = True
    where = {"docker": {"url": pair.url}, "names": [WEB, DB], "command": "touch /made"}
    try:
        done = execute(check=True, **where)
        guarded = execute(check=True, creates="/bin/busybox", **where)
    finally:
        pair.door.read_only = False
    assert done["changed"] and [one["msg"] for one in done["containers"]] == ["check mode: it would be run"] * 2
    assert not guarded["changed"] and not pair.door.writes


def test_what_is_there_already_is_not_made_again(pair):
    args = {"names": [WEB, DB], "command": "touch /tmp/made", "creates": "/tmp/made"}
    assert execute(**args)["changed"]
    again = execute(**args)
    assert not again["changed"] and "since /tmp/made is there" in again["containers"][0]["msg"]
    execute(names=[WEB], command="rm /tmp/made")
    once_more = execute(**args)
    assert once_more["plan"] == [{"verb": "exec", "key": WEB, "fields": []}]
    execute(names=[WEB, DB], command="rm /tmp/made")


def test_what_does_not_end_in_time_is_told(pair):
    begun = time.monotonic()
    args = {"names": [WEB], "containers": [{"name": DB, "command": "echo done"}], "command": ["sh", "-c", "sleep 20"]}
    done = execute(timeout=1, fails=True, **args)
    assert "did not end within the task's 1 s" in done["msg"] and "goes on in the container" in done["msg"]
    assert time.monotonic() - begun < 8 and done["containers"][1]["stdout"] == "done"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"names": [PREFIX + "none"], "command": "true"}, "it is not there, so it cannot exec"),
        ({"names": [PREFIX + "asleep"], "command": "true"}, "it does not run (created)"),
        ({"names": [WEB]}, "there is no command"),
        ({"command": "true"}, "there is no container to run anything in"),
        ({"names": [WEB, WEB], "command": "true"}, "declared more than once"),
        ({"names": [WEB], "command": "true", "creates": "x"}, "'x' is not an absolute path"),
        ({"names": [WEB], "command": "nonsense"}, "exit status 12"),
        ({"names": [WEB], "command": "true", "user": "nobody-here"}, "unable to find user nobody-here"),
    ],
)
def test_what_cannot_be_run_is_told(pair, args, words):
    assert words in execute(fails=True, **args)["msg"]


@pytest.mark.parametrize(
    ("fault", "path", "words"),
    [
        (reset_after, "/containers/.*/exec", "Whether the command has run is not known"),
        (cut, "/exec/.*/start", None),
        (answer(500, b'{"message": "disk is full"}'), "/exec/.*/start", "disk is full"),
    ],
)
def test_a_command_is_never_run_twice(pair, fault, path, words):
    pair.door.clear()
    pair.door.fault(fault, method="POST", path=path)
    result = execute(names=[WEB], command="true", docker={"url": pair.url}, fails=words is not None)
    assert words is None or words in result["msg"]
    assert pair.door.count("POST", "/exec$") == 1 and pair.door.count("POST", "/start") <= 1
    pair.door.clear()
