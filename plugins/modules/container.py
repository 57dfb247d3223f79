#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: container
short_description: Make containers be as declared
version_added: 1.0.0
description:
  - Makes, changes, replaces, starts, stops and removes any number of containers in one task.
  - A container is replaced only when something differs that cannot be changed in it as it is; O(ignore:diff) says what.
    The new one is made beside the old one first, and the old one is back in its place when the new one does not start.
    Where only labels or the owner differ, the old one goes as soon as the new one is made.
  - A container of a declared name that Rackwright did not make is refused and never touched.
  - Ports are published on V(127.0.0.1) unless an address is given.
author: Rackwright contributors (@rackwright)
requirements: ["docker (Python library) >= 5.0, for the providers V(docker) and V(podman)"]
extends_documentation_fragment:
  - rackwright.platform.container
  - rackwright.platform.provider_containers
  - rackwright.platform.attributes
  - rackwright.platform.attributes.containers
seealso:
  - module: rackwright.platform.container_image
  - module: rackwright.platform.container_info
"""

EXAMPLES = r"""
- name: Run a web server and its database
  rackwright.platform.container:
    provider: docker
    owner: shop
    containers:
      - name: shop-db
        image: "{{ image }}"
        command: [sleep, "3600"]
        env: {DB_PASSWORD: "{{ db_password | default('example') }}"}
        volumes: [{source: shop-data, target: /var/lib/data}]
        memory: 256M
      - name: shop-web
        image: "{{ image }}"
        command: httpd -f -p 8080
        ports: [{public: 18080, private: 8080}]
        restart: unless-stopped
        healthcheck: {test: [wget, -q, -O, /dev/null, "http://127.0.0.1:8080/"], interval: 5, retries: 3}

- name: Have no other containers of this owner
  rackwright.platform.container:
    provider: docker
    owner: shop
    prune: true
    containers:
      - {name: shop-web, image: "{{ image }}", command: [sleep, "3600"]}

- name: Remove a container
  rackwright.platform.container:
    provider: docker
    containers: [{name: shop-db}]
    state: absent
"""

RETURN = r"""
containers:
  description: The declared containers as they are now, or in check mode would be, with the fields of O(containers).
  returned: always
  type: list
  elements: dict
  sample:
    - name: shop-web
      state: started
      status: running
      published: [{address: 127.0.0.1, public: 18080, private: 8080, protocol: tcp}]
"""

from ansible_collections.rackwright.platform.plugins.module_utils.containers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.containers.resource import (
    CONTAINER,
    MANAGE,
    declared,
    fit,
    restless,
)
from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.core.secrets import hidden

FIELDS = MANAGE


def work(task):
    """Bring the images, make the containers as declared, wait until they run."""
    params = task.params
    rows, gone = declared(params)
    task.conceal(*(hidden(row.get("env") or {}) for row in rows))
    driver = task.driver()
    driver.refuse(CONTAINER, rows)
    names = [row["name"] for row in rows]
    owner = params["owner"] if params["prune"] else None
    watched = any(row.get("unit") for row in rows)
    store = driver.containers(names, gone, owner, params["strategy"], task.progress(CONTAINER.name), watched)
    current = list(store.read())
    rows = fit(rows, current)
    driver.complete(rows, current)
    rows = driver.numbered(rows, current, store)
    pruned = [row["name"] for row in current if owner and row["owner"] == owner and row["name"] not in names]
    driver.vet(rows, current, store, gone + pruned, task.warn if task.dry else None)
    prune = (lambda row: row["owner"] == owner) if owner else None
    rows = driver.with_images(task, rows) if rows else rows
    outcome = task.reconcile(store, driver.resource(), rows, gone, prune, params["recreate"], current)
    for name, seen in settled(task, store, rows, outcome).items():
        if name in names:
            outcome.rows[name] = dict(outcome.rows[name], **seen)
    return {"containers": outcome.shown(names)}


def settled(task, store, rows, outcome):
    """How the containers are once what is started runs; without a wait, as they are now. Empty when nothing is new."""
    running = [row for row in rows if row.get("state") == "started"]
    if task.dry or not rows or not (outcome.done or any(restless(outcome.rows[row["name"]], row) for row in running)):
        return {}
    if task.params["wait"] and running:
        return store.ready(running, task.params["timeout"], task.progress(CONTAINER.name))
    return store.now()


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
