#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mesos_maintenance
short_description: Schedule the maintenance of Mesos' machines, and take them down and up
version_added: 1.0.0
description:
  - Announces when machines are not available, drains them, takes them down and brings them up, any number in one task.
  - Merges with what others have scheduled. The API replaces the schedule as a whole, so the module reads it right
    before it writes it, leaves all other machines as they are, and looks afterwards whether its own are there.
  - A machine is what its agent has registered as, by hostname and address. The module looks up what is left out.
  - Mesos is retired. This module was tested against a fake that follows its documentation, and not with Mesos itself.
author: Rackwright contributors (@rackwright)
extends_documentation_fragment:
  - rackwright.platform.mesos_maintenance
  - rackwright.platform.attributes
notes:
  - Between reading and writing the schedule lies one call. Whoever writes it in that moment by other means is
    overwritten, since the API has no way to notice.
  - To take a machine down ends what still runs there, also with O(drain=none).
"""

EXAMPLES = r"""
- name: Announce tonight's work on a rack
  rackwright.platform.mesos_maintenance:
    url: "{{ mesos_url }}"
    machines: [{hostname: agent1}, {hostname: agent2}]
    start: "2026-12-01T22:00:00Z"
    duration: 2h

- name: Take a machine down once its tasks are gone
  rackwright.platform.mesos_maintenance:
    url: "{{ mesos_url }}"
    machines: [{hostname: agent1}]
    state: down
    drain: agent
    grace_period: 5m

- name: Bring it back
  rackwright.platform.mesos_maintenance:
    url: "{{ mesos_url }}"
    machines: [{hostname: agent1}]
    state: up
"""

RETURN = r"""
machines:
  description:
    - The declared machines that are scheduled or down, with C(hostname), C(ip), C(mode), C(start) and C(duration) (in
      seconds).
  returned: always
  type: list
  elements: dict
  sample:
    - {hostname: agent1, ip: 192.0.2.21, mode: down, start: "2026-12-01T22:00:00Z", duration: 7200}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.mesos.manage import MANAGE as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.mesos.manage import manage


def main():
    """Run the module."""
    launch(manage, FIELDS)


if __name__ == "__main__":
    main()
