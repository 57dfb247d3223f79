# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges of subordinate ids that would fall on each other, or that nobody has."""

from __future__ import annotations

from ..core.errors import Refused


def problems(users, there=""):
    """What is wrong with ranges that users want, beside those `there`. Raises Refused for one that is none."""
    wanted = {user["name"]: _range(user) for user in users if user.get("subids")}
    ranges = [(name, start, count) for name, start, count in _lines(there) if name not in wanted]
    problems = [
        "%s has no range of ids in /etc/subuid for its containers; declare subids with start and count" % user["name"]
        for user in users
        if user["name"] not in wanted and user["name"] not in [name for name, _start, _count in ranges]
    ]
    for name, (start, count) in wanted.items():
        for other, begin, number in ranges:
            if start < begin + number and begin < start + count:
                text = "the ids of %s (%d to %d) overlap those of %s (%d to %d); choose others"
                problems.append(text % (name, start, start + count - 1, other, begin, begin + number - 1))
        ranges.append((name, start, count))
    return problems


def _range(user):
    try:
        start, count = int(user["subids"]["start"]), int(user["subids"]["count"])
    except (KeyError, TypeError, ValueError):
        raise Refused("the subids of %s need start and count, two numbers" % user["name"]) from None
    return start, count


def _lines(text):
    for line in text.splitlines():
        parts = line.split(":")
        if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
            yield parts[0], int(parts[1]), int(parts[2])
