# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done to make a Kubernetes cluster of an inventory's groups."""

from __future__ import annotations

import ipaddress
import json

import yaml
from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure
from ansible_collections.rackwright.platform.plugins.module_utils.kubernetes import config, local, plan

DOCUMENTATION = r"""
name: kubernetes_plan
short_description: Plan what makes a Kubernetes cluster of an inventory's groups
version_added: 1.0.0
author: Rackwright contributors (@rackwright)
description:
  - Joins what is declared of the hosts with what M(rackwright.platform.kubernetes_preflight) has seen of them.
  - Everything that must be put right first is one error, with a sentence for each thing that names the host, the reason
    and the way out.
  - A node is called C(kubernetes_node_name), else as the host is in the inventory. Its address is
    C(kubernetes_address), else C(ansible_host) where that is an IP address. C(kubernetes_labels) and
    C(kubernetes_taints) are its labels and taints.
positional: _input
options:
  _input:
    description: Names of hosts by group, such as C(groups).
    type: dict
    required: true
  hostvars:
    description: Variables by host name, such as C(hostvars). C(_kubernetes_seen) is what was seen of a host.
    type: dict
    required: true
  settings:
    description: What is declared of the cluster, C(version) at least.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Look at a host
  rackwright.platform.kubernetes_preflight:
    node: cp1
  register: seen

- name: See what would make it a cluster
  ansible.builtin.debug:
    msg: >-
      {{ {'kubernetes_control_plane': ['cp1']}
         | rackwright.platform.kubernetes_plan({'cp1': {'_kubernetes_seen': seen}}, {'version': '1.33.2'}) }}
"""

RETURN = r"""
_value:
  description: The plan.
  type: dict
  contains:
    first:
      description: The control plane that begins the cluster, or leads it.
      type: str
    initialise:
      description: Whether there is no cluster yet.
      type: bool
    install:
      description: Hosts that get packages before they join.
      type: list
      elements: str
    upgrade:
      description: Members that are to be upgraded, in order.
      type: list
      elements: str
    join:
      description: Hosts that join, by role.
      type: dict
    renew:
      description: Control planes whose certificates end soon.
      type: list
      elements: str
    init:
      description: The documents that the first control plane begins the cluster with.
      type: list
      elements: dict
    joining:
      description: The document that each host joins with, but for its invitation.
      type: dict
    endpoint:
      description: Where the API is.
      type: str
"""

DEFAULTS = {
    "control_plane_group": "kubernetes_control_plane",
    "worker_group": "kubernetes_worker",
    "endpoint": "",
    "endpoint_by": "external",
    "endpoint_address": "",
    "swap": "refuse",
    "cgroup_driver": "systemd",
    "config": {},
    "images": {},
    "renew_before": 30,
    "source": "",
    "checksums": {},
    "network": "",
    "kubeconfig": "",
    "socket": plan.CONTAINERD,
    "port": 6443,
    "repository": "registry.k8s.io",
}


def kubernetes_plan(groups, hostvars, settings):
    """The plan, with the documents that it takes. Raises AnsibleFilterError with every problem."""
    settings = dict(DEFAULTS, **plain(settings))
    roles = {role: groups.get(settings[role + "_group"], []) for role in ("control_plane", "worker")}
    rows = [row(str(name), role, hostvars[name]) for role, hosts in roles.items() for name in hosts]
    settings["group"] = settings["control_plane_group"]
    settings["claims"] = claims(groups, roles["control_plane"], hostvars, settings["group"])
    try:
        made = plan.plan(rows, settings)
    except Failure as failure:
        made = {"problems": [str(failure)]}
    problems = made.pop("problems") or local.problems(made, settings)
    if problems:
        raise AnsibleFilterError("No Kubernetes cluster can be made of this: %s." % "; ".join(problems))
    made.update(documents(made, rows, settings))
    first = next(row for row in rows if row["name"] == made["first"])["seen"]
    made.update(
        network=bool(settings["network"]) and local.sha256(settings["network"]) != first["network"],
        kubeconfig=bool(settings["kubeconfig"]) and not local.same(settings["kubeconfig"], first["admin"]),
    )
    for text in drift(first["config"], made["init"]):
        Display().warning(text)
    return made


def plain(settings):
    """Settings without what Ansible notes about values."""
    try:
        return json.loads(json.dumps(settings))
    except TypeError as error:
        raise AnsibleFilterError(
            "kubernetes_plan: a setting is neither text, number, list nor dictionary: %s" % error
        ) from None


def claims(groups, control, hostvars, ours):
    """{group: hosts} of the groups that hold one of our control planes, and that other hosts name as theirs."""
    found = {}
    for group, hosts in groups.items():
        others = set(hosts) - set(control) if group != ours and set(hosts) & set(control) else ()
        if any(hostvars[name].get("kubernetes_control_plane_group") == group for name in others):
            found[str(group)] = [str(name) for name in hosts]
    return found


def row(name, role, variables):
    """One host as it is declared and was seen."""
    seen = variables.get("_kubernetes_seen") or {}
    return {
        "name": name,
        "role": role,
        "node": str(variables.get("kubernetes_node_name") or name),
        "address": address(variables),
        "labels": plain(variables.get("kubernetes_labels") or {}),
        "taints": plain(variables.get("kubernetes_taints") or []),
        "seen": seen.get("host"),
    }


def address(variables):
    """Where other nodes find the host, empty when that is not known."""
    given = variables.get("kubernetes_address")
    if given:
        return str(given)
    try:
        return str(ipaddress.ip_address(str(variables.get("ansible_host", ""))))
    except ValueError:
        return ""


def documents(made, rows, settings):
    """What kubeadm is configured by: of the cluster's beginning, and of each host that joins."""
    given = settings["config"]
    first = next(row for row in rows if row["name"] == made["first"])
    joining = [name for names in made["join"].values() for name in names]
    return {
        "init": config.init(given, first, settings),
        "joining": {row["name"]: config.join(given, row, settings) for row in rows if row["name"] in joining},
        "endpoint": settings["endpoint"] or "%s:%s" % (first["address"] or first["node"], settings["port"]),
    }


def drift(text, documents):
    """What a running cluster does not take up: kinds that differ from what it has begun with, but for the version."""
    then = {document["kind"]: document for document in yaml.safe_load_all(text or "") if document}
    now = {document["kind"]: document for document in documents}
    differing = [kind for kind in now if then and lasting(then.get(kind)) != lasting(now[kind])]
    text = "The cluster was begun with another %s than is declared now; kubeadm does not take that up"
    return [text % " and ".join(differing)] if differing else []


def lasting(document):
    """What of a document an upgrade does not move."""
    moving = ("kubernetesVersion", "apiVersion")
    return {name: value for name, value in (document or {}).items() if name not in moving}


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """By name."""
        return {"kubernetes_plan": kubernetes_plan}
