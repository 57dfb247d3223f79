#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: docker_daemon
short_description: Write a Docker engine's daemon.json, only when the engine would accept it
version_added: 1.0.0
description:
  - Renders C(daemon.json) from one mapping and replaces the old file only with one that the engine accepts.
  - Engines from 23.0 on judge the file themselves (C(dockerd --validate)); for older ones the module knows the keys and
    their types.
  - Says whether a running engine must be reloaded or restarted to take up the change. It does neither.
author: Rackwright contributors (@rackwright)
options:
  config:
    description: The whole configuration. Required with O(state=present).
    type: dict
  merge:
    description: Keep the keys of the old file that O(config) does not name.
    type: bool
    default: false
  path:
    description: The file. Its folder is made when it is missing.
    type: path
    default: /etc/docker/daemon.json
  state:
    description: Whether the file is there.
    type: str
    choices: [present, absent]
    default: present
  publish_address:
    description:
      - Address of this host that published ports are bound to when they name none; the key C(ip), and for networks made
        from now on C(default-network-opts), which engines from 24 on have.
    type: str
    default: ""
  allow_storage_switch:
    description: Accept a C(storage-driver) that hides the images which the engine holds for another one.
    type: bool
    default: false
  purge_data:
    description:
      - With O(state=absent), also empty the engine's data folder (C(data-root) of the file that is removed).
      - Refused while an engine runs or something is mounted below the folder.
    type: bool
    default: false
attributes:
  diff_mode:
    details: Passwords inside of addresses are masked.
extends_documentation_fragment: [rackwright.platform.attributes.host]
"""

EXAMPLES = r"""
- name: Configure the engine
  rackwright.platform.docker_daemon:
    config:
      live-restore: true
      log-driver: json-file
      log-opts: {max-size: 10m, max-file: "3"}
  register: daemon

- name: Take it up, without stopping a container
  ansible.builtin.systemd_service:
    name: docker.service
    state: "{{ daemon.effect }}ed"
  when: daemon.effect != 'none'
"""

RETURN = r"""
effect:
  description: What a running engine needs; V(none), V(reload) or V(restart).
  returned: always
  type: str
  sample: reload
changed_keys:
  description: The keys that differ from the old file.
  returned: always
  type: list
  elements: str
  sample: [log-opts]
engine:
  description: The installed engine, null when there is none.
  returned: always
  type: dict
  sample: {"path": "/usr/sbin/dockerd", "version": "20.10.24"}
endpoint:
  description: The engine's address for clients on this host.
  returned: always
  type: str
  sample: unix:///var/run/docker.sock
data_root:
  description: The engine's data folder.
  returned: always
  type: str
  sample: /var/lib/docker
ports:
  description: Ports that a firewall must let in for this configuration.
  returned: always
  type: list
  elements: dict
  sample: [{"port": 2376, "proto": "tcp", "purpose": "Docker API"}]
"""

from ansible_collections.rackwright.platform.plugins.module_utils.containers import daemon
from ansible_collections.rackwright.platform.plugins.module_utils.core import files, onhost
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused

SPEC = {
    "config": {"type": "dict"},
    "merge": {"type": "bool", "default": False},
    "path": {"type": "path", "default": "/etc/docker/daemon.json"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "publish_address": {"type": "str", "default": ""},
    "allow_storage_switch": {"type": "bool", "default": False},
    "purge_data": {"type": "bool", "default": False},
}


def refuse(problems, path):
    if problems:
        raise Refused("%s stays as it was: %s" % (path, "; ".join(problems)))


def main():
    """Run the module."""
    onhost.launch(work, SPEC, required_if=[("state", "present", ["config"])])


def work(module, config, merge, path, state, publish_address, allow_storage_switch, purge_data):
    installed = daemon.engine()
    text, after, doomed = files.read(path), {}, []
    before = daemon.parse(text)
    if state == "present":
        after = daemon.bound(dict(before if merge else {}, **config), installed, publish_address)
        problems, warnings = daemon.judge(after, installed, early=module.check_mode)
        refuse(problems, path)
        refuse([] if allow_storage_switch else daemon.held_back(before, after), path)
        for warning in warnings:
            module.warn(warning)
    elif purge_data:
        doomed = daemon.leftovers(daemon.data_root(before))
    writes = files.changes([files.Write(path, text, daemon.render(after) if state == "present" else None)])
    if not module.check_mode:
        files.carry_out(writes)
        daemon.remove(doomed)
    effect, keys = daemon.effect(before, after)
    gone = [files.Write(name, "data\n", None) for name in doomed]
    result = {"changed": bool(writes or doomed), "effect": effect, "changed_keys": keys, "engine": installed}
    result.update(endpoint=daemon.endpoint(after), data_root=daemon.data_root(after), ports=daemon.ports(after))
    return dict(result, diff=files.diffs(writes + gone, daemon.shown))


if __name__ == "__main__":
    main()
