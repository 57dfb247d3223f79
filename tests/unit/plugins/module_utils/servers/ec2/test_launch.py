# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What RunInstances is told: who goes together, the token, and how much user data there may be."""

from __future__ import annotations

import base64
from collections import namedtuple

from ansible_collections.rackwright.platform.plugins.module_utils.servers.ec2 import launch

Change = namedtuple("Change", "want")
KEYS = ["ssh-rsa AAAA", "ssh-rsa BBBB"]


def row(name="web", **more):
    """A declared server."""
    return dict({"name": name, "plan": "t3.small", "image": "debian-12"}, **more)


def told(want, names=("web",), zone="us-east-1a", key_name=None):
    """The request."""
    return launch.request(want, list(names), "ami-1", zone, key_name)


def test_those_that_differ_in_more_than_their_name_go_alone():
    changes = [Change(row("w%02d" % i, plan=("small", "large")[i % 2])) for i in range(4)]
    groups = [[change.want["name"] for change in group] for group in launch.alike(changes)]
    assert groups == [["w00", "w02"], ["w01", "w03"]]


def test_a_request_makes_so_many_at_most():
    sizes = [len(group) for group in launch.alike([Change(row("w%03d" % i)) for i in range(120)])]
    assert sizes == [50, 50, 20]


def test_a_token_is_of_the_request_and_the_turn():
    one = launch.token(told(row()), 0)
    assert one == launch.token(told(row()), 0)
    others = {launch.token(told(row()), 1), launch.token(told(row(plan="t3.large")), 0)}
    assert len({one} | others) == 3


def test_a_request_asks_for_all_or_none_and_stamps_them():
    made = told(row(spot={"max_price": 0.5}), ("a", "b"), key_name="mine")
    assert (made["MinCount"], made["MaxCount"], made["KeyName"]) == (2, 2, "mine")
    assert made["Placement"] == {"AvailabilityZone": "us-east-1a"}
    assert made["InstanceMarketOptions"]["SpotOptions"] == {"MaxPrice": "0.5"}
    assert [spec["ResourceType"] for spec in made["TagSpecifications"]] == ["instance", "volume"]
    assert "Placement" not in told(row(), zone=None) and "UserData" not in told(row())


def test_the_first_key_is_a_pair_and_the_others_are_user_data():
    script = "#!/bin/sh\n"
    assert told(row(_user_data=script, ssh_keys=KEYS[:1]))["UserData"] == script
    data = told(row(_user_data=script, ssh_keys=KEYS))["UserData"]
    assert KEYS[1] in data and KEYS[0] not in data


def test_too_much_user_data_is_told_and_not_quoted():
    assert launch.too_much(row(_user_data="#!/bin/sh\n")) is None
    text = launch.too_much(row(_user_data="#!/bin/sh\n" + "hunter2 " * 2048))
    assert text.startswith("server web: its user data has 16394 bytes, EC2 takes 16384") and "hunter2" not in text
    text = launch.too_much(row(_user_data="hunter2", ssh_keys=KEYS))
    assert text.startswith("server web: ssh_keys: ") and "hunter2" not in text


def test_a_console_is_base64_or_what_it_is():
    assert launch.decoded({"Output": base64.b64encode("grün".encode()).decode()}) == "grün"
    assert launch.decoded({"Output": "no base64!"}) == "no base64!" and launch.decoded({}) == ""
