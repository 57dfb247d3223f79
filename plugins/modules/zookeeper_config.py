#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: zookeeper_config
short_description: Write the configuration of a member of a ZooKeeper ensemble
version_added: 1.0.0
description:
  - Writes C(zoo.cfg), the member's number, and the membership that it starts with.
  - ZooKeeper writes C(zoo.cfg) and the membership itself when members join or leave. The module compares what the files
    say, not how, and leaves the membership alone once it is there.
  - Where an ensemble is at work already, a new member starts as an observer of it. Newcomers can then not elect a
    leader among themselves. M(rackwright.platform.zookeeper_membership) makes it a participant.
  - Keeps a secret on the host, readable for root only, with which the membership can be changed through this member.
author: Rackwright contributors (@rackwright)
extends_documentation_fragment:
  - rackwright.platform.attributes.host
  - rackwright.platform.zookeeper_members
options:
  id:
    description: This member's number. Another one than that of the data which is there is refused.
    type: int
    required: true
  membership:
    description: The membership in force, as M(rackwright.platform.zookeeper_info) returns it. Empty for a new ensemble.
    type: dict
    default: {}
  settings:
    description: What C(zoo.cfg) is to hold, C(dataDir) at least.
    type: dict
    required: true
  path:
    description: Folder of C(zoo.cfg). It belongs to O(user).
    type: path
    default: /etc/zookeeper/rackwright
  user:
    description: The account that ZooKeeper runs as. It must exist, but for check mode.
    type: str
    default: zookeeper
  command:
    description: The command line that ZooKeeper is started with; it counts for RV(fingerprint).
    type: str
    default: ""
  unit:
    description: The systemd unit whose process is looked at for RV(running).
    type: str
    default: zookeeper.service
attributes:
  diff_mode:
    details: The secret is not among them.
"""

EXAMPLES = r"""
- name: Configure a member
  rackwright.platform.zookeeper_config:
    id: 1
    members:
      - {name: zoo1, id: 1, address: 192.0.2.1}
      - {name: zoo2, id: 2, address: 192.0.2.2}
      - {name: zoo3, id: 3, address: 192.0.2.3}
    settings: {dataDir: /var/lib/zookeeper, tickTime: 2000, initLimit: 10, syncLimit: 5}
"""

RETURN = r"""
fingerprint:
  description: A name for the settings and the command line. The process shows it where its command line has
    C(-Drackwright.settings=) with it.
  returned: always
  type: str
  sample: 0f343b0931126a20
running:
  description: The fingerprint that the running process has started with, V(other) for one that shows none, empty when
    none runs.
  returned: always
  type: str
  sample: 0f343b0931126a20
stale:
  description: Whether the running process has started with other settings than these.
  returned: always
  type: bool
  sample: false
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core import files, onhost
from ansible_collections.rackwright.platform.plugins.module_utils.core.systemd import main_pid
from ansible_collections.rackwright.platform.plugins.module_utils.zookeeper import ensemble, member

SPEC = {
    "id": {"type": "int", "required": True},
    "members": ensemble.MEMBERS,
    "membership": {"type": "dict", "default": {}},
    "settings": {"type": "dict", "required": True},
    "path": {"type": "path", "default": "/etc/zookeeper/rackwright"},
    "user": {"type": "str", "default": "zookeeper"},
    "command": {"type": "str", "default": ""},
    "unit": {"type": "str", "default": "zookeeper.service"},
}


def main():
    """Run the module."""
    onhost.launch(work, SPEC)


def work(module, id, members, membership, settings, path, user, command, unit):
    here = member.Member(path, id, members, settings)
    here.refuse()
    planned = here.plan({int(number): spec for number, spec in membership.items()}, here.secret())
    missing = member.strays(here.folders)
    if not module.check_mode:
        here.carry_out(planned, user)
    fingerprint = here.fingerprint(command)
    running = member.running(main_pid(module, unit))
    shown = [write for write, _mode in planned if write.path != here.secret_file]
    result = {"fingerprint": fingerprint, "running": running, "stale": running not in ("", fingerprint)}
    return dict(result, changed=bool(planned or missing), diff=files.diffs(shown))


if __name__ == "__main__":
    main()
