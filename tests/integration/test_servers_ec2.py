# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2 on moto: batches, pages, regions, addresses, keys, actions and refusals; what the contract suite does not ask."""

from __future__ import annotations

import base64
import subprocess
from email import message_from_string

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.servers.drivers import ec2 as driver
from contract.clouds import NO_ROOM, SSH_KEY, OnMoto
from contract.modules import run
from contract.proxy import Proxy, answer, reset_after
from integration.moto import KEY, Moto

EAST, WEST = "us-east-1", "us-west-2"


class Cloud:
    """A moto behind a door, and tasks on it."""

    def __init__(self, moto, door):
        self.moto, self.door, self.east = moto, door, moto.client(region=EAST)
        self.image = moto.images[0]

    def task(self, module="server", check=False, fails=False, regions=(EAST,), **more):
        """Run a module."""
        ec2 = {"url": self.door.url, "regions": list(regions), "access_key": KEY["aws_access_key_id"]}
        ec2["secret_key"] = KEY["aws_secret_access_key"]
        wait = {"wait": False} if module in ("server", "server_action") else {}
        result = run(module, dict({"provider": "ec2", "ec2": ec2}, **wait, **more), check=check, fails=fails)
        assert KEY["aws_secret_access_key"] not in str(result)
        return result

    def rows(self, *names, **more):
        """Rows of these names that are alike."""
        return [
            dict({"name": n, "facility": EAST + "a", "plan": "t3.small", "image": self.image}, **more) for n in names
        ]

    def alive(self, region=EAST):
        """{name: instance} of all that have not ended; two of one name are a failure."""
        found = {}
        for page in self.moto.client(region=region).get_paginator("describe_instances").paginate():
            for one in (i for r in page["Reservations"] for i in r["Instances"]):
                if one["State"]["Name"] not in ("terminated", "shutting-down"):
                    name = tags_of(one).get("Name")
                    assert name not in found, name
                    found[name] = one
        return found


def tags_of(thing):
    return {tag["Key"]: tag["Value"] for tag in thing.get("Tags") or ()}


@pytest.fixture(scope="module")
def moto():
    """One moto for all."""
    with Moto() as server:
        yield server


@pytest.fixture
def cloud(moto):
    """An empty cloud behind a door."""
    moto.reset()
    with Proxy(("127.0.0.1", moto.port), spell=OnMoto.spell) as door:
        yield Cloud(moto, door)


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    """A second public key."""
    path = tmp_path_factory.mktemp("key") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "me", "-f", str(path)], check=True)
    return path.with_suffix(".pub").read_text().strip()


def test_servers_that_are_alike_take_one_request(cloud):
    names = ["s%02d" % number for number in range(20)]
    cloud.task(servers=cloud.rows(*names, tags={"role": "web"}), owner="me")
    assert cloud.door.count("POST", "RunInstances") == 1 and set(cloud.alive()) == set(names)
    assert not cloud.task(servers=cloud.rows(*names, tags={"role": "web"}), owner="me")["changed"]
    cloud.door.clear()
    cloud.task(servers=[{"name": name} for name in names], state="absent")
    assert cloud.door.count("POST") == 1 and cloud.alive() == {}


def test_a_batch_that_does_not_fit_makes_as_many_as_do(cloud):
    cloud.door.fault(answer(500, NO_ROOM, Content_Type="text/xml"), path="RunInstances")
    result = cloud.task(servers=cloud.rows("a", "b", "c"), owner="me", fails=True)
    assert result["applied"] == ["a"] and set(result["failed_keys"]) == {"b", "c"}
    assert "there was room for 1 of 3" in result["msg"] and list(cloud.alive()) == ["a"]
    cloud.task(servers=cloud.rows("a", "b", "c"), owner="me")
    assert set(cloud.alive()) == {"a", "b", "c"}


def test_a_thousand_are_one_page_and_every_page_is_read(cloud, monkeypatch):
    for batch in range(21):
        tags = [{"Key": "Name", "Value": "b%02d" % batch}]
        spec = [{"ResourceType": "instance", "Tags": tags}]
        cloud.east.run_instances(ImageId=cloud.image, MinCount=50, MaxCount=50, TagSpecifications=spec)
    assert len(cloud.task("server_info")["servers"]) == 1050 and cloud.door.count() == 1
    monkeypatch.setattr(driver, "PAGE", 5)  # moto ends a page between two requests only: these were 21
    cloud.door.clear()
    assert len(cloud.task("server_info")["servers"]) == 1050 and cloud.door.count() == 5


def test_namesakes_of_others_are_in_nobodys_way(cloud):
    spec = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "asg"}]}]
    cloud.east.run_instances(ImageId=cloud.image, MinCount=2, MaxCount=2, TagSpecifications=spec)
    cloud.task(servers=cloud.rows("one"))
    assert "asg: the provider has more than one" in cloud.task(servers=cloud.rows("asg"), fails=True)["msg"]


@pytest.mark.parametrize("lost", [False, True], ids=["answered", "unanswered"])
def test_a_region_is_a_facility_too(cloud, lost):
    if lost:
        cloud.door.fault(reset_after, path="RunInstances")
    rows = cloud.rows("one", facility=EAST)
    cloud.task(servers=rows)
    made = cloud.alive()["one"]["InstanceId"]
    assert not cloud.task(servers=rows)["changed"]
    assert cloud.alive()["one"]["InstanceId"] == made and cloud.door.count("POST", "RunInstances") == 1


def test_several_regions_at_once(cloud):
    both = cloud.rows("east") + cloud.rows("west", facility=WEST + "a", image="resolve:ssm:/aws/service/x/image_id")
    cloud.task(servers=both, regions=(EAST, WEST), owner="me")
    assert set(cloud.alive(EAST)) == {"east"} and set(cloud.alive(WEST)) == {"west"}
    found = {row["name"]: row for row in cloud.task("server_info", regions=(EAST, WEST))["servers"]}
    assert {name: row["metro"] for name, row in found.items()} == {"east": EAST, "west": WEST}
    assert found["west"]["image"] == "resolve:ssm:/aws/service/x/image_id"
    assert not cloud.task(servers=both, regions=(EAST, WEST), owner="me")["changed"]
    stopped = cloud.task("server_action", names=["east", "west"], action="power_off", regions=(EAST, WEST))
    assert [row["power"] for row in stopped["servers"]] == ["off", "off"]
    assert "us-west-2a" in cloud.task(servers=both, fails=True)["msg"]


def test_an_image_by_name_is_the_newest_and_a_newer_one_changes_nothing(cloud):
    def publish(name):
        return cloud.east.create_image(InstanceId=base, Name=name)["ImageId"]

    cloud.task(servers=cloud.rows("base"))
    base = cloud.alive()["base"]["InstanceId"]
    first = publish("app-1")
    rows = cloud.rows("one", image="app-*")
    cloud.task(servers=rows)
    assert cloud.alive()["one"]["ImageId"] == first
    publish("app-2")
    assert not cloud.task(servers=rows)["changed"]
    assert not cloud.task(servers=cloud.rows("one", image=first))["changed"]
    assert cloud.task("image_info", names=["app-*"])["images"][0]["title"].startswith("app-")


def test_keys_and_user_data(cloud, public):
    rows = cloud.rows("one", ssh_keys=[SSH_KEY, public], user_data="#cloud-config\npackages: [nginx]\n")
    cloud.task(servers=rows)
    one = cloud.alive()["one"]
    assert [pair["KeyName"] for pair in cloud.east.describe_key_pairs()["KeyPairs"]] == [one["KeyName"]]
    sent = data_of(cloud, one)
    parts = [part.get_payload(decode=True).decode() for part in message_from_string(sent).get_payload()]
    assert parts[0] == rows[0]["user_data"].rstrip("\n") or parts[0] == rows[0]["user_data"]
    assert sum(key.split()[1] in sent_key for key in (SSH_KEY, public) for sent_key in parts) == 1
    again = cloud.task(servers=rows)
    assert not again["changed"] and not again.get("warnings")
    bare = {name: value for name, value in rows[0].items() if name not in ("ssh_keys", "user_data")}
    cloud.task(servers=[dict(bare, image="resolve:ssm:other")], recreate="auto")
    anew = cloud.alive()["one"]
    assert anew["InstanceId"] != one["InstanceId"] and data_of(cloud, anew) == sent
    assert anew["KeyName"] == one["KeyName"]


def data_of(cloud, one):
    """The user data that an instance has."""
    told = cloud.east.describe_instance_attribute(InstanceId=one["InstanceId"], Attribute="userData")
    return base64.b64decode(told["UserData"]["Value"]).decode()


def test_subnets_and_groups_by_name(cloud):
    net = cloud.east.describe_subnets(Filters=[{"Name": "availability-zone", "Values": [EAST + "a"]}])["Subnets"][0]
    cloud.east.create_tags(Resources=[net["SubnetId"]], Tags=[{"Key": "Name", "Value": "front"}])
    cloud.east.create_security_group(GroupName="web", Description="web", VpcId=net["VpcId"])
    rows = cloud.rows("one", networks=["front"], security_groups=["web"])
    cloud.task(servers=rows)
    one = cloud.alive()["one"]
    assert one["SubnetId"] == net["SubnetId"] and [g["GroupName"] for g in one["SecurityGroups"]] == ["web"]
    again = cloud.task(servers=rows)
    assert not again["changed"] and not again.get("warnings")
    for field, word in (("networks", "no subnet back"), ("security_groups", "no security group back")):
        assert word in cloud.task(servers=cloud.rows("two", **{field: ["back"]}), fails=True)["msg"]


def test_actions_take_all_in_one_call(cloud):
    cloud.task(servers=cloud.rows("a", "b", "c"))
    for action, words, power in (
        ("reboot", ["RebootInstances"], "running"),
        ("power_off", ["StopInstances"], "stopped"),
        ("reboot", ["StartInstances"], "running"),
        ("power_off", ["StopInstances"], "stopped"),
        ("power_on", ["StartInstances"], "running"),
    ):
        cloud.door.clear()
        cloud.task("server_action", names=["a", "b", "c"], action=action)
        assert [write.path.split("?")[0][1:] for write in cloud.door.writes] == words
        assert {one["State"]["Name"] for one in cloud.alive().values()} == {power}
    cloud.task("server_action", names=["a"], action="power_cycle")
    assert cloud.alive()["a"]["State"]["Name"] == "running"
    assert "keeps its disk" in cloud.task("server_action", names=["a"], action="reinstall", fails=True)["msg"]


def test_a_locked_server_stays(cloud):
    cloud.task(servers=cloud.rows("one", locked=True) + cloud.rows("two"))
    result = cloud.task(servers=[{"name": "one"}, {"name": "two"}], state="absent", fails=True)
    assert "locked: false" in result["failed_keys"]["one"] and set(cloud.alive()) == {"one"}
    cloud.task(servers=cloud.rows("one", locked=False))
    cloud.task(servers=[{"name": "one"}], state="absent")
    assert cloud.alive() == {}


def test_spot(cloud):
    rows = cloud.rows("one", spot={"max_price": 0.05})
    cloud.task(servers=rows)
    assert cloud.alive()["one"]["InstanceLifecycle"] == "spot"
    again = cloud.task(servers=rows)
    assert not again["changed"] and not again.get("warnings")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"plan": "t9.huge"}, "no plan t9.huge"),
        ({"image": "ami-00000000"}, "no image ami-00000000"),
        ({"image": "no-such-*"}, "server two: provider ec2 has no image no-such-*; name it by its AMI id, or as one"),
        ({"facility": "us-east-1z"}, "no facility us-east-1z"),
        ({"facility": "eu-west-1"}, "server two: facility eu-west-1 is in none of this provider's regions"),
        ({"user_data": "x" * 16385}, "16385 bytes, EC2 takes 16384"),
        ({"ends_at": "2030-01-01T00:00:00Z"}, "cannot do ends_at"),
        ({"reservation": "next-available"}, "cannot do reservation"),
        ({"ipxe": {"url": "http://192.0.2.1/x"}}, "cannot do ipxe"),
    ],
)
def test_refusals_come_before_any_change(cloud, row, words):
    result = cloud.task(servers=cloud.rows("one") + cloud.rows("two", **row), fails=True)
    assert words in result["msg"] and cloud.door.writes == [] and cloud.alive() == {}


def test_addresses_are_made_moved_taken_and_given_back(cloud):
    cloud.task(servers=cloud.rows("one", "two"))

    def declare(server, **more):
        row = {"name": "www", "facility": EAST, "server": server, "tags": {"role": "front"}}
        return cloud.task("ip_address", ip_addresses=[row], owner="me", **more)

    def holder():
        found = cloud.east.describe_addresses()["Addresses"]
        names = {one["InstanceId"]: name for name, one in cloud.alive().items()}
        return [names.get(one.get("InstanceId")) for one in found]

    declare("one")
    address = cloud.east.describe_addresses()["Addresses"][0]["PublicIp"]
    for server in ("one", "two", ""):
        declare(server)
        assert holder() == [server or None] and not declare(server)["changed"]
    assert cloud.task("ip_address_info")["ip_addresses"][0]["address"] == address + "/32"
    assert "no server three" in declare("three", fails=True)["msg"]
    cloud.east.allocate_address(Domain="vpc")
    declare("one")
    cloud.task("ip_address", ip_addresses=[], owner="me", prune=True)
    assert holder() == [None]  # the stranger's


def test_keys_are_in_every_region(cloud, public):
    def keys(region):
        return [pair["KeyName"] for pair in cloud.moto.client(region=region).describe_key_pairs()["KeyPairs"]]

    more = {"regions": (EAST, WEST), "owner": "me"}
    cloud.moto.client(region=WEST).import_key_pair(KeyName="before", PublicKeyMaterial=public.encode())
    cloud.task("ssh_key", ssh_keys=[{"key": public}], **more)
    assert keys(EAST) == ["me"] and len(keys(WEST)) == 1
    assert not cloud.task("ssh_key", ssh_keys=[{"key": public}], **more)["changed"]
    cloud.task("ssh_key", ssh_keys=[{"key": public}], state="absent", **more)
    assert keys(EAST) == keys(WEST) == []
    assert "server" in cloud.task("ssh_key", ssh_keys=[{"key": public}], scope="server", server="x", fails=True)["msg"]


def test_a_forbidden_action_is_named(cloud):
    no = b"<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>"
    cloud.door.fault(answer(403, no, Content_Type="text/xml"), path="RunInstances", times=0)
    result = cloud.task(servers=cloud.rows("one"), fails=True)
    assert "run_instances" in result["msg"] and "UnauthorizedOperation" in result["msg"]


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize(
    "left", [{WEST: "alice"}, {EAST: "alice"}, {EAST: "alice at home", WEST: "alice"}, {EAST: "x"}]
)
def test_keys_that_a_killed_run_has_left_in_some_regions(cloud, left, state):
    for region, name in left.items():
        tags = [{"ResourceType": "key-pair", "Tags": [{"Key": "rackwright:owner", "Value": "me"}]}]
        client = cloud.moto.client(region=region)
        client.import_key_pair(KeyName=name, PublicKeyMaterial=SSH_KEY.encode(), TagSpecifications=tags)
    more = {"ssh_keys": [{"key": SSH_KEY, "name": "alice at home"}], "regions": (EAST, WEST), "owner": "me"}
    assert cloud.task("ssh_key", state=state, **more)["changed"]
    names = [
        [pair["KeyName"] for pair in cloud.moto.client(region=region).describe_key_pairs()["KeyPairs"]]
        for region in (EAST, WEST)
    ]
    assert names == ([["alice at home"]] * 2 if state == "present" else [[], []])
    assert not cloud.task("ssh_key", state=state, **more)["changed"]


def test_a_strangers_key_in_one_region_is_taken_into_the_others(cloud):
    cloud.moto.client(region=EAST).import_key_pair(KeyName="alice", PublicKeyMaterial=SSH_KEY.encode())
    more = {"regions": (EAST, WEST), "owner": "me"}
    assert not cloud.task("ssh_key", ssh_keys=[], prune=True, **more)["changed"]
    rows = [{"key": SSH_KEY, "name": "mine"}]
    assert cloud.task("ssh_key", ssh_keys=rows, **more)["changed"]
    assert not cloud.task("ssh_key", ssh_keys=rows, **more)["changed"]
    assert cloud.moto.client(region=EAST).describe_key_pairs()["KeyPairs"][0]["KeyName"] == "alice"
