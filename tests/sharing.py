# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How tests are shared out to workers: a file's stay together, and the contract suite's by provider.

The suite's two files take longest, and a provider is started once by whoever has its tests. Those of containers on
Docker are one worker's: now and then Docker 20.10 locks itself up for good when many come and go in networks at once.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

ENGINE = "containers on Docker"
ELSEWHERE = tuple("tests/integration/test_containers_" + name for name in ("nspawn", "podman", "rkt"))
LONG = ("tests/integration/test_roles.py", "tests/integration/test_site.py")  # one worker's each


def first_the_longest(items):
    """Sort what was collected, so that the workers end together."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


class ByProvider(LoadScopeScheduling):
    """For xdist, whose own groups do not take effect with pytest 9 (xdist 3.8)."""

    def __init__(self, config, log, providers):
        super().__init__(config, log)
        self.providers = sorted(providers, key=len, reverse=True)  # the longer name first: packet-project, packet

    def _split_scope(self, nodeid):
        path, _colons, test = nodeid.partition("::")
        if path.startswith("tests/integration/test_containers") and not path.startswith(ELSEWHERE):
            return ENGINE
        if not path.startswith("tests/contract/") or "[" not in test:
            return path
        given = test.partition("[")[2].rstrip("]") + "-"
        name = next((name for name in self.providers if given.startswith(name + "-")), "")
        return ENGINE if name.startswith("docker") else "%s %s" % (path, name)
