# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One user data of many pieces."""

from __future__ import annotations

import json

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: user_data
short_description: Merge pieces of user data into one
version_added: 1.0.0
author: Rackwright contributors (@rackwright)
description:
  - Makes the text that M(rackwright.platform.server) takes as C(user_data) of any number of pieces, in their order.
  - Pieces of cloud-config become one. Dictionaries are merged, lists are appended without what is there already, of
    other values the last one counts.
  - Shell scripts, and templates of cloud-init's own, stand beside it as parts of a MIME message.
  - Ignition configurations become one. Files, units, users and the like replace those of the same path or name.
  - Each piece is checked, and an error names the piece and the reason without quoting it.
  - The same pieces give the same text, byte for byte.
positional: _input
options:
  _input:
    description:
      - One piece or a list of them. Each is a text that begins with C(#cloud-config), C(#!) or C(## template) and so
        on, an Ignition configuration as text, or a dictionary of either kind.
    type: raw
    required: true
  limit:
    description: The most bytes that it may have. Providers have limits of their own, such as 16384 at EC2.
    type: int
  unknown:
    description: Take keys that cloud-init does not document.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: A web server of the base profile, and what only it needs
  rackwright.platform.server:
    provider: lab
    servers:
      - name: web01
        facility: ams1
        plan: lab.small
        image: debian-13
        user_data: "{{ [base, {'packages': ['nginx']}, '#!/bin/sh\ntouch /ready\n'] | rackwright.platform.user_data }}"
  vars:
    base:
      package_update: true
      packages: [chrony]
"""

RETURN = r"""
_value:
  description: The user data.
  type: str
"""

from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure
from ansible_collections.rackwright.platform.plugins.module_utils.servers.merging import Wrong, merged


def user_data(pieces, limit=None, unknown=False):
    """The pieces as one text."""
    pieces = pieces if isinstance(pieces, (list, tuple)) else [pieces]
    try:
        plain = json.loads(json.dumps([piece for piece in pieces if piece]))  # without what Ansible notes about values
        if not all(isinstance(piece, (str, dict)) for piece in plain):
            raise Wrong("each piece must be a text or a dictionary")
        return merged(plain, limit, unknown)
    except (Wrong, Failure) as error:
        raise AnsibleFilterError("user_data: %s" % error) from None
    except TypeError:
        raise AnsibleFilterError("user_data: a piece holds what is neither text, number, list nor dictionary") from None


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """By name."""
        return {"user_data": user_data}
