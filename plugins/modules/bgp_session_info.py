#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: which bgp_sessions there are."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bgp_session_info
short_description: List BGP sessions
description:
  - Lists what M(rackwright.platform.bgp_session) manages, all pages.
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
seealso:
  - module: rackwright.platform.bgp_session
extends_documentation_fragment:
  - rackwright.platform.bgp_session_info
  - rackwright.platform.provider_servers
  - rackwright.platform.attributes.info
  - rackwright.platform.attributes.servers
"""

EXAMPLES = r"""
- name: Which sessions are up
  rackwright.platform.bgp_session_info:
    provider: packet
    packet: {url: "{{ packet_url }}", token: "{{ packet_token }}", project: "{{ packet_project }}"}
"""

RETURN = r"""
bgp_sessions:
  description: Sorted, with the fields that M(rackwright.platform.bgp_session) takes and reports.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.servers.bgp import BGP_SESSION
from ansible_collections.rackwright.platform.plugins.module_utils.servers.bgp import LOOK as FIELDS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.servers.things import look


def work(task):
    """Which bgp_sessions there are."""
    return look(task, BGP_SESSION, "bgp_sessions")


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
