# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data as TOML, which Python reads and does not write."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: to_toml
short_description: Write data as TOML
version_added: 1.0.0
author: Rackwright contributors (@rackwright)
description:
  - Writes a mapping as a TOML document, such as the files of C(/etc/containers). Keys keep their order; a list of
    mappings becomes an array of tables.
  - Keys whose value is null are left out, as TOML has no null.
positional: _input
options:
  _input:
    description: The data.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show settings of Podman
  ansible.builtin.debug:
    msg: "{{ {'engine': {'cgroup_manager': 'systemd', 'events_logger': 'journald'}} | rackwright.platform.to_toml }}"
"""

RETURN = r"""
_value:
  description: The document.
  type: str
"""

BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


def to_toml(data):
    """The document. Raises AnsibleFilterError for what TOML has no word for."""
    if not isinstance(data, Mapping):
        raise AnsibleFilterError("to_toml needs a mapping, not %s" % type(data).__name__)
    return "\n".join(_table((), data)) + "\n"


def _table(path, data):
    """The lines of a table: its own values first, since what comes after a header belongs to that."""
    lines, data = [], {key: value for key, value in data.items() if value is not None}
    for key, value in data.items():
        if not (isinstance(value, Mapping) or _is_tables(value)):
            lines.append("%s = %s" % (_key(key), _value((*path, key), value)))
    for key, value in data.items():
        inner = (*path, key)
        if isinstance(value, Mapping):
            lines += ["", "[%s]" % ".".join(map(_key, inner)), *_table(inner, value)]
        elif _is_tables(value):
            for one in value:
                lines += ["", "[[%s]]" % ".".join(map(_key, inner)), *_table(inner, one)]
    return lines


def _is_tables(value):
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)


def _key(key):
    return key if BARE.match(str(key)) else _text(str(key))


def _value(path, value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return "[%s]" % ", ".join(_value(path, one) for one in value)
    if isinstance(value, Mapping):
        return "{%s}" % ", ".join("%s = %s" % (_key(key), _value(path, one)) for key, one in value.items())
    raise AnsibleFilterError("to_toml: %s is %r, for which TOML has no word" % (".".join(map(str, path)), value))


def _text(value):
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


class FilterModule:
    """Gives Ansible the filter."""

    def filters(self):
        """Filters by name."""
        return {"to_toml": to_toml}
