# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges of subordinate ids."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.rackwright.platform.plugins.filter.id_ranges import id_ranges

THERE = "bob:100000:65536\nnonsense\nanna:300000:10\n"


def user(name, start=None, count=65536):
    """A declared user."""
    return {"name": name, "subids": {"start": start, "count": count}} if start else {"name": name}


@pytest.mark.parametrize(
    ("users", "words"),
    [
        ([user("bob"), user("anna")], []),
        ([user("anna", 165536)], []),  # his old range does not count
        ([user("anna", 165535)], ["anna (165535 to 231070) overlap those of bob (100000 to 165535)"]),
        ([user("carl")], ["carl has no range"]),
        ([user("carl", 400000), user("dora", 465535)], ["dora (465535 to 531070) overlap those of carl"]),
    ],
)
def test_what_is_wrong_with_them(users, words):
    found = id_ranges(users, THERE)
    assert len(found) == len(words) and all(word in text for word, text in zip(words, found, strict=True))


@pytest.mark.parametrize("subids", [{"start": 1}, {"start": "x", "count": 1}, 7])
def test_what_is_no_range(subids):
    with pytest.raises(AnsibleFilterError, match="two numbers"):
        id_ranges([{"name": "anna", "subids": subids}])
