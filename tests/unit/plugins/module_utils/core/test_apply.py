# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.apply import apply
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import (
    Ambiguous,
    Conflict,
    Failure,
    Refused,
    Unauthorized,
)
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import plan
from ansible_collections.rackwright.platform.plugins.module_utils.core.progress import Progress
from hypothesis import given
from hypothesis import strategies as st

from .things import THING, BatchStore, Beside, ManyStore, Store


def rows(*names):
    return [{"name": name, "colour": "red"} for name in names]


def run(store, desired, absent=(), **kwargs):
    return apply(store, plan(THING, store.read(), desired, absent), **kwargs)


@pytest.mark.parametrize(
    ("number", "last"), [(50, "no 49"), (51, "and 1 more of these"), (9999, "and 9949 more of these")]
)
def test_a_refusal_tells_as_much_as_somebody_reads(number, last):
    refusal = Refused(["no %d" % at for at in range(number)])
    lines = str(refusal).splitlines()
    assert len(lines) <= 51 and lines[-1] == last and len(refusal.problems) == number


def test_one_failure_does_not_hide_the_others():
    store = Store(faults={("create", "b"): [(Failure("no"), False)]})
    report = run(store, rows("a", "b", "c"))
    assert sorted(change.key for change in report.applied) == ["a", "c"]
    assert set(report.failed) == {"b"} and not report


def test_first_failed_wave_is_the_last():
    store = Store(rows("old", "up"), faults={("delete", "old"): [(Failure("no"), False)]})
    report = run(store, [{"name": "up", "colour": "blue"}, {"name": "new"}], absent=["old"])
    assert [change.key for change in report.pending] == ["new", "up"]
    assert store.calls == [("delete", "old")]


def test_fatal_failure_stops_the_wave():
    store = Store(faults={("create", "a"): [(Unauthorized("bad key"), False)]})
    store.WORKERS = 1
    report = run(store, rows("a", "b", "c"))
    assert set(report.failed) == {"a"} and [change.key for change in report.pending] == ["b", "c"]


@pytest.mark.parametrize("late", [True, False], ids=["it happened", "it did not"])
@pytest.mark.parametrize("verb", ["create", "update", "replace", "delete"])
def test_unknown_fate_is_read_then_decided(verb, late):
    have = [] if verb == "create" else [{"name": "a", "colour": "red", "size": 1}]
    want = {"name": "a", "colour": "blue", "size": 2 if verb == "replace" else 1}
    store = Store(have, faults={(verb, "a"): [(Ambiguous("reset"), late)]})
    report = run(store, [] if verb == "delete" else [want], absent=["a"] if verb == "delete" else [])
    assert report and [change.key for change in report.applied] == ["a"]
    assert len(store.calls) == (1 if late else 2)
    if verb == "delete":
        assert not store.rows
    else:
        assert store.rows["a"]["colour"] == "blue" and report.rows["a"]["colour"] == "blue"


def test_what_a_lost_create_left_unfinished_is_removed_first():
    class Unfinished(Store):
        """Creation has two steps, and the first try dies between them."""

        def create(self, change):
            if not self.calls:
                self.rows[change.key] = {"name": change.key, "_debris": "unfinished"}
                self.calls.append(("create", change.key))
                raise Ambiguous("reset")
            return super().create(change)

    store = Unfinished()
    assert run(store, rows("a")) and "_debris" not in store.rows["a"]
    assert store.calls == [("create", "a"), ("delete", "a"), ("create", "a")]


def test_lost_removal_of_debris_spares_the_thing():
    class Both(Store):
        """The thing and a leftover of the same name; the first removal is lost."""

        left = [{"name": "a", "_debris": "leftover"}]

        def read(self):
            return super().read() + self.left

        def delete(self, change):
            assert change.before.get("_debris")
            self.calls.append(change.verb)
            if len(self.calls) == 1:
                raise Ambiguous("reset")
            self.left = []

    store = Both(rows("a"))
    assert run(store, rows("a")) and store.calls == ["delete", "delete"] and "a" in store.rows


def test_a_lost_replace_that_happened_counts_though_its_leftover_must_go():
    store = Beside([{"name": "a", "size": 1}])
    report = run(store, [{"name": "a", "size": 2}])
    assert report and report.rows["a"]["size"] == 2 and store.left == ()
    assert [change.verb for change in report.applied] == ["replace", "delete"]


@pytest.mark.parametrize("verb", ["create", "update", "replace"])
@pytest.mark.parametrize("theirs", ["shop", "other", None])
def test_what_is_taken_by_our_own_late_request_is_adopted_and_what_others_took_is_a_failure(verb, theirs):
    have = [] if verb == "create" else [{"name": "a", "colour": "red", "size": 1, "owner": "shop"}]
    want = {"name": "a", "colour": "blue", "size": 2 if verb == "replace" else 1, "owner": "shop"}
    store = Store(have)

    def taken(change):
        store.calls.append(verb)
        store.rows["a"] = dict(change.after, owner=theirs)
        raise Conflict("it is taken")

    setattr(store, verb, taken)
    report = run(store, [want])
    assert store.calls == [verb]
    if theirs == "shop":
        assert report and [change.key for change in report.applied] == ["a"] and report.rows["a"]["colour"] == "blue"
    else:
        assert str(report.failed["a"]) == "it is taken" and not report.applied


def test_without_an_owner_what_is_taken_is_not_ours():
    store = Store(faults={("create", "a"): [(Conflict("it is taken"), True)]})
    assert str(run(store, rows("a")).failed["a"]) == "it is taken" and store.reads == 1


class Twice(Store):
    """Beside each thing that is made comes another, which a killed run had asked for; the first is kept."""

    TWICE = True
    late = ()

    def read(self):
        return super().read() + [dict(row) for row in self.late]

    def create(self, change):
        super().create(change)
        self.rows[change.key]["id"] = "of the killed run"
        self.late = [{"name": change.key, "id": "id-%s" % change.key, "_debris": "made twice"}]
        return {"name": change.key, "id": "id-%s" % change.key}

    def delete(self, change):
        assert change.before.get("_debris")
        self.calls.append(("delete", change.before["id"]))
        self.late = ()


def test_what_is_made_twice_is_removed_in_the_same_run_and_the_other_is_told():
    store = Twice(rows("b"))
    report = run(store, rows("a", "b"))
    assert report and store.calls == [("create", "a"), ("delete", "id-a")] and store.reads == 2
    assert report.rows["a"]["id"] == "of the killed run"
    assert run(store, rows("a", "b")) and store.reads == 3  # nothing was made, nothing is looked for


@pytest.mark.parametrize("theirs", ["shop", "other"])
def test_what_our_own_late_request_has_made_may_have_taken_the_last_room(theirs):
    full = Failure("no room")
    full.status = 422
    store = Twice()

    def refused(change):
        store.rows["a"] = dict(change.after, owner=theirs)
        raise full

    store.create = refused
    report = run(store, [{"name": "a", "owner": "shop"}])
    assert report.failed == ({} if theirs == "shop" else {"a": full}) and len(report.applied) == (theirs == "shop")


def test_unknown_fate_ends_after_some_rounds():
    store = Store(faults={("create", "a"): [(Ambiguous("reset"), False)] * 5})
    report = run(store, rows("a"))
    assert len(store.calls) == 3 and "reset" in str(report.failed["a"])


def test_error_of_another_kind_is_a_failure_not_a_crash():
    report = run(Store(faults={("create", "a"): [(ValueError("odd"), False)]}), rows("a", "b"))
    assert "ValueError: odd" in str(report.failed["a"]) and report.applied


def test_batches():
    store = BatchStore(rows("z"))
    report = run(store, rows("a", "b", "c"), absent=["z"])
    assert report and store.calls == [("send", ("z", "a")), ("send", ("b", "c"))]
    assert sorted(store.rows) == ["a", "b", "c"]


@pytest.mark.parametrize("late", [True, False])
def test_batch_of_unknown_fate(late):
    store = BatchStore(faults={("send", 1): [(Ambiguous("reset"), late)]})
    report = run(store, rows("a", "b", "c"))
    assert report and sorted(store.rows) == ["a", "b", "c"]
    assert len(store.calls) == (2 if late else 3)


def test_failed_batch_leaves_the_rest_pending():
    store = BatchStore(faults={("send", 2): [(Failure("422"), False)]})
    report = run(store, rows("a", "b", "c", "d", "e"))
    assert [change.key for change in report.applied] == ["a", "b"]
    assert set(report.failed) == {"c", "d"} and [change.key for change in report.pending] == ["e"]


def test_a_verb_for_many_at_once():
    store = ManyStore(rows("y", "z"))
    report = run(store, rows("a", "b", "c", "d"), absent=["y", "z"])
    assert report and sorted(store.rows) == ["a", "b", "c", "d"] and report.rows["a"]["id"] == "id-a"
    together = [call for call in store.calls if call[0].endswith("_all")]
    assert together[0] == ("delete_all", ("y", "z"))
    assert sorted(together[1:]) == [("create_all", ("a", "b", "c")), ("create_all", ("d",))]


@pytest.mark.parametrize("late", [True, False])
def test_of_many_at_once_each_has_its_own_fate(late):
    store = ManyStore(faults={("create", "a"): [(Failure("no"), False)], ("create", "b"): [(Ambiguous("lost"), late)]})
    report = run(store, rows("a", "b", "c"))
    assert list(report.failed) == ["a"] and sorted(change.key for change in report.applied) == ["b", "c"]
    assert sorted(store.rows) == ["b", "c"]


def test_of_many_at_once_what_the_answer_leaves_out_is_looked_at():
    store = ManyStore()
    made = store.create_all
    store.create_all = lambda changes: {key: row for key, row in made(changes).items() if key != "b"}
    report = run(store, rows("a", "b"))
    assert report and sorted(store.rows) == ["a", "b"] and store.reads == 2


def test_many_at_once_can_fail_together():
    store = ManyStore()
    store.create_all = lambda changes: (_ for _ in ()).throw(Unauthorized("403"))
    report = run(store, rows("a", "b", "c", "d"))
    assert not report.applied and set(report.failed) | {change.key for change in report.pending} == set("abcd")


FAULT = st.tuples(st.sampled_from([Ambiguous("lost"), Failure("no")]), st.booleans())


@given(
    faults=st.dictionaries(
        st.tuples(st.sampled_from(["create", "update", "delete"]), st.sampled_from("abcdef")),
        st.lists(FAULT, max_size=2),
        max_size=6,
    ),
    existing=st.sets(st.sampled_from("abcdef")),
    wanted=st.sets(st.sampled_from("abcdef")),
    kind=st.sampled_from([Store, ManyStore]),
)
def test_run_again_after_any_faults_ends_with_what_was_declared(faults, existing, wanted, kind):
    store = kind([{"name": name, "colour": "old"} for name in existing], {key: list(v) for key, v in faults.items()})
    for _turn in range(20):
        report = run(store, rows(*sorted(wanted)), absent=sorted(existing - wanted))
        if report:
            break
    assert report and set(store.rows) == wanted


def test_progress_lines(tmp_path):
    path = tmp_path / "progress"
    path.touch()
    run(Store(), rows("a", "b"), progress=Progress("thing", str(path)))
    last = json.loads(path.read_text().splitlines()[-1])
    assert last["done"] == last["total"] == 2 and last["failed"] == 0


class Late(Store):
    """Works on after it has answered. lost: names that do not come about."""

    lost = ()

    def arrive(self, changes):
        self.waited = getattr(self, "waited", []) + [sorted(change.key for change in changes)]
        return {change.key: Failure("in ERROR") for change in changes if change.key in self.lost}


def test_what_does_not_come_about_has_failed_and_ends_the_run():
    store = Late(rows("old"), faults={("create", "c"): [(Failure("no"), False)]})
    store.lost = ("b",)
    report = run(store, rows("a", "b", "c"), absent=["old"])
    assert store.waited == [["old"], ["a", "b"]]  # once a wave, for what was applied
    assert [change.key for change in report.applied] == ["old", "a"] and set(report.failed) == {"b", "c"}
    assert str(report.failed["b"]) == "in ERROR" and set(report.rows) == {"a"}


def test_a_wave_that_does_not_come_about_is_the_last():
    store = Late(rows("old"))
    store.lost = ("old",)
    report = run(store, rows("a"), absent=["old"])
    assert [change.key for change in report.pending] == ["a"] and set(report.failed) == {"old"}


def test_waiting_in_vain_is_no_success():
    store = Late()
    store.arrive = lambda changes: (_ for _ in ()).throw(Unauthorized("token ended"))
    report = run(store, rows("a"))
    assert not report and str(report.failed["a"]) == "what became of it is not known: token ended"
