# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every molecule scenario, run whole: the role on a virgin host, a second time, verified, and taken away again."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCENARIOS = sorted(path.parent.name for path in ROOT.glob("extensions/molecule/*/molecule.yml"))


def environment():
    """What molecule's own ansible-playbook and pytest need; without this pytest's own variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    kept["PATH"] = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
    kept["ANSIBLE_COLLECTIONS_PATH"] = str(ROOT / ".ansible" / "collections")
    return kept


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario):
    done = subprocess.run(
        ["molecule", "test", "--scenario-name", scenario],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20000:]


def test_there_are_scenarios_for_both_roles():
    assert set(SCENARIOS) >= {path.name for path in ROOT.glob("roles/*") if path.is_dir()}
