#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: docker_context
short_description: Make a docker client know an engine by name, by SSH or by TLS
version_added: 1.0.0
description:
  - Writes a context of the docker client on the machine it runs on, which is usually the control node, so that
    C(docker --context NAME) talks to the engine.
  - With TLS it makes a certificate authority on that machine, a certificate for the client, and one for the server.
    They are made anew when they are about to end, or when the server's names change. The authority's key stays there.
  - No secret is in what the module returns. The server's files are at RV(server), for M(ansible.builtin.copy).
author: Rackwright contributors (@rackwright)
requirements: ["cryptography (Python library), with TLS"]
options:
  name:
    description: The context's name.
    type: str
    required: true
  endpoint:
    description: The engine's address, such as V(tcp://192.0.2.21:2376) or V(ssh://deploy@web1). Required to be present.
    type: str
  description:
    description: What C(docker context ls) says of it.
    type: str
    default: ""
  config:
    description: The docker client's folder.
    type: path
    default: ~/.docker
  authority:
    description: Folder for the certificate authority and its certificates. An endpoint of C(tcp) needs it.
    type: path
  names:
    description: Host names and addresses that the server's certificate is good for, beside that of O(endpoint).
    type: list
    elements: str
    default: []
  days:
    description: How long certificates are good for. They are made anew 30 days before they end.
    type: int
    default: 825
  state:
    description:
      - V(absent) removes the context and the server's certificate. The authority stays, as other hosts may have it.
      - A context that the module has not made is refused in both cases.
    type: str
    choices: [present, absent]
    default: present
attributes:
  diff_mode:
    support: none
    details: What it writes is partly secret.
extends_documentation_fragment: [rackwright.platform.attributes.host]
"""

EXAMPLES = r"""
- name: Reach the engine of web1 by SSH
  rackwright.platform.docker_context:
    name: web1
    endpoint: ssh://deploy@web1.example.org
  delegate_to: localhost
"""

RETURN = r"""
server:
  description: Folder with C(ca.pem), C(cert.pem) and C(key.pem) for the server, empty without TLS.
  returned: always
  type: str
  sample: /home/anna/.docker/rackwright/servers/web1
made:
  description: Which of V(ca), V(client) and V(server) were made, or in check mode would be.
  returned: always
  type: list
  elements: str
  sample: [server]
"""

from ansible_collections.rackwright.platform.plugins.module_utils.containers import client_context
from ansible_collections.rackwright.platform.plugins.module_utils.core import onhost

SPEC = {
    "name": {"type": "str", "required": True},
    "endpoint": {"type": "str"},
    "description": {"type": "str", "default": ""},
    "config": {"type": "path", "default": "~/.docker"},
    "authority": {"type": "path"},
    "names": {"type": "list", "elements": "str", "default": []},
    "days": {"type": "int", "default": 825},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def work(module, **given):
    """What the module returns. Raises Failure."""
    return client_context.work(module.check_mode, **given)


def main():
    """Run the module."""
    needs = [("state", "present", ["endpoint"])]
    onhost.launch(work, SPEC, required_if=needs)


if __name__ == "__main__":
    main()
