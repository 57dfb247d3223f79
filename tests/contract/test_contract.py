# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract: what every provider's driver does, through its module, on the real server, with faults on the way.

Every case ends the same way: what is really there is what was declared, and the same task again changes and writes
nothing.
"""

from __future__ import annotations

import re
import signal
import socket
import threading
import time
from dataclasses import dataclass

import pytest
from contract.modules import Forge, run
from contract.names import ALL
from contract.provider import Provider
from contract.providers import PROVIDERS, running
from contract.proxy import after_all, cut, forward, held, reset_after, reset_before
from forge import kept

WRITE = "POST|PUT|PATCH|DELETE"
IDENT = re.compile(r"(?:[0-9a-f]{8}(?:\\?-[0-9a-f]{4}){3}\\?-)?[0-9a-f]{12,}")  # of a thing in a path, escaped or not


@pytest.fixture(scope="module", params=sorted(PROVIDERS))
def provider(request):
    """Each provider in turn, started once."""
    with running(request.param) as found:
        yield found


@pytest.fixture
def door(provider):
    """A proxy in front of the provider; nothing of the suite's is there before and after."""
    provider.fresh()
    with provider.door() as proxy:
        yield proxy
    provider.fresh()
    assert provider.truth() == {} and provider.litter() == []


@dataclass
class Task:
    """One run of a module, and the rows that are there afterwards."""

    module: str
    args: dict
    rows: tuple
    provider: Provider

    def run(self, check=False, fails=False):
        """Run it; returns the result, in which no secret is."""
        result = self.provider.run(self.module, self.args, check=check, diff=True, fails=fails)
        assert self.provider.SECRET is None or self.provider.SECRET not in str(result)
        return result


def declare(provider, door, rows, **more):
    """The task that declares the rows, through the door."""
    return Task(provider.MODULE, provider.args(door.url, rows, **more), rows, provider)


def settled(provider, door, rows):
    """What is there is what was declared; the same again changes nothing and writes nothing."""
    assert provider.truth() == provider.facts(rows)
    door.clear()
    again = declare(provider, door, rows).run()
    assert not again["changed"] and again["plan"] == [] and again["diff"] == []
    assert door.writes == [], [(w.method, w.path) for w in door.writes]
    assert provider.litter() == []


def verbs(result):
    """The verbs of a result's plan, each once."""
    return {line["verb"] for line in result["plan"]}


SCENES = tuple(Provider.SCENES)


def told(answer):
    """What the provider says, or a skip when it is the reason why it does not."""
    if isinstance(answer, str):
        pytest.skip(answer)
    return answer


def has(provider, name):
    """Skip what never happens to this provider's rows."""
    if name not in provider.SCENES:
        pytest.skip("its rows know no %s" % name)


def scene(provider, door, name):
    """Set the scene, past any fault; returns the task to run in it."""
    has(provider, name)
    if name == "replace":
        told(provider.REPLACED)
    provider.fresh()
    if name != "create":
        declare(provider, door, provider.ROWS).run()
    door.clear()
    if name == "delete":
        module, args = provider.removal(door.url, provider.ROWS[:1])
        return Task(module, args, provider.ROWS[1:], provider)
    if name == "replace":
        return declare(provider, door, provider.REPLACED, recreate="auto")
    return declare(provider, door, provider.CHANGED if name == "change" else provider.ROWS)


@pytest.mark.parametrize("name", SCENES)
def test_what_is_declared_comes_about_once(provider, door, name):
    task = scene(provider, door, name)
    result = task.run()
    assert result["changed"] and result["failed_keys"] == {} and result["pending"] == []
    assert provider.SCENES[name] in verbs(result) and result["diff"] and door.writes
    settled(provider, door, task.rows)


@pytest.mark.parametrize("name", SCENES)
def test_check_mode_foretells_and_writes_nothing(provider, door, name):
    task = scene(provider, door, name)
    before = provider.truth()
    door.read_only = True
    foretold = task.run(check=True)
    assert foretold["changed"] and door.writes == [] and provider.truth() == before
    door.read_only = False
    assert task.run()["plan"] == foretold["plan"]


def test_what_is_gone_stays_gone_quietly(provider, door):
    task = scene(provider, door, "delete")
    task.run()
    door.clear()
    assert not task.run()["changed"] and door.writes == []


def test_prune_takes_only_what_bears_our_stamp(provider, door):
    has(provider, "delete")
    declare(provider, door, provider.ROWS).run()
    strangers, kept = provider.strangers(), provider.ROWS[:1]
    before = provider.truth()
    assert strangers and strangers <= set(before)
    task = declare(provider, door, kept, prune=True, limits={"deletes": 100})
    foretold = task.run(check=True)
    assert provider.truth() == before
    result = task.run()
    assert verbs(result) == {"delete"} and {line["why"] for line in result["plan"]} == {"prune"}
    assert foretold["plan"] == result["plan"]
    after = provider.truth()
    assert {key: after.pop(key) for key in strangers} == {key: before[key] for key in strangers}
    assert after == provider.facts(kept)


def test_a_large_listing_is_read_whole(provider, door):
    rows = told(provider.many())
    declare(provider, door, rows).run()
    settled(provider, door, rows)
    assert door.count("GET") == provider.PAGES


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_told_and_nothing_is_done(provider, door, status):
    door.fault(provider.answer(status), times=0)
    result = declare(provider, door, provider.ROWS).run(fails=True)
    assert all(words in result["msg"] for words in provider.WORDS[status]), result["msg"]
    assert not result["changed"] and door.writes == []
    assert len(door.seen) == (provider.ASKS if status == 401 else 1)
    assert provider.truth() == {}


def test_credentials_that_may_only_read_stop_the_run(provider, door):
    door.fault(provider.answer(403), method=WRITE, times=0)
    result = declare(provider, door, provider.ROWS).run(fails=True)
    assert all(words in result["msg"] for words in provider.WORDS[403]), result["msg"]
    assert not result["changed"] and provider.truth() == {}
    door.clear()
    declare(provider, door, provider.ROWS).run()
    settled(provider, door, provider.ROWS)


@pytest.mark.parametrize("method", ["GET", WRITE], ids=["reading", "writing"])
def test_retry_after_is_honoured(provider, door, method):
    door.fault(told(provider.answer(429)), method=method)
    begun = time.monotonic()
    assert declare(provider, door, provider.ROWS).run()["changed"]
    assert time.monotonic() - begun >= 1.0 and [seen.status for seen in door.seen].count(429) == 1
    settled(provider, door, provider.ROWS)


def test_reading_survives_a_server_error_and_a_broken_connection(provider, door):
    for fault in (provider.answer(500), reset_before, reset_after, cut):
        door.fault(fault, method="GET")
    declare(provider, door, provider.ROWS).run()
    settled(provider, door, provider.ROWS)


def each_write(provider, door, name):
    """For every kind of write that the scene takes: set the scene anew; yields the task, and which write to break."""
    if provider.SLOW and name == "replace" and not ALL:
        pytest.skip("it takes long; `make platforms` runs it")
    scene(provider, door, name).run()
    kinds = {
        (w.method, IDENT.sub(lambda _found: IDENT.pattern, re.escape(w.path.split("?")[0]))): w for w in door.writes
    }
    assert kinds
    for method, path in kinds:
        yield scene(provider, door, name), {"method": method, "path": path + r"(\?|$)"}


@pytest.mark.parametrize(
    ("name", "fault"),
    [(name, reset_after) for name in SCENES] + [("create", reset_before), ("replace", reset_before), ("create", cut)],
)
def test_a_write_of_unknown_fate_is_adopted_or_done_anew(provider, door, name, fault):
    for task, which in each_write(provider, door, name):
        door.fault(fault, **which)
        result = task.run()
        assert result["changed"] and result["failed_keys"] == {} and result["pending"] == [], (which, result)
        settled(provider, door, task.rows)


@pytest.mark.parametrize("name", ["create", "replace"])
def test_a_server_error_is_told_and_the_next_run_carries_on(provider, door, name):
    for task, which in each_write(provider, door, name):
        door.fault(provider.answer(500), **which)
        result = task.run(fails=None)
        if result.get("failed"):
            assert provider.TROUBLE in result["msg"] and result["failed_keys"], (which, result)
        door.clear()
        task.run()
        settled(provider, door, task.rows)


def once(act):
    """A function that acts when it is first called; whoever calls meanwhile waits for that."""
    lock, done = threading.Lock(), []

    def call():
        with lock:
            if not done:
                done.append(True)
                act()

    return call


def test_one_failure_does_not_hide_what_became_of_the_others(provider, door):
    meddler = told(provider.meddler())

    before = once(meddler.begin)

    def meddle(link, request):
        before()
        forward(link, request)

    times = 1 if meddler.answer else 0  # whatever comes meanwhile waits
    door.fault(meddler.answer or meddle, method=meddler.method, path=meddler.path, times=times)
    result = declare(provider, door, provider.ROWS).run(fails=True)
    meddler.end()
    assert list(result["failed_keys"]) == [meddler.label], result
    assert meddler.label in result["msg"] and meddler.words in result["msg"]
    rest = {key: facts for key, facts in provider.facts(provider.ROWS).items() if key != meddler.key}
    if provider.ATOMIC:
        assert len(result["pending"]) == len(rest) and provider.truth() == {}
    else:
        applied = [label for label in result["applied"] if label != provider.AROUND]
        assert len(applied) == len(rest) and provider.truth() == rest
    declare(provider, door, provider.ROWS).run()
    settled(provider, door, provider.ROWS)


def test_nobody_there_is_one_clear_message(provider):
    if provider.REMOTE:
        pytest.skip(provider.REMOTE)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    result = run(provider.MODULE, provider.args("http://127.0.0.1:%d" % port, provider.ROWS), fails=True)
    assert "127.0.0.1:%d" % port in result["msg"] and "answer" in result["msg"] and not result["changed"]
    assert len(result["msg"].splitlines()) == 1


@pytest.mark.parametrize("name", SCENES)
def test_a_run_that_is_killed_and_run_again_ends_with_what_was_declared(provider, door, name):
    for task, which in each_write(provider, door, name):
        assert kept(Forge, task.module).killed(door, task.args, **which) == -signal.SIGKILL
        door.clear()
        task.run()
        settled(provider, door, task.rows)


@pytest.mark.parametrize("name", SCENES)
def test_the_last_request_of_a_killed_run_may_come_after_the_next_one_has_read(provider, door, name):
    if not provider.LATE:
        pytest.skip("it is tried with servers and what is around them; `make platforms` tries it with all of those")
    for task, which in each_write(provider, door, name):
        kept = []
        door.fault(held(door, kept, provider.answer(401)), **which)
        task.run(fails=None)
        assert kept, which
        door.clear()
        door.fault(after_all(kept), method=WRITE)
        result = task.run()
        assert not kept and result["failed_keys"] == {} and result["pending"] == [], (which, result)
        settled(provider, door, task.rows)
