#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_invitation
short_description: Invite hosts into a Kubernetes cluster
version_added: 1.0.0
description:
  - Makes, on a control plane, what M(rackwright.platform.kubernetes_member) needs to have other hosts join. It is new
    each time and lives for a short while.
  - What it returns is secret. Use it with C(no_log).
author: Rackwright contributors (@rackwright)
options:
  ttl:
    description: For how long the token is good.
    type: str
    default: 15m
  control_planes:
    description: Whether control planes are among those that join. The cluster's certificates are then laid down for
      them in the cluster, encrypted, for two hours at most.
    type: bool
    default: false
attributes:
  diff_mode:
    support: none
    details: A secret has no diff.
  idempotent:
    support: none
    details: Each run makes another token.
extends_documentation_fragment: [rackwright.platform.attributes.host]
"""

EXAMPLES = r"""
- name: Invite workers
  rackwright.platform.kubernetes_invitation:
    ttl: 10m
  register: invitation
  no_log: true
"""

RETURN = r"""
invitation:
  description: What to join with; empty in check mode.
  returned: always
  type: dict
  contains:
    token:
      description: The token.
      type: str
    ca_hash:
      description: The hash of the cluster's key.
      type: str
    certificate_key:
      description: The key of the certificates, empty without O(control_planes).
      type: str
  sample: {"token": "abcdef.0123456789abcdef", "ca_hash": "sha256:7c2e69131a36ae2a", "certificate_key": ""}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core import onhost
from ansible_collections.rackwright.platform.plugins.module_utils.kubernetes import host, member

SPEC = {"ttl": {"type": "str", "default": "15m"}, "control_planes": {"type": "bool", "default": False}}


def work(module, ttl, control_planes):
    """What the module returns. Raises Failure."""
    made = {} if module.check_mode else member.invite(host.Host(), ttl, control_planes)
    return {"changed": True, "invitation": made}


def main():
    """Run the module."""
    onhost.launch(work, SPEC)


if __name__ == "__main__":
    main()
