# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges of subordinate ids that would fall on each other, or that nobody has."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError
from ansible_collections.rackwright.platform.plugins.module_utils.containers import subids
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure

DOCUMENTATION = r"""
name: id_ranges
short_description: Judge users' ranges of subordinate ids
version_added: 1.0.0
author: Rackwright contributors (@rackwright)
description:
  - Says what is wrong with the ranges of ids that users are to have for their containers, beside
    those of C(/etc/subuid).
  - A user without a declared range needs one that is there. Two users' ranges must not overlap, since each could then
    reach what the other's containers own.
positional: _input
options:
  _input:
    description: Users with C(name), and C(subids) with C(start) and C(count) where the range is to be set.
    type: list
    elements: dict
    required: true
  there:
    description: The text of C(/etc/subuid) as it is.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: See whether anna may have these
  ansible.builtin.assert:
    that: "users | rackwright.platform.id_ranges('bob:100000:65536') == []"
  vars:
    users: [{name: anna, subids: {start: 200000, count: 65536}}]
"""

RETURN = r"""
_value:
  description: What is wrong, a sentence each. Empty when all is well.
  type: list
  elements: str
"""


def id_ranges(users, there=""):
    """The problems. Raises AnsibleFilterError for a range that is none."""
    try:
        return subids.problems(users, there)
    except Failure as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """Gives Ansible the filter."""

    def filters(self):
        """Filters by name."""
        return {"id_ranges": id_ranges}
