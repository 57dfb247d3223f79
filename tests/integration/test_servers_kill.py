# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task `server` killed at random moments: run again, it ends with exactly the declared servers."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time

import pytest
from integration.play import BIN, environment
from integration.process import children
from integration.servers_fixtures import COMMON, TestLab

KILLS, ROUNDS = 8, 40  # a run may end before its moment comes; then it does not count
NAMES = ["one", "two", "three"]
FLEET = [dict(COMMON, name=name, facility=site) for name, site in zip(NAMES, ["ams1", "ams1", "ewr1"])]
MOVED = [dict(row, facility="sjc1", tags={"moved": "yes"}) for row in FLEET]
GONE = [{"name": name} for name in NAMES]


@pytest.fixture
def lab(tmp_path):
    """A lab of this test's own."""
    made = TestLab(tmp_path, "kill")
    yield made
    made.end()
    made.nothing()


def test_killed_at_random_moments(lab, tmp_path):
    seed = int(os.environ.get("RACKWRIGHT_KILL_SEED") or random.randrange(10**6))
    print("RACKWRIGHT_KILL_SEED=%d" % seed)
    dice, killed = random.Random(seed), 0
    for _round in range(ROUNDS):
        if killed == KILLS:
            break
        more = dice.choice([{"servers": FLEET}] * 2 + [{"servers": MOVED}, {"servers": GONE, "state": "absent"}])
        killed += kill_after(dice.uniform(0.9, 3.0), book(lab, tmp_path, **more))
        lab.items()
    assert killed == KILLS, "only %d of %d runs were killed before their end" % (killed, ROUNDS)
    result = lab.task(*FLEET, recreate="auto", owner="me", wait=True)
    assert [row["state"] for row in result["servers"]] == ["active"] * 3
    assert not lab.task(*FLEET, owner="me")["changed"]
    assert [name for name in lab.names() if ".note." not in name] == sorted(NAMES)
    about = {item["Labels"].get("org.rackwright.lab.note") for item in lab.items()} - {None}
    assert about <= {item["Id"] for item in lab.items()}
    assert lab.networks() == ["backbone", "facility-ams1", "facility-ewr1"]
    lab.task(*GONE, state="absent")
    lab.nothing()


def book(lab, folder, **more):
    """A playbook with the one task."""
    task = dict(lab.options(), owner="me", wait=False, recreate="auto", **more)
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [{"rackwright.platform.server": task}]}
    play["vars"] = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    path = folder / "book.yml"
    path.write_text(json.dumps([play]))
    return path


def kill_after(seconds, path):
    """Start the playbook and kill it with all that it has started; whether it had not ended yet."""
    with subprocess.Popen(
        [str(BIN / "ansible-playbook"), str(path)],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        time.sleep(seconds)
        if process.poll() is not None:
            return False
        family, young = [], [process.pid]
        while young:  # whoever is stopped has no more children
            for pid in young:
                signal_to(pid, signal.SIGSTOP)
            family += young
            young = [pid for pid in children(family) if pid not in family]
        for pid in family:
            signal_to(pid, signal.SIGKILL)
    return True


def signal_to(pid, number):
    """Send a signal to a process that may be gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
