# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written is read back by Python's own reader of TOML as the same."""

from __future__ import annotations

import pytest
import tomllib
from ansible.errors import AnsibleFilterError
from ansible_collections.rackwright.platform.plugins.filter.to_toml import to_toml
from hypothesis import given, settings
from hypothesis import strategies as st

TEXT = st.text(st.characters(blacklist_categories=("Cs",)))
PLAIN = TEXT | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
TABLES = st.lists(st.dictionaries(TEXT, PLAIN, max_size=3), max_size=3)
DATA = st.recursive(
    PLAIN | TABLES | st.lists(PLAIN, max_size=3),
    lambda inner: st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=50)
@given(st.dictionaries(TEXT, DATA))
def test_it_is_read_back_as_the_same(data):
    assert tomllib.loads(to_toml(data)) == data


def test_a_file_of_podman():
    text = to_toml(
        {"unqualified-search-registries": ["a.example"], "registry": [{"location": "a.example", "insecure": True}]}
    )
    assert (
        text
        == 'unqualified-search-registries = ["a.example"]\n\n[[registry]]\nlocation = "a.example"\ninsecure = true\n'
    )


def test_a_null_is_left_out_and_a_mapping_among_others_is_on_its_line():
    assert (
        to_toml({"none": None, "empty": {}, "list": ["x", 1, {"y": 2.5}]}) == 'list = ["x", 1, {y = 2.5}]\n\n[empty]\n'
    )


@pytest.mark.parametrize("data", [{"a": object()}, {"a": [None]}, ["a"]])
def test_what_has_no_word_is_an_error(data):
    with pytest.raises(AnsibleFilterError):
        to_toml(data)
