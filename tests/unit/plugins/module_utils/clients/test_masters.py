# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.clients.masters import Leaderless, Masters, headers
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import (
    Ambiguous,
    Failure,
    Refused,
    Unauthorized,
    Unreachable,
)
from fakes.clock import Clock
from fakes.rest import Rest

FINE = (200, {}, '{"fine": true}')
NO_LEADER = (503, {}, '{"message": "no leader"}')


def masters(*urls, **more):
    clock = Clock()
    params = {"url": list(urls), "validate_certs": True, "leader_timeout": 5, "username": "me", "password": "s3cret"}
    return Masters("Fake", dict(params, **more), clock=clock, sleep=clock.sleep)


def test_the_leader_is_followed_with_credentials_and_asked_first_from_then_on():
    with Rest() as leader, Rest() as other:
        other.script.append((307, {"Location": "//127.0.0.1:%d/elsewhere" % leader.address[1]}, ""))
        leader.script += [FINE, FINE]
        both = masters(other.url, leader.url)
        assert both.json("POST", "/do", json={}) == {"fine": True} == both.json("POST", "/do", json={})
        assert [len(other.requests), len(leader.requests)] == [1, 2]
        assert all(path == "/do" and h["Authorization"] == "Basic bWU6czNjcmV0" for _m, path, h in leader.requests)


def test_credentials_never_go_to_a_leader_that_was_not_declared():
    with Rest() as stranger, Rest((307, {"Location": "//127.0.0.1:%d/do" % 0}, "")) as master:
        master.script[0] = (307, {"Location": stranger.url + "/do"}, "")
        with pytest.raises(Failure, match="sends us on to its leader %s, which is not among those" % stranger.url) as e:
            masters(master.url).json("POST", "/do", json={})
        assert stranger.requests == [] and "s3cret" not in str(e.value)


def test_masters_that_send_each_other_on_have_no_leader():
    with Rest() as one, Rest() as two:
        one.script = [(307, {"Location": two.url}, "")] * 20
        two.script = [(307, {"Location": one.url}, "")] * 20
        with pytest.raises(Unreachable, match="names .* as the leader"):
            masters(one.url, two.url).json("GET", "/do")


def test_a_dead_master_is_passed_over_also_by_a_write():
    with Rest(FINE) as alive:
        assert masters("http://127.0.0.1:1", alive.url).json("POST", "/do", json={}) == {"fine": True}
    with pytest.raises(Unreachable):
        masters("http://127.0.0.1:1").json("GET", "/do")


def test_an_election_is_waited_for():
    with Rest(NO_LEADER, NO_LEADER, FINE) as master:
        assert masters(master.url).json("GET", "/do") == {"fine": True}
        master.script = [NO_LEADER, FINE]
        assert masters(master.url).json("POST", "/do", safe=True, json={}) == {"fine": True}
        master.script = [NO_LEADER] * 40
        with pytest.raises(Leaderless, match="503: no leader"):
            masters(master.url).json("GET", "/do")


def test_a_write_without_a_leader_is_not_sent_again_blindly():
    with Rest(NO_LEADER, FINE) as master:
        with pytest.raises(Ambiguous, match="no leader"):
            masters(master.url).json("POST", "/do", json={})
        assert len(master.requests) == 1


def test_other_errors_are_what_they_are():
    invalid = '{"message": "Object is not valid", "details": [{"path": "/cpus", "errors": ["is negative", "is odd"]}]}'
    with Rest((401, {}, ""), (422, {}, invalid)) as master:
        with pytest.raises(Unauthorized):
            masters(master.url).json("GET", "/do")
        with pytest.raises(Failure, match="422: Object is not valid /cpus is negative, is odd"):
            masters(master.url).json("GET", "/do")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, {}),
        ({"token": "t"}, {"Authorization": "token=t"}),
        ({"token": "t", "token_scheme": "bearer"}, {"Authorization": "Bearer t"}),
    ],
)
def test_credentials(params, expected):
    assert headers(params) == expected


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(Refused, match="exclude each other"):
        headers({"token": "t", "username": "me"})
    with pytest.raises(Refused, match="url holds credentials") as caught:
        masters("http://me:hunter22@127.0.0.1:1")
    assert "hunter22" not in str(caught.value)
    with pytest.raises(Refused, match="url is empty"):
        masters()
