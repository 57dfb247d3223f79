# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of servers share: a lab of their own on the real engine, which leaves nothing behind."""

from __future__ import annotations

import os
import subprocess

import docker
from contract.modules import run
from contract.proxy import Proxy

SOCKET = "/var/run/docker.sock"
MARK = "org.rackwright.lab"
COMMON = {"facility": "ams1", "plan": "lab.small", "image": "debian-13"}


class TestLab:
    """A lab of this process's own. folder: for its SSH key and known_hosts."""

    __test__ = False

    def __init__(self, folder, name):
        self.name, self.folder = "t%d-%s" % (os.getpid(), name), folder
        self.engine = docker.APIClient(version="auto")
        self.key, self.known_hosts = str(folder / "key"), str(folder / "known_hosts")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        self.public = (folder / "key.pub").read_text()
        self.volumes = set()

    def options(self, **more):
        """The provider and its options."""
        return {"provider": "lab", "lab": dict({"name": self.name}, **more)}

    def variables(self):
        """What playbooks of the tests need."""
        return {
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "lab": self.options()["lab"],
            "key": self.key,
            "known_hosts": self.known_hosts,
        }

    def task(self, *rows, module="server", check=False, fails=False, url=None, **more):
        """Run a module in this process; the servers are not waited for."""
        args = dict(self.options(**({"url": url} if url else {})), **more)
        if module == "server":
            args = dict({"wait": False, "servers": list(rows)}, **args)
        return run(module, args, check=check, diff=True, fails=fails)

    def items(self):
        """The engine's list of the lab's containers; remembers their volumes."""
        found = self.engine.containers(all=True, filters={"label": "%s=%s" % (MARK, self.name)})
        self.volumes |= {mount["Name"] for item in found for mount in item["Mounts"] if mount["Type"] == "volume"}
        return found

    def names(self):
        """The names of the lab's containers, without its own."""
        return sorted(item["Names"][0][len(self.name) + 2 :] for item in self.items())

    def networks(self):
        """The names of the lab's networks, without its own."""
        nets = self.engine.networks(filters={"label": "%s=%s" % (MARK, self.name)})
        return sorted(net["Name"][len(self.name) + 1 :] for net in nets)

    def nothing(self):
        """Fail when anything of the lab is left, volumes too."""
        assert (self.names(), self.networks()) == ([], [])
        there = {volume["Name"] for volume in self.engine.volumes()["Volumes"] or []}
        assert not self.volumes & there

    def end(self):
        """Remove what a failed test has left; nothing else."""
        for item in self.items():
            self.engine.remove_container(item["Id"], force=True, v=True)
        for net in self.engine.networks(filters={"label": "%s=%s" % (MARK, self.name)}):
            self.engine.remove_network(net["Id"])


def door():
    """A proxy before the engine, and its URL for the option url."""
    proxy = Proxy(SOCKET)
    return proxy, proxy.url.replace("http://", "tcp://")
