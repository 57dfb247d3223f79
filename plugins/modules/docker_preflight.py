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
  declared:
    description:
      - What the host is going to be, to be judged too. What is wrong with it fails the task, whatever O(fail_on) says.
    type: dict
    suboptions:
      config:
        description: The configuration, as M(rackwright.platform.docker_daemon) is going to write it.
        type: dict
        default: {}
      path:
        description: The file of the configuration in force.
        type: path
        default: /etc/docker/daemon.json
      publish_address:
        description: Address that published ports are bound to when they name none.
        type: str
        default: ""
      rootless_users:
        description: Users who run an engine without root, with C(name), and C(subids) with C(start) and C(count).
        type: list
        elements: dict
        default: []
      rootless_lacks:
        description: What this host's distribution lacks for that, empty when nothing.
        type: str
        default: ""
      architectures:
        description: Architectures that there are packages for, in Debian's words. None are all.
        type: list
        elements: str
        default: []
      storage_switch:
        description: What is done when the configuration names another storage driver than the one that holds images.
        type: str
        choices: [refuse, migrate, migrate_images, abandon]
        default: refuse
      archive:
        description: Folder for the images while they are carried over.
        type: path
        default: /var/lib/rackwright/docker/storage
      users:
        description: Users that must exist. In check mode it is a warning when they do not.
        type: list
        elements: str
        default: []
      publish_closed:
        description: Only O(declared.publish_allow) is going to reach published ports.
        type: bool
        default: false
      publish_allow:
        description: Who reaches which published ports.
        type: list
        elements: dict
        default: []
attributes:
  check_mode:
    details: It only reads.
  diff_mode:
    support: none
    details: It only reads.
extends_documentation_fragment: [rackwright.platform.attributes.host]
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
storage:
  description: What the engine holds, with O(declared).
  returned: when O(declared) is given
  type: dict
  contains:
    driver:
      description: The storage driver, null where nothing tells.
      type: str
    images:
      description: How many images.
      type: int
    containers:
      description: Names of the containers.
      type: list
      elements: str
    switch:
      description: The configuration names another driver, and there is something that it would hide.
      type: bool
    pending:
      description: Images were saved by a run that did not end, and are not loaded yet.
      type: bool
  sample: {"driver": "overlay2", "images": 3, "containers": ["web"], "switch": false, "pending": false}
published:
  description: An earlier run of the role closed published ports.
  returned: always
  type: bool
  sample: false
rootless:
  description: Numbers of the users in O(declared.rootless_users), by name.
  returned: when O(declared) is given
  type: dict
  sample: {"deploy": 1000}
joining:
  description: Users of O(declared.users) who are not in the group docker yet.
  returned: when O(declared) is given
  type: list
  elements: str
  sample: [deploy]
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
from ansible_collections.rackwright.platform.plugins.module_utils.containers import daemon, preflight, wish
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure

NAMES = ["kernel", "capabilities", "cgroup", "namespaces", "overlay", "network", "iptables", "seccomp", "apparmor"]
SPEC = {
    "data_root": {"type": "path", "default": "/var/lib/docker"},
    "fail_on": {"type": "str", "choices": ["never", "warn", "fail"], "default": "never"},
    "ignore": {"type": "list", "elements": "str", "choices": [*NAMES, "sysctl"], "default": []},
    "declared": {"type": "dict", "options": wish.OPTIONS},
}


def main():
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    host, limit, declared = preflight.Host(run=daemon.program), module.params["fail_on"], module.params["declared"]
    facts = preflight.collect(host, module.params["data_root"])
    items = preflight.judge(facts)
    verdict, engine = preflight.worst(items, module.params["ignore"]), daemon.engine()
    security = facts["security"]
    packages = ["apparmor"] if security["apparmor"] and not security["apparmor_parser"] else []
    result = {"verdict": verdict, "checks": [item._asdict() for item in items], "host": facts, "engine": engine}
    result["published"] = host.exists(wish.PUBLISHED)
    wrong = []
    if limit != "never" and verdict in ("fail", limit):
        counted = [item for item in items if item.name not in module.params["ignore"]]
        wrong = ["%s: %s. %s" % (i.name, i.reason, i.fix) for i in counted if i.verdict in ("fail", limit)]
    try:
        if declared:
            asked = wish.judged(host, facts, declared, engine, module.check_mode)
            wrong += [problem + "." for problem in asked.problems]
            for warning in asked.warnings:
                module.warn(warning)
            result.update(storage=asked.storage, rootless=asked.ids(), joining=asked.joining())
            packages += asked.packages
    except Failure as failure:
        wrong.append(str(failure))
    result["packages"] = packages
    if wrong:
        module.fail_json(msg="This host cannot run a Docker engine as it is. " + " ".join(wrong), **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
