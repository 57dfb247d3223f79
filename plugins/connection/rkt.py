# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run playbooks in pods of rkt on the control node, by `rkt enter`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: rkt
short_description: Run tasks in pods of rkt
version_added: 1.0.0
description:
  - Runs tasks in a running pod of this machine by C(rkt enter), as root, whatever stage1 flavour the pod has.
  - The pod is named by the container that M(rackwright.platform.container) made, or by its UUID, whoever made it.
  - Modules need Python in the pod's image; M(ansible.builtin.raw) does not.
author: Rackwright contributors (@rackwright)
notes:
  - rkt ended in 2020; this is for those who still run it, and was tried against recordings of rkt 1.30.
options:
  remote_addr:
    description: The container's name, or the pod's UUID or its first 8 digits.
    type: str
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: ansible_host
      - name: ansible_rkt_host
  command:
    description: The program, with what must stand before it where Ansible does not run as root, as in V(sudo -n rkt).
    type: str
    default: rkt
    env:
      - name: RACKWRIGHT_RKT_COMMAND
    vars:
      - name: ansible_rkt_command
  data:
    description: The folder of rkt's data; by default as rkt is configured.
    type: str
    env:
      - name: RACKWRIGHT_RKT_DATA
    vars:
      - name: ansible_rkt_data
  app:
    description: The app of the pod; by default the container's, or the first where a UUID names the pod.
    type: str
    vars:
      - name: ansible_rkt_app
  executable:
    description: The pod's shell.
    type: str
    default: /bin/sh
    vars:
      - name: ansible_rkt_executable
"""

EXAMPLES = r"""
- name: See what a pod runs on
  hosts: shop-web
  gather_facts: false
  vars:
    ansible_connection: rackwright.platform.rkt
  tasks:
    - name: Ask it
      ansible.builtin.raw: cat /etc/os-release
      changed_when: false
"""

import json
import shlex
import subprocess

from ansible.errors import AnsibleConnectionFailure, AnsibleFileNotFound
from ansible.plugins.connection import ConnectionBase
from ansible_collections.rackwright.platform.plugins.module_utils.containers.forms import OURS

OWN = 254  # the exit status of rkt's own failures
SHORTEST = 8  # digits of a UUID


class Connection(ConnectionBase):
    """One running pod."""

    transport = "rackwright.platform.rkt"
    has_pipelining = True
    default_user = "root"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._pod = None

    def _connect(self):
        """Find the pod."""
        if not self._connected:
            super()._connect()
            self._pod = self._find(self.get_option("remote_addr"))
            self._connected = True
        return self

    def _front(self):
        data = self.get_option("data")
        return shlex.split(self.get_option("command")) + (["--dir=" + data] if data else [])

    def _find(self, name):
        """The pod of that name. Raises AnsibleConnectionFailure."""
        rc, out, err = self._run([*self._front(), "list", "--format=json"])
        if rc:
            raise AnsibleConnectionFailure("rkt cannot list its pods: %s" % _text(err))
        running = [pod for pod in json.loads(out) or () if pod["state"] == "running"]
        found = [pod for pod in running if _is(pod, name)]
        if len(found) == 1:
            return found[0]
        why = "more than one pod that runs" if found else "no pod that runs"
        raise AnsibleConnectionFailure(
            "rkt has %s by the name or UUID %s; see `rkt list` (of %d that run)" % (why, name, len(running))
        )

    def _run(self, words, **streams):
        """(exit status, stdout, stderr) of a program."""
        self._display.vvv("EXEC %s" % (words,), host=self.get_option("remote_addr"))
        try:
            done = subprocess.run(
                words, stdout=streams.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE, check=False, **streams
            )
        except OSError as error:
            raise AnsibleConnectionFailure("%s cannot be run: %s" % (words[0], error.strerror)) from None
        return done.returncode, done.stdout, done.stderr

    def _enter(self, line, **streams):
        app = self.get_option("app") or _app(self._pod, self.get_option("remote_addr"))
        shell = [self.get_option("executable"), "-c", line]
        rc, out, err = self._run([*self._front(), "enter", "--app=" + app, self._pod["name"], *shell], **streams)
        if rc == OWN and err.startswith(b"enter: "):
            self._connected = False
            raise AnsibleConnectionFailure("rkt: %s" % _text(err))
        return rc, out, err

    def exec_command(self, cmd, in_data=None, sudoable=False):
        """Run a shell's line in the pod."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        return self._enter(cmd, input=in_data or b"")

    def put_file(self, in_path, out_path):
        """Copy a file of this machine into the pod."""
        super().put_file(in_path, out_path)
        try:
            with open(in_path, "rb") as source:
                rc, _out, err = self._enter("cat > %s" % shlex.quote(out_path), stdin=source)
        except OSError:
            raise AnsibleFileNotFound("%s is not there, or cannot be read" % in_path) from None
        if rc:
            raise AnsibleConnectionFailure("%s cannot be written in the pod: %s" % (out_path, _text(err)))

    def fetch_file(self, in_path, out_path):
        """Copy a file of the pod to this machine."""
        super().fetch_file(in_path, out_path)
        with open(out_path, "wb") as target:
            rc, _out, err = self._enter("cat %s" % shlex.quote(in_path), stdout=target, stdin=subprocess.DEVNULL)
        if rc:
            raise AnsibleConnectionFailure("%s cannot be read in the pod: %s" % (in_path, _text(err)))

    def close(self):
        """There is nothing to close."""
        self._connected = False


def _containers(pod):
    """The apps of a pod by the containers that they are."""
    return {(app.get("user_annotations") or {}).get(OURS["container"]): app["name"] for app in pod.get("apps") or ()}


def _is(pod, name):
    return name in _containers(pod) or (len(name) >= SHORTEST and pod["name"].startswith(name))


def _app(pod, name):
    return _containers(pod).get(name) or pod["app_names"][0]


def _text(data):
    return " / ".join(data.decode("utf-8", "replace").strip().splitlines()[-3:])
