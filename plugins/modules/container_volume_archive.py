#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: container_volume_archive
short_description: Save volumes of containers to archives, and restore them
version_added: 1.0.0
description:
  - Saves what is in volumes to tar archives, or restores it from there, with owners, modes, times, links and file
    capabilities; other extended attributes and ACLs are not kept.
  - Nothing is done where both hold the same. An archive is replaced when it is whole; a restoration that is
    interrupted is done again by the next run.
  - A program that writes meanwhile is not stopped, so stop it before, or save what it has written out itself.
author: Rackwright contributors (@rackwright)
requirements: ["docker (Python library) >= 5.0"]
notes:
  - In check mode no container is made, so a volume that no container has is not looked at, and counts as different.
extends_documentation_fragment:
  - rackwright.platform.container_volume_archive
  - rackwright.platform.provider_containers
  - rackwright.platform.attributes
  - rackwright.platform.attributes.containers
seealso:
  - module: rackwright.platform.container_volume
"""

EXAMPLES = r"""
- name: Save a volume
  rackwright.platform.container_volume_archive:
    provider: docker
    image: "{{ image }}"
    archives: [{volume: "{{ volume }}", path: "{{ folder }}/{{ volume }}.tar.gz"}]

- name: Restore one
  rackwright.platform.container_volume_archive:
    provider: docker
    image: "{{ image }}"
    archives: [{volume: "{{ volume }}", path: "{{ folder }}/shop.tar.gz"}]
    state: restored
"""

RETURN = r"""
archives:
  description: The declared archives as they are now, or in check mode would be.
  returned: always
  type: list
  elements: dict
  sample:
    - {volume: shop-data, path: /backup/shop-data.tar.gz, content: "sha256:5f70...", files: 312}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.containers.archive import ARCHIVE, MANAGE
from ansible_collections.rackwright.platform.plugins.module_utils.containers.archive_store import Archives
from ansible_collections.rackwright.platform.plugins.module_utils.containers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch

FIELDS = MANAGE


def work(task):
    """Save or restore them."""
    params = task.params
    rows = ARCHIVE.normalise(params["archives"])
    driver = task.driver()
    driver.refuse(ARCHIVE, [dict(row, archive=True) for row in rows])
    store = driver.store(Archives, rows, params["image"], params["state"], params["force"], helpers=not task.dry)
    current = list(store.read())
    outcome = task.reconcile(store, ARCHIVE, store.wanted(), current=current)
    return {"archives": outcome.shown([ARCHIVE.key(row) for row in rows])}


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
