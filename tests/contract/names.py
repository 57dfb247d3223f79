# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names on a Docker engine that several test runs share: each run has its own, and clears away what dead ones left.
ALL: whether this run takes also what others show as well, and what takes long, as `make platforms` does; SELDOM marks
such a test."""

from __future__ import annotations

import calendar
import contextlib
import os
import re
import time

import docker.errors
import pytest

RUN = "%05x" % os.getpid()
ALL = os.environ.get("RACKWRIGHT_CONTRACT") == "all"
SELDOM = pytest.mark.skipif(not ALL, reason="`make platforms` runs it")
MARKS = ("org.rackwright.lab", "rackwright.test")  # labels whose values hold a run's name
OURS = re.compile(r"(?:contract|examples|badinput)([0-9a-f]{5})\b")
OLD = 3600  # seconds after which a run that is not seen here counts as dead


def sweep(api):
    """Remove the containers, then the networks and volumes, of runs that ended long ago without clearing up."""
    for item in api.containers(all=True):
        if is_left(item.get("Labels"), item["Created"]):
            with contextlib.suppress(docker.errors.APIError):  # another run is at it
                api.remove_container(item["Id"], force=True, v=True)
    for item in api.networks():
        if is_left(item.get("Labels"), moment(item["Created"])):
            with contextlib.suppress(docker.errors.APIError):
                api.remove_network(item["Id"])
    for item in api.volumes()["Volumes"] or ():
        if is_left(item.get("Labels"), moment(item["CreatedAt"])):
            with contextlib.suppress(docker.errors.APIError):
                api.remove_volume(item["Name"])


def moment(text):
    """A time of the engine's in seconds."""
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


def is_left(labels, made):
    """Whether a thing with these labels, made at that time, belongs to a run that is dead."""
    for mark in MARKS:
        found = OURS.search((labels or {}).get(mark, ""))
        if found and time.time() - made > OLD:
            return not os.path.exists("/proc/%d" % int(found.group(1), 16))
    return False
