# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs rkt and systemctl of this host: called, understood, and their errors in our kinds."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from functools import partial

from ...core.errors import Ambiguous, Failure, NotFound, TimedOut
from ...core.field import Field
from ...core.runner import run
from ...core.systemd import asked, blocks

FLAVOURS = ("coreos", "kvm", "fly", "host")
INSECURE = ("image", "tls", "ondisk", "http", "pubkey", "capabilities", "paths", "seccomp")
INSECURE += ("all-fetch", "all-run", "all")
NETS = ("default", "default-restricted")  # which rkt has built in
VENDOR = "/usr/lib/rkt"  # the configuration that comes with it
NOISE = 'group "rkt" not found'
OWN = 254  # the exit status of rkt's own failures
TERSE = 3  # lines of what it says, in an error
UNIT = ("Id", "LoadState", "ActiveState", "SubState", "ExecMainStatus", "InvocationID", "UnitFileState")
UNIT += ("NeedDaemonReload",)
ABSENT = "Install it with the role rackwright.platform.rkt, or name it in rkt.command"


def _env(name):
    return ("RACKWRIGHT_RKT_" + name,)


OPTIONS = (
    Field("command", env=_env("COMMAND"), help="The program, V(rkt) by default."),
    Field("data", type="path", env=_env("DATA"), help="The folder of its data; by default as it is configured."),
    Field(
        "config",
        type="path",
        env=_env("CONFIG"),
        help="The folder of its local configuration, F(/etc/rkt) by default.",
    ),
    Field(
        "stage1",
        choices=FLAVOURS,
        env=_env("STAGE1"),
        help=(
            "The stage1 flavour of pods that name none as their C(runtime), which is taken from rkt's folder of such",
            "images. By default the one that rkt is configured with.",
        ),
    ),
    Field(
        "insecure",
        type="list",
        elements="str",
        choices=INSECURE,
        env=_env("INSECURE"),
        help=(
            "Checks that rkt shall leave out, its C(--insecure-options): V(image) is that of signatures.",
            "None by default.",
        ),
    ),
    Field(
        "units",
        type="path",
        env=_env("UNITS"),
        help="The folder of the pods' systemd units, F(/etc/systemd/system) by default.",
    ),
    Field(
        "folder",
        type="path",
        env=_env("FOLDER"),
        help="Where the pods' UUIDs, variables and exit status are kept, F(/var/lib/rackwright/rkt) by default.",
    ),
    Field("timeout", type="int", env=_env("TIMEOUT"), help="Seconds that one call may take, 600 by default."),
)


class RktClient:
    """The rkt of this host. title: how it is called in errors."""

    def __init__(self, options, title="rkt", transport=None):
        self.options, self.title = options, title
        self.run = transport or run
        self.timeout = options.get("timeout") or 600
        self.units = options.get("units") or "/etc/systemd/system"
        self.folder = options.get("folder") or "/var/lib/rackwright/rkt"
        self.config = options.get("config") or "/etc/rkt"
        self._stage1 = None

    def program(self):
        """The program as a unit must name it. Raises Failure."""
        command = self.options.get("command") or "rkt"
        path = shutil.which(command)
        if not path:
            raise Failure("the program %s is not on this host. %s" % (command, ABSENT))
        return os.path.abspath(path)

    def front(self):
        """The program with the options that every call of it has."""
        options = self.options
        done = [self.program()]
        done += ["--dir=" + options["data"]] if options.get("data") else []
        done += ["--local-config=" + options["config"]] if options.get("config") else []
        return done + (["--insecure-options=" + ",".join(options["insecure"])] if options.get("insecure") else [])

    def rkt(self, *words, write=False):
        """(stdout, stderr) of a call. write: whether it may have changed something when no answer comes."""
        return self._ask("rkt", partial(self.run, self.front() + list(words)), write)

    def json(self, *words):
        """What a call tells as JSON; an empty store tells `null`."""
        return json.loads(self.rkt(*words)[0]) or []

    def systemctl(self, *words, write=True):
        """stdout of a call of systemctl."""
        return self._ask("systemctl", partial(asked, self.run, words), write)[0]

    def _ask(self, name, call, write):
        try:
            rc, out, err = call(timeout=self.timeout, check=False)
        except TimedOut as late:
            raise (Ambiguous(str(late)) if write else late) from None
        if rc < 0 and write:
            raise Ambiguous("%s was killed by signal %d before it had answered" % (name, -rc))
        if rc:
            kind = NotFound if "no matches found for" in err else Failure
            said = [line for line in (err or out).strip().splitlines() if NOISE not in line]
            raise kind("%s: %s" % (name, " / ".join(said[-TERSE:]) or "exit status %d" % rc))
        return out, err

    def pods(self):
        """All pods but those of which not even the preparation was finished, which rkt leaves out of this list."""
        return self.json("list", "--format=json")

    def images(self):
        """All images of the store."""
        return self.json("image", "list", "--format=json")

    def manifest(self, image):
        """What an image says of itself."""
        return json.loads(self.rkt("image", "cat-manifest", image)[0])

    def stage1(self):
        """The flavour that rkt takes by itself. What `rkt config` prints holds credentials, so nothing else is kept."""
        if self._stage1 is None:
            found = [one for one in self.json("config").get("stage0", ()) if one.get("rktKind") == "stage1"]
            words = (found[0].get("name") or os.path.basename(found[0].get("location") or "")) if found else ""
            self._stage1 = next((one for one in FLAVOURS if "stage1-" + one in words), FLAVOURS[0])
        return self._stage1

    def flavour(self, row):
        """The stage1 flavour that a row's pod has."""
        return row.get("runtime") or self.options.get("stage1") or self.stage1()

    def services(self, names):
        """What systemd knows of the units of these names, by name."""
        if not names:
            return {}
        return blocks(self.systemctl("show", "--property=" + ",".join(UNIT), *names, write=False))

    def journal(self, invocation, lines):
        """The last lines that a unit's programs wrote in one of its lives."""
        which = "_SYSTEMD_INVOCATION_ID=" + invocation
        words = ["journalctl", "--quiet", "--no-pager", "--output=cat", "--lines=%d" % lines, which]
        found = self._ask("journalctl", partial(self.run, words), False)[0].splitlines(True)
        return "".join(line for line in found if NOISE not in line)

    def enter(self, uuid, app, command, data, timeout):
        """(exit status, stdout, stderr) of a command in a running pod; raises subprocess.TimeoutExpired."""
        words = [*self.front(), "enter", "--app=" + app, uuid, *command]
        done = subprocess.run(words, input=data or b"", capture_output=True, timeout=timeout, check=False)
        if done.returncode == OWN and done.stderr.startswith(b"enter: "):
            raise Failure("rkt: " + done.stderr.decode("utf-8", "replace").strip())
        return done.returncode, done.stdout, done.stderr

    def call(self, what, **_which):
        """The one thing that those who speak to engines ask here as well: the networks there are."""
        if what != "networks":
            raise Failure("%s has no answer to %s" % (self.title, what))
        names = set(NETS)
        for folder in (VENDOR, self.config):
            names |= set(_nets(os.path.join(folder, "net.d")))
        return [{"Name": name, "Id": name} for name in sorted(names)]

    @staticmethod
    def is_local():
        """It always is."""
        return True

    @staticmethod
    def host():
        """Its address, as it is reached from here."""
        return "127.0.0.1"

    @staticmethod
    def info():
        """What those who speak to engines ask of one."""
        return {"Name": socket.gethostname()}


def _nets(folder):
    """The names of the networks that are configured in a folder."""
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        if name.endswith(".conf"):
            with open(os.path.join(folder, name), encoding="utf-8") as stream:
                try:
                    yield json.load(stream)["name"]
                except (ValueError, KeyError, TypeError):
                    continue  # rkt itself tells of it
