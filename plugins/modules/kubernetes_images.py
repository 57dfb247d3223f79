#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_images
short_description: Load files of container images where a Kubernetes node finds them
version_added: 1.0.0
description:
  - Loads archives of images into the container runtime, for nodes that reach no registry.
  - Each file is verified against its checksum before it is loaded, and removed afterwards. What was loaded is noted on
    the host, so that a file is needed once.
author: Rackwright contributors (@rackwright)
options:
  images:
    description: SHA256 of each file, by its path on the host.
    type: dict
    required: true
  runtime:
    description: The container runtime. V(crio) needs Podman on the host, which has the same store.
    type: str
    choices: [containerd, crio]
    default: containerd
attributes:
  diff_mode:
    support: none
    details: An image is no text.
extends_documentation_fragment: [rackwright.platform.attributes.host]
"""

EXAMPLES = r"""
- name: Load what the control plane runs
  rackwright.platform.kubernetes_images:
    images: {/srv/kube-1.33.2.tar: 4b5d0e5c9ab4fa2f5a5d1d0a4f8ee1d6f5b1f1b5cf1c38e6a9a9c0f9f2a4a9d1}
"""

RETURN = r"""
loaded:
  description: Files that were loaded.
  returned: always
  type: list
  elements: str
  sample: [/srv/kube-1.33.2.tar]
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core import onhost
from ansible_collections.rackwright.platform.plugins.module_utils.kubernetes import host, images

SPEC = {
    "images": {"type": "dict", "required": True},
    "runtime": {"type": "str", "choices": ["containerd", "crio"], "default": "containerd"},
}


def work(module, runtime, **given):
    """What the module returns. Raises Failure."""
    here = images.Images(host.Host(), runtime)
    lacking = here.lacking(given["images"])
    if not module.check_mode:
        here.load(lacking)
    return {"changed": bool(lacking), "loaded": sorted(lacking)}


def main():
    """Run the module."""
    onhost.launch(work, SPEC)


if __name__ == "__main__":
    main()
