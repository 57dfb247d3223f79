# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ZooKeeper ensemble on three lab servers with nothing on them: how long until it serves, and what of that is ours.

The rest is APT, which fetches and installs a JVM on each. Ansible's log has the moment of each task.
"""

from __future__ import annotations

import datetime
import re
import subprocess

from .measure import Wrong

MEMBERS = ["z1", "z2", "z3"]
LAB = {"name": "rackwright-bench-zookeeper"}
ALL, OURS = 120, 20  # seconds
APT = "rackwright.platform.zookeeper : Install ZooKeeper"
LINE = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) .*\| (?:TASK|PLAY) (?:\[(.+?)\]|RECAP) \*", re.MULTILINE)


def measure(table, ansible, _pairs):
    """The cases of this part, in one round: it takes a minute or two."""
    log, key = ansible.folder / "log", ansible.folder / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    more = {"ANSIBLE_PIPELINING": "true", "ANSIBLE_INVENTORY": str(inventory(ansible, key))}
    ansible.env.update(more)
    try:
        ansible.run("ansible-playbook", str(servers(ansible, key, "present")))
        table.note_machine([ansible.play(ansible.noop()) for _turn in range(3)])
        ansible.env["ANSIBLE_LOG_PATH"] = str(log)
        run = ansible.run("ansible-playbook", "rackwright.platform.zookeeper")
        del ansible.env["ANSIBLE_LOG_PATH"]
        ansible.run("ansible-playbook", str(proof(ansible)))
    finally:
        ansible.run("ansible-playbook", str(servers(ansible, key, "absent")))
    apt = spent(log.read_text(encoding="utf-8"))
    table.count("ZooKeeper of 3, from nothing", "%.0f s" % run.wall, run.wall <= ALL, "%d s" % ALL)
    ours = run.wall - apt
    table.count("the same without APT", "%.1f s (APT %.0f s)" % (ours, apt), ours <= OURS, "%d s" % OURS)


def inventory(ansible, key):
    """The lab's servers as members."""
    known = "-o UserKnownHostsFile=%s -o StrictHostKeyChecking=yes" % (ansible.folder / "known_hosts")
    login = {"ansible_ssh_private_key_file": str(key), "ansible_ssh_common_args": known}
    login.update(ansible_python_interpreter="/usr/bin/python3", zookeeper_heap="128m")
    ansible.write("hosts/group_vars/zookeeper.yml", login)
    plugin = {"plugin": "rackwright.platform.servers", "sources": [{"provider": "lab", "lab": LAB}]}
    return ansible.write("hosts/servers.yml", dict(plugin, groups={"zookeeper": "true"})).parent


def servers(ansible, key, state):
    """A playbook that makes the servers, or takes them away."""
    rows = [{"name": name, "facility": "ams1", "plan": "lab.small", "image": "debian-12"} for name in MEMBERS]
    options = {"provider": "lab", "lab": LAB, "servers": rows, "state": state}
    options["known_hosts"] = str(ansible.folder / "known_hosts")
    if state == "present":
        options["ssh_keys"] = [key.with_suffix(".pub").read_text(encoding="utf-8")]
    return ansible.task("servers-" + state, "rackwright.platform.server", options)


def proof(ansible):
    """A playbook that asks the members whether they serve, with a vote each."""
    members = "{{ groups['zookeeper'] | rackwright.platform.zookeeper_members(hostvars) }}"
    return ansible.play_of(
        "proof",
        [
            {"name": "Ask", "rackwright.platform.zookeeper_info": {"members": members}, "register": "found"},
            {"name": "All serve", "ansible.builtin.assert": {"that": ["found.serving == 3", "found.spare == 1"]}},
        ],
    )


def spent(log):
    """Seconds that APT took, by the log of the run."""
    moments = [(datetime.datetime.strptime(at, "%Y-%m-%d %H:%M:%S,%f"), name) for at, name in LINE.findall(log)]
    found = [(after - at).total_seconds() for (at, name), (after, _next) in zip(moments, moments[1:]) if name == APT]
    if len(found) != 1:
        raise Wrong("the log tells of %d runs of %s" % (len(found), APT))
    return found[0]
