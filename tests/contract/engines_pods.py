# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract suite's pods, on a real Docker engine and on a real Podman."""

from __future__ import annotations

from contract.engines import OnPodman, name_of
from contract.engines_things import ThingsOnDocker
from integration.busybox import NAME as BUSYBOX
from integration.busybox import busybox


def scenes(common):
    """ROWS, CHANGED and REPLACED of pods that have `common`."""
    rows = tuple(dict(common, name=ThingsOnDocker.PREFIX + name, hostname=name) for name in ("one", "two"))
    return rows, (dict(rows[0], state="stopped"), rows[1]), (dict(rows[0], hostname="uno"), rows[1])


class PodsOnDocker(ThingsOnDocker):
    """Pods, which are containers there."""

    NAME, MODULE, OPTION = "docker-pod", "container_pod", "pods"
    SCENES = dict(ThingsOnDocker.SCENES, change="update")
    WRITE = "/containers/create"
    COMMON = {"image": BUSYBOX, "command": ["sleep", "3600"], "labels": ThingsOnDocker.LABELS}
    ROWS, CHANGED, REPLACED = scenes(COMMON)

    def start(self):
        """Make the image."""
        super().start()
        busybox()

    def fresh(self):
        """No pod and no note of ours."""
        super().fresh()
        for name in self.notes():
            self.engine.remove_volume(name)

    def hold(self, name, image=BUSYBOX):
        """Somebody else's container of that name."""
        super().hold(name, image)

    def drop(self, name):
        """He takes it away."""
        self.engine.remove_container(name, force=True)

    def truth(self):
        """Pods by name: the host's name where it was declared, and whether it runs."""
        return {name_of(item): self._facts(item["Id"]) for item in self.ours()}

    def _facts(self, ident):
        seen = self.engine.inspect_container(ident)
        name = seen["Config"]["Hostname"]
        return name if len(name) == 3 else None, seen["State"]["Running"]

    def facts(self, rows):
        """The same of declared rows."""
        return {row["name"]: (row["hostname"], row.get("state") != "stopped") for row in rows}

    def litter(self):
        """Notes."""
        return self.notes() + self.lost_volumes()


class PodsOnPodman(OnPodman, PodsOnDocker):
    """The same on a real Podman, which knows pods."""

    NAME, ENGINE = "podman-pod", "podman"
    WRITE = "/libpod/pods/create"
    COMMON = {"labels": ThingsOnDocker.LABELS}
    ROWS, CHANGED, REPLACED = scenes(COMMON)

    def ask(self, method, path, **more):
        """One of Podman's own calls."""
        answer = self.engine.request(method, self.engine.base_url + "/v4.0.0/libpod" + path, **more)
        answer.raise_for_status()
        return answer.json()

    def _pods(self):
        return [pod for pod in self.ask("GET", "/pods/json") if pod["Name"].startswith(self.PREFIX)]

    def fresh(self):
        """No pod and no note of ours."""
        for pod in self._pods():
            self.drop(pod["Name"])
        super().fresh()

    def hold(self, name, image=None):
        """Somebody else's pod."""
        self.ask("POST", "/pods/create", json={"name": name})

    def drop(self, name):
        """He takes it away."""
        self.ask("DELETE", "/pods/" + name, params={"force": "true"})

    def truth(self):
        """Pods by name."""
        return {pod["Name"]: self._facts(pod["InfraId"]) for pod in self._pods()}
