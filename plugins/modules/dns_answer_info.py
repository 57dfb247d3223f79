#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a nameserver answers now."""

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_answer_info
short_description: Ask a nameserver, and read its answer
version_added: 1.0.0
author:
  - Rackwright contributors (@rackwright)
description:
  - Asks one nameserver over DNS, from the host where the module runs, and returns the answer as the rows that
    M(rackwright.platform.dns_zone) takes.
  - It is a module and no lookup, so that a play can ask from each of its hosts, which may see different servers.
  - An answer that there is no such name is no failure; RV(rcode) says so. No answer is one.
notes:
  - The values of aliases on the way to an answer are rows of their own.
extends_documentation_fragment:
  - rackwright.platform.dns_answer_info
  - rackwright.platform.attributes
  - rackwright.platform.attributes.info
requirements:
  - The Python library C(dnspython).
seealso:
  - module: rackwright.platform.dns_zone_info
"""

EXAMPLES = r"""
- name: What does the zone's own server say
  rackwright.platform.dns_answer_info:
    name: www.example.org
    types: [A, AAAA]
    server: "{{ pdns_dns_host | default('127.0.0.1') }}"
    port: "{{ pdns_dns_port | default(53) }}"
    recursive: false
  register: found
"""

RETURN = r"""
records:
  description: The record sets of the answer.
  type: list
  elements: dict
  returned: success
  sample:
    - {name: www.example.org., type: A, ttl: 300, values: [192.0.2.10]}
rcode:
  description: The server's verdict, V(NOERROR) also where there is no record of that type.
  type: str
  returned: success
  sample: NXDOMAIN
authoritative:
  description: Whether the server answers of its own knowledge.
  type: bool
  returned: success
server:
  description: Who was asked.
  type: str
  returned: success
  sample: 192.0.2.53:53
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.dns.answers import answers
from ansible_collections.rackwright.platform.plugins.module_utils.dns.options import ANSWER_FIELDS as FIELDS


def main():
    """Run the module."""
    launch(lambda task: answers(task.params), FIELDS)


if __name__ == "__main__":
    main()
