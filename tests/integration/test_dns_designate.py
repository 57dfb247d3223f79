# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The provider designate: a real Keystone, and behind it a fake Designate that asks it about each token."""

from __future__ import annotations

import contextlib
import copy
import json
import pathlib
import subprocess

import pytest
from contract.modules import run
from contract.names import SELDOM
from contract.proxy import Proxy, reset_after
from fakes.designate import Designate, Refusal
from integration.badrows import BAD, THERE, refused
from integration.keystone import REGION, Keystone
from integration.play import play
from integration.recordtypes import claimed, walk

PASSWORD = "anna's s3cret"
WWW = {"name": "www", "type": "A", "ttl": 60, "values": ["192.0.2.1"]}
ZONE = "example.org."


class Cloud:
    """The Keystone `identity` and the fake `designate`, which its catalogue names."""

    def __init__(self, identity, designate):
        self.identity, self.designate = identity, designate

    def args(self, records=None, zone=ZONE, cloud=None, **more):
        login = {"auth_url": self.identity.url, "username": "anna", "password": PASSWORD, "project_name": "shop"}
        options = dict(login, patience=3, **(cloud or {}))
        asked = dict({"provider": "designate", "designate": options, "zone": zone, "records": records}, **more)
        return {name: value for name, value in asked.items() if value is not None}

    def task(self, *args, module="dns_zone", fails=False, check=False, **more):
        result = run(module, self.args(*args, **more), fails=fails, check=check, diff=True)
        assert PASSWORD not in str(result) and self.identity.password not in str(result)
        return result

    def zone(self, name=ZONE):
        self.designate.work()
        return next((one for one in self.designate.zones.values() if one["name"] == name), None)

    def set(self, name, kind="A"):
        return next(one for one in self.zone()["sets"].values() if one["name"] == name and one["type"] == kind)


@pytest.fixture(scope="module")
def site():
    with contextlib.ExitStack() as stack:
        keystone = stack.enter_context(Keystone())
        designate = stack.enter_context(Designate(page=10, allow=keystone.project_of))
        keystone.service("dns", {REGION: designate.url})
        for name, who in (("shop", "anna"), ("other", "berta")):
            project = keystone.make("project", name=name, domain_id="default")
            keystone.user(who, PASSWORD, project)
        yield Cloud(keystone, designate)


@pytest.fixture
def cloud(site):
    site.designate.fresh()
    site.designate.pause = 0.0
    yield site
    site.designate.fresh()


@SELDOM
def test_openstacks_own_sdk_takes_the_fake_for_designate(cloud, monkeypatch):
    monkeypatch.setattr(cloud.designate, "page", 3)
    monkeypatch.setattr(cloud.designate, "pause", 0.3)
    script = pathlib.Path(__file__).with_name("designate_sdk.py")
    command = [cloud.identity.program("python"), str(script), cloud.identity.url, cloud.identity.password, REGION]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout) == {
        "zone": ["PENDING", "ACTIVE", "PRIMARY", 600, "admin@sdk.example"],
        "set": ["PENDING", "NONE", ["192.0.2.1"], 60, "by hand"],
        "changed": [["192.0.2.2"], 90],
        "listed": 10,
        "found": ["h3.sdk.example."],
        "twice": 409,
        "bad": 400,
        "left": 0,
    }


def test_the_life_of_a_zone_that_takes_its_time(cloud):
    cloud.designate.pause = 0.4
    many = [dict(WWW, name="h%d" % i) for i in range(25)]
    assert cloud.task([WWW, *many])["changed"]
    assert {one["status"] for one in [cloud.zone(), *cloud.zone()["sets"].values()]} == {"ACTIVE"}
    assert cloud.zone()["email"] == "hostmaster@example.org"
    assert not cloud.task([WWW, *many])["changed"]
    assert cloud.task([dict(WWW, ttl=5)], prune=True, limits={"deletes": 100})["changed"]
    assert len(cloud.zone()["sets"]) == 3 and cloud.set("www.example.org.")["ttl"] == 5
    assert cloud.task(state="absent")["changed"] and cloud.zone() is None
    assert not cloud.task(state="absent")["changed"]


def test_waiting_is_one_list_a_poll(cloud):
    cloud.designate.pause = 1.0
    with Proxy(("127.0.0.1", cloud.designate.port)) as door:
        many = [dict(WWW, name="h%d" % i) for i in range(8)]
        cloud.task(many, cloud={"endpoints": {"dns": door.url + "/dns"}, "regions": [REGION]})
        polls = door.count("GET", "recordsets.*status=PENDING")
        assert 2 <= polls <= 8 and door.count("GET", "status=ERROR") == 1 and door.count("GET", "recordsets/") == 0


def test_what_comes_to_an_error_is_told_and_done_again(cloud):
    cloud.task([WWW])
    cloud.designate.broken = {("a.example.org.", "A")}
    rows = [dict(WWW, name="a"), dict(WWW, name="b")]
    result = cloud.task(rows, fails=True)
    assert list(result["failed_keys"]) == ["a.example.org. A"] and result["applied"] == ["b.example.org. A"]
    assert "status ERROR" in result["msg"]
    cloud.designate.broken = set()
    foretold = cloud.task(rows, check=True)
    assert [(line["key"], line["why"]) for line in foretold["plan"]] == [
        ("a.example.org. A", "Designate could not carry out its last change")
    ]
    assert cloud.task(rows)["changed"] and cloud.set("a.example.org.")["status"] == "ACTIVE"
    assert not cloud.task(rows)["changed"]


def test_what_stays_pending_ends_with_the_patience(cloud):
    cloud.task()
    cloud.designate.stuck = {("a.example.org.", "A")}
    result = cloud.task([dict(WWW, name="a"), dict(WWW, name="b")], fails=True)
    assert "Designate has not done it within 3 s" in result["msg"] and result["applied"] == ["b.example.org. A"]


def test_a_killed_deletion_is_waited_for(cloud):
    cloud.task([WWW])
    cloud.designate.pause = 1.0
    with cloud.designate.lock:
        cloud.designate.drop_set(cloud.zone(), cloud.set("www.example.org.")["id"])
    assert [line["verb"] for line in cloud.task([WWW])["plan"]] == ["create"]
    cloud.designate.later(cloud.zone(), "DELETE")
    assert cloud.task(module="dns_zone_info", zone=None)["zones"] == []  # which does not wait
    assert [line["verb"] for line in cloud.task([WWW])["plan"]] == ["create", "create"]
    assert len(cloud.zone()["sets"]) == 3
    cloud.designate.stuck = {("www.example.org.", "A")}
    with cloud.designate.lock:
        cloud.designate.drop_set(cloud.zone(), cloud.set("www.example.org.")["id"])
    assert "Duplicate RecordSet" in cloud.task([WWW], fails=True)["msg"]


def test_projects_do_not_see_each_other(cloud):
    cloud.task([WWW])
    theirs = {"username": "berta", "project_name": "other"}
    assert cloud.task(module="dns_zone_info", records=None, zone=None, cloud=theirs)["zones"] == []
    result = cloud.task([WWW], module="dns_record", cloud=theirs, fails=True)
    assert "zone example.org.: it is not in the project other" in result["msg"]
    assert "Duplicate Zone" in cloud.task([WWW], cloud=theirs, fails=True)["msg"]
    assert [row["name"] for row in cloud.task(module="dns_zone_info", zone=None)["zones"]] == [ZONE]


def test_what_designate_writes_itself_is_refused_while_planning(cloud):
    cloud.task([WWW])
    ns = {"name": "@", "type": "NS", "values": ["ns1"]}
    for check in (True, False):
        assert "Designate writes it itself" in cloud.task([ns], fails=True, check=check)["msg"]
    soa = {"name": "@", "type": "SOA", "values": "a b 1 2 3 4 5"}
    assert "provider designate cannot do type SOA: it writes the SOA itself" in cloud.task([soa], fails=True)["msg"]
    kept = [{"name": "@", "type": "NS", "ttl": 3600, "values": ["ns1.cloud.example.", "ns2.cloud.example."]}]
    assert not cloud.task(kept)["changed"]  # it is as declared
    assert "cannot change the kind" in cloud.task(kind="Secondary", masters=["192.0.2.1"], fails=True)["msg"]


def test_kinds_and_primaries(cloud):
    assert cloud.task(kind="Secondary", masters=["192.0.2.1"])["zone"]["kind"] == "Secondary"
    assert cloud.zone()["email"] is None
    assert cloud.task(masters=["192.0.2.2"])["changed"] and cloud.zone()["masters"] == ["192.0.2.2"]
    assert "it is a Secondary" in cloud.task([WWW], fails=True)["msg"]
    assert cloud.task(comment="fetched")["changed"] and cloud.zone()["description"] == "fetched"
    assert not cloud.task(comment="fetched", masters=["192.0.2.2"])["changed"]
    assert cloud.task(comment="")["changed"] and cloud.zone()["masters"] == ["192.0.2.2"]


def test_descriptions_of_people_stay(cloud):
    cloud.task([WWW])
    cloud.set("www.example.org.")["description"] = "the web server"
    cloud.task([dict(WWW, ttl=5)])
    assert cloud.set("www.example.org.")["description"] == "the web server"
    cloud.task([WWW], owner="me")
    assert cloud.set("www.example.org.")["description"] == "the web server rackwright/me"
    assert "belongs to owner 'me'" in cloud.task([WWW], owner="you", fails=True)["msg"]


def test_every_type_goes_there_and_back(cloud):
    rows = [
        {"name": "a", "type": "AAAA", "values": "2001:db8::1"},
        {"name": "@", "type": "CAA", "values": '0 issue "ca.example.net; a=b"'},
        {"name": "c", "type": "CNAME", "values": "a"},
        {"name": "@", "type": "MX", "values": ["10 a", "20 mail.example.net."]},
        {"name": "n", "type": "NAPTR", "values": '100 10 "u" "E2U+sip" "!^(.*)$!sip:\\\\1@example.org!" .'},
        {"name": "sub", "type": "NS", "values": "ns.example.net."},
        {"name": "p", "type": "PTR", "values": "a"},
        {"name": "@", "type": "SPF", "values": "v=spf1 -all"},
        {"name": "_sip._tcp", "type": "SRV", "values": "0 5 5060 a"},
        {"name": "a", "type": "SSHFP", "values": "4 2 " + "ef" * 32},
        {"name": "*", "type": "TXT", "values": ["one; two", "x" * 300]},
    ]
    assert len(cloud.task(rows)["applied"]) == 1 + len(rows)
    assert not cloud.task(rows)["changed"]
    assert cloud.set(ZONE, "CAA")["records"] == ["0 issue ca.example.net; a=b"]


def test_each_type_that_is_claimed_is_made_read_changed_and_pruned(cloud):
    walk(cloud.args(), claimed("designate"))


def test_a_bad_declaration_is_refused_by_set_and_rule(cloud, monkeypatch):
    cloud.task(THERE)
    monkeypatch.setattr(cloud.designate, "put", None)  # which nothing may come to
    before = copy.deepcopy(cloud.zone())
    for case in BAD:
        refused(cloud.args(), case)
    assert cloud.zone() == before


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (Refusal(413, "over_quota", "Quota exceeded for zone_recordsets."), "answered 413: Quota exceeded for"),
        (Refusal(403, "forbidden", "no"), "provider designate refuses the credentials (403 at POST"),
    ],
)
def test_refusals_in_designates_own_words(cloud, refusal, words):
    cloud.task()
    cloud.designate.denied[("www.example.org.", "A")] = refusal
    assert words in cloud.task([WWW], fails=True)["msg"]


def test_a_create_whose_answer_was_lost_is_adopted(cloud):
    with Proxy(("127.0.0.1", cloud.designate.port)) as door:
        door.fault(reset_after, method="POST", path="/recordsets")
        where = {"endpoints": {"dns": door.url + "/dns/v2"}, "regions": [REGION]}
        assert cloud.task([WWW], cloud=where)["applied"] == [ZONE, "www.example.org. A"]
        assert door.count("POST", "/dns/v2/zones/[^/]+/recordsets") == 1


def test_logins_that_lead_nowhere(cloud):
    wrong = cloud.task(cloud={"regions": ["Mars"]}, fails=True)["msg"]
    assert "has no dns service in region Mars" in wrong
    both = {"regions": ["a", "b"], "endpoints": {"dns": cloud.designate.url}}
    assert "name one region in designate.regions; there are a, b" in cloud.task(cloud=both, fails=True)["msg"]
    assert "refuses the credentials" in cloud.task(cloud={"username": "nobody"}, fails=True)["msg"]


def test_a_playbook(cloud):
    options = cloud.args([WWW])
    login = {name: options.pop(name) for name in ("provider", "designate")}
    tasks = [
        {"name": "zone", "rackwright.platform.dns_zone": options},
        {"name": "read", "rackwright.platform.dns_zone_info": {"zone": ZONE}},
    ]
    played = play(tasks, module_defaults={"group/rackwright.platform.dns": login}, secrets=[PASSWORD])
    assert played["zone"]["changed"] and [row["type"] for row in played["read"]["records"]] == ["NS", "SOA", "A"]
