#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: docker_preflight
short_description: Tell whether a host can run a Docker engine
version_added: 1.0.0
description:
  - Reads what a Docker engine needs of the kernel and gives a verdict on each thing, with the reason and the way out.
  - Changes nothing.
author: Rackwright contributors (@rackwright)
options:
  data_root:
    description: Folder that holds the engine's images and containers; its file system decides whether overlayfs works.
    type: path
    default: /var/lib/docker
  fail_on:
    description:
      - Verdict at which the task fails, V(never) to only report.
      - V(warn) fails on V(fail) too.
    type: str
    choices: [never, warn, fail]
    default: never
  ignore:
    description: Names of items that do not count for O(fail_on) and RV(verdict); they are reported all the same.
    type: list
    elements: str
    choices: [kernel, capabilities, cgroup, namespaces, overlay, network, iptables, seccomp, apparmor, sysctl]
    default: []
attributes:
  check_mode:
    description: Can run in check mode and predict changes without making them.
    support: full
    details: It only reads.
  diff_mode:
    description: Returns details of what has changed, when in diff mode.
    support: none
    details: It only reads.
  idempotent:
    description: A second run changes nothing.
    support: full
"""

EXAMPLES = r"""
- name: Look at the kernel before an engine is installed
  rackwright.platform.docker_preflight:
  register: preflight

- name: Show what is missing
  ansible.builtin.debug:
    msg: "{{ preflight.checks | rejectattr('verdict', 'equalto', 'ok') }}"
"""

RETURN = r"""
verdict:
  description: The worst verdict of all items that count; V(ok), V(warn) or V(fail).
  returned: always
  type: str
  sample: ok
checks:
  description: One verdict a thing.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: What was looked at.
      type: str
    verdict:
      description: V(ok), V(warn) or V(fail).
      type: str
    reason:
      description: What was found.
      type: str
    fix:
      description: The way out, empty when all is well.
      type: str
  sample: [{"name": "kernel", "verdict": "ok", "reason": "Linux 6.1.0-40-amd64", "fix": ""}]
host:
  description: The facts behind the verdicts.
  returned: always
  type: dict
  sample: {"kernel": {"release": "6.1.0-40-amd64", "version": [6, 1]}, "cgroup": {"version": 2, "controllers": ["cpu"]}}
packages:
  description: Packages that this host needs beside the engine.
  returned: always
  type: list
  elements: str
  sample: [apparmor]
engine:
  description: The engine that is installed, null when there is none.
  returned: always
  type: dict
  contains:
    path:
      description: The engine's program.
      type: str
    version:
      description: Its version.
      type: str
  sample: {"path": "/usr/sbin/dockerd", "version": "20.10.24"}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.rackwright.platform.plugins.module_utils.containers import daemon, preflight


def main():
    names = ["kernel", "capabilities", "cgroup", "namespaces", "overlay", "network", "iptables", "seccomp", "apparmor"]
    module = AnsibleModule(
        argument_spec={
            "data_root": {"type": "path", "default": "/var/lib/docker"},
            "fail_on": {"type": "str", "choices": ["never", "warn", "fail"], "default": "never"},
            "ignore": {"type": "list", "elements": "str", "choices": names + ["sysctl"], "default": []},
        },
        supports_check_mode=True,
    )

    facts = preflight.collect(preflight.Host(run=daemon.program), module.params["data_root"])
    items = preflight.judge(facts)
    verdict = preflight.worst(items, module.params["ignore"])
    result = {
        "verdict": verdict,
        "checks": [item._asdict() for item in items],
        "host": facts,
        "packages": ["apparmor"] if facts["security"]["apparmor"] and not facts["security"]["apparmor_parser"] else [],
        "engine": daemon.engine(),
    }
    limit = module.params["fail_on"]
    if limit != "never" and verdict in ("fail", limit):
        counted = [item for item in items if item.name not in module.params["ignore"]]
        wrong = ["%s: %s. %s" % (i.name, i.reason, i.fix) for i in counted if i.verdict in ("fail", limit)]
        module.fail_json(msg="This host cannot run a Docker engine as it is. " + " ".join(wrong), **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
