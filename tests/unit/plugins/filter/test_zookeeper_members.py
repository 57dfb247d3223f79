# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.rackwright.platform.plugins.filter.zookeeper_members import zookeeper_members

HOSTS = {
    "zoo2": {"ansible_host": "192.0.2.2"},
    "zoo1": {"ansible_host": "192.0.2.9", "zookeeper_address": "10.0.0.1"},
    "third": {"ansible_host": "192.0.2.3", "zookeeper_id": "3"},
}


def test_members_of_hosts():
    members = zookeeper_members(list(HOSTS), HOSTS, {"client_port": 2182})
    assert [(row["name"], row["id"], row["address"]) for row in members] == [
        ("zoo1", 1, "10.0.0.1"),
        ("zoo2", 2, "192.0.2.2"),
        ("third", 3, "192.0.2.3"),
    ]
    assert {(row["client_port"], row["quorum_port"], row["election_port"]) for row in members} == {(2182, 2888, 3888)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"zoo2": {}}, "zoo2 has no address"),
        ({"third": {"ansible_host": "192.0.2.3"}}, "third has no id"),
        ({"third": {"ansible_host": "192.0.2.3", "zookeeper_id": 1}}, "zoo1 and third have one id, 1"),
        ({"third": {"ansible_host": "192.0.2.3", "zookeeper_id": "x"}}, "third has the id x"),
        ({"zoo4": {"ansible_host": "192.0.2.4"}}, "an ensemble of 4"),
    ],
)
def test_what_no_ensemble_can_be_made_of(changes, words):
    hosts = {**HOSTS, **changes}
    with pytest.raises(AnsibleFilterError, match=words):
        zookeeper_members(list(hosts), hosts)
