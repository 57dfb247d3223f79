# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which limits a Podman keeps, by what its two calls say: answers as those of a real 4.3.1 (a fake gives them)."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers.podman.spoken import Spoken

FIRST = {"CgroupVersion": "1", "CpuCfsQuota": True, "MemoryLimit": True, "PidsLimit": True}
SECOND = {"CgroupVersion": "2", "CpuCfsQuota": False, "MemoryLimit": True, "PidsLimit": True}
ROOTS = ["cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc"]


class Api:
    """A Podman that says this in Docker's words."""

    def __init__(self, said):
        self.said = said

    def info(self):
        return dict(self.said)


class Fake(Spoken):
    """One that has these controllers."""

    def __init__(self, said, controllers):
        super().__init__(Api(said))
        self.controllers = controllers

    def libpod(self, method, path):
        assert (method, path) == ("GET", "/info")
        return {"host": {"cgroupControllers": self.controllers, "cgroupVersion": "v2"}}


@pytest.mark.parametrize(
    ("said", "controllers", "kept"),
    [
        (FIRST, None, (True, True, True)),
        (SECOND, ROOTS, (True, True, True)),
        (SECOND, ["memory", "pids"], (False, True, True)),  # a user's own, who was delegated no more
        (SECOND, None, (False, False, False)),
    ],
)
def test_limits_that_are_kept(said, controllers, kept):
    found = Fake(said, controllers).info()
    assert tuple(found[word] for word in ("CpuCfsQuota", "MemoryLimit", "PidsLimit")) == kept
