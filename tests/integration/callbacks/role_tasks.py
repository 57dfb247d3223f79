# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what each role has cost on each host as one line of JSON a playbook, for tests."""

from __future__ import annotations

import json
import os
import pathlib

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: role_tasks
type: aggregate
short_description: what each role has cost on each host, and the facts it has told, for tests
description: Appends to the file that E(ROLE_TASKS) names.
"""

INCLUDES = ("ansible.builtin.include_tasks", "ansible.builtin.include_role")
SETTERS = ("ansible.builtin.set_fact",)


def role(task):
    """The role that the play speaks of, which may be the outermost of several; None beside roles."""
    found = None
    while task is not None:
        found = task._role or found
        task = task._parent
    return found and found.get_name(include_role_fqcn=False).split(".")[-1]


class CallbackModule(CallbackBase):
    """One line a playbook: its name, the roles' facts by host, and by role and host the tasks that were not skipped,
    each with its number of calls.

    A loop calls its module once an item, but for those that were skipped.
    """

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "role_tasks"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self.playbook, self.roles, self.items, self.facts = "", {}, {}, {}

    def v2_playbook_on_start(self, playbook):
        """Begin to count."""
        self.playbook = pathlib.Path(playbook._file_name).name

    def _item(self, result):
        key = (result.host.get_name(), result.task._uuid)
        self.items[key] = self.items.get(key, 0) + 1

    v2_runner_item_on_ok = v2_runner_item_on_failed = _item

    def _done(self, result, ignore_errors=False):
        name, host = role(result.task), result.host.get_name()
        if name:
            calls = self.items.pop((host, result.task._uuid), 1)
            tasks = self.roles.setdefault(name, {}).setdefault(host, [])
            if result.task.action not in INCLUDES:  # which call no module
                tasks.append([result.task.get_name().strip(), result.task.action, calls])
            told = result.result.get("ansible_facts", {}) if result.task.action in SETTERS else {}
            facts = {key: fact for key, fact in told.items() if key == "rackwright_" + name}
            self.facts.setdefault(host, {}).update(facts)

    v2_runner_on_ok = v2_runner_on_failed = _done

    def v2_playbook_on_stats(self, stats):
        """Say what was counted."""
        line = {"playbook": self.playbook, "roles": self.roles, "facts": self.facts}
        with open(os.environ["ROLE_TASKS"], "a", encoding="utf-8") as sink:
            sink.write(json.dumps(line) + "\n")
