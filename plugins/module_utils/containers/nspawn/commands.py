# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands in running machines: begun, fed, listened to, and their exit status."""

from __future__ import annotations

import subprocess
import time

from ...core.errors import Failure, TimedOut
from .. import command
from ..command_store import Commands
from . import enter, store


class MachineCommands(Commands):
    """The commands of `rows`, one a machine; see Commands. client: a host.Host."""

    def containers(self):
        """Every machine that runs, in the shape of an engine's list."""
        self.client.ready()
        leaders = {name: self.client.leader(name) for name in self.client.machines() if name in self._named()}
        return [{"Id": str(pid), "Names": ["/" + name], "State": "running"} for name, pid in leaders.items() if pid]

    def exec(self, change):
        """Run a command to its end. Raises Failure when its exit status is not 0."""
        row = change.before
        self.done[change.key] = command.told(row, *self._entered(row, self.end - time.monotonic()))
        problem = command.failed(self.done[change.key])
        if problem:
            raise Failure(problem)
        return row

    def _named(self):
        return {row["name"] for row in self.rows}

    def _by_tls(self):
        return False

    def _is_there(self, row):
        """Whether the path of `creates` is there."""
        look = ["sh", "-c", '[ -e "$0" ] || [ -L "$0" ]', row["creates"]]
        return self._entered({"name": row["name"], "_id": row["_id"], "command": look}, self.timeout)[0] == 0

    def _entered(self, row, seconds):
        """(exit status, stdout, stderr) of a row's command, the two as bytes. Raises Failure."""
        leader = int(row["_id"])
        try:
            words, env = enter.words(leader, row["command"], row.get("user"), row.get("working_dir"))
            env.update(dict(store.variables(row["name"]), **(row.get("env") or {})))
            done = subprocess.run(
                words,
                input=(row.get("stdin") or "").encode("utf-8"),
                capture_output=True,
                timeout=max(0.0, seconds),
                check=False,
                env=env,
            )
        except (FileNotFoundError, ProcessLookupError):
            raise Failure("it has ended") from None
        except subprocess.TimeoutExpired:
            text = "the command did not end within the task's %d s. It goes on in the container; end it there"
            raise TimedOut((text + ", or raise timeout") % self.timeout) from None
        return done.returncode, done.stdout, done.stderr
