#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_kernel
short_description: Give a host the kernel modules and settings that a Kubernetes node needs
version_added: 1.0.0
description:
  - Loads modules and makes settings, now and at each boot, and turns swap off where told to.
  - The files C(/etc/modules-load.d/rackwright-kubernetes.conf) and C(/etc/sysctl.d/90-rackwright-kubernetes.conf) hold
    what is declared and nothing else. Without modules, or without settings, there is no such file.
author: Rackwright contributors (@rackwright)
options:
  modules:
    description: Kernel modules. One that is part of the kernel counts as loaded.
    type: list
    elements: str
    default: []
  sysctls:
    description: Kernel settings and their values.
    type: dict
    default: {}
  swap:
    description:
      - V(off) turns swap off, and comments it out in C(/etc/fstab), each line behind C(#rackwright#).
      - V(keep) leaves it alone.
    type: str
    choices: [keep, "off"]
    default: keep
extends_documentation_fragment: [rackwright.platform.attributes.host]
"""

EXAMPLES = r"""
- name: Have the host forward packets
  rackwright.platform.kubernetes_kernel:
    sysctls: {net.ipv4.ip_forward: 1}
"""

RETURN = r"""
loaded:
  description: Modules that were not loaded before.
  returned: always
  type: list
  elements: str
  sample: [br_netfilter]
set:
  description: Settings that were not in force before.
  returned: always
  type: dict
  sample: {"net.ipv4.ip_forward": "1"}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core import files, onhost
from ansible_collections.rackwright.platform.plugins.module_utils.kubernetes import host, kernel

SPEC = {
    "modules": {"type": "list", "elements": "str", "default": []},
    "sysctls": {"type": "dict", "default": {}},
    "swap": {"type": "str", "choices": ["keep", "off"], "default": "keep"},
}


def work(module, modules, sysctls, swap):
    """What the module returns. Raises Failure."""
    wanted = kernel.Kernel(host.Host(), modules, sysctls, swap == "off")
    writes, missing, unset, swapping = wanted.writes(), wanted.missing(), wanted.unset(), wanted.swapping()
    if not module.check_mode:
        wanted.carry_out()
    changed = bool(writes or missing or unset or swapping)
    return {"changed": changed, "loaded": missing, "set": unset, "diff": files.diffs(writes)}


def main():
    """Run the module."""
    onhost.launch(work, SPEC)


if __name__ == "__main__":
    main()
