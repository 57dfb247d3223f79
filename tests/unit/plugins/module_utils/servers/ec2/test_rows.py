# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance as a row, and the tags that stamp it."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.servers.ec2 import rows
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.lists(st.from_regex(r"[a-z][a-z0-9-]{0,60}", fullmatch=True), min_size=2, max_size=50, unique=True)


def instance(state="running", tags=(), **more):
    """As DescribeInstances tells it."""
    told = {"InstanceId": "i-1", "InstanceType": "t3.small", "ImageId": "ami-1", "State": {"Name": state}}
    told.update(Placement={"AvailabilityZone": "us-east-1a"}, LaunchTime=datetime.datetime(2026, 1, 2, 3, 4, 5))
    return dict(told, Tags=[{"Key": name, "Value": value} for name, value in dict(tags).items()], **more)


def row(found):
    """Its row."""
    return rows.row_of(found, "us-east-1", "admin", {"ami-1": "debian-12"})


def tags(names, **want):
    """The tags of a request, as a dict."""
    made = rows.stamped(dict({"image": "debian-12"}, **want), names)
    return {tag["Key"]: tag["Value"] for tag in made}


def test_a_row_is_told_in_our_words():
    told = row(
        instance(tags={"Name": "web", "role": "db", "aws:x": "y", rows.OWNER: "me"}, PublicIpAddress="192.0.2.1")
    )
    assert (told["name"], told["state"], told["power"], told["image"]) == ("web", "active", "on", "debian-12")
    assert (told["tags"], told["owner"], told["installed"]) == ({"role": "db"}, "me", True)
    assert told["access"] == {"host": "192.0.2.1", "port": 22, "user": "admin"}
    assert told["created"] == "2026-01-02T03:04:05Z"


@pytest.mark.parametrize(
    ("state", "ours", "power"),
    [("pending", "provisioning", "on"), ("stopping", "off", "off"), ("stopped", "off", "off")],
)
def test_states(state, ours, power):
    told = row(instance(state, tags={"Name": "a"}))
    assert (told["state"], told["power"]) == (ours, power)


@pytest.mark.parametrize("state", ["shutting-down", "terminated"])
def test_what_is_going_is_no_server(state):
    assert row(instance(state)) is None


def test_one_that_was_stopped_to_be_changed_is_not_done():
    assert not row(instance("stopped", tags={"Name": "a", rows.RESUME: "true"}))["installed"]


def test_public_addresses_come_first():
    cards = [{"Ipv6Addresses": [{"Ipv6Address": "2001:db8::1"}]}]
    told = row(instance(PrivateIpAddress="10.0.0.1", PublicIpAddress="192.0.2.1", NetworkInterfaces=cards))
    found = [(one["address"], one["family"], one["public"]) for one in told["addresses"]]
    assert found == [("192.0.2.1", 4, True), ("10.0.0.1", 4, False), ("2001:db8::1", 6, True)]
    assert "access" not in row(instance())


def test_a_stamp_keeps_digests_and_no_secrets():
    made = tags(["web"], owner="me", user_data="sha256:1", ssh_keys=["ssh-rsa SECRET"], tags={"role": "db"})
    assert made["Name"] == "web" and made["role"] == "db" and made[rows.OWNER] == "me"
    assert made[rows.DATA] == "sha256:1" and "SECRET" not in str(made)


@given(NAMES)
def test_of_servers_that_are_made_together_each_knows_its_name(names):
    made = tags(names)
    assert "Name" not in made and all(len(value) <= rows.LONGEST for value in made.values())
    found = [rows.name_of({"InstanceId": "i", "AmiLaunchIndex": i}, made)[0] for i in range(len(names))]
    assert found == names
