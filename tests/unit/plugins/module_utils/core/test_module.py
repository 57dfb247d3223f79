# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module run looks like from outside: real arguments in, the printed result out, an in-memory store behind."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.rackwright.platform.plugins.module_utils.core import options
from ansible_collections.rackwright.platform.plugins.module_utils.core.driver import Driver, Drivers
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure, Refused, Unauthorized
from ansible_collections.rackwright.platform.plugins.module_utils.core.field import Field
from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import Change

from .things import THING, BatchStore, Beside, Store

SECRET = "hunter2-hunter2"
FIELDS = (
    Field("things", type="list", elements="dict", options=tuple(f for f in THING.fields if f.given), default=[]),
    Field("absent", type="list", elements="str", default=[]),
    options.PRUNE,
    options.LIMITS,
    options.recreate("auto"),
)


class Memory(Driver):
    """A fake: the store is handed over as a class attribute."""

    NAME = "memory"
    TITLE = "Nothing but memory"
    OPTIONS = (Field("token", secret=True, required=True, env=("THINGS_TOKEN",)), Field("depth", type="int", default=1))
    CAPS = {"seed": "memory has no seeds", "colour=green": "only red and blue"}
    store = None


def work(task):
    driver = task.driver()
    rows = THING.normalise(task.params["things"])
    driver.refuse(THING, rows)
    prune = (lambda row: row.get("owner") == "us") if task.params["prune"] else None
    outcome = task.reconcile(driver.store, THING, rows, task.params["absent"], prune, task.params["recreate"])
    return {"things": outcome.shown([THING.key(row) for row in rows])}


@pytest.fixture
def run(capsys, monkeypatch):
    """Run the module on a store; returns its result."""

    def runner(store, work=work, check=False, diff=False, token=SECRET, **args):
        monkeypatch.setattr(Memory, "store", store)
        args = dict({"provider": "memory", "memory": {"token": token}}, **args)
        args.update(_ansible_check_mode=check, _ansible_diff=diff)
        with patch_module_args(args), pytest.raises(SystemExit) as end:
            launch(work, FIELDS, {"memory": Memory})
        result = json.loads(capsys.readouterr().out)
        assert bool(end.value.code) == bool(result.get("failed"))
        return result

    return runner


def thing(name, **fields):
    return dict({"name": name, "colour": "red"}, **fields)


def test_a_run_and_the_same_run_again(run):
    store = Store([thing("old", owner="us"), thing("theirs")])
    first = run(store, things=[thing("a", size=1), thing("b")], prune=True)
    assert first["changed"] and [row["name"] for row in first["things"]] == ["a", "b"]
    assert first["things"][0]["id"] == "id-a" and first["applied"] == ["old", "a", "b"]
    assert [(line["verb"], line["key"]) for line in first["plan"]] == [
        ("delete", "old"),
        ("create", "a"),
        ("create", "b"),
    ]
    assert first["plan"][0]["why"] == "prune" and first["summary"]["things"] == {
        "delete": 1,
        "create": 2,
        "unchanged": 1,
    }
    assert first["failed_keys"] == {} and first["pending"] == [] and "diff" not in first
    calls = list(store.calls)
    second = run(store, things=[thing("a", size=1), thing("b")], prune=True)
    assert (
        not second["changed"] and second["plan"] == [] and second["things"] == first["things"] and store.calls == calls
    )


@pytest.mark.parametrize("kind", [Store, BatchStore])
def test_check_mode_never_applies_and_foretells_the_run(run, kind):
    args = {"things": [thing("a", size=2), thing("new")], "absent": ["gone"], "diff": True}
    rows = [thing("a", size=1), thing("gone")]
    store = kind(rows)
    foretold = run(store, check=True, **args)
    assert store.calls == [] and sorted(store.rows) == ["a", "gone"]
    real = run(store, **args)
    assert store.calls and sorted(store.rows) == ["a", "new"]
    assert foretold["changed"] and foretold["plan"] == real["plan"] and foretold["diff"] == real["diff"]
    assert foretold["applied"] == [] and sorted(real["applied"]) == ["a", "gone", "new"]


def test_diff_only_in_diff_mode(run):
    assert "diff" not in run(Store(), things=[thing("a")])
    (diff,) = run(Store([thing("a", colour="blue")]), diff=True, things=[thing("a")])["diff"]
    assert "colour: blue\n" in diff["before"] and "colour: red\n" in diff["after"]
    assert diff["before_header"] == "thing a" and diff["after_header"] == "thing a (update)"
    assert run(Store([thing("a")]), diff=True, things=[thing("a")])["diff"] == []


def test_secrets_are_in_the_store_and_nowhere_else(run, capsys):
    store = Store([thing("a", password="old-" + SECRET)])
    result = run(store, diff=True, things=[thing("a", password="new-" + SECRET)])
    assert store.rows["a"]["password"] == "new-" + SECRET and result["changed"]
    assert SECRET not in json.dumps(result)


def test_a_failure_that_quotes_a_secret_is_masked(run):
    faults = {("create", "a"): [(Failure("token %s is no good" % SECRET), False)]}
    result = run(Store(faults=faults), things=[thing("a")])
    assert result["failed"] and "is no good" in result["msg"] and SECRET not in json.dumps(result)


def test_partial_failure_reports_what_was_done(run):
    store = Store(faults={("create", "b"): [(Failure("colour is sold out"), False)]})
    result = run(store, diff=True, things=[thing("a"), thing("b"), thing("c")])
    assert result["failed"] and result["changed"] and sorted(store.rows) == ["a", "c"]
    assert result["msg"].startswith("thing b: colour is sold out.") and "2 were made, 1 failed" in result["msg"]
    assert sorted(result["applied"]) == ["a", "c"] and result["failed_keys"] == {"b": "colour is sold out"}
    assert len(result["diff"]) == 2
    again = run(store, things=[thing("a"), thing("b"), thing("c")])
    assert again["applied"] == ["b"] and not again.get("failed")


class Late(Store):
    """What it takes is not served at once."""

    waited = 0

    def served(self, progress):
        """Never in time."""
        self.waited += 1
        raise Failure("%s: not served in time" % progress.title)


def test_what_is_taken_and_not_served_in_time_fails_and_is_reported_as_done(run):
    store = Late()
    assert run(store, things=[thing("a")], check=True)["changed"] and not store.waited
    result = run(store, things=[thing("a")])
    assert result["failed"] and result["msg"] == "thing: not served in time" and store.waited == 1
    assert result["changed"] and result["applied"] == ["a"] and result["failed_keys"] == {}
    assert not run(store, things=[thing("a")])["changed"] and store.waited == 1


def test_what_was_not_begun_is_pending(run):
    store = Store([thing("z")], faults={("delete", "z"): [(Unauthorized("key refused"), False)]})
    result = run(store, things=[thing("a")], absent=["z"])
    assert result["failed"] and not result["changed"] and result["pending"] == ["a"]
    assert result["applied"] == [] and result["failed_keys"] == {"z": "key refused"}


def test_all_problems_at_once_and_nothing_is_done(run):
    store = Store([thing("theirs", owner="them")])
    result = run(store, things=[thing("a b"), thing("c"), thing("c")])
    assert result["failed"] and not result["changed"] and store.calls == [] and store.reads == 0
    assert result["msg"].splitlines() == [
        "thing a b: name: 'a b' has a space in it",
        "thing c: declared more than once; keep one of them",
    ]
    result = run(store, things=[thing("theirs", owner="us"), thing("ok")])
    assert "belongs to owner 'them'" in result["msg"] and store.calls == []


def test_what_the_provider_cannot_do_is_told_before_any_call(run):
    store = Store()
    result = run(store, things=[thing("a", seed="x"), thing("b", colour="green")])
    assert "thing a: provider memory cannot do seed: memory has no seeds" in result["msg"]
    assert "thing b: provider memory cannot do colour green: only red and blue" in result["msg"]
    assert result["failed"] and store.reads == 0


@pytest.mark.parametrize("recreate", ["never", "auto"])
def test_recreate(run, recreate):
    store = Store([thing("a", size=1)])
    result = run(store, things=[thing("a", size=2)], recreate=recreate)
    if recreate == "never":
        assert result["failed"] and "recreate: auto" in result["msg"] and store.calls == []
    else:
        assert result["plan"] == [
            {"verb": "replace", "key": "a", "fields": ["size"], "why": "size cannot be changed in place"}
        ]


def test_limits_stop_a_plan_whole_and_can_be_set(run):
    rows = [thing("t%02d" % i, owner="us") for i in range(12)]
    store = Store(rows)
    result = run(store, things=rows[:6], prune=True)
    assert result["failed"] and "delete 6 of 12 things (50 %)" in result["msg"] and store.calls == []
    assert "limits: {deletes: 51}" in result["msg"]
    result = run(store, things=rows[:6], prune=True, limits={"deletes": 51})
    assert not result.get("failed") and len(store.rows) == 6


def test_a_difference_that_is_not_acted_on_is_a_warning(run, monkeypatch):
    texts = []
    monkeypatch.setattr(Memory, "CAPS", {})
    monkeypatch.setattr(AnsibleModule, "warn", lambda self, text: texts.append(text))
    store = Store([thing("a", seed="x")])
    assert not run(store, things=[thing("a", seed="y")])["changed"] and store.calls == []
    assert texts == ["thing a: seed differs, and is only used when it is made anew"]


def test_a_bug_says_that_it_is_one_without_a_traceback_in_the_message(run):
    def broken(task):
        work(task)
        raise KeyError("colour")

    result = run(Store(), work=broken, things=[thing("a")])
    assert result["failed"] and result["changed"] and result["applied"] == ["a"]
    assert "This is a bug in rackwright.platform" in result["msg"] and "KeyError: 'colour'" in result["msg"]
    assert "Traceback" not in result["msg"] and "line " not in result["msg"]


def test_a_missing_option_names_itself_and_its_environment_variable(run, monkeypatch):
    monkeypatch.delenv("THINGS_TOKEN", raising=False)
    result = run(Store(), token=None, things=[thing("a")])
    assert result["failed"] and "memory.token is not set" in result["msg"] and "THINGS_TOKEN" in result["msg"]


def test_the_environment_counts_without_the_suboption(run, monkeypatch):
    monkeypatch.setenv("THINGS_TOKEN", SECRET)
    seen = {}

    def look(task):
        seen.update(task.driver().options)

    assert not run(Store(), work=look, memory=None).get("failed")
    assert seen == {"token": SECRET, "depth": 1}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"provider": "cloud"}, "value of provider must be one of: memory, got: cloud"),
        ({"memory": {"tokn": "x"}}, "Unsupported parameters"),
        ({"memory": {"token": "x", "depth": "deep"}}, "depth"),
        ({"things": [{"colour": "red"}, {"name": ["a"]}]}, "name"),
        ({"recreate": "perhaps"}, "value of recreate must be one of: auto, never, always"),
    ],
)
def test_wrong_arguments_are_told_by_name(run, args, words):
    store = Store()
    result = run(store, **args)
    assert result["failed"] and words in result["msg"] and store.reads == 0


def test_an_action_runs_each_key_once_and_not_in_check_mode(run):
    class Rebooting(Store):
        def reboot(self, change):
            return self._do(change, lambda: None)

    def reboot(task):
        task.act(task.driver().store, THING, ["a", "b"], "reboot")

    store = Rebooting([thing("a"), thing("b"), thing("c")])
    result = run(store, work=reboot, check=True, diff=True)
    assert result["changed"] and store.calls == [] and "reboot: now" in result["diff"][0]["after"]
    assert run(store, work=reboot)["applied"] == ["a", "b"] and sorted(store.calls) == [
        ("reboot", "a"),
        ("reboot", "b"),
    ]
    del store.rows["b"]
    result = run(store, work=reboot)
    assert (
        result["failed"] and "thing b: it is not there, so it cannot reboot" in result["msg"] and len(store.calls) == 2
    )


def test_what_a_task_tells_is_in_the_result_of_a_failure_as_well(run):
    def telling(task):
        task.tell(lambda: {"said": ["hello"]})
        task.act(task.driver().store, THING, ["a"], "reboot", [])

    result = run(Store(), work=telling)
    assert result["failed"] and result["said"] == ["hello"] and "it is not there" in result["msg"]


class Other(Memory):
    """Another provider, which a task may hand options to that it does not choose."""

    NAME = "other"


def test_only_the_drivers_that_a_task_speaks_of_are_loaded(capsys, monkeypatch):
    loaded = []
    drivers = Drivers(memory=lambda: loaded.append("memory") or Memory, other=lambda: loaded.append("other") or Other)
    monkeypatch.setattr(Memory, "store", Store())

    def told(**args):
        with patch_module_args(args), pytest.raises(SystemExit):
            launch(work, FIELDS, drivers)
        return json.loads(capsys.readouterr().out)

    assert not told(provider="memory", memory={"token": SECRET}).get("failed") and loaded == ["memory"]
    both = told(provider="memory", memory={"token": SECRET}, other={"token": "also-secret"})
    assert loaded == ["memory", "other"] and "also-secret" not in json.dumps(both)
    wrong = told(provider="nobody")
    assert "value of provider must be one of: memory, other, got: nobody" in wrong["msg"]


def test_a_replacement_whose_answer_was_lost_is_named_once(run):
    result = run(Beside([{"name": "a", "size": 1}]), things=[thing("a", size=2)])
    assert result["changed"] and result["applied"] == ["a"] and result["pending"] == []


class Amending(Store):
    """Has its say about plans."""

    def amend(self, made, desired, _owner):
        if any(row.get("colour") == "black" for row in desired):
            raise Refused("no black here")
        for key, row in list(made.kept.items()):
            made.changes.append(Change("update", key, row, made.kept.pop(key), row, ("colour",), "owed"))


@pytest.mark.parametrize("check", [True, False])
def test_a_store_has_its_say_about_a_plan_in_check_mode_too(run, check):
    store = Amending([{"name": "a", "colour": "red"}])
    result = run(store, check=check, things=[{"name": "a", "colour": "red"}])
    assert result["changed"] and result["plan"] == [{"verb": "update", "key": "a", "fields": ["colour"], "why": "owed"}]
    assert store.calls == ([] if check else [("update", "a")])
    result = run(store, check=check, things=[{"name": "b", "colour": "black"}])
    assert result["failed"] and "no black here" in result["msg"] and len(store.calls) == (not check)
