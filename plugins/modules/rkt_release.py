#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: rkt_release
short_description: Install rkt from a verified archive
version_added: 1.0.0
description:
  - Brings the archive of a release of rkt from a mirror or a folder, verifies it, and puts the program and its stage1
    images in place.
  - Nothing is brought when what it holds is in place already. In check mode it is brought and verified, and dropped.
author: Rackwright contributors (@rackwright)
options:
  source:
    description: The folder of the archive, as an address or as an absolute path on the host.
    type: str
  archive:
    description: The archive's name.
    type: str
    default: rkt-v1.30.0.tar.gz
  checksum:
    description: The archive's SHA-256. Needed unless there is a signature.
    type: str
    default: ""
  signature:
    description: The name of the file in O(source) that signs the archive; needs C(gpgv) on the host.
    type: str
    default: ""
  key:
    description: The key that must have signed it, in ASCII armour.
    type: str
    default: ""
  fingerprint:
    description: That key's fingerprint.
    type: str
    default: ""
  binary:
    description: Where the program goes.
    type: path
    default: /usr/bin/rkt
  images:
    description: The folder of the stage1 images.
    type: path
    default: /usr/lib/rkt/stage1-images
  flavours:
    description: The stage1 images that are wanted of the archive.
    type: list
    elements: str
    choices: [coreos, fly, kvm]
    default: [coreos, fly]
  state:
    description:
      - V(read) only tells what is in place.
      - V(verified) only looks the archive over, and changes nothing.
      - V(absent) removes what this module has put in place; refused while pods run.
    type: str
    choices: [present, read, verified, absent]
    default: present
attributes:
  diff_mode:
    support: none
extends_documentation_fragment: [rackwright.platform.attributes.host]
"""

EXAMPLES = r"""
- name: Install rkt from a folder of the host
  rackwright.platform.rkt_release:
    source: /srv/rkt
    checksum: "{{ rkt_checksum }}"

- name: Remove it
  rackwright.platform.rkt_release:
    state: absent
"""

RETURN = r"""
version:
  description: What the program that is in place says that it is, empty where there is none.
  returned: always
  type: str
  sample: 1.30.0+git
installed:
  description: Whether all that is wanted of the archive was in place already.
  returned: O(state) is not V(absent)
  type: bool
  sample: true
"""

from ansible_collections.rackwright.platform.plugins.module_utils.containers.rkt.release import Release, workplace
from ansible_collections.rackwright.platform.plugins.module_utils.core import onhost

FLAVOURS = ["coreos", "fly", "kvm"]
SPEC = {
    "source": {"type": "str"},
    "archive": {"type": "str", "default": "rkt-v1.30.0.tar.gz"},
    "checksum": {"type": "str", "default": ""},
    "signature": {"type": "str", "default": ""},
    "key": {"type": "str", "default": "", "no_log": False},
    "fingerprint": {"type": "str", "default": ""},
    "binary": {"type": "path", "default": "/usr/bin/rkt"},
    "images": {"type": "path", "default": "/usr/lib/rkt/stage1-images"},
    "flavours": {"type": "list", "elements": "str", "choices": FLAVOURS, "default": FLAVOURS[:2]},
    "state": {"type": "str", "choices": ["present", "read", "verified", "absent"], "default": "present"},
}


def work(module, state, **given):
    """What the module returns. Raises Failure."""
    release = Release(**dict(given, source=given["source"] or ""))
    if state == "absent":
        changed = release.record() is not None
        if changed and not module.check_mode:
            release.remove()
        return {"changed": changed, "version": release.version()}
    release.refuse()
    done = release.installed()
    if not done and state != "read":
        with workplace() as folder:
            path = release.verify(folder)
            if state == "present" and not module.check_mode:
                release.install(path)
    return {"changed": state == "present" and not done, "version": release.version(), "installed": done}


def main():
    """Run the module."""
    needs = [("state", "present", ["source"]), ("state", "verified", ["source"])]
    onhost.launch(work, SPEC, required_if=needs)


if __name__ == "__main__":
    main()
