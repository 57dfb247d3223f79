#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: container_image
short_description: Pull, load, build, import, tag and remove container images
version_added: 1.0.0
description:
  - Makes images be on an engine, from a registry, an archive, a Dockerfile or the tar of a file system.
  - An image that is built or imported carries the hash of what it was made from, and is made anew only when that
    has changed. What a Dockerfile fetches from elsewhere, its base image included, does not count; O(recreate=always)
    builds in any case.
  - An archive is compared with the engine's image by id, without loading it.
author: Rackwright contributors (@rackwright)
requirements: ["docker (Python library) >= 5.0, for the providers V(docker) and V(podman)"]
extends_documentation_fragment:
  - rackwright.platform.container_image
  - rackwright.platform.provider_containers
  - rackwright.platform.attributes
  - rackwright.platform.attributes.containers
seealso:
  - module: rackwright.platform.container
"""

EXAMPLES = r"""
- name: Build an image from a folder with a Dockerfile
  rackwright.platform.container_image:
    provider: docker
    images:
      - name: shop/web:1
        source: build
        path: "{{ folder }}"
        tags: [shop/web:stable]

- name: Remove an image
  rackwright.platform.container_image:
    provider: docker
    images: [{name: shop/web:0}]
    state: absent
"""

RETURN = r"""
images:
  description: The declared images as they are now, or in check mode would be.
  returned: always
  type: list
  elements: dict
  sample:
    - {name: "shop/web:1", id: "sha256:2d0f...", tags: ["shop/web:1", "shop/web:stable"], size: 1982298}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.containers.image import IMAGE, MANAGE, declared
from ansible_collections.rackwright.platform.plugins.module_utils.containers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch
from ansible_collections.rackwright.platform.plugins.module_utils.core.secrets import hidden

FIELDS = MANAGE


def work(task):
    """Make the images be there."""
    params = task.params
    rows, gone = declared(params)
    task.conceal(*(hidden(row.get("args") or {}) for row in rows))
    driver = task.driver()
    driver.refuse(IMAGE, [dict(row, prune=params["prune"] or None) for row in rows])
    names = [row["name"] for row in rows]
    store = driver.images(names + gone)
    owned = store.owned(params["owner"]) if params["prune"] else set()
    store.names = sorted({*store.names, *owned})
    current = list(store.read())
    rows = store.prepare(rows, current, params["pull"])
    kept = owned.difference(*(row.get("tags") or () for row in rows))
    prune = (lambda row: row["name"] in kept) if owned else None
    outcome = task.reconcile(store, IMAGE, rows, gone, prune, params["recreate"], current)
    return {"images": outcome.shown(names)}


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
