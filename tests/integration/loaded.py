# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's programs in a process that has them loaded: their imports take longer than most playbooks of the tests.

What Ansible reads from its environment while it is loaded is what the process was started with: ANSIBLE_*, HOME.
"""

from __future__ import annotations

import atexit
import importlib
import os
import pathlib
import random
import sys

HERE = pathlib.Path(__file__).resolve()

if __name__ == "__main__":
    sys.path[0] = str(HERE.parents[1])

from forge import Forge, serve

PROGRAMS = {
    "ansible": "adhoc.AdHocCLI",
    "ansible-inventory": "inventory.InventoryCLI",
    "ansible-playbook": "playbook.PlaybookCLI",
}
READ_EARLY = ("ANSIBLE_", "PYTHON", "HOME", "LANG", "LC_", "PATH", "TERM")


def early(env):
    """What of the environment counts while Ansible is loaded, as a tuple of pairs."""
    return tuple(sorted(pair for pair in env.items() if pair[0].startswith(READ_EARLY)))


class Loaded(Forge):
    """The process for runs in that environment."""

    def __init__(self, env):
        super().__init__(str(HERE), env=dict(env), cwd=str(HERE.parents[2]))


def loaded(program):
    """The class of a program."""
    module, name = PROGRAMS[program].split(".")
    return getattr(importlib.import_module("ansible.cli." + module), name)


def be(command, env, stdin, output):
    """Be the program of that command line, from here on: `env` is its environment, `stdin` and `output` are files."""
    from ansible import constants
    from ansible.utils.path import cleanup_tmp_file

    os.environ.clear()
    os.environ.update(env)
    for number, path, how in ((0, stdin, os.O_RDONLY), (1, output, os.O_WRONLY), (2, output, os.O_WRONLY)):
        opened = os.open(path, how | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    random.seed()
    # the folder that goes when the program ends has to be its own
    atexit.unregister(cleanup_tmp_file)
    constants.DEFAULT_LOCAL_TMP = constants.config.get_config_value("DEFAULT_LOCAL_TMP", variables=vars(constants))
    sys.argv = command
    loaded(command[0]).cli_executor(command)


def warm():
    """Load what nearly every playbook needs."""
    from ansible import cli
    from ansible.plugins import loader

    loader.init_plugin_loader()
    cli.init_plugin_loader = lambda *_paths: None  # once, which it insists on
    for kind in ("become", "connection", "filter", "shell", "test"):
        list(getattr(loader, kind + "_loader").all(class_only=True))
    for kind, name in (("callback", "default"), ("strategy", "linear")):
        getattr(loader, kind + "_loader").get(name, class_only=True)


if __name__ == "__main__":
    for name in PROGRAMS:
        loaded(name)
    del sys.path[0]
    warm()
    serve(be)
