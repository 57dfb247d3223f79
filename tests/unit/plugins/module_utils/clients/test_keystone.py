# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import textwrap

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.clients import keystone
from ansible_collections.rackwright.platform.plugins.module_utils.clients.keystone import Keystone, settings
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure, Refused, Unauthorized
from fakes.rest import Rest

URL = "https://cloud.example/v3"
PASSWORD = "s3cret-pass"
CLOUDS = """\
clouds:
  site:
    auth: {auth_url: https://site.example/v3, username: anna, project_name: shop, user_domain_name: Staff}
    regions: [{name: north}, south]
    interface: internal
    verify: false
  racks:
    profile: rackspace
    auth: {username: anna, tenant_id: "4711"}
    region_name: DFW
"""
SECURE = """\
clouds:
  site: {auth: {password: s3cret-pass}}
  racks: {auth: {api_key: s3cret-key}}
"""


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """No variables and files of the user's, and nobody is logged in."""
    for name in [name for name in keystone.os.environ if name.startswith(("OS_", "RAX_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(keystone, "_LOGINS", {})
    monkeypatch.setattr(keystone, "FOLDERS", (str(tmp_path),))
    (tmp_path / "clouds.yaml").write_text(CLOUDS)
    (tmp_path / "secure.yaml").write_text(SECURE)


def body(**options):
    return Keystone(dict({"auth_url": URL}, **options)).body["auth"]


def token(number, life="2026-01-01T01:00:00.000000Z", catalog=()):
    """An answer of POST /v3/auth/tokens."""
    told = {"token": {"issued_at": "2026-01-01T00:00:00.000000Z", "expires_at": life, "catalog": list(catalog)}}
    return 201, {"X-Subject-Token": "token-%d" % number}, json.dumps(told)


def entry(kind, region, url, interface="public"):
    return {"type": kind, "endpoints": [{"interface": interface, "region_id": region, "url": url}]}


def test_a_password_is_scoped_by_name_or_by_id():
    named = body(username="anna", password=PASSWORD, project_name="shop", user_domain_name="Staff")
    assert named["identity"]["password"]["user"] == {"name": "anna", "domain": {"name": "Staff"}, "password": PASSWORD}
    assert named["scope"] == {"project": {"name": "shop", "domain": {"name": "Staff"}}}
    by_id = body(user_id="u1", password=PASSWORD, project_id="p1")
    assert by_id["identity"]["password"]["user"] == {"id": "u1", "password": PASSWORD}
    assert by_id["scope"] == {"project": {"id": "p1"}}
    assert body(username="anna", password=PASSWORD)["identity"]["password"]["user"]["domain"] == {"id": "default"}
    assert body(username="a", password=PASSWORD, domain_name="Staff")["scope"] == {"domain": {"name": "Staff"}}
    assert body(username="a", password=PASSWORD, system_scope="all")["scope"] == {"system": {"all": True}}


def test_an_application_credential_has_its_project_already():
    by_id = body(application_credential_id="c1", application_credential_secret=PASSWORD, project_name="ignored")
    assert by_id == {
        "identity": {
            "methods": ["application_credential"],
            "application_credential": {"id": "c1", "secret": PASSWORD},
        }
    }
    named = body(application_credential_name="robot", application_credential_secret=PASSWORD, user_id="u1")
    assert named["identity"]["application_credential"]["user"] == {"id": "u1"}
    with pytest.raises(Refused, match="not complete"):
        body(application_credential_name="robot", application_credential_secret=PASSWORD)


def test_a_token_is_taken_as_it_is():
    assert body(token="t", project_id="p")["identity"] == {"methods": ["token"], "token": {"id": "t"}}


def test_version_2_speaks_of_tenants_and_knows_api_keys():
    old = Keystone({"auth_url": "http://c.example/v2.0/", "username": "a", "password": "b", "project_name": "shop"})
    assert old.version == 2
    assert old.body == {"auth": {"passwordCredentials": {"username": "a", "password": "b"}, "tenantName": "shop"}}
    racks = Keystone({"profile": "rackspace", "username": "a", "api_key": "k", "project_id": "1"})
    assert racks.url == "https://identity.api.rackspacecloud.com/v2.0"
    key = {"username": "a", "apiKey": "k"}
    assert racks.body == {"auth": {"RAX-KSKEY:apiKeyCredentials": key, "tenantId": "1"}}


@pytest.mark.parametrize("more", [{}, {"username": "anna"}, {"password": PASSWORD}, {"api_key": "k"}])
def test_what_is_missing_is_told_without_what_is_there(more):
    with pytest.raises(Refused, match="not complete") as caught:
        Keystone(dict({"auth_url": URL}, **more))
    assert PASSWORD not in str(caught.value)


def test_without_an_address_there_is_one_sentence():
    with pytest.raises(Refused, match="OS_CLOUD or OS_AUTH_URL"):
        Keystone({"username": "anna", "password": PASSWORD})


def test_a_cloud_comes_from_clouds_yaml_and_its_secrets_from_secure_yaml():
    found = settings({"cloud": "site"}, "test")
    assert (found["auth_url"], found["password"], found["regions"]) == (
        "https://site.example/v3",
        PASSWORD,
        ["north", "south"],
    )
    assert found["verify"] is False and found["interface"] == "internal"
    assert settings({"cloud": "site", "project_name": "other"}, "test")["project_name"] == "other"


def test_a_cloud_of_a_vendor_knows_its_address():
    found = settings({"cloud": "racks"}, "test")
    assert found["auth_url"] == keystone.PROFILES["rackspace"]["auth_url"] and found["regions"] == ["DFW"]
    assert Keystone({"cloud": "racks"}).body["auth"]["tenantId"] == "4711"


def test_an_unknown_cloud_and_a_broken_file_are_told(tmp_path):
    with pytest.raises(Refused, match="no cloud moon; it has racks, site"):
        settings({"cloud": "moon"}, "test")
    with pytest.raises(Failure, match="cannot read /nowhere"):
        settings({"cloud": "site", "clouds_file": "/nowhere"}, "test")
    (tmp_path / "clouds.yaml").write_text("clouds: {site: [%s" % PASSWORD)
    with pytest.raises(Failure, match="not the YAML") as caught:
        settings({"cloud": "site"}, "test")
    assert PASSWORD not in str(caught.value)


def test_the_environment_is_one_source_of_its_own(monkeypatch):
    for name, value in {"AUTH_URL": URL, "USERNAME": "env", "PASSWORD": "env", "TENANT_NAME": "t"}.items():
        monkeypatch.setenv("OS_" + name, value)
    found = settings({}, "test")
    assert (found["username"], found["project_name"]) == ("env", "t")
    assert settings({"auth_url": "https://other.example"}, "test").get("password") is None
    monkeypatch.setenv("OS_CLOUD", "site")
    assert settings({}, "test")["password"] == PASSWORD


def test_rackspaces_own_variables_count_with_its_profile_only(monkeypatch):
    for name in ("RAX_USERNAME", "RAX_API_KEY", "RAX_REGION"):
        monkeypatch.setenv(name, name.lower())
    found = settings({"profile": "rackspace"}, "test")
    assert (found["username"], found["api_key"], found["regions"]) == ("rax_username", "rax_api_key", ["rax_region"])
    assert "api_key" not in settings({"auth_url": URL}, "test")


def test_an_unspoken_way_to_log_in_is_named(monkeypatch):
    monkeypatch.setenv("OS_AUTH_URL", URL)
    monkeypatch.setenv("OS_AUTH_TYPE", "v3oidcpassword")
    with pytest.raises(Refused, match="v3oidcpassword is not spoken"):
        settings({}, "test")


def login(rest, **more):
    return Keystone(dict({"auth_url": rest.url + "/v3", "username": "anna", "password": PASSWORD}, **more), "test")


def test_a_token_serves_all_of_the_process_and_is_renewed_before_it_ends(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(keystone.time, "monotonic", lambda: now[0])
    with Rest(token(1), token(2)) as rest:
        assert login(rest).token() == login(rest).token() == "token-1" and len(rest.requests) == 1
        now[0] = 3600 - keystone.MARGIN - 1
        assert login(rest).token() == "token-1"
        now[0] += 2
        assert login(rest).headers() == {"X-Auth-Token": "token-2"}


def test_a_refused_token_is_renewed_once():
    catalog = [entry("compute", "one", "URL")]
    with Rest() as rest:
        catalog[0]["endpoints"][0]["url"] = rest.url
        rest.script += [token(1, catalog=catalog), (401, {}, "{}"), token(2, catalog=catalog), (200, {}, "[]")]
        rest.script += [(401, {}, "{}"), token(3, catalog=catalog), (401, {}, "{}")]
        nova = login(rest).service("compute")
        assert nova.json("POST", "/servers") == []
        with pytest.raises(Unauthorized):
            nova.json("POST", "/servers")
        sent = [headers.get("X-Auth-Token") for _method, path, headers in rest.requests if path == "/servers"]
        assert sent == ["token-1", "token-2", "token-2", "token-3"]


def test_the_catalogue_is_searched_by_type_interface_and_region():
    catalog = [
        entry("compute", "north", "http://north/v2.1/"),
        entry("compute", "south", "http://south/v2.1"),
        entry("compute", "south", "http://inner/v2.1", "internal"),
        entry("baremetal", "south", "http://metal"),
    ]
    with Rest(token(1, catalog=catalog)) as rest:
        site = login(rest)
        assert site.regions("compute") == ["north", "south"]
        assert site.endpoint("compute", "north") == "http://north/v2.1"
        assert site.endpoint("baremetal") == "http://metal"
        assert site.has("compute") and not site.has("network")
        inner = login(rest, interface="internal", regions=["south"])
        assert inner.endpoint("compute", "south") == "http://inner/v2.1" and inner.regions("compute") == ["south"]
        with pytest.raises(Refused, match=r"has no network service.*It has baremetal \(public: south\), compute \(int"):
            site.endpoint("network")
        with pytest.raises(Refused, match="in several regions"):
            site.endpoint("compute")
        with pytest.raises(Refused, match="no compute service in region west"):
            login(rest, regions=["west"]).regions("compute")


def test_an_address_of_ones_own_counts_instead():
    with Rest() as rest:
        assert login(rest, endpoints={"compute": "http://here/v2.1/"}).endpoint("compute", "any") == "http://here/v2.1"
        assert rest.requests == []


def test_refused_credentials_and_a_wrong_address_are_told_without_secrets():
    refusal = (401, {}, '{"error": {"message": "wrong"}}')
    with Rest(refusal, (200, {}, "<html>")) as rest:
        with pytest.raises(Unauthorized, match="Keystone refuses the credentials") as caught:
            login(rest).token()
        assert PASSWORD not in str(caught.value)
        with pytest.raises(Failure, match="no Keystone of version 3"):
            login(rest).token()


def test_words_of_openstack_are_found():
    class Answer:
        text = textwrap.dedent('{"badRequest": {"message": "no such flavor", "code": 400}}')

        @classmethod
        def json(cls):
            return json.loads(cls.text)

    assert keystone.explain(Answer) == "no such flavor"
