#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: container_pod
short_description: Make, replace, start, stop and remove pods of containers
version_added: 1.0.0
description:
  - Makes pods be as declared, any number in one task. The containers of a pod share what it shares, by default its
    network, so that they reach each other on V(127.0.0.1), and its shared memory.
  - Containers are put in it by the option C(pod) of M(rackwright.platform.container).
  - On O(provider=podman) they are Podman's own pods. On O(provider=docker) a pod is a small container, whose namespaces
    the others join. On O(provider=rkt) each container is an app of one pod, which is made anew, with all that is in it,
    whenever a container in it changes, comes or goes; the diff says so.
  - But for its state nothing of a pod can be changed in place, so one that differs is replaced by a new one. The
    containers of Rackwright's that are in it are made anew with it, as they were, and keep their volumes. Where the new
    pod cannot be made, the old one is made again with all that was in it; a run that is interrupted is finished by the
    next.
  - A pod with somebody else's container in it is not replaced, and one with any container in it is not removed.
author: Rackwright contributors (@rackwright)
requirements: ["docker (Python library) >= 5.0"]
extends_documentation_fragment:
  - rackwright.platform.container_pod
  - rackwright.platform.provider_containers
  - rackwright.platform.attributes
  - rackwright.platform.attributes.containers
seealso:
  - module: rackwright.platform.container
  - module: rackwright.platform.container_pod_info
"""

EXAMPLES = r"""
- name: A pod for the shop
  rackwright.platform.container_pod:
    provider: docker
    owner: shop
    pods:
      - name: shop-pod
        image: "{{ image }}"
        command: [sleep, "3600"]
        ports: [{public: 18081, private: 8080}]

- name: Its web server and its cache, which talk to each other on 127.0.0.1
  rackwright.platform.container:
    provider: docker
    owner: shop
    containers:
      - {name: shop-pod-web, image: "{{ image }}", command: httpd -f -p 8080, pod: shop-pod}
      - {name: shop-pod-cache, image: "{{ image }}", command: httpd -f -p 6379, pod: shop-pod}

- name: Stop all of it
  rackwright.platform.container_pod:
    provider: docker
    owner: shop
    pods: [{name: shop-pod, image: "{{ image }}", state: stopped}]

- name: Remove the containers, then the pod
  rackwright.platform.container:
    provider: docker
    containers: [{name: shop-pod-web}, {name: shop-pod-cache}]
    state: absent

- name: Remove the pod
  rackwright.platform.container_pod:
    provider: docker
    pods: [{name: shop-pod}]
    state: absent
"""

RETURN = r"""
pods:
  description: The declared pods as they are now, or in check mode would be, with the fields of O(pods).
  returned: always
  type: list
  elements: dict
  sample:
    - name: shop-pod
      state: started
      share: [ipc, net]
      ports: [{address: 127.0.0.1, public: 18081, private: 8080, protocol: tcp}]
      containers: [shop-pod-cache, shop-pod-web]
"""

from ansible_collections.rackwright.platform.plugins.module_utils.containers.pod import MANAGE, POD, fit
from ansible_collections.rackwright.platform.plugins.module_utils.containers.pod_store import Pods
from ansible_collections.rackwright.platform.plugins.module_utils.containers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.containers.things import manage
from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch

FIELDS = MANAGE


def work(task):
    """Make the pods be as declared."""
    later = task.warn if task.dry else None
    return manage(task, POD, lambda driver: driver.store(Pods, task.params["owner"], later), fit)


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
