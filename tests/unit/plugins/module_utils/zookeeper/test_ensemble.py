# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.zookeeper import ensemble


def member(number, **other):
    row = {"name": "z%s" % number, "id": number, "address": "192.0.2.%s" % number}
    return dict(row, client_port=2181, quorum_port=2888, election_port=3888, listen="0.0.0.0", **other)


def spec(number, role="participant", address=None):
    return "%s:2888:3888:%s;0.0.0.0:2181" % (address or "192.0.2.%d" % number, role)


THREE = [member(1), member(2), member(3)]


def test_an_ensemble_that_can_be():
    assert ensemble.problems(THREE) == []
    assert ensemble.problems([dict(member(1), address="127.0.0.1")]) == []


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([], "no members"),
        (THREE[:2], "an ensemble of 2 (z1, z2) stands no more losses than one of 1"),
        ([*THREE[:2], dict(member(3), id=None)], "z3 has no id"),
        ([*THREE[:2], member(256)], "z256 has the id 256"),
        ([*THREE[:2], dict(member(3), address=None)], "z3 has no address"),
        ([*THREE[:2], dict(member(3), address="127.0.1.1")], "z3 has the address 127.0.1.1"),
        ([*THREE[:2], dict(member(3), id=2)], "z2 and z3 have one id, 2"),
        ([*THREE[:2], dict(member(3), address="192.0.2.1")], "z1 and z3 have one address, 192.0.2.1"),
    ],
)
def test_ensembles_that_cannot_be(members, words):
    (problem,) = ensemble.problems(members)
    assert words in problem


def test_all_that_is_wrong_is_told_at_once():
    assert len(ensemble.problems([dict(member(1), address=None), dict(member(2), id=1)])) == 3


def test_a_membership_is_what_zookeeper_writes():
    text = ensemble.render({2: spec(2), 1: spec(1)})
    assert text == "server.1=%s\nserver.2=%s\n" % (spec(1), spec(2))
    assert ensemble.parse("clientPort=2181\nmembership: \n%sversion=1a0" % text) == ({1: spec(1), 2: spec(2)}, "1a0")
    assert ensemble.server(dict(member(1), address="2001:db8::1", listen="::")) == (
        "[2001:db8::1]:2888:3888:participant;[::]:2181"
    )


def test_members_join_one_by_one_before_others_leave():
    now = {1: spec(1), 4: spec(4), 5: spec(5)}
    assert ensemble.steps(now, THREE) == [
        ("server.2=" + spec(2), None),
        ("server.3=" + spec(3), None),
        (None, "4,5"),
    ]
    assert ensemble.steps({1: spec(1), 2: spec(2), 3: spec(3)}, THREE) == []


def test_who_moved_or_only_watches_joins_anew():
    now = {1: spec(1), 2: spec(2, address="192.0.2.99"), 3: spec(3, "observer")}
    assert ensemble.steps(now, THREE) == [("server.2=" + spec(2), None), ("server.3=" + spec(3), None)]


def test_newcomers_begin_as_observers_where_there_is_an_ensemble():
    assert ensemble.first_view({}, THREE, 2) == {1: spec(1), 2: spec(2), 3: spec(3)}
    assert ensemble.first_view({1: spec(1)}, THREE, 2) == {1: spec(1), 2: spec(2, "observer")}


def row(number, mode, **metrics):
    membership = {n: spec(n) for n in (1, 2, 3)} if mode else {}
    return {"name": "z%d" % number, "mode": mode, "membership": membership, "metrics": metrics, "config_version": "1"}


@pytest.mark.parametrize(
    ("rows", "leader", "serving", "spare"),
    [
        ([row(1, "follower"), row(2, "leader", zk_synced_followers="2"), row(3, "follower")], "z2", 3, 1),
        ([row(1, ""), row(2, "leader", zk_synced_followers="1"), row(3, "follower")], "z2", 2, 0),
        ([row(1, ""), row(2, "follower"), row(3, "follower")], "", 2, -1),
        ([row(1, ""), row(2, ""), row(3, "")], "", 0, -1),
        # who left follows on, without a vote
        ([row(1, "leader", zk_synced_followers="2", zk_synced_non_voting_followers="1")], "z1", 2, 0),
    ],
)
def test_how_many_an_ensemble_can_lose(rows, leader, serving, spare):
    found = ensemble.summary(rows)
    assert (found["leader"], found["serving"], found["quorum"], found["spare"]) == (leader, serving, 2, spare)


def test_a_leader_that_is_not_declared_any_more_is_asked_too(monkeypatch):
    asked = []

    def look(member, timeout):
        asked.append((member["address"], member["client_port"]))
        return row(1, "follower") if member["id"] == 1 else dict(row(3, "leader"), name=member["name"])

    monkeypatch.setattr(ensemble, "look", look)
    assert ensemble.survey([member(1)])["leader"] in ("192.0.2.2", "192.0.2.3")
    assert asked[0] == ("192.0.2.1", 2181) and sorted(asked[1:]) == [("192.0.2.2", 2181), ("192.0.2.3", 2181)]


def test_an_address_is_read_from_the_membership():
    found = ensemble.addressed((7, "[2001:db8::1]:2888:3888:participant;[::]:2182"))
    assert found == {"name": "2001:db8::1", "id": 7, "address": "2001:db8::1", "client_port": 2182}
