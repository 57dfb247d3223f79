# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The provider openstack: a real Keystone, whose catalogue has two regions of a fake Nova that asks it about tokens."""

from __future__ import annotations

import base64
import contextlib
import email
import json
import pathlib
import subprocess

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.clients import keystone as client
from ansible_collections.rackwright.platform.plugins.module_utils.servers.openstack.nova import Region
from contract.modules import run
from contract.names import SELDOM
from contract.proxy import Proxy, reset_after
from fakes.nova import Nova
from integration.keystone import Keystone
from integration.play import play, program

PASSWORD = "anna's s3cret"
KEYS = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAmJ0nXnVZXjYp0W1xqjVf3m1vN5m8qkS3Gx0Y0v0x0y one@here",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJmJ0nXnVZXjYp0W1xqjVf3m1vN5m8qkS3Gx0Y0v0x0y two@here",
]
COMMON = {"plan": "m1.small", "image": "debian-12"}


class Cloud:
    """The Keystone `identity` and the regions `north` and `south`."""

    def __init__(self, identity, north, south):
        self.identity, self.north, self.south = identity, north, south

    def options(self, **more):
        """A login to it, of the user anna unless told otherwise."""
        login = {"auth_url": self.identity.url, "username": "anna", "password": PASSWORD, "project_name": "shop"}
        return {"provider": "openstack", "openstack": dict(dict(login, patience=20), **more)}

    def task(self, *rows, module="server", fails=False, check=False, cloud=None, **more):
        """Run a module in this process; servers are not waited for."""
        args = dict(self.options(**(cloud or {})), **more)
        if module == "server":
            args = dict({"wait": False, "servers": list(rows)}, **args)
        result = run(module, args, fails=fails, check=check, diff=True)
        assert PASSWORD not in str(result) and self.identity.password not in str(result)
        return result

    def act(self, action, *names):
        """Run server_action."""
        return self.task(module="server_action", names=list(names), action=action, ready=["api"])


@pytest.fixture(scope="module")
def site():
    """The cloud, started once."""
    with contextlib.ExitStack() as stack:
        keystone = stack.enter_context(Keystone())
        north = stack.enter_context(Nova("north", pause=0.3, allow=keystone.project_of))
        south = stack.enter_context(Nova("south", pause=0.3, allow=keystone.project_of, zones=("a", "b")))
        for kind, path in (("compute", "url"), ("image", "image_url"), ("network", "network_url")):
            keystone.service(kind, {nova.region: getattr(nova, path) for nova in (north, south)})
        keystone.user("anna", PASSWORD, keystone.make("project", name="shop", domain_id="default"))
        yield Cloud(keystone, north, south)


@pytest.fixture
def cloud(site, monkeypatch):
    """The cloud without servers and keys; nobody is logged in."""
    monkeypatch.setattr(client, "_LOGINS", {})
    for nova in (site.north, site.south):
        nova.fresh()
    return site


def only(nova, name):
    """The one server of that name."""
    (found,) = nova.named(name)
    return found


@SELDOM
def test_openstacks_own_sdk_takes_the_fake_for_nova(cloud, monkeypatch):
    monkeypatch.setattr(cloud.north, "page", 3)
    script = pathlib.Path(__file__).with_name("nova_sdk.py")
    admin = [cloud.identity.url, cloud.identity.password, "north"]
    command = [cloud.identity.program("python"), str(script), *admin]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout) == {
        "made": [{"a": "b"}, ["lab"], True, "sdk"],
        "stopped": "SHUTOFF",
        "resized": True,
        "rebuilt": True,
        "console": "sdk login:",
        "floating": [["sdk", True]],
        "listed": 8,
        "zones": ["nova"],
        "left": [0, 0],
    }


def test_regions_and_zones_are_facilities_and_read_together(cloud):
    names = [row["name"] for row in cloud.task(module="facility_info")["facilities"]]
    assert names == ["north/nova", "south/a", "south/b"]
    rows = [dict(COMMON, name="n1", facility="north"), dict(COMMON, name="s1", facility="south/b")]
    made = cloud.task(*rows)["servers"]
    assert [(row["facility"], row["metro"]) for row in made] == [("north", "north"), ("south/b", "south")]
    assert only(cloud.north, "n1") and only(cloud.south, "s1")["OS-EXT-AZ:availability_zone"] == "b"
    assert not cloud.task(*rows)["changed"]
    assert not cloud.task(dict(rows[0], facility="north/nova"), dict(rows[1], facility="south"))["changed"]
    moved = cloud.task(dict(rows[1], facility="south/a"), fails=True)
    assert "facility cannot be changed in place" in moved["msg"]
    cloud.task(dict(rows[1], facility="north", tags={"a": "b"}), recreate="auto")
    assert cloud.south.named("s1") == [] and only(cloud.north, "s1")["metadata"]["a"] == "b"
    one = cloud.task(module="server_info", cloud={"regions": ["south"]})["servers"]
    assert one == []


def test_servers_are_placed_where_the_quota_has_room(cloud, monkeypatch):
    monkeypatch.setattr(cloud.north, "quota", (10, 3, 8192))  # three small ones by cores
    row = dict(COMMON, name="q%d", count=5, placement={"facilities": ["north", "south"]})
    made = cloud.task(row)["servers"]
    assert [one["metro"] for one in made] == ["north"] * 3 + ["south"] * 2
    assert not cloud.task(row)["changed"]
    monkeypatch.setattr(cloud.south, "quota", (2, -1, -1))
    more = dict(row, name="r%d", count=1)
    said = cloud.task(more, fails=True)["msg"]
    assert "no room for 1 of plan m1.small in north, south (free: north 0, south 0)" in said


def test_the_catalogue_of_both_regions_is_one(cloud):
    plans = {row["name"]: row for row in cloud.task(module="plan_info")["plans"]}
    assert plans["m1.small"]["facilities"] == ["north", "south"] and plans["m1.large"]["memory"] == 8192
    assert [row["name"] for row in cloud.task(module="image_info")["images"]] == ["cirros", "debian-12", "debian-13"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"plan": "m9"}, "has no plan m9, it has m1.large, m1.small"),
        ({"image": "beos"}, "has no image beos, it has cirros, debian-12, debian-13"),
        ({"facility": "west"}, "has no facility west, it has north/nova"),
        ({"networks": ["dmz"]}, "there is no network dmz in north; it has lab, private, public"),
        ({"security_groups": ["web", "shut"]}, "there is no security group shut in north; it has default, web"),
        ({"user_data": "#" * 70000}, "Nova takes 65535"),
        ({"tags": {"a": "b" * 256}}, "up to 255 characters"),
        ({"tags": {"rackwright_owner": "me"}}, "are ours"),
        ({"locked": True}, "cannot do locked"),
        ({"spot": {"max_price": 1.0}}, "cannot do spot"),
    ],
)
def test_what_cannot_be_is_refused_while_planning(cloud, row, words):
    result = cloud.task(dict(dict(COMMON, name="a", facility="north"), **row), fails=True)
    assert words in result["msg"] and not result["changed"] and cloud.north.servers == {}


def test_ids_are_understood_as_the_names_that_are_shown(cloud, monkeypatch):
    ids = {"plan": list(cloud.north.flavors)[0], "image": list(cloud.north.images)[0]}
    row = dict(ids, name="a", facility="north", networks=[list(cloud.north.networks)[1]])
    row["security_groups"] = [list(cloud.north.groups)[1]]
    (made,) = cloud.task(row)["servers"]
    assert (made["plan"], made["image"]) == ("m1.small", "debian-12")
    assert list(only(cloud.north, "a")["addresses"]) == ["lab"]
    assert cloud.task(row)["plan"] == [] and cloud.task(dict(row, security_groups=["web"]))["plan"] == []
    said = cloud.task(dict(row, security_groups=["shut"]), recreate="auto", fails=True)["msg"]
    assert "there is no security group shut in north" in said and only(cloud.north, "a")["id"] == made["id"]
    monkeypatch.setattr(Region, "_neutrons", None)  # where nothing differs nobody is asked
    assert cloud.task(dict(row, networks=["lab"], security_groups=["web"]))["plan"] == []


def test_a_region_may_lack_what_another_has(cloud, monkeypatch):
    monkeypatch.setattr(cloud.south, "flavors", {key: n for key, n in cloud.south.flavors.items() if n != "m1.large"})
    row = dict(COMMON, name="a", facility="south", plan="m1.large")
    assert "region south has no plan m1.large" in cloud.task(row, fails=True)["msg"]
    cloud.task(dict(COMMON, name="a", facility="south"))
    assert "region south has no plan m1.large" in cloud.task(row, fails=True)["msg"]
    assert "there is no region west here" in cloud.task(dict(row, facility="west"), recreate="auto", fails=True)["msg"]


def test_an_image_that_is_hidden_later_is_still_known(cloud, monkeypatch):
    row = dict(COMMON, name="a", facility="north")
    cloud.task(row)
    images = {("0" * 8 + key[8:]): name for key, name in cloud.north.images.items()}  # newer ones of the same names
    monkeypatch.setattr(cloud.north, "images", images)
    assert not cloud.task(row)["changed"]
    assert cloud.task(dict(row, name="b"))["changed"]


def test_a_plan_is_changed_by_a_confirmed_resize_and_an_interrupted_one_is_carried_on(cloud):
    row = dict(COMMON, name="a", facility="north")
    cloud.task(row, dict(row, name="b"))
    assert cloud.task(dict(row, plan="m1.large"))["changed"]
    assert only(cloud.north, "a")["status"] == "ACTIVE"
    server = only(cloud.north, "b")
    large = next(key for key, name in cloud.north.flavors.items() if name == "m1.large")
    cloud.north.act(server, {"resize": {"flavorRef": large}}, (2, 1))  # by a run that was killed then
    result = cloud.task(dict(row, name="b", plan="m1.large"))
    assert result["plan"] == [{"verb": "update", "key": "b", "fields": ["installed"]}]
    assert (
        only(cloud.north, "b")["status"] == "ACTIVE" and not cloud.task(dict(row, name="b", plan="m1.large"))["changed"]
    )


def test_power_and_actions(cloud):
    row = dict(COMMON, name="a", facility="north")
    cloud.task(row, power_off := dict(row, name="b", power="off"))
    assert not cloud.task(row, power_off)["changed"]
    assert [r["state"] for r in cloud.act("power_on", "b")["servers"]] == ["active"]
    cloud.act("power_off", "a")
    assert cloud.task(row, state="on")["servers"][0]["power"] == "on"
    assert cloud.act("reboot", "a", "b")["servers"][0]["state"] == "active"
    cloud.act("power_cycle", "a")
    before = only(cloud.north, "a")["id"]
    cloud.act("reinstall", "a")
    assert only(cloud.north, "a")["id"] == before
    assert cloud.act("rescue", "a")["servers"][0]["state"] == "rescue"
    assert cloud.act("unrescue", "a")["servers"][0]["state"] == "active"
    shown = cloud.task(module="server_info", names=["a"], console=True)["servers"]
    assert shown[0]["console"] == "a login:" and shown[0]["access"]["user"] == "debian"


def test_another_image_is_a_rebuild_with_the_new_user_data(cloud):
    row = dict(COMMON, name="a", facility="north", user_data="#!/bin/sh\n")
    cloud.task(row)
    before = only(cloud.north, "a")["id"]
    assert "cannot be changed in place" in cloud.task(dict(row, image="debian-13"), fails=True)["msg"]
    cloud.task(dict(row, image="debian-13", user_data="#!/bin/bash\n", tags={"x": "y"}), recreate="auto")
    server = only(cloud.north, "a")
    assert server["id"] == before and cloud.north.images[server["image"]["id"]] == "debian-13"
    assert base64.b64decode(server["_user_data"]) == b"#!/bin/bash\n" and server["metadata"]["x"] == "y"
    assert not cloud.task(dict(row, image="debian-13", user_data="#!/bin/bash\n", tags={"x": "y"}))["changed"]


def test_one_key_is_a_key_pair_and_more_go_to_cloud_init(cloud, capfd):
    rows = [dict(COMMON, name="a", facility="north"), dict(COMMON, name="b", facility="north", user_data="#!/bin/sh\n")]
    cloud.task(dict(rows[0], ssh_keys=KEYS[:1]), dict(rows[1], ssh_keys=KEYS))
    one, two = only(cloud.north, "a"), only(cloud.north, "b")
    assert one["key_name"] == two["key_name"] and one["_user_data"] is None
    assert list(cloud.north.keypairs) == [one["key_name"]]
    parts = email.message_from_bytes(base64.b64decode(two["_user_data"])).get_payload()
    assert [part.get_content_type() for part in parts] == ["text/x-shellscript", "text/cloud-config"]
    assert parts[0].get_payload(decode=True) == b"#!/bin/sh\n"
    assert KEYS[1].rsplit(" ", 1)[0] in parts[1].get_payload(decode=True).decode()
    again = cloud.task(dict(rows[0], ssh_keys=KEYS[:1]), dict(rows[1], ssh_keys=KEYS))
    assert not again["changed"] and "ssh_keys" not in capfd.readouterr().err
    other = cloud.task(dict(rows[0], ssh_keys=KEYS[1:]))
    assert not other["changed"] and "ssh_keys differs" in capfd.readouterr().err


def test_key_pairs_are_the_same_in_every_region(cloud):
    keys = [{"key": KEYS[0]}]
    first = cloud.task(module="ssh_key", ssh_keys=keys)
    assert first["changed"] and list(cloud.north.keypairs) == list(cloud.south.keypairs) == ["one@here"]
    assert not cloud.task(module="ssh_key", ssh_keys=keys)["changed"]
    cloud.south.keypairs.clear()
    assert cloud.task(module="ssh_key", ssh_keys=keys)["changed"] and list(cloud.south.keypairs) == ["one@here"]
    cloud.task(module="ssh_key", ssh_keys=[dict(keys[0], name="laptop")])
    assert list(cloud.north.keypairs) == list(cloud.south.keypairs) == ["laptop"]
    assert (
        "has no place for an owner's stamp"
        in cloud.task(module="ssh_key", ssh_keys=keys, prune=True, owner="me", fails=True)["msg"]
    )
    cloud.task(module="ssh_key", ssh_keys=keys, state="absent")
    assert cloud.north.keypairs == cloud.south.keypairs == {}


def test_a_server_that_fails_tells_why(cloud):
    row = dict(COMMON, name="a", facility="north")
    cloud.task(row)
    only(cloud.north, "a").update(status="ERROR", fault={"message": "No valid host was found."}, _due=None)
    assert cloud.task(module="server_info")["servers"][0]["state"] == "failed"
    assert "No valid host was found" in cloud.task(dict(row, plan="m1.large"), fails=True)["msg"]


def test_deletion_is_waited_for(cloud):
    row = dict(COMMON, name="a", facility="north")
    cloud.task(row, dict(row, name="b"))
    cloud.task({"name": "a"}, {"name": "b"}, state="absent")
    assert cloud.north.servers == {}


def test_a_token_that_is_refused_is_renewed_once(cloud):
    cloud.task(module="server_info")
    for nova in (cloud.north, cloud.south):
        nova.allowed = dict.fromkeys(nova.allowed)  # revoked
    assert cloud.task(module="server_info")["servers"] == []


def test_floating_addresses_move_between_servers(cloud):
    cloud.task(
        *(dict(COMMON, name=name, facility="north") for name in ("a", "b")), dict(COMMON, name="s", facility="south")
    )

    def addresses(*rows, **more):
        return cloud.task(module="ip_address", ip_addresses=list(rows), owner="suite", **more)

    row = {"name": "magic", "facility": "north", "tags": {"for": "web"}}
    assert addresses(dict(row, server="a"), check=True)["changed"] and cloud.north.floating == {}
    made = addresses(dict(row, server="a"))["ip_addresses"][0]
    assert made["address"].startswith("203.0.113.") and not addresses(dict(row, server="a"))["changed"]
    (before,) = (dict(one) for one in cloud.north.floating.values())
    moved = addresses(dict(row, server="b"))
    assert [line["fields"] for line in moved["plan"]] == [["server"]]
    (after,) = cloud.north.floating.values()
    assert after["id"] == before["id"] and after["port_id"] != before["port_id"]
    assert addresses(dict(row, server=""))["changed"] and after["port_id"] is None
    assert addresses(dict(row, tags={}))["changed"] and "web" not in after["description"]
    assert "is in south" in addresses(dict(row, server="s"), fails=True)["msg"]
    assert "is not there" in addresses(dict(row, server="z"), fails=True)["msg"]
    assert "has family 4" in addresses(dict(row, family=6), fails=True)["msg"]
    cloud.north.float({"floating_network_id": list(cloud.north.networks)[2]})  # somebody else's
    assert [line["key"] for line in addresses(dict(row, name="new"), prune=True)["plan"]] == ["magic", "new"]
    assert len(cloud.north.floating) == 2
    addresses({"name": "new"}, state="absent")
    assert [one["description"] for one in cloud.north.floating.values()] == [""]


def test_a_lost_answer_makes_no_second_address(cloud):
    with Proxy(("127.0.0.1", cloud.north.port)) as door:
        door.fault(reset_after, method="POST", path="/floatingips")
        through = {"regions": ["north"], "endpoints": {"network": door.url + "/network"}}
        rows = [{"name": "magic", "facility": "north"}]
        assert cloud.task(module="ip_address", cloud=through, ip_addresses=rows)["changed"]
        assert door.count("POST") == 1 and len(cloud.north.floating) == 1


def test_projects_are_keystones(cloud):
    admin = dict(cloud.identity.admin, regions=["north"])
    admin.pop("region_name")
    rows = [{"name": "web", "description": "What the shop runs on"}, {"name": "lab", "organization": "Default"}]

    def projects(*rows, **more):
        return cloud.task(module="project", cloud=admin, projects=list(rows), owner="suite", **more)

    assert projects(*rows, check=True)["changed"]
    assert projects(*rows)["changed"] and not projects(*rows)["changed"]
    assert cloud.identity.find("project", "web")["tags"] == ["rackwright_owner=suite"]
    changed = projects(dict(rows[0], description="New", enabled=False), rows[1])
    assert [line["key"] for line in changed["plan"]] == ["web"]
    assert cloud.identity.find("project", "web")["enabled"] is False
    assert [line["verb"] for line in projects(rows[1], prune=True)["plan"]] == ["delete"]
    names = [row["name"] for row in cloud.task(module="project_info", cloud=admin)["projects"]]
    assert "lab" in names and "shop" in names and "web" not in names
    cloud.task(dict(COMMON, name="a", facility="north"))
    held = projects({"name": "shop"}, state="absent", fails=True)
    assert "still has servers in north" in held["msg"]
    projects({"name": "lab"}, state="absent")


def test_a_cloud_of_clouds_yaml_in_a_playbook(cloud, tmp_path):
    login = {"auth_url": cloud.identity.url, "username": "anna", "project_name": "shop"}
    (tmp_path / "clouds.yaml").write_text(json.dumps({"clouds": {"site": {"auth": login, "regions": ["north"]}}}))
    (tmp_path / "secure.yaml").write_text(json.dumps({"clouds": {"site": {"auth": {"password": PASSWORD}}}}))
    files = {"OS_CLIENT_CONFIG_FILE": tmp_path / "clouds.yaml", "OS_CLIENT_SECURE_FILE": tmp_path / "secure.yaml"}
    played = play(
        """
        - name: A server
          rackwright.platform.server:
            provider: openstack
            ready: [api]
            servers: [{name: a, facility: north, plan: m1.small, image: debian-12}]
        """,
        vars={"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        env=dict({name: str(path) for name, path in files.items()}, OS_CLOUD="site"),
        secrets=[PASSWORD],
        args=["-vvv"],
    )
    assert played["A server"]["servers"][0]["state"] == "active"


def test_both_regions_are_one_inventory(cloud, tmp_path):
    cloud.task(dict(COMMON, name="a", facility="north"), dict(COMMON, name="b", facility="south/b"))
    source = tmp_path / "fleet.servers.yml"
    login = "{auth_url: '%s', username: anna, project_name: shop}" % cloud.identity.url
    source.write_text(
        "plugin: rackwright.platform.servers\n"
        "sources: [{provider: openstack, openstack: %s}]\n"
        "keyed_groups: [{key: rackwright_metro, prefix: in}]\n" % login
    )
    env = {"RACKWRIGHT_OPENSTACK_PASSWORD": PASSWORD}
    status, output = program("ansible-inventory", "-i", str(source), "--list", env=env, secrets=[PASSWORD])
    found = json.loads(output)
    assert status == 0 and (found["in_north"]["hosts"], found["in_south"]["hosts"]) == (["a"], ["b"])
