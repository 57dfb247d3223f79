#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: docker_storage
short_description: Carry a Docker engine's images from one storage driver to another
version_added: 1.0.0
description:
  - Saves every image of a running engine to an archive, and loads them when the engine runs with another storage
    driver.
  - The archive stays until the engine has every image with its names again. What was interrupted is only run again.
  - Between the two, the engine is stopped and its configuration written; the role P(rackwright.platform.docker#role)
    does all of it.
  - An image without a name keeps its id. The digest that an image was pulled by, the build cache and the containers
    cannot be carried over; volumes, networks and plugins stay as they are.
author: Rackwright contributors (@rackwright)
options:
  state:
    description:
      - V(saved) writes the archive, and V(loaded) loads it, then removes it and what the old driver left behind.
      - V(loaded) changes nothing when there is no archive.
    type: str
    choices: [saved, loaded]
    required: true
  driver:
    description: The storage driver that the images are going to be with. Required with O(state=saved).
    type: str
  drop_containers:
    description: With O(state=saved), remove the containers once the images are saved. Without it they are refused.
    type: bool
    default: false
  archive:
    description: Folder for the archive.
    type: path
    default: /var/lib/rackwright/docker/storage
  endpoint:
    description: The engine's socket.
    type: str
    default: unix:///var/run/docker.sock
attributes:
  diff_mode:
    support: none
  idempotent:
    support: partial
    details: O(state=saved) saves anew, since the engine may have other images by then.
extends_documentation_fragment: [rackwright.platform.attributes.host]
"""

EXAMPLES = r"""
- name: Load the images that a run which was cut off has left in the archive
  rackwright.platform.docker_storage:
    state: loaded
"""

RETURN = r"""
images:
  description: Names of the images that were carried, those without one by their ids.
  returned: always
  type: list
  elements: str
  sample: ["debian:12"]
containers:
  description: Names of the containers that were removed.
  returned: always
  type: list
  elements: str
  sample: [web]
"""

from ansible_collections.rackwright.platform.plugins.module_utils.containers import storage
from ansible_collections.rackwright.platform.plugins.module_utils.core import onhost

SPEC = {
    "state": {"type": "str", "choices": ["saved", "loaded"], "required": True},
    "driver": {"type": "str"},
    "drop_containers": {"type": "bool", "default": False},
    "archive": {"type": "path", "default": storage.ARCHIVE},
    "endpoint": {"type": "str", "default": "unix:///var/run/docker.sock"},
}


def work(module, state, driver, drop_containers, archive, endpoint):
    """What the module returns. Raises Failure."""
    carriage, warnings = storage.Carriage(archive, storage.Engine(endpoint)), []
    if state == "loaded":
        note = carriage.pending()
        if note and not module.check_mode:
            note, warnings = carriage.load()
        result = {"changed": note is not None, "images": storage.names((note or {}).get("images")), "containers": []}
    else:
        held = carriage.engine.held()
        if not module.check_mode:
            held, warnings = carriage.save(driver, drop_containers)
        result = {"changed": True, "images": storage.names(held.images), "containers": held.containers}
    for warning in warnings:
        module.warn(warning)
    return result


def main():
    """Run the module."""
    onhost.launch(work, SPEC, required_if=[("state", "saved", ["driver"])])


if __name__ == "__main__":
    main()
