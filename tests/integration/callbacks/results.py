# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes every task's result as a line of JSON beside the usual output, for tests."""

from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: results
type: aggregate
short_description: every task's result as a line of JSON, for tests
description: Appends to the file that E(PLAY_RESULTS) names.
"""


class CallbackModule(CallbackBase):
    """One line a host and task: host, task, action, status, result. Loop items come with their own line."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "results"
    CALLBACK_NEEDS_ENABLED = True

    def _write(self, result, status):
        line = {"host": result.host.get_name(), "task": result.task.get_name().strip(), "action": result.task.action}
        line.update(status=status, result=result.result)
        with open(os.environ["PLAY_RESULTS"], "a", encoding="utf-8") as sink:
            sink.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result):
        """A task was done."""
        self._write(result, "ok")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        """A task failed."""
        self._write(result, "failed")

    def v2_runner_on_skipped(self, result):
        """A task was not for this host."""
        self._write(result, "skipped")

    def v2_runner_on_unreachable(self, result):
        """A host did not answer."""
        self._write(result, "unreachable")
