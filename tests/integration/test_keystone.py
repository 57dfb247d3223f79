# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Keystone client against a real Keystone: users, projects and application credentials made through its API."""

from __future__ import annotations

import time

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.clients import keystone as client
from ansible_collections.rackwright.platform.plugins.module_utils.clients.keystone import Keystone as Login
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused, Unauthorized
from contract.proxy import Proxy
from integration.keystone import REGION, Keystone

PASSWORD = "anna's s3cret"


@pytest.fixture(scope="module")
def site():
    """A Keystone with a project, a user of it, and services in two regions."""
    with Keystone(expiration=600) as keystone:
        keystone.project = keystone.make("project", name="shop", domain_id="default")
        keystone.anna = keystone.user("anna", PASSWORD, keystone.project)
        keystone.service("compute", {REGION: "http://127.0.0.1:1/v2.1", "RegionTwo": "http://127.0.0.1:2/v2.1"})
        keystone.service("baremetal", {"RegionTwo": "http://127.0.0.1:3/"})
        yield keystone


@pytest.fixture(autouse=True)
def alone(monkeypatch, site):
    """Nobody is logged in."""
    for name in [name for name in client.os.environ if name.startswith("OS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(client, "_LOGINS", {})


def login(site, **options):
    return Login(dict({"auth_url": site.url}, **options), "test")


def anna(site, **more):
    return login(site, **dict({"username": "anna", "password": PASSWORD, "project_name": "shop"}, **more))


def test_a_user_is_scoped_by_names_and_by_ids(site):
    assert anna(site).project == {
        "id": site.project["id"],
        "name": "shop",
        "domain": {"id": "default", "name": "Default"},
    }
    by_id = login(site, user_id=site.anna["id"], password=PASSWORD, project_id=site.project["id"])
    assert by_id.project["name"] == "shop"
    whole = login(site, username="admin", password=site.password, system_scope="all")
    assert whole.token() and whole.project == {}


def test_the_catalogue_names_addresses_by_region(site):
    assert anna(site).regions("compute") == [REGION, "RegionTwo"]
    assert anna(site).endpoint("compute", "RegionTwo") == "http://127.0.0.1:2/v2.1"
    assert anna(site).endpoint("baremetal") == "http://127.0.0.1:3"
    with pytest.raises(Refused, match="no network service.* It has baremetal .public: RegionTwo., compute"):
        anna(site).endpoint("network")


def test_an_application_credential_by_id_and_by_name(site):
    made = site.application_credential("anna", PASSWORD, "shop", "robot%d" % time.time())
    by_id = login(site, application_credential_id=made["id"], application_credential_secret=made["secret"])
    assert by_id.project["name"] == "shop"
    named = {"application_credential_name": made["name"], "application_credential_secret": made["secret"]}
    assert login(site, username="anna", **named).project["name"] == "shop"


def test_a_token_that_is_there_already(site):
    first = anna(site).token()
    assert login(site, token=first, project_name="shop").project["name"] == "shop"


def test_wrong_credentials_and_an_unscoped_login(site):
    with pytest.raises(Unauthorized, match="Keystone refuses the credentials .401") as caught:
        anna(site, password="wr0ng").token()
    assert "wr0ng" not in str(caught.value)
    unscoped = login(site, username="anna", password=PASSWORD)
    with pytest.raises(Refused, match="It has nothing: name a project"):
        unscoped.endpoint("compute")


def test_a_token_is_kept_and_renewed_before_it_ends_and_after_a_401(site, monkeypatch):
    with Proxy(("127.0.0.1", site.port)) as door:
        options = {"auth_url": door.url + "/v3", "endpoints": {"identity": site.url}}
        admin = dict(site.admin, region_name=None, **options)
        first = login(site, **admin).token()
        assert login(site, **admin).token() == first and door.count("POST") == 1
        identity = login(site, **admin).service("identity")
        site.call("DELETE", "/auth/tokens", headers={"X-Subject-Token": first})
        assert identity.json("GET", "/projects?name=shop")["projects"][0]["name"] == "shop"
        second = login(site, **admin).token()
        assert second != first and door.count("POST") == 2
        now = time.monotonic() + 600
        monkeypatch.setattr(client.time, "monotonic", lambda: now)
        assert login(site, **admin).token() != second and door.count("POST") == 3


def test_a_cloud_of_clouds_yaml(site, tmp_path):
    place = tmp_path / "clouds.yaml"
    text = "clouds: {here: {auth: {auth_url: '%s', username: anna, password: \"%s\", project_name: shop}}}"
    place.write_text(text % (site.url, PASSWORD))
    found = Login({"cloud": "here", "clouds_file": str(place)}, "test")
    assert found.project["name"] == "shop"
