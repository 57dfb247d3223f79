#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_member
short_description: Make a host a node of a Kubernetes cluster, upgrade it, or make it none
version_added: 1.0.0
description:
  - Runs kubeadm on the host, and waits until the cluster's API answers and knows the host as a node.
  - Notes on the host what is being done. What was interrupted is undone by C(kubeadm reset) and begun anew by the next
    run.
  - The invitation is on no command line and on no disk.
author: Rackwright contributors (@rackwright)
options:
  state:
    description:
      - V(initialised), the cluster begins with this host, as O(config) describes it.
      - V(joined), the host is a node of the cluster that gave the O(invitation).
      - V(upgraded), what kubeadm has set up here is that of O(version). The kubelet is a package's.
      - V(renewed), the certificates are renewed and the control plane runs with them. This is done each time.
      - V(absent), the host is no node. The chains C(KUBE-*) of iptables and ip6tables go with it, and no other rules.
    type: str
    choices: [initialised, joined, upgraded, renewed, absent]
    required: true
  node:
    description: What the host is called as a node.
    type: str
    required: true
  config:
    description: kubeadm's configuration on the host, with O(state=initialised).
    type: path
  document:
    description: The C(JoinConfiguration) without its C(discovery), with O(state=joined).
    type: dict
  invitation:
    description: What M(rackwright.platform.kubernetes_invitation) returned, with O(state=joined).
    type: dict
  endpoint:
    description: Where the API is, C(host:port), with O(state=joined).
    type: str
  version:
    description: The version of Kubernetes, with O(state=joined) and O(state=upgraded).
    type: str
  leads:
    description: Whether this host upgrades the cluster, with O(state=upgraded). The others follow.
    type: bool
    default: false
  socket:
    description: The container runtime's socket.
    type: str
    default: unix:///run/containerd/containerd.sock
  ignore_preflight_errors:
    description: Names of kubeadm's own checks that count as warnings.
    type: list
    elements: str
    default: []
  timeout:
    description: Seconds that kubeadm may take, and then the API.
    type: int
    default: 300
attributes:
  diff_mode:
    support: none
    details: What kubeadm does is no text.
  idempotent:
    support: partial
    details: O(state=renewed) renews each time, O(state=upgraded) of a worker fetches its configuration each time.
extends_documentation_fragment: [rackwright.platform.attributes.host]
"""

EXAMPLES = r"""
- name: Begin a cluster
  rackwright.platform.kubernetes_member:
    state: initialised
    node: cp1
    config: /etc/kubernetes/rackwright/kubeadm.yaml
"""

RETURN = r"""
stage:
  description: What the host was before, as M(rackwright.platform.kubernetes_preflight) has it.
  returned: always
  type: str
  sample: none
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure
from ansible_collections.rackwright.platform.plugins.module_utils.kubernetes import config, host, member

SPEC = {
    "state": {
        "type": "str",
        "choices": ["initialised", "joined", "upgraded", "renewed", "absent"],
        "required": True,
    },
    "node": {"type": "str", "required": True},
    "config": {"type": "path"},
    "document": {"type": "dict"},
    "invitation": {"type": "dict", "no_log": True},
    "endpoint": {"type": "str"},
    "version": {"type": "str"},
    "leads": {"type": "bool", "default": False},
    "socket": {"type": "str", "default": "unix:///run/containerd/containerd.sock"},
    "ignore_preflight_errors": {"type": "list", "elements": "str", "default": []},
    "timeout": {"type": "int", "default": 300},
}
NEEDS = [
    ("state", "initialised", ["config"]),
    ("state", "joined", ["document", "invitation", "endpoint", "version"]),
    ("state", "upgraded", ["version"]),
]


def main():
    module = AnsibleModule(argument_spec=SPEC, required_if=NEEDS, supports_check_mode=True)
    params = module.params
    here = member.Member(host.Host(), params["node"], params["socket"], params["timeout"])
    stage = here.stage()
    changed = stage not in {"absent": ("none",)}.get(params["state"], ("member",)) or params["state"] in (
        "upgraded",
        "renewed",
    )
    try:
        if changed and not module.check_mode:
            carry_out(here, params)
    except Failure as failure:
        module.fail_json(msg=str(failure), stage=stage)
    module.exit_json(changed=changed, stage=stage)


def carry_out(here, params):
    """What the state takes."""
    if params["state"] == "initialised":
        here.initialise(params["config"], params["ignore_preflight_errors"])
    elif params["state"] == "joined":
        document = config.invited(params["document"], params["invitation"], params["endpoint"])
        here.join(document, params["version"], params["ignore_preflight_errors"])
    elif params["state"] == "upgraded":
        here.upgrade(params["version"], params["leads"])
    elif params["state"] == "renewed":
        here.renew()
    else:
        here.reset()


if __name__ == "__main__":
    main()
