#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_preflight
short_description: Tell what a host is for a Kubernetes cluster
version_added: 1.0.0
description:
  - Reads what the role P(rackwright.platform.kubernetes#role) needs to know of a host before anything is done to it,
    whether it is a node already, and of which cluster.
  - A host is a member when the API of its cluster answers it and knows it as a node; what its files say is not enough.
  - Changes nothing.
author: Rackwright contributors (@rackwright)
options:
  node:
    description: What the host is called as a node.
    type: str
    required: true
  version:
    description: The version of Kubernetes that is to be on the host. Where it is not, O(mirrors) are asked.
    type: str
    default: ""
  mirrors:
    description: Addresses of package repositories that the host must reach. They are asked by APT's own means.
    type: list
    elements: str
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
- name: Look at a host
  rackwright.platform.kubernetes_preflight:
    node: cp1
  register: seen
"""

RETURN = r"""
host:
  description: What was found.
  returned: always
  type: dict
  contains:
    stage:
      description:
        - V(none), nothing of Kubernetes is set up; V(member), a working node; V(unfinished), a run of the role was
          interrupted; V(broken), it is half a node, and RV(host.why) tells why.
      type: str
    why:
      description: Why it is no working node.
      type: str
    control_plane:
      description: Whether an API server is set up here.
      type: bool
    node:
      description: The node as the cluster knows it, with C(name), C(version), C(ready) and C(held).
      type: dict
    cluster:
      description: The cluster's C(version) and C(nodes), on a control plane.
      type: dict
    versions:
      description: Versions of the installed programs, empty for what is not installed.
      type: dict
    apiserver:
      description: The version of the API server that is set up here.
      type: str
    server:
      description: The address at which this host finds the API.
      type: str
    ca:
      description: The hash of the cluster's key.
      type: str
    expires:
      description: Days until the API server's certificate ends.
      type: int
    swap:
      description: What is swapped to.
      type: list
      elements: str
    cgroup:
      description: The version of the cgroups.
      type: int
    cgroup_driver:
      description: The kubelet's cgroup driver.
      type: str
    architecture:
      description: The machine's architecture.
      type: str
    hostname:
      description: The host's own name.
      type: str
    interface:
      description: The interface of the default route.
      type: str
    images:
      description: SHA256 of the image files that were loaded, by name.
      type: dict
    admin:
      description: SHA256 of the administrator's kubeconfig.
      type: str
    config:
      description: The configuration that the cluster was begun with here.
      type: str
    network:
      description: SHA256 of the network's manifest that was applied from here.
      type: str
    apt:
      description: Whether the host has APT.
      type: bool
    mirrors:
      description: One sentence for each repository that cannot be used.
      type: list
      elements: str
  sample: {"stage": "none", "why": "", "swap": [], "cgroup": 2, "architecture": "x86_64"}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core import onhost
from ansible_collections.rackwright.platform.plugins.module_utils.kubernetes import host

SPEC = {
    "node": {"type": "str", "required": True},
    "version": {"type": "str", "default": ""},
    "mirrors": {"type": "list", "elements": "str", "default": []},
}


def work(_module, **given):
    """What the module returns. Raises Failure."""
    return {"host": host.look(host.Host(), **given)}


def main():
    """Run the module."""
    onhost.launch(work, SPEC)


if __name__ == "__main__":
    main()
