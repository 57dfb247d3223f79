# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When an app counts as up."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.deis.apps import _phase


def pod(state="up", release="v3", kind="web", **more):
    """A process as the platform tells it."""
    return dict({"type": kind, "state": state, "release": release}, **more)


@pytest.mark.parametrize(
    ("pods", "number", "phase"),
    [
        ([pod(), pod()], 2, None),
        ([pod(), pod(), pod()], 2, None),
        ([], 1, "absent (0 of 1 up)"),
        ([pod(), pod("starting")], 2, "starting (1 of 2 up)"),
        ([pod("crashed"), pod("starting"), pod("starting")], 3, "crashed/starting (0 of 3 up)"),
        ([pod(), pod(release="v2")], 2, "absent (1 of 2 up)"),
        ([pod(), pod(kind="worker")], 2, "absent (1 of 2 up)"),
        ([pod(ready="1/1", restarts=0)], 1, None),
        ([pod(ready="1/2", restarts=0)], 1, "not ready (0 of 1 up)"),
        ([], 0, None),
    ],
)
def test_so_many_of_the_release_in_force_are_up(pods, number, phase):
    seen = {"release": "v3", "types": None, "waits": None, "processes": pods}
    assert _phase(seen, "web", number) == phase


def test_a_type_that_was_not_deployed_anew_goes_on_with_its_release():
    seen = {"release": "v3", "types": ["worker"], "waits": None, "processes": [pod(release="v2")]}
    assert _phase(seen, "web", 1) is None
    assert _phase(dict(seen, types=["web"]), "web", 1) == "absent (0 of 1 up)"


def test_a_release_that_is_being_deployed_is_waited_for_first():
    seen = {"release": "v3", "types": None, "waits": "v3 is being deployed", "processes": [pod()]}
    assert _phase(seen, "web", 1) == "v3 is being deployed"
