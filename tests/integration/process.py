# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real server as a process of the test: on a free port of 127.0.0.1, in a folder of its own, found by its process."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from integration.powerdns import free_port, owns_listener

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TRIES = 5  # a free port may be taken before the server has it


def until(true, seconds=20, why=None):
    """Wait for what becomes true a little later. why: what to say where it does not."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, why
        time.sleep(0.1)


class Served:
    """One server. NAME: for messages. VENV: the folder of its programs. STARTUP, END: seconds it may take.

    A subclass says how to `prepare` its folder for the port, which `command` to run, and by which `environment`.
    """

    NAME, VENV, STARTUP, END = "", "openstack", 120, 30

    def __init__(self):
        self.process = self.folder = None
        self.port = 0

    @property
    def address(self):
        """Where it listens."""
        return "http://127.0.0.1:%d" % self.port

    def prepare(self):
        """Write what it needs to start into `folder`."""

    def command(self):
        """The program and its arguments."""
        raise NotImplementedError

    def environment(self):
        """Variables of its own."""
        return {}

    def program(self, name):
        """The path of a program of the virtual environment."""
        path = ROOT / (".venv-" + self.VENV) / "bin" / name
        if not path.exists():
            raise RuntimeError("%s is not installed: run tools/openstack.sh" % self.NAME)
        return str(path)

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rackwright-%s-" % self.NAME.lower()))
        try:
            for _turn in range(TRIES):
                self.port = free_port()
                self.prepare()
                if self._start():
                    return self
        except BaseException:
            self.stop()
            raise
        log = self.log()
        self.stop()
        raise RuntimeError("%s did not start:\n%s" % (self.NAME, log[-3000:]))

    def __exit__(self, *_error):
        self.stop()

    def run(self, *command):
        """Run a program that ends; what it says goes to the log."""
        with open(self.folder / "log", "ab") as log:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._env())
        if done.returncode:
            raise RuntimeError("%s: %s failed:\n%s" % (self.NAME, command[0], self.log()[-3000:]))

    def _env(self):
        return dict(os.environ, **self.environment())

    def _start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._env(), cwd=self.folder
            )
        deadline = time.monotonic() + self.STARTUP
        while time.monotonic() < deadline and self.process.poll() is None:
            if any(owns_listener(pid, self.port) for pid in self.pids()):
                return True
            time.sleep(0.05)
        self._end()
        return False

    def pids(self):
        """The processes of which one listens."""
        return [self.process.pid]

    def _end(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(self.END)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(self.END)

    def stop(self):
        """End the process and remove its folder."""
        self._end()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        """What the server has written so far."""
        with contextlib.suppress(OSError):
            return (self.folder / "log").read_text(errors="replace")
        return ""


def children(parents):
    """The process ids of all children of `parents`."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(words[1]) in parents:
            found.append(int(path.parent.name))
    return found
