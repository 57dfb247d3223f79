#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: host_files
short_description: Files and folders of a host, many at once
version_added: 1.0.0
description:
  - Makes each file, folder or absence so, in the order given, and says which have changed.
  - A file takes another's place whole or not at all, and only once the program that O(files[].validate) names has found
    it good.
  - It is what a role takes for all of a program's configuration, in place of a task for each file.
author: Rackwright contributors (@rackwright)
options:
  files:
    description: What is to be there, and what is not.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: Where it is.
        type: path
        required: true
      state:
        description:
          - V(file) has exactly this text. V(kept) has it where nothing is there yet, and is never written over.
          - V(directory) is a folder, made with those above it. V(absent) is a file that is not there.
        type: str
        choices: [file, kept, directory, absent]
        default: file
      content:
        description: The text of a file.
        type: str
      lines:
        description:
          - Lines of a file that others write, too, each by how it begins.
          - The first line that begins so becomes this one, others that do are removed. If none does, it comes last.
        type: dict
      secret:
        description: The text of a file that nobody is to see. Its diff says only that it differs.
        type: str
      owner:
        description: The name of the user whose it is. Left as it is when not given.
        type: str
      group:
        description: The name of the group whose it is. Left as it is when not given.
        type: str
      mode:
        description: Its permissions in octal, such as V(0640). By default V(0644), of a folder V(0755).
        type: str
      validate:
        description:
          - The command that finds a new text good, with C(%s) where the path of a file with it goes. No shell reads it.
          - In check mode it is not asked.
        type: str
      read:
        description: Whether RV(contents) has the text that is there then. What O(files[].secret) gave is masked in it.
        type: bool
        default: false
extends_documentation_fragment: [rackwright.platform.attributes.host]
"""

EXAMPLES = r"""
- name: Configure a name server
  rackwright.platform.host_files:
    files:
      - {path: "{{ folder }}/named", state: directory}
      - {path: "{{ folder }}/subuid", lines: {"alice:": "alice:100000:65536"}}
      - {path: "{{ folder }}/named/local.zone", state: kept, content: "$TTL 60\n@ SOA ns root 1 2 3 4 5\n@ NS ns\n"}
      - path: "{{ folder }}/named/rndc.key"
        secret: |
          key rndc { algorithm hmac-sha256; secret "{{ rndc_secret }}"; };
        mode: "0600"
      - path: "{{ folder }}/named/named.conf"
        content: |
          include "{{ folder }}/named/rndc.key";
          controls { inet 127.0.0.1 allow { localhost; } keys { rndc; }; };
        validate: named-checkconf %s
"""

RETURN = r"""
paths:
  description: Those that have changed, or in check mode would.
  returned: always
  type: list
  elements: str
  sample: [/etc/bind/named.conf]
contents:
  description: The texts of those that O(files[].read) asks for, by path; not of those that check mode would write.
  returned: always
  type: dict
  sample: {/etc/powerdns/rackwright.key: ...}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure
from ansible_collections.rackwright.platform.plugins.module_utils.core.files import read
from ansible_collections.rackwright.platform.plugins.module_utils.core.host import Host, make, refuse

FILE = {
    "path": {"type": "path", "required": True},
    "state": {"type": "str", "choices": ["file", "kept", "directory", "absent"], "default": "file"},
    "content": {"type": "str"},
    "lines": {"type": "dict"},
    "secret": {"type": "str", "no_log": True},
    "owner": {"type": "str"},
    "group": {"type": "str"},
    "mode": {"type": "str"},
    "validate": {"type": "str"},
    "read": {"type": "bool", "default": False},
}
SPEC = {"files": {"type": "list", "elements": "dict", "required": True, "options": FILE}}


def rights(module, path, owner, group, mode):
    """Set them; returns {"before": ..., "after": ...} of what differed, {} where nothing did."""
    diff = {}
    changed = module.set_owner_if_different(path, owner, False, diff)
    changed = module.set_group_if_different(path, group, changed, diff)
    return diff if module.set_mode_if_different(path, mode, changed, diff) else {}


def main():
    """Run the module."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    host = Host(module.check_mode, module.run_command, lambda *said: rights(module, *said))
    rows, paths, done = module.params["files"], [], []
    try:
        refuse(rows)
        for row in rows:
            found = make(host, row)
            done += found
            paths += [row["path"]] * bool(found)
    except Failure as failure:
        module.fail_json(msg=str(failure), changed=bool(done), paths=paths)
    wanted = [row["path"] for row in rows if row["read"] and not (module.check_mode and row["path"] in paths)]
    module.exit_json(changed=bool(done), paths=paths, contents={path: read(path) for path in wanted}, diff=done)


if __name__ == "__main__":
    main()
