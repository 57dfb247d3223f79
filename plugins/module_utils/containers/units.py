# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units of systemd that start containers and watch them, in place of the engine; on the engine's own host.

A unit waits at the container that has been started already (`start --attach`), so that all else is as without it.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace

from ..core import files
from ..core.errors import Refused
from ..core.runner import run
from ..core.systemd import RUNNING, asked
from .base import folder
from .rolling import Rolling
from .store import Containers

GRACE = 30  # seconds that a unit's end may take longer than its container's
UNIT = """\
# Made by Rackwright, which undoes what is changed here. restart={restart}
[Unit]
Description=Container {name}
Wants=network-online.target
After=network-online.target {after}
{limit}

[Service]
Environment={variable}={url}
ExecStart={start}
ExecStop={program} stop --time {timeout} {name}
Restart={policy}
RestartSec=1
SuccessExitStatus=137 143
TimeoutStopSec={longest}

[Install]
WantedBy={target}
"""
START = "{program} start --attach {name}"
# Podman 5.4 cannot `start --attach` one that runs already
EITHER = (
    "/bin/sh -c '{program} container inspect -f {{{{.State.Running}}}} {name} | grep -q true "
    "&& exec {program} attach --no-stdin {name}; exec {program} start --attach {name}'"
)
MADE = re.compile(r"# Made by Rackwright, .* restart=(\S+)$", re.MULTILINE)


class Units:
    """The units of one engine's containers. provider: its name, which is also its program's."""

    def __init__(self, provider, url):
        self.provider, self.url = provider, url
        self.own = os.geteuid() != 0  # a user's own, by his own systemd
        self.folder = folder()
        self.target = "default.target" if self.own else "multi-user.target"

    def refuse(self, is_local):
        """Raise Refused where there can be none."""
        if not is_local:
            raise Refused("unit: systemd watches what runs on its own host; run the task there, or leave unit out")
        if not os.path.isdir(RUNNING):
            raise Refused("unit: systemd does not run here; leave unit out, and let restart see to it")
        if not shutil.which(self.provider):
            raise Refused("unit: it needs the program %s on the engine's host, which is not there" % self.provider)

    def into(self, row):
        """Put into a container's row whether a unit of ours watches it; where that is not as we made it, nothing is
        settled."""
        text = files.read(self._path(row["name"])) or ""
        found = MADE.search(text)
        row["unit"] = False
        if found:
            engine, row["restart"] = row["restart"], found.group(1)
            row["unit"] = True
            right = engine == "no" and text == self._text(row) and self._is_up(row["name"], row["state"] == "started")
            row["settled"] = row.get("settled", True) and right

    def settle(self, row):
        """Make the unit be as its container's row has it. Raises Failure."""
        path, name = self._path(row["name"]), self._name(row["name"])
        if not row.get("unit"):
            self.drop(row["name"])
            return
        text = self._text(row)
        if files.read(path) != text:
            os.makedirs(self.folder, exist_ok=True)
            files.replace(path, text)
            self._systemctl("daemon-reload")
        if row.get("state") == "stopped":
            self._systemctl("disable", "--quiet", name)
        else:
            self._systemctl("enable", "--quiet", "--now", name)

    def stop(self, name):
        """Stop a unit, and its container with it."""
        if os.path.exists(self._path(name)):
            self._systemctl("stop", self._name(name))

    def drop(self, name):
        """Take a unit away; a container that runs is stopped with it."""
        if MADE.search(files.read(self._path(name)) or ""):
            self._systemctl("disable", "--quiet", "--now", self._name(name))
            os.unlink(self._path(name))
            self._systemctl("daemon-reload")

    def _text(self, row):
        policy, _colon, tries = row["restart"].partition(":")
        limit = "StartLimitIntervalSec=infinity\nStartLimitBurst=%s" % tries if tries else "StartLimitIntervalSec=0"
        seconds = row["stop_timeout"] if row.get("stop_timeout") is not None else 10
        program = shutil.which(self.provider)
        start = START if self.provider == "docker" else EITHER
        return UNIT.format(
            name=row["name"],
            start=start.format(program=program, name=row["name"]),
            restart=row["restart"],
            policy="always" if policy == "unless-stopped" else policy,
            limit=limit,
            after="docker.service" if self.provider == "docker" else "",
            variable="DOCKER_HOST" if self.provider == "docker" else "PODMAN_SYSTEMD_UNIT",
            url=self.url if self.provider == "docker" else self._name(row["name"]),
            program=program,
            timeout=seconds,
            longest=seconds + GRACE,
            target=self.target,
        )

    def _is_up(self, name, wanted):
        """Whether a unit is active and begins with the machine, or neither."""
        link = os.path.join(self.folder, self.target + ".wants", self._name(name))
        active = self._systemctl("is-active", "--quiet", self._name(name), check=False)[0] == 0
        return os.path.lexists(link) == wanted and active == wanted

    def _systemctl(self, *words, **how):
        return asked(run, [*(["--user"] if self.own else []), *words], **how)

    def _path(self, name):
        return os.path.join(self.folder, self._name(name))

    @staticmethod
    def _name(name):
        return "container-%s.service" % name


class Watched(Containers):
    """Containers some of which have units. units: a Units."""

    def __init__(self, units, *args):
        super().__init__(*args)
        self.units = units

    def create(self, change):
        """Make and start a container, and have its unit watch it."""
        row = super().create(change)
        self.units.settle(row)
        return row

    def update(self, change):
        """Change what can be changed; a container that is not to be watched any more is started anew without a unit."""
        fields = {*change.fields}
        if "unit" in fields:
            fields.add("restart")  # whoever restarts it, one does
            if not change.after["unit"]:
                self.units.drop(change.key)
                fields.add("state")
        row = super().update(replace(change, fields=tuple(fields)))
        self.units.settle(row)
        return row

    def replace(self, change):
        """Put a new container in the old one's place, and have its unit watch it."""
        row = super().replace(change)
        self.units.settle(row)
        return row

    def delete(self, change):
        """Remove a container and its unit."""
        self.units.drop(change.key)
        super().delete(change)

    def _in_full(self, row):
        full = super()._in_full(row)
        if full and "restart" in full and "_foreign" not in full:
            self.units.into(full)
        return full

    def _stop(self, row):
        if row.get("_actual") == row["name"]:
            self.units.stop(row["name"])
        super()._stop(row)

    def _rolled_back(self, change, new, failure):
        told = super()._rolled_back(change, new, failure)
        if change.before["state"] == "started":
            self.units.settle(change.before)
        return told


class WatchedRolling(Watched, Rolling):
    """The same, replaced in batches."""

    def _one(self, change):
        found = super()._one(change)
        if isinstance(found, tuple):
            self.units.settle(found[1])
        return found
