# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Ambiguous, Conflict, Failure
from ansible_collections.rackwright.platform.plugins.module_utils.zookeeper import ensemble, membership
from ansible_collections.rackwright.platform.plugins.module_utils.zookeeper.membership import Patience
from fakes.clock import Clock

from .test_ensemble import THREE, row, spec

JOIN = ("server.3=" + spec(3), None)


def patience(seconds=10):
    """So many seconds, of which none passes."""
    clock = Clock()
    return Patience(seconds, clock, clock.sleep)


@pytest.fixture
def server(monkeypatch):
    """A fake of a server: the membership, and what its next reconfigurations do."""

    class Fake:
        now, fates, proofs = {1: spec(1), 2: spec(2)}, [], []

        def __init__(self, *_where):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_error):
            pass

        def config(self):
            return ensemble.render(self.now)

        def prove(self, secret):
            self.proofs.append(secret)

        def reconfigure(self, joining, leaving):
            fate = self.fates.pop(0) if self.fates else None
            if not isinstance(fate, Conflict):
                type(self).now = {**self.now, 3: spec(3)}
            if fate:
                raise fate

    monkeypatch.setattr(membership, "Session", Fake)
    return Fake


@pytest.mark.parametrize("fate", [None, Conflict("not yet"), Ambiguous("no answer")])
def test_a_member_joins_whatever_comes_between(server, fate):
    server.fates = [fate] if fate else []
    membership.change(("127.0.0.1", 2181), "secret", JOIN, THREE, patience())
    assert set(server.now) == {1, 2, 3}
    assert server.proofs == ["secret"] * (2 if isinstance(fate, Conflict) else 1)


def test_what_never_comes_about_is_told_with_the_reason(server):
    server.fates = [Conflict("no quorum of the new ensemble")] * 99
    with pytest.raises(Failure, match="The joining of server.3=.* did not come about in time: no quorum of the new"):
        membership.change(("127.0.0.1", 2181), "secret", JOIN, THREE, patience())


def test_a_quorum_is_waited_for_and_so_are_those_that_were_just_started(monkeypatch):
    rows = [row(1, "follower"), row(2, "leader", zk_synced_followers="1"), row(3, "")]
    later = [rows[0], row(2, "leader", zk_synced_followers="2"), row(3, "follower")]
    answers = [rows, rows, later]
    monkeypatch.setattr(ensemble, "survey", lambda *_: ensemble.summary(answers.pop(0)))
    assert membership.quorum(THREE, ["z1"], patience())["serving"] == 2
    assert membership.quorum(THREE, ["z1", "z3"], patience())["serving"] == 3


def test_who_is_missing_is_told(monkeypatch):
    rows = [dict(row(n, ""), error="it is down") for n in (1, 2, 3)]
    monkeypatch.setattr(ensemble, "survey", lambda *_: ensemble.summary(rows))
    with pytest.raises(Failure, match="A quorum did not come about in time. Without it: z1 .it is down."):
        membership.quorum(THREE, [], patience())
