#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: container_exec
short_description: Run commands in running containers
version_added: 1.0.0
description:
  - Runs one command in any number of containers at once, or a command of its own in each, whoever has made them.
  - The task fails when any command ends with another exit status than 0; what the others did is returned all the same.
  - The task has changed something whenever a command was run; C(changed_when) and C(failed_when) judge better.
author: Rackwright contributors (@rackwright)
requirements: ["docker (Python library) >= 5.0, for the providers V(docker) and V(podman)"]
notes:
  - In check mode nothing is run, and C(changed) tells whether something would be.
  - A command that does not end in time goes on in its container, since engines have no way to end it.
extends_documentation_fragment:
  - rackwright.platform.container_exec
  - rackwright.platform.provider_containers
  - rackwright.platform.attributes
  - rackwright.platform.attributes.containers
seealso:
  - module: rackwright.platform.container
"""

EXAMPLES = r"""
- name: Ask a container what it runs
  rackwright.platform.container_exec:
    provider: docker
    names: ["{{ container }}"]
    command: uname -a
  changed_when: false

- name: Make a database in each, once
  rackwright.platform.container_exec:
    provider: docker
    containers:
      - {name: "{{ container }}", env: {DB_PASSWORD: "{{ bgp_password }}"}}
    command: [sh, -c, "cat > /var/lib/setup.sql && load-it"]
    stdin: "create table shop"
    user: root
    creates: /var/lib/setup.sql
"""

RETURN = r"""
containers:
  description:
    - What became of each command, also when the task fails.
    - Where nothing was run, C(skipped) is true and C(msg) says why.
  returned: always
  type: list
  elements: dict
  sample:
    - {name: shop-db, rc: 0, stdout: "7 tables", stderr: "", stdout_lines: ["7 tables"], stderr_lines: []}
rc:
  description: The exit status, where the task names one container.
  returned: when it was run in one container
  type: int
stdout:
  description: What it said, likewise; C(stdout_lines) has it line by line.
  returned: when it was run in one container
  type: str
stderr:
  description: Its errors, likewise; C(stderr_lines) has them line by line.
  returned: when it was run in one container
  type: str
"""

from ansible_collections.rackwright.platform.plugins.module_utils.containers.command import COMMAND, MANAGE, declared
from ansible_collections.rackwright.platform.plugins.module_utils.containers.command_store import Commands
from ansible_collections.rackwright.platform.plugins.module_utils.containers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.core.secrets import hidden

FIELDS = MANAGE


def work(task):
    """Run the commands."""
    rows = declared(task.params)
    task.conceal(*(hidden(row.get("env") or {}) for row in rows))
    store = task.driver().store(Commands, rows, task.params["timeout"])
    current = list(store.read())
    task.tell(lambda: store.told(task.dry))
    task.act(store, COMMAND, [row["name"] for row in rows if row["name"] not in store.spared], "exec", current)


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
