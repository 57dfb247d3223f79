# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Debian packages in a folder of the control node, and their checksums."""

from __future__ import annotations

import functools
import pathlib

from ansible_collections.rackwright.platform.plugins.module_utils.core import files

DOCUMENTATION = r"""
name: deb_files
short_description: Checksums of the Debian packages in a folder of the control node
version_added: 1.0.0
author: Rackwright contributors (@rackwright)
description:
  - Tells the SHA256 of each C(.deb) file of a folder on the control node, without a task of its own.
positional: _input
options:
  _input:
    description: The folder. One that is not there has no files.
    type: path
    required: true
"""

EXAMPLES = r"""
- name: See that there are packages
  ansible.builtin.assert:
    that: "'/nosuch' | rackwright.platform.deb_files == {}"
"""

RETURN = r"""
_value:
  description: SHA256 by the file's name.
  type: dict
"""


def deb_files(folder):
    """{name: SHA256} of the packages."""
    paths = sorted(pathlib.Path(folder).expanduser().glob("*.deb"))
    return {path.name: _digest(path, path.stat().st_size, path.stat().st_mtime_ns) for path in paths}


@functools.lru_cache(maxsize=None)
def _digest(path, _size, _changed):
    """The SHA256 of a file that is as it was: a task asks for the same folder several times."""
    return files.sha256(path)


class FilterModule:
    """Gives Ansible the filter."""

    def filters(self):
        """Filters by name."""
        return {"deb_files": deb_files}
