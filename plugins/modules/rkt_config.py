#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: rkt_config
short_description: Write rkt's configuration, only when rkt would accept it
version_added: 1.0.0
description:
  - Renders the configuration of rkt from data, lets rkt read all of it in a folder of its own, and only then replaces
    the old one, since a single bad file makes every command of rkt fail.
  - Trusted keys are tried by rkt as well, and refused when they are not of the declared fingerprint.
  - What it has written and is no longer declared is removed. The files of others stay.
  - Where rkt is not installed yet, check mode foretells the files without its judgement.
author: Rackwright contributors (@rackwright)
options:
  path:
    description: The folder of the configuration.
    type: path
    default: /etc/rkt
  command:
    description: The program.
    type: str
    default: rkt
  paths:
    description: Settings of the kind C(paths), such as C(data) and C(stage1_images).
    type: dict
  stage1:
    description: Settings of the kind C(stage1); C(name) and C(version) together, C(location).
    type: dict
  auth:
    description: Entries of the kinds C(auth) and C(dockerAuth), each with its C(rktKind). Their files are root's alone.
    type: list
    elements: dict
    default: []
  networks:
    description: CNI networks, each with a C(name) and a C(type).
    type: list
    elements: dict
    default: []
  keys:
    description: Keys that sign images.
    type: list
    elements: dict
    default: []
    suboptions:
      prefix:
        description: The beginning of the names of the images that it may sign; without one it may sign all.
        type: str
      fingerprint:
        description: The key's fingerprint.
        type: str
        required: true
      key:
        description: The key itself, an RSA or DSA one in ASCII armour.
        type: str
        required: true
  state:
    description: V(absent) removes what this module has written.
    type: str
    choices: [present, absent]
    default: present
attributes:
  diff_mode:
    details: Of files with credentials it shows that they change, and nothing else.
extends_documentation_fragment: [rackwright.platform.attributes.host]
"""

EXAMPLES = r"""
- name: Configure rkt
  rackwright.platform.rkt_config:
    stage1: {location: /usr/lib/rkt/stage1-images/stage1-coreos.aci}
    networks:
      - name: lan
        type: bridge
        bridge: rkt0
        isGateway: true
        ipMasq: true
        ipam: {type: host-local, subnet: 10.1.0.0/24}
"""

RETURN = r"""
files:
  description: The files that were written or removed, or in check mode would be.
  returned: always
  type: list
  elements: str
  sample: [/etc/rkt/net.d/rackwright-00-lan.conf]
"""

from ansible_collections.rackwright.platform.plugins.module_utils.containers.rkt.settings import Settings, missing
from ansible_collections.rackwright.platform.plugins.module_utils.core import files, onhost

KEY = {
    "prefix": {"type": "str"},
    "fingerprint": {"type": "str", "required": True},
    "key": {"type": "str", "required": True, "no_log": False},
}
SPEC = {
    "path": {"type": "path", "default": "/etc/rkt"},
    "command": {"type": "str", "default": "rkt"},
    "paths": {"type": "dict"},
    "stage1": {"type": "dict"},
    "auth": {"type": "list", "elements": "dict", "default": [], "no_log": True},
    "networks": {"type": "list", "elements": "dict", "default": []},
    "keys": {"type": "list", "elements": "dict", "default": [], "options": KEY, "no_log": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def work(module, path, command, state, **given):
    """What the module returns. Raises Failure."""
    if state == "present" and not module.check_mode:
        missing(command)
    settings = Settings(path, command, **(given if state == "present" else {}))
    items = settings.plan()
    writes = settings.writes(items)
    if not module.check_mode:
        settings.carry_out(items)
    result = {"changed": bool(items), "files": [write.path for write in writes]}
    return dict(result, diff=files.diffs(writes)) if module._diff else result


def main():
    """Run the module."""
    onhost.launch(work, SPEC)


if __name__ == "__main__":
    main()
