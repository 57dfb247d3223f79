#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_nodes
short_description: Label, taint, drain and remove nodes of a Kubernetes cluster
version_added: 1.0.0
description:
  - Runs on a control plane, with its kubectl and its administrator's kubeconfig. Nothing else is needed there.
  - Notes at each node, as an annotation, which of its labels and taints are declared. One that is no longer declared is
    removed; those of others are left alone.
  - What runs on a cluster is for C(kubernetes.core).
author: Rackwright contributors (@rackwright)
options:
  nodes:
    description: The nodes.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The node.
        type: str
        required: true
      labels:
        description: Its labels. Not given, they are left alone, and so are taints.
        type: dict
      taints:
        description: Its taints, each C(key), C(effect), and C(value) where it has one.
        type: list
        elements: dict
      drained:
        description:
          - V(true) empties the node and has it take no new pods.
          - V(false) has it take pods again, if it was this module that drained it.
        type: bool
  absent:
    description: Nodes that the cluster is to forget.
    type: list
    elements: str
    default: []
  timeout:
    description: Seconds for a node to be drained.
    type: int
    default: 300
extends_documentation_fragment: [rackwright.platform.attributes.host]
"""

EXAMPLES = r"""
- name: Say what the nodes are for
  rackwright.platform.kubernetes_nodes:
    nodes:
      - {name: w1, labels: {rackwright/rack: r7}, taints: [{key: gpu, effect: NoSchedule}]}
"""

RETURN = r"""
unknown:
  description: Declared nodes that the cluster does not have.
  returned: always
  type: list
  elements: str
  sample: []
"""

import json

from ansible_collections.rackwright.platform.plugins.module_utils.core import onhost
from ansible_collections.rackwright.platform.plugins.module_utils.kubernetes import host, nodes

NODE = {
    "name": {"type": "str", "required": True},
    "labels": {"type": "dict"},
    "taints": {"type": "list", "elements": "dict"},
    "drained": {"type": "bool"},
}
SPEC = {
    "nodes": {"type": "list", "elements": "dict", "default": [], "options": NODE},
    "absent": {"type": "list", "elements": "str", "default": []},
    "timeout": {"type": "int", "default": 300},
}


def work(module, absent, timeout, **given):
    """What the module returns. Raises Failure."""
    cluster, wanted = nodes.Nodes(host.Host(), timeout), given["nodes"]
    there = cluster.read()
    planned = list(nodes.plan(there, wanted, absent))
    if not module.check_mode:
        for verb, name, detail in planned:
            cluster.carry_out(verb, there[name], detail)
    said = [{"before": "", "after": "%s %s %s\n" % (verb, name, json.dumps(detail))} for verb, name, detail in planned]
    unknown = [node["name"] for node in wanted if node["name"] not in there]
    return {"changed": bool(planned), "unknown": unknown, "diff": said}


def main():
    """Run the module."""
    onhost.launch(work, SPEC)


if __name__ == "__main__":
    main()
