# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import TimedOut
from ansible_collections.rackwright.platform.plugins.module_utils.core.progress import Progress, sentence
from ansible_collections.rackwright.platform.plugins.module_utils.core.wait import wait
from fakes.clock import Clock


def waiting(looks, keys, timeout=60):
    clock, seen = Clock(), []

    def look(left):
        seen.append(list(left))
        return looks(clock.now)

    wait(look, keys, timeout, Progress("x", ""), clock=clock, sleep=clock.sleep)
    return clock, seen


def test_one_look_a_poll_for_all_keys():
    clock, seen = waiting(lambda now: {"a": None if now > 1 else "boot", "b": None if now > 3 else "boot"}, ["a", "b"])
    assert seen[0] == ["a", "b"] and seen[-1] == ["b"]
    assert 3 < clock.now < 6 and max(clock.naps) <= 2.0


def test_timeout_names_who_is_stuck_where_since_when():
    with pytest.raises(TimedOut) as caught:
        waiting(lambda now: {"a": None, "b": "boot" if now < 4 else "ssh"}, ["a", "b"], timeout=10)
    assert "b is in phase ssh for 5 s" in str(caught.value) and "a is" not in str(caught.value)
    assert caught.value.stuck == {"b": "ssh"}


def test_a_key_nobody_knows_is_absent():
    with pytest.raises(TimedOut, match="b is in phase absent"):
        waiting(lambda now: {}, ["b"], timeout=1)


def test_sentence():
    line = {"title": "server", "word": "active", "done": 12, "total": 40, "failed": 0, "phases": {"provisioning": 28}}
    assert sentence(line, 72) == "server: 12/40 active, 28 provisioning, 0 failed, 1m12s"
    assert sentence(dict(line, phases={}), 9.5) == "server: 12/40 active, 0 failed, 9s"
