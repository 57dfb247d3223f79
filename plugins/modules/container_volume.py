#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: container_volume
short_description: Make and remove volumes of containers
version_added: 1.0.0
description:
  - Makes volumes be as declared, any number in one task; on disk, in memory, of an NFS server, or a folder of
    the engine's host with its owner and mode.
  - Nothing of a volume can be changed in place. One that differs is refused, since a new one would be empty, unless
    O(recreate) allows that.
  - A volume that any container has is never removed, nor is one that Rackwright did not make. An engine makes a volume
    without a label when a container names one that is not there, so declare volumes before their containers.
author: Rackwright contributors (@rackwright)
requirements: ["docker (Python library) >= 5.0"]
extends_documentation_fragment:
  - rackwright.platform.container_volume
  - rackwright.platform.provider_containers
  - rackwright.platform.attributes
  - rackwright.platform.attributes.containers
seealso:
  - module: rackwright.platform.container
  - module: rackwright.platform.container_volume_info
"""

EXAMPLES = r"""
- name: Volumes for the shop
  rackwright.platform.container_volume:
    provider: docker
    owner: shop
    volumes:
      - {name: shop-data, labels: {backup: daily}}
      - {name: shop-cache, tmpfs: {size: 64M}}
      - {name: shop-pictures, nfs: {server: 192.0.2.40, path: /export/pictures, options: "nfsvers=4,ro"}}
      - {name: shop-mail, bind: {path: /srv/mail, owner: mail, group: mail, mode: "0750"}}

- name: Remove a volume, with all that is in it
  rackwright.platform.container_volume:
    provider: docker
    volumes: [{name: shop-old}]
    state: absent
"""

RETURN = r"""
volumes:
  description: The declared volumes as they are now, or in check mode would be, with the fields of O(volumes).
  returned: always
  type: list
  elements: dict
  sample:
    - {name: shop-cache, driver: local, options: {type: tmpfs, device: tmpfs, o: size=64M}, owner: shop}
"""

from ansible_collections.rackwright.platform.plugins.module_utils.containers.registry import DRIVERS
from ansible_collections.rackwright.platform.plugins.module_utils.containers.things import manage
from ansible_collections.rackwright.platform.plugins.module_utils.containers.volume import MANAGE, VOLUME, fit, secrets
from ansible_collections.rackwright.platform.plugins.module_utils.containers.volume_store import Volumes
from ansible_collections.rackwright.platform.plugins.module_utils.core.module import launch

FIELDS = MANAGE


def work(task):
    """Make the volumes be as declared."""
    task.conceal(secrets(task.params["volumes"]))
    return manage(task, VOLUME, lambda driver: driver.store(Volumes, task.params["owner"]), fit)


def main():
    """Run the module."""
    launch(work, FIELDS, DRIVERS)


if __name__ == "__main__":
    main()
