# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.rackwright.platform.plugins.filter.mesos_cluster import mesos_cluster

GROUPS = {"mesos_masters": ["m1", "m2", "m3"], "mesos_agents": ["a1"], "zookeeper": ["z1", "z2", "z3"]}
HOSTS = {name: {"ansible_host": "192.0.2.%d" % index} for index, name in enumerate(sorted(sum(GROUPS.values(), [])), 1)}


def test_a_cluster_of_an_inventory():
    found = mesos_cluster(GROUPS, dict(HOSTS, m2={"ansible_host": "192.0.2.3", "mesos_address": "2001:db8::3"}))
    assert found["quorum"] == 2 and found["agents"] == [{"name": "a1", "address": "192.0.2.1"}]
    assert found["zk"] == "zk://192.0.2.5:2181,192.0.2.6:2181,192.0.2.7:2181/mesos"
    assert found["zookeeper"] == "192.0.2.5:2181,192.0.2.6:2181,192.0.2.7:2181"
    assert found["urls"] == ["http://192.0.2.2:5050", "http://[2001:db8::3]:5050", "http://192.0.2.4:5050"]
    five = dict(GROUPS, mesos_masters=["m1", "m2", "m3", "z1", "z2"])
    assert mesos_cluster(five, HOSTS)["quorum"] == 3


def test_a_zookeeper_of_ones_own():
    given = {"zk": "zk://me:secret@zoo.example:2181/a/b", "port": 5055}
    found = mesos_cluster({"mesos_masters": ["m1"]}, HOSTS, **given)
    assert found["zk"] == given["zk"] and found["zookeeper"] == "zoo.example:2181"
    assert found["quorum"] == 1 and found["urls"] == ["http://192.0.2.2:5055"]
    other = {"zookeeper_address": "10.0.0.1", "zookeeper_client_port": 2182}
    ported = mesos_cluster(GROUPS, dict(HOSTS, z1=other), chroot="/x/")
    assert ported["zk"].startswith("zk://10.0.0.1:2182,") and ported["zk"].endswith("/x")


def test_a_zookeeper_that_its_role_has_told_of():
    told = {"ansible_host": "192.0.2.5", "rackwright_zookeeper": {"endpoint": "192.0.2.5:2199"}}
    assert mesos_cluster(GROUPS, dict(HOSTS, z1=told))["zookeeper"] == "192.0.2.5:2199,192.0.2.6:2181,192.0.2.7:2181"


@pytest.mark.parametrize(
    ("groups", "hosts", "options", "words"),
    [
        ({"mesos_masters": []}, {}, {}, "there are no masters: put hosts into the group mesos_masters"),
        ({"mesos_masters": ["m1", "m2"]}, {}, {}, "2 masters (m1, m2) stand no more losses than 1"),
        ({"zookeeper": []}, {}, {}, "there is no ZooKeeper: put hosts into the group zookeeper"),
        ({}, {"a1": {}}, {}, "a1 has no address: set mesos_address"),
        ({}, {"z1": {}}, {}, "z1 has no address: set zookeeper_address"),
        ({}, {"m1": {"ansible_host": "127.0.1.1"}}, {}, "m1 has the address 127.0.1.1, where no other host finds it"),
        ({}, {"m1": {"ansible_host": "192.0.2.1"}}, {}, "m1 and a1 have one address, 192.0.2.1"),
        ({}, {}, {"zk": "192.0.2.1:2181"}, "must make an address such as zk://"),
        (
            {"other_masters": ["m3", "z1"]},
            {"z1": {"ansible_host": "192.0.2.5", "mesos_master_group": "other_masters"}},
            {},
            "m3 is claimed as a master by the groups mesos_masters and other_masters",
        ),
    ],
)
def test_what_no_cluster_can_be_made_of(groups, hosts, options, words):
    with pytest.raises(AnsibleFilterError) as caught:
        mesos_cluster(dict(GROUPS, **groups), dict(HOSTS, **hosts), **options)
    assert words in str(caught.value)


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(AnsibleFilterError) as caught:
        mesos_cluster({"mesos_masters": ["m1", "m2"]}, dict(HOSTS, m1={}))
    assert str(caught.value).count(";") == 2
