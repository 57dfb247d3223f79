# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all roles have in common, held by reading them: the shape of their facts, and the order of their steps."""

from __future__ import annotations

import pathlib

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
PROVIDERS = [name for name in ROLES if name != "apt_source"]  # which only brings what others install from
SHAPE = ["version", "address", "endpoint", "ports", "services", "firewall"]
INCLUDES = ("ansible.builtin.include_tasks", "ansible.builtin.include_role")


def tasks(role):
    """Every task of a role, also those of its blocks."""
    left = [task for path in sorted((ROOT / "roles" / role / "tasks").glob("*.yml")) for task in loaded(path)]
    while left:
        task = left.pop(0)
        yield task
        left += [inner for part in ("block", "rescue", "always") for inner in task.get(part, [])]


def loaded(path):
    return yaml.safe_load(path.read_text(encoding="utf-8")) or []


def fact(role):
    """What the role tells those that come after, by name."""
    name = "rackwright_" + role
    (found,) = [
        task["ansible.builtin.set_fact"][name]
        for task in tasks(role)
        if name in task.get("ansible.builtin.set_fact", {})
    ]
    return found


def told():
    """docs/facts.md: the names beside the shape, by role."""
    rows = [line.split("|") for line in (ROOT / "docs" / "facts.md").read_text(encoding="utf-8").splitlines()]
    return {row[1].strip(" `"): set(row[-2].replace("`", "").replace(",", " ").split()) for row in rows if len(row) > 4}


@pytest.mark.parametrize("role", PROVIDERS)
def test_facts_have_one_shape_and_are_documented(role):
    found = list(fact(role))
    assert found[: len(SHAPE)] == SHAPE
    assert told()[role] == set(found[len(SHAPE) :])


@pytest.mark.parametrize("role", ROLES)
def test_hosts_that_differ_in_their_steps_share_none_of_them(role):
    """A loop of includes takes a step that only some hosts have after all those that the hosts before had in common."""
    path = ROOT / "roles" / role / "vars" / "main.yml"
    steps = loaded(path).get("_%s_steps" % role, {})
    for task in tasks(role):
        if not any(name in task for name in INCLUDES) or "loop" not in task or task.get("run_once"):
            continue
        if isinstance(task["loop"], list):
            assert "when" not in task, task["name"]
            continue
        assert task["loop"].startswith("{{ _%s_steps[" % role) and "when" not in task, task["name"]
    lists = [one for part in steps.values() for one in (part.values() if isinstance(part, dict) else [part])]
    distinct = {tuple(one) for one in lists}
    assert sum(map(len, distinct)) == len({step for one in distinct for step in one})
