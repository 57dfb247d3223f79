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
  files:
    description:
      - SHA256 of the files that are to be brought there, by name, as the filter P(rackwright.platform.deb_files#filter)
        finds them on the control node.
      - Where one is missing or differs, it is told in RV(lacking), and nothing is indexed yet.
      - Others in the folder, such as those of an earlier run, are left out of the index.
    type: dict
    default: {}
  source:
    description: A file that tells APT of the folder, such as V(/etc/apt/sources.list.d/local.sources). Written as well.
    type: path
extends_documentation_fragment: [rackwright.platform.attributes.host]
"""

EXAMPLES = r"""
- name: Index the packages that were brought in by hand
  rackwright.platform.deb_index:
    path: /srv/debs

- name: Have APT install from them
  rackwright.platform.deb_index:
    path: /srv/debs
    source: /etc/apt/sources.list.d/local.sources
"""

RETURN = r"""
packages:
  description: Names of the packages in the folder.
  returned: always
  type: list
  elements: str
  sample: [containerd.io, docker-ce]
lacking:
  description: Names of those of O(files) that are still to be brought.
  returned: always
  type: list
  elements: str
  sample: [docker-ce_27.5.1-1_amd64.deb]
"""

import glob
import os
import re

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.rackwright.platform.plugins.module_utils.core import files

SOURCE = "# Made by rackwright.platform.deb_index\nTypes: deb\nURIs: file:%s\nSuites: ./\nTrusted: yes\n"


def stanza(module, path, digest):
    """A package's entry in the index: its control fields, and how to find and verify the file."""
    status, out, err = module.run_command(["dpkg-deb", "-f", path], check_rc=False)
    if status:
        module.fail_json(msg="%s is no Debian package: %s" % (path, err.strip()))
    fields = (os.path.basename(path), os.path.getsize(path), digest)
    return out.rstrip("\n") + "\nFilename: ./%s\nSize: %d\nSHA256: %s\n" % fields


def unlike(text, checksums):
    """What is wrong with the indexed files, one clause each."""
    for name, digest in re.findall(r"^Filename: [.]/(.+)\nSize: .*\nSHA256: (.+)$", text, re.MULTILINE):
        if name not in checksums:
            yield "%s is not among the checksums" % name
        elif str(checksums[name]).lower() != digest:
            yield "%s has the checksum %s, not %s" % (name, digest, checksums[name])


def lacking(folder, wanted):
    """Names of the files that are not in the folder as they are meant."""
    paths = {name: os.path.join(folder, name) for name in wanted}
    return sorted(n for n, p in paths.items() if not os.path.isfile(p) or files.sha256(p) != wanted[n])


def main():
    spec = {"path": {"type": "path", "required": True}, "source": {"type": "path"}}
    spec.update(checksums={"type": "dict", "default": {}}, files={"type": "dict", "default": {}})
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    folder, source = module.params["path"], module.params["source"]
    given = module.params["files"]
    missing = lacking(folder, given)
    if missing:
        module.exit_json(changed=True, packages=[], lacking=missing)
    meant = given or [os.path.basename(path) for path in glob.glob(os.path.join(folder, "*.deb"))]
    found = [(os.path.join(folder, name), given.get(name)) for name in sorted(meant)]
    if not found and not module.check_mode:
        module.fail_json(msg="There are no .deb files in %s. Put the packages there first." % folder)
    after = "\n".join(stanza(module, path, digest or files.sha256(path)) for path, digest in found)
    wrong = list(unlike(after, module.params["checksums"])) if module.params["checksums"] else []
    if wrong:
        module.fail_json(msg="The packages in %s are not those that were meant: %s." % (folder, "; ".join(wrong)))
    wanted = {os.path.join(folder, "Packages"): after, **({source: SOURCE % folder} if source else {})}
    writes = files.changes([files.Write(path, files.read(path), text) for path, text in wanted.items()])
    if not module.check_mode:
        files.carry_out(writes)
    packages = re.findall(r"^Package: (.+)$", after, re.MULTILINE)
    module.exit_json(changed=bool(writes), packages=packages, lacking=[], diff=files.diffs(writes))


if __name__ == "__main__":
    main()
