#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mesos_config
short_description: Write the flags of a Mesos master or agent as files
version_added: 1.0.0
description:
  - Writes one file a flag, as C(mesos-init-wrapper) of the packages reads them, and the address of ZooKeeper.
  - A flag that is true or false becomes a file C(?flag) or C(?no-flag). Attributes and resources of an agent become
    files in folders of their names.
  - Removes every other file of the folder, since each is a flag, and with an unknown one the daemon does not start.
  - Looks into the installed wrapper for where it reads an agent's flags, C(/etc/mesos-agent) or C(/etc/mesos-slave).
  - Says whether the running daemon has started with other flags. It restarts nothing.
author: Rackwright contributors (@rackwright)
options:
  part:
    description: Which daemon.
    type: str
    choices: [master, agent]
    required: true
  flags:
    description: The flags by name, without C(zk) and C(master). Null leaves one out, lists are joined by commas.
    type: dict
    default: {}
  zk:
    description: Where ZooKeeper is, such as V(zk://192.0.2.1:2181/mesos). Required with O(state=present).
    type: str
    default: ""
  attributes:
    description: An agent's attributes.
    type: dict
    default: {}
  resources:
    description: An agent's resources, such as C(ports) with V([31000-32000]).
    type: dict
    default: {}
  environment:
    description: Further variables of the daemon's environment.
    type: dict
    default: {}
  state:
    description: Whether the files are there.
    type: str
    choices: [present, absent]
    default: present
attributes:
  diff_mode:
    details: Credentials in O(zk) are masked.
extends_documentation_fragment: [rackwright.platform.attributes.host]
"""

EXAMPLES = r"""
- name: Configure an agent
  rackwright.platform.mesos_config:
    part: agent
    zk: zk://192.0.2.1:2181,192.0.2.2:2181,192.0.2.3:2181/mesos
    flags:
      work_dir: /var/lib/mesos
      containerizers: [docker, mesos]
      switch_user: false
    attributes: {rack: r12}
    resources: {ports: "[31000-32000]"}
"""

RETURN = r"""
folder:
  description: Where the flags are.
  returned: always
  type: str
  sample: /etc/mesos-agent
service:
  description: The daemon's unit.
  returned: always
  type: str
  sample: mesos-agent.service
word:
  description: What the wrapper is started with.
  returned: always
  type: str
  sample: agent
version:
  description: The version of the program, empty where it is not installed.
  returned: always
  type: str
  sample: 1.11.0
command:
  description: The flags that the daemon starts with.
  returned: always
  type: list
  elements: str
  sample: [--containerizers=docker,mesos, --no-switch_user, --work_dir=/var/lib/mesos]
running:
  description: Whether the daemon runs.
  returned: always
  type: bool
  sample: true
stale:
  description: Whether the running daemon has started with others.
  returned: always
  type: bool
  sample: false
others:
  description: Units of the packages' other daemons that run, or start at boot.
  returned: always
  type: list
  elements: str
  sample: [mesos-master.service]
"""

import os
import re

from ansible_collections.rackwright.platform.plugins.module_utils.core import files, onhost
from ansible_collections.rackwright.platform.plugins.module_utils.core.systemd import lively, main_pid
from ansible_collections.rackwright.platform.plugins.module_utils.mesos.flags import SERVICES, Daemon, shown

SPEC = {
    "part": {"type": "str", "choices": ["master", "agent"], "required": True},
    "flags": {"type": "dict", "default": {}},
    "zk": {"type": "str", "default": ""},
    "attributes": {"type": "dict", "default": {}},
    "resources": {"type": "dict", "default": {}},
    "environment": {"type": "dict", "default": {}},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def main():
    """Run the module."""
    onhost.launch(work, SPEC)


def work(module, part, flags, zk, attributes, resources, environment, state):
    here = Daemon(part, flags, zk, {"attributes": attributes, "resources": resources}, environment)
    if state == "present":
        here.refuse()
    planned = here.plan(absent=state == "absent")
    if not module.check_mode:
        here.carry_out(planned)
    pid = main_pid(module, here.service)
    result = {"folder": here.folder, "service": here.service, "word": here.word, "version": version(module, here)}
    result.update(running=pid > 0, stale=state == "present" and here.is_stale(pid))
    result.update(command=[shown(one) for one in here.command()])
    result.update(others=lively(module, [name for name in SERVICES if name != here.service]))
    return dict(result, changed=bool(planned), diff=files.diffs(planned, shown))


def version(module, here):
    """What the program says of itself."""
    if not os.path.exists(here.program):
        return ""
    _status, out, _err = module.run_command([here.program, "--version"])
    return (re.findall(r"\d+(?:[.]\d+)+", out) or [""])[0]


if __name__ == "__main__":
    main()
