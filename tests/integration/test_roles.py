# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles' molecule scenarios: a host with nothing, a second run that changes nothing, a host with nothing again."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import pytest
from integration.play import CALLBACKS

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# What takes long; `make platforms` runs them
MORE = ("docker_more", "docker_repository", "internal_dns_fleet", "kubernetes", "mesos", "podman", "rkt", "zookeeper")
FOUND = sorted(path.parent.name for path in (ROOT / "extensions" / "molecule").glob("*/molecule.yml"))
WANTED = os.environ.get("RACKWRIGHT_ROLES")  # all, more: those beside what `make test` runs
ONE = {"docker": "d12", "internal_dns": "d13"}  # of two hosts, the one of `make test`; its site has the other release
SCENARIOS = {"all": FOUND, "more": [*MORE, *ONE]}.get(WANTED, [name for name in FOUND if name not in MORE])
LAST_LINES = 80
MOST_TASKS = 12  # of a second run of a role, on each host, each of one call of a module
SHAPE = {"version": str, "address": str, "endpoint": str, "ports": dict, "services": list, "firewall": list}
RULE = {"port", "proto", "purpose"}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario, tmp_path):
    counts = tmp_path / "counts.json"
    environment = dict(
        os.environ,
        ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".ansible" / "collections"),
        ANSIBLE_PIPELINING="true",
        NO_COLOR="1",
        ANSIBLE_CALLBACK_PLUGINS=str(CALLBACKS),
        ANSIBLE_CALLBACKS_ENABLED="role_tasks",
        ROLE_TASKS=str(counts),
        PATH=os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]]),
    )
    if WANTED is None and scenario in ONE:
        verified = "docker://molecule-%s-%s" % (scenario.replace("_", "-"), ONE[scenario])
        environment.update(RACKWRIGHT_HOST=ONE[scenario], RACKWRIGHT_VERIFY=verified)
    # molecule's verifier is a pytest of its own
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]
    command = [sys.executable, "-m", "molecule", "test", "--scenario-name", scenario]
    ran = subprocess.run(
        command, cwd=str(ROOT), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert ran.returncode == 0, "\n".join(ran.stdout.splitlines()[-LAST_LINES:])
    if "idempotence" not in (ROOT / "extensions" / "molecule" / scenario / "molecule.yml").read_text(encoding="utf-8"):
        return
    lines = [json.loads(line) for line in counts.read_text(encoding="utf-8").splitlines()]
    again = [line for line in lines if line["playbook"] == "converge.yml"][-1]
    for role, hosts in again["roles"].items():
        for host, tasks in hosts.items():
            assert len(tasks) <= MOST_TASKS, (role, host, tasks)
            assert sum(number for _name, _action, number in tasks) <= len(tasks), (role, host, tasks)
    for host, facts in again["facts"].items():
        for name, fact in facts.items():
            assert_shape(name, fact, host)


def assert_shape(name, fact, host):
    """The fact of a role is of the shape of docs/facts.md, with real values in it."""
    for key, kind in SHAPE.items():
        assert isinstance(fact.get(key), kind), (host, name, key, fact)
    assert all(isinstance(port, int) for port in fact["ports"].values()), (host, name, fact)
    assert all(set(rule) == RULE for rule in fact["firewall"]), (host, name, fact)
    assert not fact["firewall"] or fact["address"], (host, name, fact)
