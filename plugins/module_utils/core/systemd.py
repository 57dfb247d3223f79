# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd says of units, and where it is."""

from __future__ import annotations

import time

from .runner import succeed

GONE = (
    "service_start_timeout",
    "endpoint is not connected",
    "disconnected from message bus",
    "Connection reset",
    "Connection refused",
)
PATIENCE, PAUSE = 60, 0.1  # seconds that systemd may take to start anew, and between two questions
RUNNING = "/run/systemd/system"  # is there where systemd is the first process


def asked(run, words, check=True, program="systemctl", **how):
    """(status, output, errors) of systemctl with these words, called again while systemd starts anew and hears nobody.
    program: another of systemd's.

    run: see core/runner.py, also for `check` and what else there is. Raises Failure.
    """
    late = time.monotonic() + PATIENCE
    while True:
        said = run([program, *words], check=False, **how)
        if not said[0] or time.monotonic() > late or not any(mark in said[2] for mark in GONE):
            break
        time.sleep(PAUSE)
    if check:
        succeed(program, *said)
    return said


def parts(text):
    """What `systemctl show` says of several units: a mapping each, in the order in which they were asked for."""
    return [dict(line.partition("=")[::2] for line in part.splitlines()) for part in text.strip().split("\n\n")]


def blocks(text):
    """The same by unit."""
    return {part["Id"]: part for part in parts(text) if part.get("Id")}


def main_pid(module, unit):
    """The process of a unit, 0 when there is none. module: has `get_bin_path` and `run_command`, as Ansible's own."""
    program = module.get_bin_path("systemctl")
    if not program:
        return 0
    _status, out, _err = module.run_command([program, "show", unit, "--property=MainPID", "--value"])
    return int(out) if out.strip().isdigit() else 0


def lively(module, units):
    """Those of the units that run, or start at boot. module: as for `main_pid`."""
    program = module.get_bin_path("systemctl")
    if not program:
        return []
    _status, out, _err = module.run_command([program, "show", "--property=Id,ActiveState,UnitFileState", *units])
    idle = ("inactive", "failed")
    return [
        name
        for name, said in blocks(out).items()
        if said.get("ActiveState") not in idle or said.get("UnitFileState") == "enabled"
    ]
