# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The members of an ensemble."""

    DOCUMENTATION = r"""
options:
  members:
    description: The declared members of the ensemble, as the filter P(rackwright.platform.zookeeper_members#filter) makes them.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What the member is called in messages.
        type: str
        required: true
      id:
        description: Its number, from 1 to 255.
        type: int
      address:
        description: Where the others and clients find it.
        type: str
        required: true
      client_port:
        description: Its port for clients.
        type: int
        default: 2181
      quorum_port:
        description: The port on which a leader listens to its followers.
        type: int
        default: 2888
      election_port:
        description: The port on which leaders are elected.
        type: int
        default: 3888
      listen:
        description: The address that its client port is bound to.
        type: str
        default: 0.0.0.0
"""
