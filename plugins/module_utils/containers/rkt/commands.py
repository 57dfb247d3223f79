# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands in running pods, by `rkt enter`."""

from __future__ import annotations

import subprocess
import time

from ...core.errors import Failure, Refused, TimedOut
from .. import command
from ..command_store import Commands
from .store import RktContainers
from .words import app_name

NOT = {
    "user": "rkt enter is root; put a program such as su in front of the command",
    "working_dir": "rkt enter begins in /; change the folder in a shell",
    "env": "rkt enter takes none, and as words of the command everybody on the host would see them",
}
PROBE = ["test", "-e"]
LATE = "the command did not end within the task's %d s; what it began in the pod may go on"


class RktCommands(Commands):
    """The commands of `rows`, one a container. timeout: seconds for all of them together."""

    def read(self):
        """One row a container that is there, with its command."""
        problems = [
            "container %s: provider rkt cannot do %s: %s" % (row["name"], field, reason)
            for row in self.rows
            for field, reason in NOT.items()
            if row.get(field)
        ]
        if problems:
            raise Refused(problems)
        there = {row["name"]: row for row in RktContainers(self.client).listing()}
        found = []
        for row in self.rows:
            pod = there.get(row["name"])
            if pod is not None:
                found.append(dict(row, _id=pod["_id"], _app=self._app(pod)))
                if pod["status"] != "running":
                    found[-1]["_foreign"] = "it does not run (%s)" % pod["status"]
        guarded = [row for row in found if row.get("creates") and "_foreign" not in row]
        self.spared = {row["name"] for row in guarded if self._is_there(row)}
        return found

    def exec(self, change):
        """Run a command to its end. Raises Failure when its exit status is not 0."""
        row = change.before
        rc, stdout, stderr = self._enter(row, row["command"], row.get("stdin"))
        self.done[change.key] = command.told(row, rc, stdout, stderr)
        problem = command.failed(self.done[change.key])
        if problem:
            raise Failure(problem)
        return row

    def _app(self, pod):
        """The app of a pod that the command is for: ours has one, of another's it is the first."""
        return pod["_app"] if "_foreign" in pod else app_name(pod["name"])

    def _is_there(self, row):
        rc, _stdout, stderr = self._enter(row, [*PROBE, row["creates"]], None)
        if rc not in (0, 1):
            text = stderr.decode("utf-8", "replace").strip() or "exit status %d" % rc
            raise Refused(
                "container %s: creates cannot be looked for, as `test` does not run there: %s" % (row["name"], text)
            )
        return rc == 0

    def _enter(self, row, words, stdin):
        data = stdin.encode("utf-8") if stdin is not None else None
        try:
            return self.client.enter(row["_id"], row["_app"], words, data, max(0.1, self.end - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise TimedOut(LATE % self.timeout) from None
