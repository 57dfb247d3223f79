# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's docker-compose with the same fifty containers, told beside ours and not judged."""

from __future__ import annotations

import pathlib

from .measure import Missing, command

PEER = pathlib.Path(__file__).resolve().parents[2] / ".ansible" / "peers" / "compose"
PATIENCE = "300"  # seconds; with COMPOSE_PARALLEL_LIMIT below the number of services, 1.29 waits for itself for ever


class Compose:
    """A project of these services, {name: service}, on the engine at a socket. Raises Missing."""

    def __init__(self, ansible, services, socket):
        program = PEER / "usr" / "bin" / "docker-compose"
        if not program.exists():
            raise Missing("docker-compose is not at %s; `tools/peers.sh` fetches it on Debian" % PEER)
        where = ansible.write("compose/docker-compose.yml", {"version": "2.4", "services": services})
        self.words = ["timeout", "--kill-after=10", PATIENCE, str(program), "--file", str(where)]
        self.folder, packages = str(where.parent), str(PEER / "usr" / "lib" / "python3" / "dist-packages")
        self.env = dict(ansible.env, PYTHONPATH=packages, DOCKER_HOST="unix://" + socket)
        self.env.pop("COMPOSE_PARALLEL_LIMIT", None)

    def up(self):
        """Time to have them run."""
        return self._do("up", "--detach", "--no-color")

    def down(self):
        """Time to remove them."""
        return self._do("down")

    def _do(self, *words):
        return command([*self.words, *words], self.folder, self.env)
