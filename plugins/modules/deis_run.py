#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: deis_run
short_description: Run a command in an app on a Deis platform
version_added: 1.0.0
description:
  - Runs one command in a container of its own, with the image and the configuration of the app's release.
  - The task fails when the command ends with another exit status than 0, and returns what it said all the same.
  - The task has changed something whenever the command was run; C(changed_when) and C(failed_when) judge better.
author: Rackwright contributors (@rackwright)
requirements: ["urllib3"]
notes:
  - In check mode nothing is run, and C(changed) tells that something would be.
  - Drycc tells neither the exit status nor the output, so there it takes O(detach=true).
extends_documentation_fragment:
  - rackwright.platform.deis_run
  - rackwright.platform.provider_deis
  - rackwright.platform.attributes
  - rackwright.platform.attributes.deis
seealso:
  - module: rackwright.platform.deis_app
"""

EXAMPLES = r"""
- name: Bring the database up to date
  rackwright.platform.deis_run:
    provider: hephy
    hephy: {url: "{{ deis_url }}", token: "{{ deis_token }}"}
    name: "{{ deis_app }}"
    command: python manage.py migrate
  register: migrated
  changed_when: "'No migrations to apply' not in migrated.stdout | default('')"
"""

RETURN = r"""
rc:
  description: The exit status.
  returned: when the command has ended
  type: int
stdout:
  description: What it said; the platform does not tell its errors apart. C(stdout_lines) has it line by line.
  returned: when the command has ended
  type: str
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.deis.command import MANAGE, execute
from ansible_collections.rackwright.platform.plugins.module_utils.deis.registry import DRIVERS

FIELDS = MANAGE


def main():
    """Run the module."""
    launch(execute, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
