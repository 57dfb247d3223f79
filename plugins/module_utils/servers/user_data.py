# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with user data, told without showing any of it: it often holds secrets."""

from __future__ import annotations

HEADER = "#cloud-config"
TYPES = {  # of cloud-init's documented keys, those whose type is one and no other
    "bootcmd": list,
    "runcmd": list,
    "packages": list,
    "write_files": list,
    "ssh_authorized_keys": list,
    "chpasswd": dict,
    "ssh_keys": dict,
}
WORDS = {list: "a list", dict: "a mapping"}


def problems(rows, provider, limit=None):
    """One sentence for each declared server whose `_user_data` has more bytes than `limit` or is no cloud-config."""
    found = []
    for row in rows:
        text = row.get("_user_data")
        if text:
            found += ["server %s: %s" % (row["name"], reason) for reason in _reasons(text, provider, limit)]
    return found


def _reasons(text, provider, limit):
    reasons, size = [], len(text.encode("utf-8"))
    if limit is not None and size > limit:
        words = "its user data has %d bytes, provider %s takes %d; let it fetch the rest when it boots"
        reasons.append(words % (size, provider, limit))
    if text.split("\n", 1)[0].rstrip() == HEADER:
        reasons += ["its user data is no cloud-config: %s" % reason for reason in cloud_config(text)]
    return reasons


def cloud_config(text):
    """Why a text is no cloud-config; nothing where this Python has no PyYAML, as on many a host of modules."""
    try:
        import yaml
    except ImportError:
        return []
    try:
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:  # its own words may quote the text
        mark = error.problem_mark or error.context_mark
        return ["line %d, column %d cannot be read as YAML" % (mark.line + 1, mark.column + 1)]
    except (yaml.YAMLError, ValueError):
        return ["it cannot be read as YAML; look for control characters and impossible dates"]
    if data is None:
        return []
    if not isinstance(data, dict):
        return ["it must be a mapping of cloud-init's keys"]
    return ["%s must be %s" % (key, WORDS[kind]) for key, kind in TYPES.items() if _is_not(data.get(key), kind)]


def _is_not(value, kind):
    return value is not None and not isinstance(value, kind)
