# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host of its own for tests of what runs on one: a container with systemd as its first process."""

from __future__ import annotations

import importlib
import io
import json
import pathlib
import shutil
import subprocess
import tarfile
import time

import docker
from ansible_collections.rackwright.platform.plugins.module_utils.servers.lab.install import begin, rights
from contract.names import RUN

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTHON = "/opt/rackwright"
COMPILED = "/var/cache/rackwright-python"  # what is mounted is not written to
TESTS = PYTHON + "/ansible_collections/rackwright/platform/tests"

SECONDS = 30  # that a host may take to start


def packages(*names):
    """What mounts the checkout and these Python packages in a host, for modules that run there."""
    places = {"ansible_collections/rackwright/platform": ROOT}
    places.update((name, pathlib.Path(importlib.import_module(name).__file__).parent) for name in names)
    return ["%s:%s/%s:ro" % (place, PYTHON, name) for name, place in places.items()]


class Host:
    """One host, taken away at the end with all that it holds. DATA: the folder that must be no overlay. image: what it
    is made from. binds: what of this machine is mounted in it."""

    DATA = ""
    image = None
    binds = ()

    def __enter__(self):
        self.engine = docker.APIClient(version="auto", timeout=60)
        may = rights(self.engine.info().get("CgroupVersion") == "2", raised=True)
        body = {
            "Image": self.image,
            "Cmd": begin(may, "exec /sbin/init"),
            "StopSignal": "SIGRTMIN+3",
            "Volumes": {self.DATA: {}},
            "Labels": {"rackwright.test": "contract" + RUN},
            "HostConfig": dict(may, Binds=[*may["Binds"], *self.binds]),
        }
        self.ident = self.engine.create_container_from_config(body)["Id"]
        try:
            self.engine.start(self.ident)
            self.furnish()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error):
        self.engine.remove_container(self.ident, force=True, v=True)
        self.engine.close()

    def furnish(self):
        """Wait until it is of use, and give it what it needs."""
        raise NotImplementedError

    def run(self, *command):
        """Run a command on the host; returns what it says."""
        ident = self.engine.exec_create(self.ident, command)["Id"]
        said = self.engine.exec_start(ident).decode()
        assert self.engine.exec_inspect(ident)["ExitCode"] == 0, said
        return said

    def write(self, path, text):
        """Write a file on the host."""
        sink = io.BytesIO()
        with tarfile.open(fileobj=sink, mode="w") as archive:
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mtime = len(text), time.time()  # by which systemd knows another text
            archive.addfile(entry, io.BytesIO(text.encode()))
        self.engine.put_archive(self.ident, "/", sink.getvalue())

    def by_ssh(self, folder):
        """Let root in on port 2022 with a new key; returns the key's path and the address.

        folder: where the key is to be, and a program `ssh` that knows it and the host.
        """
        key, config, program = folder / "key", folder / "config", folder / "ssh"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        self.write("/root/.ssh/authorized_keys", key.with_suffix(".pub").read_text())
        self.run("sh", "-c", "ssh-keygen -q -A; mkdir -p /run/sshd; pgrep -x sshd || /usr/sbin/sshd -p 2022")
        known = self.run("sh", "-c", "cat /etc/ssh/ssh_host_ed25519_key.pub").strip()
        address = self.engine.inspect_container(self.ident)["NetworkSettings"]["IPAddress"]
        (folder / "known").write_text("[%s]:2022 %s\n" % (address, known))
        config.write_text(
            "IdentityFile %s\nUserKnownHostsFile %s\nStrictHostKeyChecking yes\n" % (key, folder / "known")
        )
        program.write_text('#!/bin/sh\nexec %s -F %s "$@"\n' % (shutil.which("ssh"), config))
        program.chmod(0o755)
        return key, address

    def command(self, *words):
        """The command line that runs `words` on the host."""
        return ["docker", "exec", "-i", self.ident, *words]

    def python(self, *words):
        """The command line of a Python on the host that finds the checkout and what is mounted beside it."""
        found = ["PYTHONPATH=" + PYTHON, "ANSIBLE_COLLECTIONS_PATH=" + PYTHON, "PYTHONPYCACHEPREFIX=" + COMPILED]
        return self.command("env", *found, "python3", *words)

    def start(self, module, args, check=False, diff=False, script="contract/modules.py", **more):
        """Begin a run of a module on the host; returns the Popen, whose output ends with the result.

        script, more: which program of the tests runs it, and what that wants beside.
        """
        process = subprocess.Popen(
            self.python("%s/%s" % (TESTS, script)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        process.stdin.write(json.dumps(dict(more, name=module, args=args, check=check, diff=diff)))
        process.stdin.close()
        process.stdin = None
        return process

    def module(self, module, args, check=False, diff=False, fails=False):
        """Run a module on the host and return its result. fails: whether it must fail (None: either)."""
        out, err = self.start(module, args, check, diff).communicate(timeout=300)
        assert out.strip(), err
        result = json.loads(out)
        if fails is not None:
            assert bool(result.get("failed")) == fails, result.get("msg", result)
        return result

    def shell(self, script):
        """Run a shell's script on the host, whatever its exit status; returns its lines."""
        done = subprocess.run(self.command("sh", "-c", script), capture_output=True, text=True, check=False)
        return done.stdout.splitlines()
