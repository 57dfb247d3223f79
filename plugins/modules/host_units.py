#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: host_units
short_description: Services, sockets and timers of a host, many at once
version_added: 1.0.0
description:
  - Starts, stops, enables and disables units of systemd in the order given, and says which have changed.
  - All units of the machine, and all of each user, are asked for by one call. systemd reads its files anew where they
    have changed, as it says itself.
  - A unit that is not there and shall neither run nor start is as it shall be. In check mode one that shall run may
    come with an earlier task.
  - For services of init scripts, which systemd wraps, take M(ansible.builtin.service).
author: Rackwright contributors (@rackwright)
options:
  units:
    description: The units, in the order in which they are changed.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Its name with its ending, such as V(docker.socket).
        type: str
        required: true
      scope:
        description:
          - Whose it is, the machine's (V(system)) or one user's (V(user)).
          - With V(global) it is only enabled or disabled, for every user who logs in from then on.
        type: str
        choices: [system, user, global]
        default: system
      users:
        description:
          - With O(units[].scope=user) users who each have it. Their systemd must run, as with O(lingering).
        type: list
        elements: str
      state:
        description: Whether it runs. Left as it is when not given.
        type: str
        choices: [started, stopped]
      restart:
        description: Whether one that runs is started anew, as after a change of its settings. With V(started) only.
        type: bool
        default: false
      enabled:
        description:
          - Whether it starts with the machine, or with what wants it. Left as it is when not given.
          - A unit without anything that could want it is left as it is, too.
        type: bool
  lingering:
    description: Names of users whose units run without a login; others stay as they are.
    type: list
    elements: str
    default: []
extends_documentation_fragment: [rackwright.platform.attributes.host]
"""

EXAMPLES = r"""
- name: Run the metadata service and a user's own web server, and collect no garbage
  rackwright.platform.host_units:
    lingering: [alice]
    units:
      - {name: rkt-metadata.socket, state: started, enabled: true}
      - {name: rkt-gc.timer, state: stopped, enabled: false}
      - {name: web.service, scope: user, users: [alice], state: started, restart: "{{ web_conf is changed }}"}
"""

RETURN = r"""
units:
  description: Those that have changed, or in check mode would, and users who linger from now on.
  returned: always
  type: list
  elements: str
  sample: [rkt-metadata.socket, web.service of user alice]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure
from ansible_collections.rackwright.platform.plugins.module_utils.core.files import diffs
from ansible_collections.rackwright.platform.plugins.module_utils.core.units import Units, each

UNIT = {
    "name": {"type": "str", "required": True},
    "scope": {"type": "str", "choices": ["system", "user", "global"], "default": "system"},
    "users": {"type": "list", "elements": "str"},
    "state": {"type": "str", "choices": ["started", "stopped"]},
    "restart": {"type": "bool", "default": False},
    "enabled": {"type": "bool"},
}
SPEC = {
    "units": {"type": "list", "elements": "dict", "default": [], "options": UNIT},
    "lingering": {"type": "list", "elements": "str", "default": []},
}


def main():
    """Run the module."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    module.run_command_environ_update = {"LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0"}
    units, users = Units(module.run_command, module.check_mode), module.params["lingering"]
    try:
        rows = each(module.params["units"])
        units.linger(users)
        units.settle(rows, users)
    except Failure as failure:
        module.fail_json(msg=str(failure), changed=bool(units.done), units=[one.path for one in units.done])
    done = units.done
    module.exit_json(changed=bool(done), units=[one.path for one in done], diff=diffs(done))


if __name__ == "__main__":
    main()
