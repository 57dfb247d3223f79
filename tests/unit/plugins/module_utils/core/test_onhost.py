# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module about its own host ends with its result, an error for a person to read, or as a bug that says so."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.rackwright.platform.plugins.module_utils.core import onhost
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure

SPEC = {"path": {"type": "path", "required": True}}


@pytest.fixture
def run(capsys):
    """Run a module whose work is this function; returns (exit status, result)."""

    def go(work):
        with patch_module_args({"path": "/etc"}), pytest.raises(SystemExit) as end:
            onhost.launch(work, SPEC)
        return end.value.code, json.loads(capsys.readouterr().out)

    return go


def test_what_the_work_returns_is_the_result(run):
    assert run(lambda module, path: {"changed": module.check_mode, "path": path})[1]["path"] == "/etc"


def test_a_failure_is_the_message_and_nothing_more(run):
    def work(module, path):
        raise Failure("%s: it is a folder" % path)

    status, result = run(work)
    assert status == 1 and result["msg"] == "/etc: it is a folder" and "exception" not in result


def test_a_bug_is_told_as_one(run):
    status, result = run(lambda module, path: {}[path])
    assert status == 1 and "Traceback" not in result["msg"]
    assert "This is a bug in rackwright.platform" in result["msg"] and "KeyError: '/etc'" in result["msg"]
