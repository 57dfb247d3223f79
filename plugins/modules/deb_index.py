#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: deb_index
short_description: Make a folder of Debian packages usable as an APT repository
version_added: 1.0.0
description:
  - Writes the file C(Packages) of a flat APT repository for the C(.deb) files in a folder of the host.
  - APT then resolves what the packages need of each other, without a network. C(dpkg-deb) is all that it takes.
author: Rackwright contributors (@rackwright)
options:
  path:
    description: The folder on the host. A folder that does not exist yet is an error, but for check mode.
    type: path
    required: true
  checksums:
    description:
      - SHA256 of the files, by name.
      - Once there is one, a file that is not listed or differs is an error, and nothing is indexed.
    type: dict
    default: {}
attributes:
  check_mode:
    description: Can run in check mode and predict changes without making them.
    support: full
  diff_mode:
    description: Returns details of what has changed, when in diff mode.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
"""

EXAMPLES = r"""
- name: Index the packages that were brought in by hand
  rackwright.platform.deb_index:
    path: /srv/debs

- name: Install from them
  ansible.builtin.apt_repository:
    repo: "deb [trusted=yes] file:/srv/debs ./"
    filename: local
"""

RETURN = r"""
packages:
  description: Names of the packages in the folder.
  returned: always
  type: list
  elements: str
  sample: [containerd.io, docker-ce]
"""

import glob
import hashlib
import os
import re

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.rackwright.platform.plugins.module_utils.core import files


def stanza(module, path):
    """A package's entry in the index: its control fields, and how to find and verify the file."""
    status, out, err = module.run_command(["dpkg-deb", "-f", path], check_rc=False)
    if status:
        module.fail_json(msg="%s is no Debian package: %s" % (path, err.strip()))
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    fields = (os.path.basename(path), os.path.getsize(path), digest.hexdigest())
    return out.rstrip("\n") + "\nFilename: ./%s\nSize: %d\nSHA256: %s\n" % fields


def unlike(text, checksums):
    """What is wrong with the indexed files, one clause each."""
    for name, digest in re.findall(r"^Filename: [.]/(.+)\nSize: .*\nSHA256: (.+)$", text, re.MULTILINE):
        if name not in checksums:
            yield "%s is not among the checksums" % name
        elif str(checksums[name]).lower() != digest:
            yield "%s has the checksum %s, not %s" % (name, digest, checksums[name])


def main():
    spec = {"path": {"type": "path", "required": True}, "checksums": {"type": "dict", "default": {}}}
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    folder = module.params["path"]
    index = os.path.join(folder, "Packages")
    found = sorted(glob.glob(os.path.join(folder, "*.deb")))
    if not found and not module.check_mode:
        module.fail_json(msg="There are no .deb files in %s. Put the packages there first." % folder)
    after = "\n".join(stanza(module, path) for path in found)
    wrong = list(unlike(after, module.params["checksums"])) if module.params["checksums"] else []
    if wrong:
        module.fail_json(msg="The packages in %s are not those that were meant: %s." % (folder, "; ".join(wrong)))
    writes = files.changes([files.Write(index, files.read(index), after)])
    if not module.check_mode:
        files.carry_out(writes)
    module.exit_json(
        changed=bool(writes),
        packages=re.findall(r"^Package: (.+)$", after, re.MULTILINE),
        diff=files.diffs(writes),
    )


if __name__ == "__main__":
    main()
