#!/usr/bin/python
# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: resolver
short_description: Make a host ask certain name servers
version_added: 1.0.0
description:
  - Points the host's resolver at name servers, through C(/etc/resolv.conf) or systemd-resolved, whichever rules it.
  - Keeps the original C(/etc/resolv.conf) and gives it back with O(state=absent).
  - Writes in place where the file cannot be replaced, as in a container.
  - Without O(nameservers) it changes nothing and tells which resolvers the network gave the host.
author: Rackwright contributors (@rackwright)
options:
  nameservers:
    description: IP addresses of the name servers, in the order in which they are asked.
    type: list
    elements: str
  search:
    description: Domains that are tried for names without a dot.
    type: list
    elements: str
    default: []
  domains:
    description:
      - Names below these domains are asked of O(nameservers) alone. All others are asked of the network's own resolvers
        and, at the same time, of O(nameservers); the first that knows the name answers.
      - Only systemd-resolved can do that; C(/etc/resolv.conf) asks O(nameservers) for every name.
    type: list
    elements: str
    default: []
  options:
    description: Options for C(/etc/resolv.conf), such as V(timeout:1). systemd-resolved has none of them.
    type: list
    elements: str
    default: []
  state:
    description: V(absent) gives the host its own resolvers back.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment: [rackwright.platform.attributes.host]
"""

EXAMPLES = r"""
- name: See which resolvers the network gave this host
  rackwright.platform.resolver:
  register: resolver

- name: Ask the facility's own name server
  rackwright.platform.resolver:
    nameservers: [192.0.2.53]
    search: [lab.example]

- name: Ask whom the network says again
  rackwright.platform.resolver:
    state: absent
"""

RETURN = r"""
method:
  description: What rules the host's resolver; V(file) or V(systemd-resolved).
  returned: always
  type: str
  sample: file
upstream:
  description: The resolvers that the network gave this host.
  returned: always
  type: list
  elements: str
  sample: [192.0.2.1]
restart:
  description: The service that must be restarted to take up the change, empty when there is none.
  returned: always
  type: str
  sample: systemd-resolved.service
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.rackwright.platform.plugins.module_utils.core import files
from ansible_collections.rackwright.platform.plugins.module_utils.dns import resolver


def main():
    texts = {"type": "list", "elements": "str"}
    module = AnsibleModule(
        argument_spec={
            "nameservers": texts,
            "search": dict(texts, default=[]),
            "domains": dict(texts, default=[]),
            "options": dict(texts, default=[]),
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    params, host = module.params, resolver.Host()
    ruled_by = resolver.method(host)
    planned = []
    if params["state"] == "absent":
        planned = resolver.undo(host)
    elif params["nameservers"]:
        settings = resolver.Settings(*(params[name] for name in resolver.Settings._fields))
        wrong = resolver.problems(settings, ruled_by)
        if wrong:
            module.fail_json(msg="The resolver stays as it was: %s." % "; ".join(wrong))
        planned = resolver.writes(host, settings)
    upstream = resolver.upstream(host)
    if not module.check_mode:
        files.carry_out(planned)
    touched = {write.path for write in planned}
    module.exit_json(
        changed=bool(planned),
        method=ruled_by,
        upstream=upstream,
        restart="systemd-resolved.service" if resolver.DROPIN in touched else "",
        diff=files.diffs(planned),
    )


if __name__ == "__main__":
    main()
