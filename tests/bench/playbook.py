# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks and inventories as a user runs them: the real commands, a scratch folder, no setting from outside."""

from __future__ import annotations

import os
import pathlib
import re
import sys

import yaml

from .measure import Missing, Wrong, command

CONFIG = """[defaults]
collections_path = %s
nocows = true
nocolor = true
localhost_warning = false
[inventory]
unparsed_warning = false
"""
NOOP = """#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule

AnsibleModule(argument_spec={"rows": {"type": "list", "elements": "dict"}}, supports_check_mode=True).exit_json()
"""


class Ansible:
    """Runs what lies in `folder` with the collection of the checkout `root`."""

    def __init__(self, root, folder):
        self.root, self.folder = root, folder
        self.tools = pathlib.Path(sys.executable).parent
        self.env = {
            name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "RACKWRIGHT_"))
        }
        self.env["ANSIBLE_CONFIG"] = str(self.write("ansible.cfg", CONFIG % (root / ".ansible" / "collections")))
        link = root / ".ansible/collections/ansible_collections/rackwright/platform"
        if not link.exists():
            raise Missing("the collection is not linked at %s; run `make setup`" % link)

    def write(self, name, content):
        """Write a file, text or data as YAML, and return its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
        path.write_text(text, encoding="utf-8")
        return path

    def tool(self, name):
        """The path of a command that is installed beside this Python. Raises Missing."""
        path = self.tools / name
        if not path.exists():
            raise Missing("%s is not installed beside %s" % (name, sys.executable))
        return str(path)

    def with_peer(self, namespace, name):
        """Let playbooks use the collection that ours is held against. Raises Missing."""
        peers = self.root / ".ansible" / "peers"
        if not (peers / "ansible_collections" / namespace / name).is_dir():
            text = "%s.%s is the peer and is not at %s; `tools/peers.sh` fetches it"
            raise Missing(text % (namespace, name, peers))
        self.env["ANSIBLE_COLLECTIONS_PATH"] = "%s:%s" % (self.root / ".ansible" / "collections", peers)

    def run(self, *argv):
        """Time one command line, its first word being a tool."""
        return command([self.tool(argv[0]), *argv[1:]], str(self.folder), self.env)

    def task(self, name, module, options, variables=None):
        """Write a playbook of one task; returns its path."""
        return self.play_of(name, [{"name": name, module: options}], variables)

    def play_of(self, name, tasks, variables=None):
        """Write a playbook of one play on localhost; returns its path."""
        play = {"name": name, "hosts": "localhost", "gather_facts": False, "vars": variables or {}, "tasks": tasks}
        return self.write(name + ".yml", [play])

    def noop(self, held=None):
        """Write a playbook whose one task does nothing; returns its path.

        held: variables of the play, {name: rows}, that the task is handed as its option `rows`.
        """
        if held is None:
            return self.task("noop", "ansible.builtin.ping", {})
        self.write("library/noop.py", NOOP)
        return self.task("noop-rows", "noop", {"rows": "{{ %s }}" % next(iter(held))}, held)

    def play(self, path, changed=None):
        """Time a playbook; `changed` says whether it has to change something. Raises Wrong when it does otherwise."""
        run = self.run("ansible-playbook", str(path))
        found = re.search(r"^localhost\s+: ok=1\s+changed=(\d+)", run.out, re.MULTILINE)
        if not found:
            raise Wrong("%s: no recap in:\n%s" % (path.name, run.out[-3000:]))
        if changed is not None and bool(int(found.group(1))) is not changed:
            raise Wrong("%s: says changed=%s, and it should be the contrary" % (path.name, found.group(1)))
        return run
