# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What units do when systemd does not answer; what they do when it does is in tests/integration/test_host_units.py."""

from __future__ import annotations

from ansible_collections.rackwright.platform.plugins.module_utils.core import systemd, units

SAID = "Id=web.service\nLoadState=loaded\nActiveState=inactive\nUnitFileState=enabled\nNeedDaemonReload=no\n"


def test_a_systemd_that_starts_anew_is_asked_again(monkeypatch, tmp_path):
    monkeypatch.setattr(units, "RUNNING", str(tmp_path))
    monkeypatch.setattr(systemd, "PAUSE", 0)
    answers = [(1, "", "Failed to get properties: Connection reset by peer"), (0, SAID, "")]
    answers += [(1, "", "Warning! D-Bus connection terminated. Transport endpoint is not connected"), (0, "", "")]
    calls = []

    def run(words):
        calls.append(words)
        return answers[len(calls) - 1]

    unit = {"name": "web.service", "scope": "system", "users": None, "state": "started", "restart": False}
    units.Units(run, False).settle(units.each([dict(unit, enabled=None)]))
    assert [words[1] for words in calls] == ["show", "show", "start", "start"]
