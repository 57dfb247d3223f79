# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.rackwright.platform.plugins.action import progress as action
from ansible_collections.rackwright.platform.plugins.module_utils.core.progress import Progress


class Clock:
    """Time that passes only by waiting; `events` are done when their second comes, and at `end` the work is over."""

    def __init__(self, end, events=()):
        self.now, self.end, self.events = 0.0, end, dict(events)

    def monotonic(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds
        for moment in [m for m in self.events if m <= self.now]:
            self.events.pop(moment)()
        return self.now >= self.end


@pytest.fixture
def told(monkeypatch, tmp_path):
    """Follow a piece of work of so many seconds; returns [(second, printed line)]."""
    path = tmp_path / "progress"
    path.touch()
    lines = []

    def follow(end, events):
        clock = Clock(
            end, {moment: lambda work=work: work(Progress("server", str(path))) for moment, work in events.items()}
        )
        monkeypatch.setattr(action, "time", clock)
        monkeypatch.setattr(action.display, "display", lambda text, color: lines.append((clock.now, text)))
        action.tell(str(path), clock)
        return lines

    return follow


def at(done, total=40, **phases):
    """Work that reports so many as done, the others by phase."""

    def report(progress):
        progress.start(total, word="ready")
        progress.phases([phase for phase, count in phases.items() for _i in range(count)], done)
        progress.finish()

    return report


def test_quick_work_is_silent(told):
    assert told(2.9, {0.1: at(1), 1.0: at(40)}) == []


def test_the_first_line_comes_after_three_seconds(told):
    assert told(4.0, {0.5: at(0, booting=40)}) == [(3.0, "server: 0/40 ready, 40 booting, 0 failed, 3s")]


def test_at_most_one_line_every_few_seconds(told):
    lines = told(60.0, {i / 2.0: at(i // 3, booting=40 - i // 3) for i in range(1, 119)})
    moments = [moment for moment, _line in lines]
    assert moments[0] == 3.0 and len(lines) == len(set(lines)) >= 10
    assert all(later - earlier >= action.PAUSE for earlier, later in zip(moments, moments[1:]))


def test_what_stands_still_is_told_again_now_and_then(told):
    lines = told(70.0, {0.5: at(39, ssh=1)})
    assert [moment for moment, _line in lines] == [3.0, 33.0, 63.0]
    assert lines[-1][1] == "server: 39/40 ready, 1 ssh, 0 failed, 1m03s"


def test_half_a_line_is_not_read(tmp_path):
    path = tmp_path / "progress"
    path.write_text('{"done": 1}\n{"done": 2}\n{"do')
    assert action.newest(str(path)) == {"done": 2}
    path.write_text('{"do')
    assert action.newest(str(path)) is None and action.newest(str(tmp_path / "none")) is None


def test_only_the_end_of_a_long_file_is_read(tmp_path):
    path = tmp_path / "progress"
    path.write_text("".join(json.dumps({"done": i}) + "\n" for i in range(5000)))
    assert action.newest(str(path)) == {"done": 4999}


def test_a_file_that_is_gone_is_no_error(tmp_path):
    progress = Progress("server", str(tmp_path / "gone"))
    progress.start(1)
    progress.finish()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("word", ["0", "False", "no", "OFF"])
def test_it_can_be_turned_off(monkeypatch, word):
    monkeypatch.delenv("RACKWRIGHT_PROGRESS_LINES", raising=False)
    assert action.wanted()
    monkeypatch.setenv("RACKWRIGHT_PROGRESS_LINES", word)
    assert not action.wanted()
