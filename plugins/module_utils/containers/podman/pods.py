# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods of Podman, which knows them itself."""

from __future__ import annotations

from ..pod import labels_of
from ..pod_store import Pods

GATEWAYS = (5, 0)  # the version from which a pod knows host-gateway


class PodmanPods(Pods):
    """The same, by Podman's own calls."""

    SHARED = ("ipc", "net", "uts")

    def _lacking(self, row):
        """An image it has itself; but before 5 the word for the host's address is taken for one."""
        if "host-gateway" not in (row.get("hosts") or {}).values() or self.client.call("release") >= GATEWAYS:
            return []
        return ["hosts: Podman before 5 knows no host-gateway in a pod; say host.containers.internal, or the address"]

    def _create(self, row):
        return self.client.call("create_pod", row, labels_of(row), write=True)

    def _take_away(self, name, ident):
        self.quietly("stop", ident, 0)  # it holds nothing any more, and may not listen
        self.quietly("remove_pod", name)
