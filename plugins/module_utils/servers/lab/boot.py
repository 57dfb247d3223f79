# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far booting servers are, and why one failed."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

from ...core.errors import Failure
from ..resource import masked
from .install import PHASE

PAUSE = 2.0  # seconds between two looks into the servers; the engine's own list is asked more often
SAMPLE = 8  # servers looked into at a time
RESULT = "/run/cloud-init/result.json"
OUTPUT = "/var/log/cloud-init-output.log"
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])|[\x00-\x08\x0b-\x1f]")


class Boot:
    """client: a DockerClient. Remembers what it saw, so that it looks into a server only now and then."""

    def __init__(self, client, clock=time.monotonic):
        self.client, self.clock = client, clock
        self.words, self.last, self.turn = {}, None, 0

    def phases(self, rows):
        """The phase word of each row that boots: {name: word}."""
        now = self.clock()
        if self.last is None:
            self.last = now  # nothing to see in the first moments
        elif rows and now - self.last >= PAUSE:
            self.last = now
            picked = [rows[(self.turn + i) % len(rows)] for i in range(min(SAMPLE, len(rows)))]
            self.turn += SAMPLE
            with ThreadPoolExecutor(len(picked)) as pool:
                self.words.update(zip([row["name"] for row in picked], pool.map(self._look, picked)))
        return {row["name"]: self.words.get(row["name"], "booting") for row in rows}

    def why(self, row, user_data=""):
        """Why a server failed to become ready, in its own last words; what looks like a secret is masked."""
        state = self.client.call("inspect_container", row["_id"])["State"]
        log = (state.get("Health") or {}).get("Log") or [{}]
        phase = (log[-1].get("Output") or "").strip()[-80:] or "unknown"
        words = [] if not state.get("Running") else self._errors(row)
        text = "it failed in phase %s" % phase + (": %s" % " / ".join(words) if words else "")
        return masked(text, user_data) + ". See `server_info` with `console: true`, or log in and read %s" % OUTPUT

    def run(self, row, command):
        """Run a command (a list) inside a server; returns (exit status, output)."""
        made = self.client.call("exec_create", row["_id"], command, write=True)["Id"]
        output = self.client.call("exec_start", made, write=True)
        return self.client.call("exec_inspect", made)["ExitCode"], output.decode("utf-8", "replace")

    def _look(self, row):
        try:
            return self.run(row, [PHASE])[1].strip()[-40:] or "booting"
        except Failure:
            return "booting"

    def _errors(self, row):
        try:
            status, text = self.run(row, ["cat", RESULT])
            errors = json.loads(text)["v1"]["errors"] if status == 0 else []
            if errors:
                return [str(one) for one in errors][-3:]
            return [line.strip() for line in self.run(row, ["tail", "-n", "4", OUTPUT])[1].splitlines() if line.strip()]
        except (Failure, ValueError, KeyError, TypeError):
            return []


def plain(console):
    """Console output as text, without a terminal's escape sequences."""
    return ESCAPES.sub("", console.decode("utf-8", "replace").replace("\r\n", "\n"))
