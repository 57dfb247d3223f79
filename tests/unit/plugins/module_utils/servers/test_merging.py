# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merging user data: rules by example, and laws as properties."""

from __future__ import annotations

import email
import json

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.rackwright.platform.plugins.filter.user_data import user_data
from ansible_collections.rackwright.platform.plugins.module_utils.servers.merging import merged, over
from hypothesis import given
from hypothesis import strategies as st

SCRIPT = "#!/bin/sh\necho hi\n"
IGNITION = {"ignition": {"version": "3.3.0"}, "storage": {"files": [{"path": "/a", "mode": 420}]}}


def cloud(text):
    """A cloud-config as data."""
    assert text.startswith("#cloud-config\n")
    return yaml.safe_load(text)


def test_cloud_configs_become_one():
    first = "#cloud-config\npackages: [a, b]\nntp: {enabled: true}\ntimezone: UTC\n"
    second = {"packages": ["b", "c"], "ntp": {"servers": ["x"]}, "timezone": "Europe/Rome"}
    assert cloud(merged([first, second])) == {
        "packages": ["a", "b", "c"],
        "ntp": {"enabled": True, "servers": ["x"]},
        "timezone": "Europe/Rome",
    }


def test_one_script_stays_word_for_word():
    assert merged([SCRIPT]) == SCRIPT and merged([]) == ""


def test_what_is_of_several_kinds_is_a_message_that_cloud_init_reads():
    text = merged([{"packages": ["a"]}, SCRIPT, "## template: jinja\n#cloud-config\nfqdn: '{{ v1.local_hostname }}'\n"])
    parts = email.message_from_string(text).get_payload()
    kinds = [part.get_content_type() for part in parts]
    assert kinds == ["text/cloud-config", "text/x-shellscript", "text/jinja2"]
    assert parts[1].get_payload(decode=True).decode() == SCRIPT
    assert merged([{"runcmd": ["echo grüße"]}, SCRIPT]).isascii()


def test_ignition_replaces_by_path_and_name():
    other = {"ignition": {"version": "3.4.0"}, "storage": {"files": [{"path": "/a", "mode": 384}, {"path": "/b"}]}}
    whole = json.loads(merged([IGNITION, json.dumps(other)]))
    assert whole["ignition"]["version"] == "3.4.0"
    assert whole["storage"]["files"] == [{"path": "/a", "mode": 384}, {"path": "/b"}]


def test_ignition_lists_are_told_apart_by_where_they_stand():
    user = {"ignition": {"version": "3.3.0"}, "passwd": {"users": [{"name": "core", "groups": ["wheel"]}]}}
    more = {"ignition": {"version": "3.3.0"}, "passwd": {"users": [{"name": "core", "groups": ["docker", "wheel"]}]}}
    assert json.loads(merged([user, more]))["passwd"]["users"] == [{"name": "core", "groups": ["wheel", "docker"]}]
    unit = {
        "ignition": {"version": "3.3.0"},
        "systemd": {"units": [{"name": "a", "dropins": [{"name": "x", "contents": "1"}]}]},
    }
    other = json.loads(json.dumps(unit).replace('"1"', '"2"'))
    assert json.loads(merged([unit, other]))["systemd"] == other["systemd"]


def test_a_files_contents_and_checksum_belong_together():
    first = dict(
        IGNITION, storage={"files": [{"path": "/a", "contents": {"source": "x", "verification": {"hash": "h"}}}]}
    )
    second = dict(IGNITION, storage={"files": [{"path": "/a", "contents": {"source": "y"}}]})
    assert json.loads(merged([first, second]))["storage"] == second["storage"]


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        (["#cloud-config\npakages: [hunter2]\n"], "piece 1: cloud-init knows no key pakages; is it packages"),
        ([SCRIPT, "#cloud-config\npackages: hunter2\n"], "piece 2: it is no cloud-config: packages must be a list"),
        (["#cloud-config\na: [hunter2\n"], "cannot be read as YAML"),
        (["hunter2"], "piece 1: it must begin with"),
        ([{"write_files": [{"path": "hunter2"}]}], "no absolute path"),
        ([IGNITION, SCRIPT], "Ignition cannot be merged with shell"),
        ([{"ignition": {"version": "9.0.0"}}], "ignition.version of 2.x.y or 3.x.y"),
        ([{"ignition": {"version": "3.hunter2"}}], "ignition.version of 2.x.y or 3.x.y"),
        ([{"ignition": ["hunter2"]}], "a mapping `ignition`"),
        ([dict(IGNITION, storage=["hunter2"])], "storage must be a mapping"),
        ([dict(IGNITION, storage={"files": ["hunter2"]})], "storage.files must be a list of mappings"),
        ([dict(IGNITION, storage={"files": [{"path": "/hunter2"}] * 2})], "two entries of one path"),
        ([IGNITION, {"ignition": {"version": "2.2.0"}}], "Ignition 2 and 3 are two formats"),
        ([{"users": ["hunter2", 7]}], "an entry of users is neither"),
        (['{"hunter2": '], "cannot be read as JSON"),
        ([{"ignition": {"version": "3.0.0"}, "storage": {"files": [{"path": "hunter2"}]}}], "no absolute path"),
        ([7], "each piece must be a text or a dictionary"),
    ],
)
def test_what_is_wrong_is_told_and_not_quoted(pieces, words):
    with pytest.raises(AnsibleFilterError) as error:
        user_data(pieces)
    assert words in str(error.value) and "hunter2" not in str(error.value)


def test_limits_and_keys_of_ones_own():
    with pytest.raises(AnsibleFilterError, match="together they have .* bytes, 20 are allowed"):
        user_data([SCRIPT * 3], limit=20)
    assert user_data(SCRIPT, limit=len(SCRIPT)) == SCRIPT
    assert cloud(user_data([{"our_module": 1}], unknown=True)) == {"our_module": 1}


VALUES = st.recursive(
    st.one_of(st.integers(), st.booleans(), st.text("abcé", max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("xyz"), inner, max_size=3)),
    max_leaves=8,
)
CONFIGS = st.dictionaries(st.sampled_from(["ntp", "apt", "swap", "groups"]), VALUES, max_size=4)


@given(CONFIGS, CONFIGS)
def test_laying_over_keeps_what_is_above(under, upper):
    whole = over(under, upper)
    assert set(whole) == set(under) | set(upper)
    assert over(whole, upper) == whole, "once is enough"


SCALARS = st.one_of(st.integers(0, 2), st.text("ab", max_size=1))
KINDED = st.recursive(  # a key is of one kind, which its name tells
    st.fixed_dictionaries({}, optional={"scalar": SCALARS, "list": st.lists(SCALARS, max_size=4)}),
    lambda inner: st.fixed_dictionaries(
        {}, optional={"scalar": SCALARS, "list": st.lists(st.one_of(SCALARS, inner), max_size=4), "dict": inner}
    ),
    max_leaves=6,
)


@given(KINDED, KINDED, KINDED)
def test_of_keys_of_one_kind_the_order_of_laying_does_not_matter(first, second, third):
    assert over(over(first, second), third) == over(first, over(second, third))


def test_a_list_that_meets_something_else_is_forgotten_in_the_order_of_the_pieces():
    pieces = [{"groups": ["a"]}, {"groups": "b"}, {"groups": ["c"]}]
    assert cloud(merged(pieces)) == {"groups": ["c"]} == cloud(merged([merged(pieces[:2]), pieces[2]]))
    assert cloud(merged([pieces[0], merged(pieces[1:])])) == {"groups": ["a", "c"]}


@given(CONFIGS, CONFIGS, CONFIGS)
def test_what_is_laid_from_the_first_on_may_be_kept_in_between(first, second, third):
    assert merged([merged([first, second]), third]) == merged([first, second, third])


@given(st.lists(CONFIGS, min_size=1, max_size=3), st.booleans())
def test_the_same_pieces_give_the_same_bytes(configs, script):
    pieces = [*configs, *([SCRIPT] if script else [])]
    assert merged(pieces) == merged(json.loads(json.dumps(pieces)))
    if not script:
        assert merged([merged(pieces)]) == merged(pieces)
