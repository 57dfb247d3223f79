# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins to a real Ironic: HTTP's basic authentication, and a real Keystone with its catalogue, scopes and regions."""

from __future__ import annotations

import json

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.servers.ironic.api import Ironic as Api
from contract.modules import run
from contract.names import SELDOM
from integration.ironic import IMAGE, Ironic
from integration.keystone import Keystone

ROW = {"name": "web", "plan": "small", "image": IMAGE}
PASSWORD, WRONG = "c0rrect-horse", "b4ttery-staple"


def task(module, options, **more):
    """Run a module with these options of the provider."""
    how = more.pop("how", {})
    return run(module, dict({"provider": "ironic", "ironic": dict({"timeout": 20}, **options)}, **more), **how)


def lives(options):
    """A server is made, unchanged, told and removed."""
    assert task("server", options, servers=[ROW])["servers"][0]["state"] == "active"
    assert not task("server", options, servers=[ROW])["changed"]
    assert [row["name"] for row in task("server_info", options)["servers"]] == ["web"]
    assert task("server", options, servers=[ROW], state="absent")["changed"]
    assert task("server_info", options)["servers"] == []


@pytest.fixture(scope="module")
def basic():
    """An Ironic that knows one user by itself."""
    with Ironic(users={"anna": PASSWORD}) as server:
        server.enrol("m0")
        yield server


def test_basic_login(basic):
    lives({"url": basic.address, "username": "anna", "password": PASSWORD})


@pytest.mark.parametrize("login", [{"username": "anna", "password": WRONG}, {"username": "bob", "password": WRONG}, {}])
def test_a_wrong_basic_login_is_told(basic, login):
    result = task("server", dict(login, url=basic.address), servers=[ROW], how={"fails": True})
    assert "provider ironic refuses the credentials (401). Check ironic.username and ironic.password" in result["msg"]
    assert WRONG not in str(result) and not result["changed"]


@pytest.fixture(scope="module")
def cloud():
    """A Keystone, and an Ironic that knows its users; the catalogue has it in the first of two regions."""
    with Keystone(expiration=600) as keystone, Ironic(keystone=keystone) as ironic:
        keystone.service("baremetal", {"RegionOne": ironic.address, "RegionTwo": "http://127.0.0.1:9"})
        ironic.enrol("m0")
        yield keystone, ironic


@pytest.fixture
def admin(cloud):
    """Options that log in as the whole cloud's operator."""
    keystone, _ironic = cloud
    login = {"auth_url": keystone.url, "username": "admin", "password": keystone.password}
    return dict(login, system_scope="all", regions=["RegionOne"])


@SELDOM
def test_a_server_lives_behind_keystone(cloud, admin):
    lives(admin)
    machine = {"name": "m1", "driver": "fake-hardware", "plan": "large", "macs": ["52:54:00:00:00:01"]}
    assert task("machine", admin, machines=[machine])["machines"][0]["state"] == "available"
    assert not task("machine", admin, machines=[machine])["changed"]
    assert task("machine", admin, machines=[{"name": "m1"}], state="absent")["changed"]


def test_the_environment_of_openstacks_own_tools_logs_in(cloud, admin, monkeypatch):
    names = {"auth_url": "OS_AUTH_URL", "username": "OS_USERNAME", "password": "OS_PASSWORD"}
    for option, name in dict(names, system_scope="OS_SYSTEM_SCOPE").items():
        monkeypatch.setenv(name, admin[option])
    monkeypatch.setenv("OS_REGION_NAME", "RegionOne")
    lives({})


def test_a_server_is_the_same_whoever_names_keystone(cloud, admin, tmp_path):
    """By options and by clouds.yaml: what tells ours from others follows from Keystone's address."""
    _keystone, ironic = cloud
    auth = {name: admin[name] for name in ("auth_url", "username", "password", "system_scope")}
    file = tmp_path / "clouds.yaml"
    file.write_text(json.dumps({"clouds": {"here": {"auth": auth, "region_name": "RegionOne"}}}))
    task("server", admin, servers=[ROW])
    claim = [node["instance_uuid"] for node in ironic.nodes()]
    assert not task("server", {"cloud": "here", "clouds_file": str(file)}, servers=[ROW])["changed"]
    assert claim == [node["instance_uuid"] for node in ironic.nodes()] and claim[0]
    task("server", admin, servers=[ROW], state="absent")


def test_a_token_that_ran_out_is_renewed(cloud, admin):
    """Ironic refuses a token that Keystone has revoked; the next one is good."""
    keystone, _ironic = cloud
    api = Api(admin)
    assert [node["name"] for node in api.nodes()] == ["m0"]
    keystone.call("DELETE", "/auth/tokens", headers={"X-Subject-Token": api.login.token()})
    old = api.login.token()
    assert [node["name"] for node in api.nodes()] == ["m0"] and api.login.token() != old


def test_a_project_sees_its_own_machines_only(cloud, admin):
    keystone, _ironic = cloud
    keystone.user("anna", PASSWORD, keystone.make("project", name="shop", domain_id="default"))
    anna = dict(admin, username="anna", password=PASSWORD, project_name="shop")
    del anna["system_scope"]
    result = task("server", anna, servers=[ROW], how={"fails": True})
    assert "no plan small" in result["msg"] and not result["changed"], result["msg"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": WRONG}, "Keystone refuses the credentials (401"),
        ({"regions": ["RegionThree"]}, "has no baremetal service with a public address in region RegionThree"),
        ({"regions": None}, "has the baremetal service in several regions; say in which"),
        ({"regions": ["RegionOne", "RegionTwo"]}, "provider ironic works in one region, and RegionOne, RegionTwo are"),
    ],
)
def test_what_is_wrong_with_a_login_is_told(admin, change, words):
    result = task("server", dict(admin, **change), servers=[ROW], how={"fails": True})
    assert words in result["msg"] and WRONG not in str(result) and not result["changed"], result["msg"]


def test_who_gives_the_address_alone_is_told_to_log_in(cloud):
    keystone, ironic = cloud
    result = task("server", {"url": ironic.address}, servers=[ROW], how={"fails": True})
    assert "Check ironic.auth_url or ironic.cloud: it takes tokens of Keystone" in result["msg"], result["msg"]
    assert keystone.url in result["msg"]
