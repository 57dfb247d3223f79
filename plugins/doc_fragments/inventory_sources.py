# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that the inventory plugins share; see plugin_utils/sources.py."""

from __future__ import annotations


class ModuleDocFragment:
    """For `extends_documentation_fragment`."""

    DOCUMENTATION = r"""
options:
  hostname:
    description: A Jinja expression for the host's name; by default the name of what it stands for.
    type: str
    env:
      - name: RACKWRIGHT_INVENTORY_HOSTNAME
  on_error:
    description:
      - What to do when a source cannot be read.
      - V(fail) gives up, V(warn) leaves its hosts out, V(stale) uses its last good answer.
    type: str
    default: fail
    choices: [fail, warn, stale]
    env:
      - name: RACKWRIGHT_INVENTORY_ON_ERROR
  min_hosts:
    description:
      - Refuse an inventory of fewer hosts than this, so that an empty answer never empties what is made from it.
      - Of a source, C(min_hosts) counts that source's hosts. With C(on_error=stale), too few are as good as no answer;
        otherwise they are an error.
    type: int
    default: 0
    env:
      - name: RACKWRIGHT_INVENTORY_MIN_HOSTS
  stale_folder:
    description: Where the last good answers are kept with O(on_error=stale). They hold no secrets.
    type: path
    default: ~/.ansible/rackwright
    env:
      - name: RACKWRIGHT_INVENTORY_STALE_FOLDER
"""
