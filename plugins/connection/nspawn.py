# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connection plugin: into a running machine of systemd-nspawn."""

from __future__ import annotations

DOCUMENTATION = r"""
name: nspawn
short_description: Run tasks in containers of systemd-nspawn
version_added: 1.0.0
description:
  - Runs commands and copies files in a running machine of C(systemd-nspawn), one that boots or one that runs a single
    program, by the namespaces of its first process. It needs neither a network nor an SSH server in there.
  - Whoever runs it must be root on the machine's host, or become it by O(via).
  - What is run has hardly more capabilities than the machine's first process, and counts towards the caller's limits.
author:
  - Rackwright contributors (@rackwright)
notes:
  - The host needs C(machinectl), C(nsenter) and C(setpriv); Debian's C(systemd-container) and C(util-linux) have them.
  - In the container, a shell is needed; and Python for most modules, as ever.
options:
  machine:
    description: The machine's name.
    type: str
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: ansible_host
      - name: ansible_nspawn_machine
  via:
    description:
      - How to reach the machine's host, where that is not the controller itself, or where this user is not root there.
        These are the first words of a command that takes the rest as B(one) argument, and gives it to a shell.
      - V(ssh root@host.example.org), V(sudo -n sh -c), or for the host of a test V(docker exec -i NAME sh -c).
    type: str
    default: sh -c
    vars:
      - name: ansible_nspawn_via
    env:
      - name: RACKWRIGHT_NSPAWN_VIA
  remote_user:
    description:
      - Who runs the commands in the container, by the program C(su) of the container. By default root.
    type: str
    vars:
      - name: ansible_user
    ini:
      - section: defaults
        key: remote_user
    env:
      - name: ANSIBLE_REMOTE_USER
    keyword:
      - name: remote_user
"""

EXAMPLES = r"""
# A machine of the controller, and one of another host
all:
  vars:
    ansible_connection: rackwright.platform.nspawn
  hosts:
    shop-web:
    shop-db:
      ansible_nspawn_via: ssh root@host2.example.org
"""

import os
import shlex
import subprocess

from ansible.errors import AnsibleConnectionFailure, AnsibleError, AnsibleFileNotFound
from ansible.module_utils.common.text.converters import to_bytes, to_native
from ansible.plugins.connection import ConnectionBase, ensure_connect
from ansible.utils.display import Display
from ansible_collections.rackwright.platform.plugins.module_utils.containers.nspawn.enter import (
    BASE,
    ENTRY,
    INTO,
)

display = Display()
GONE, GONE_SAID = 125, b"rackwright: no machine of this name runs"
# As enter.py does it in Python; this may have to pass an SSH client, and is a shell's.
ENTER = """\
gone() { echo '%(said)s' >&2; exit %(gone)d; }
leader=$(machinectl show %(machine)s --property=Leader 2>/dev/null) || gone
leader=${leader#Leader=}
bound=$(sed -n 's/^CapBnd:[[:space:]]*/0x/p' "/proc/$leader/status") || gone
last=$(cat /proc/sys/kernel/cap_last_cap) drop= n=0
while [ $n -le $last ]; do
case $n in %(entry)s) ;; *) [ $((bound >> n & 1)) = 1 ] || drop=$drop,-cap_$n ;; esac
n=$((n + 1))
done
set -- env -i %(env)s
[ -z "$drop" ] || set -- "$@" setpriv --bounding-set "${drop#,}"
exec "$@" nsenter %(into)s "$leader" -- %(command)s
"""


def line(via, machine, command, user=None):
    """The command line that has a shell in a machine run `command`."""
    words = ["su", "-s", "/bin/sh", user, "-c", command] if user not in (None, "", "root") else ["sh", "-c", command]
    script = ENTER % {
        "said": GONE_SAID.decode("ascii"),
        "gone": GONE,
        "machine": shlex.quote(machine),
        "entry": "|".join(map(str, ENTRY)),
        "env": " ".join("%s=%s" % pair for pair in BASE.items()),
        "into": " ".join(INTO),
        "command": " ".join(map(shlex.quote, words)),
    }
    return [*shlex.split(via), script]


class Connection(ConnectionBase):
    """Into one machine."""

    transport = "rackwright.platform.nspawn"
    has_pipelining = True

    def _connect(self):
        """There is nothing to open."""
        self._connected = True
        return self

    @ensure_connect
    def exec_command(self, cmd, in_data=None, sudoable=True):
        """Run a command line; returns (exit status, stdout, stderr)."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        return self._run(cmd, input=in_data or b"", stdout=subprocess.PIPE)

    def put_file(self, in_path, out_path):
        """Copy a file of the controller into the machine."""
        super().put_file(in_path, out_path)
        if not os.path.exists(to_bytes(in_path)):
            raise AnsibleFileNotFound("%s is not there" % to_native(in_path))
        with open(to_bytes(in_path), "rb") as source:
            self._copied(out_path, *self._run("cat >%s" % shlex.quote(out_path), stdin=source, stdout=subprocess.PIPE))

    def fetch_file(self, in_path, out_path):
        """Copy a file of the machine to the controller."""
        super().fetch_file(in_path, out_path)
        with open(to_bytes(out_path), "wb") as target:
            self._copied(in_path, *self._run("cat <%s" % shlex.quote(in_path), stdin=subprocess.DEVNULL, stdout=target))

    def close(self):
        """Nor anything to close."""
        self._connected = False

    def _run(self, command, **streams):
        machine, user = self.get_option("machine"), self.get_option("remote_user")
        display.vvv("EXEC %s" % command, host=machine)
        try:
            done = subprocess.run(
                line(self.get_option("via"), machine, command, user), stderr=subprocess.PIPE, check=False, **streams
            )
        except OSError as error:
            raise AnsibleConnectionFailure("machine %s: via cannot be run: %s" % (machine, to_native(error))) from None
        if done.returncode == GONE and GONE_SAID in done.stderr:
            raise AnsibleConnectionFailure("machine %s does not run on its host; start it first" % machine)
        return done.returncode, done.stdout, done.stderr

    @staticmethod
    def _copied(path, code, _out, errors):
        if code:
            raise AnsibleError("%s cannot be copied: %s" % (to_native(path), to_native(errors).strip()))
