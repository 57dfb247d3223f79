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
  check_mode:
    description: Can run in check mode and predict changes without making them.
    support: full
  diff_mode:
    description: Returns details of what has changed, when in diff mode.
    support: full
    details: Passwords inside of addresses are masked.
  idempotent:
    description: A second run changes nothing.
    support: full
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

import json
import os
import shutil
import tempfile

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.rackwright.platform.plugins.module_utils.containers import daemon

PID_FILE = "/var/run/docker.pid"
FEWEST_PARTS = 2  # of a data folder that may be emptied: /var/lib/docker has three


def runner(module):
    def run(argv):
        path = module.get_bin_path(argv[0], opt_dirs=["/usr/sbin", "/sbin"])
        if path is None:
            return None
        status, out, err = module.run_command([path] + argv[1:])
        return status, out + err

    return run


def read(path):
    """(text, mapping) of the old file; an unreadable mapping counts as empty, it is to be replaced."""
    try:
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
    except FileNotFoundError:
        return "", {}
    try:
        old = json.loads(text)
    except ValueError:
        old = {}
    return text, old if isinstance(old, dict) else {}


def validate(module, run, installed, config, text):
    """Fail with every problem of the configuration; nothing was written yet."""
    problems, unknown = daemon.check(config)
    if not problems and daemon.validates(installed):
        with tempfile.NamedTemporaryFile("w", dir=module.tmpdir, suffix=".json", encoding="utf-8") as candidate:
            candidate.write(text)
            candidate.flush()
            status, said = run(["dockerd", "--validate", "--config-file", candidate.name])
            problems = [said.strip().replace(candidate.name, module.params["path"])] if status else []
    elif unknown and installed:
        problems.append("Docker %s does not know %s" % (installed["version"], ", ".join(unknown)))
    elif unknown:
        module.warn("No engine is installed that could judge these keys of daemon.json: %s" % ", ".join(unknown))
    if problems:
        module.fail_json(msg="%s stays as it was: %s" % (module.params["path"], "; ".join(problems)))


def write(module, text):
    path = module.params["path"]
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    handle, candidate = tempfile.mkstemp(dir=module.tmpdir)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.chmod(candidate, 0o644)
    module.atomic_move(candidate, path)


def leftovers(module, place):
    """Names inside the data folder that are to go; fails when emptying it would be unsafe."""
    place = os.path.realpath(place)
    if len([part for part in place.split("/") if part]) < FEWEST_PARTS:
        module.fail_json(msg="%s is no folder of an engine's own, it is not emptied." % place)
    names = os.listdir(place) if os.path.isdir(place) else []
    if names and alive():
        module.fail_json(msg="The engine runs: stop docker.service and docker.socket before %s is emptied." % place)
    with open("/proc/self/mountinfo", encoding="utf-8") as stream:
        mounted = [line.split()[4] for line in stream]
    busy = [point for point in mounted if point.startswith(place + "/")]
    if names and busy:
        module.fail_json(msg="%s is not emptied, these are mounted there: %s. Unmount them." % (place, ", ".join(busy)))
    return [os.path.join(place, name) for name in names]


def alive():
    try:
        with open(PID_FILE, encoding="ascii") as stream:
            return os.path.exists("/proc/%d" % int(stream.read()))
    except (OSError, ValueError):
        return False


def remove(paths):
    for path in paths:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.unlink(path)


def main():
    module = AnsibleModule(
        argument_spec={
            "config": {"type": "dict"},
            "merge": {"type": "bool", "default": False},
            "path": {"type": "path", "default": "/etc/docker/daemon.json"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "allow_storage_switch": {"type": "bool", "default": False},
            "purge_data": {"type": "bool", "default": False},
        },
        required_if=[("state", "present", ["config"])],
        supports_check_mode=True,
    )
    params, run = module.params, runner(module)
    installed = daemon.engine(run, module.get_bin_path("dockerd", opt_dirs=["/usr/sbin"]))
    text, before = read(params["path"])
    present = params["state"] == "present"
    after = dict(before if params["merge"] else {}, **params["config"]) if present else {}
    wanted = daemon.render(after) if present else ""
    doomed = []
    if present:
        validate(module, run, installed, after, wanted)
        reasons = [] if params["allow_storage_switch"] else daemon.held_back(before, after)
        if reasons:
            module.fail_json(msg="%s stays as it was: %s." % (params["path"], "; ".join(reasons)))
    elif params["purge_data"]:
        doomed = leftovers(module, daemon.data_root(before))
    effect, keys = daemon.effect(before, after)
    differs = text != wanted or (not present and os.path.exists(params["path"]))
    if differs and not module.check_mode:
        write(module, wanted) if present else remove([params["path"]])
    if doomed and not module.check_mode:
        remove(doomed)
    module.exit_json(
        changed=differs or bool(doomed),
        effect=effect,
        changed_keys=keys,
        engine=installed,
        endpoint=daemon.endpoint(after),
        data_root=daemon.data_root(after),
        ports=daemon.ports(after),
        diff={
            "before_header": params["path"],
            "after_header": params["path"],
            "before": daemon.shown(text),
            "after": daemon.shown(wanted) + "".join("removes %s\n" % path for path in doomed),
        },
    )


if __name__ == "__main__":
    main()
