# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route 53 on moto: batches, every type, aliases and routed sets, private zones, owners; what the contract does not.

moto takes what Amazon refuses and never says PENDING; tests/unit/plugins/module_utils/dns/drivers/test_route53.py has
those, with answers of the documented shape.
"""

from __future__ import annotations

import pathlib

import pytest
import yaml
from ansible_collections.rackwright.platform.plugins.module_utils.dns.route53 import account
from ansible_collections.rackwright.platform.plugins.module_utils.dns.route53.spelling import TYPES
from contract.modules import run
from contract.proxy import Proxy, answer
from contract.route53 import DnsOnRoute53
from integration.moto import KEY, Moto

CASES = yaml.safe_load((pathlib.Path(__file__).parents[1] / "unit/cases/dns/values.yml").read_text(encoding="utf-8"))
ZONE = "example.org."
VPCS = [{"id": "vpc-1", "region": "us-east-1"}, {"id": "vpc-2", "region": "eu-west-1"}]
BALANCER = {"name": "lb-1.elb.example.net.", "zone_id": "Z35SXDOTRQ7X7K", "evaluate_health": True}
ERROR = b"""<?xml version="1.0"?><ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error>
<Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>1</RequestId></ErrorResponse>"""


class Account:
    """An empty moto behind a door, and tasks on it."""

    def __init__(self, moto, door):
        self.api, self.door = moto.client("route53"), door

    def task(self, module="dns_zone", check=False, fails=False, route53=None, **more):
        """Run a module."""
        options = {"url": self.door.url, "access_key": KEY["aws_access_key_id"]}
        options.update(route53 or {}, secret_key=KEY["aws_secret_access_key"])
        task = {"provider": "route53", "route53": options, "zone": ZONE}
        result = run(module, dict(task, **more), check=check, diff=True, fails=fails)
        assert KEY["aws_secret_access_key"] not in str(result)
        return result

    def zones(self):
        """All zones of the name."""
        return self.api.list_hosted_zones_by_name(DNSName=ZONE)["HostedZones"]

    def sets(self, zone=None):
        """The record sets as the API tells them, but for those that each zone has."""
        pages = self.api.get_paginator("list_resource_record_sets").paginate(
            HostedZoneId=(zone or self.zones()[0])["Id"]
        )
        found = [one for page in pages for one in page["ResourceRecordSets"]]
        return [one for one in found if one["Type"] not in ("NS", "SOA") or one["Name"] != ZONE]

    def actions(self):
        """How many changes of which action each batch had."""
        batches = [seen.body.decode() for seen in self.door.writes if "/rrset" in seen.path]
        words = ("DELETE", "CREATE", "UPSERT")
        return [{w: b.count("<Action>%s<" % w) for w in words if "<Action>%s<" % w in b} for b in batches]


@pytest.fixture(scope="module")
def moto():
    """One moto for all."""
    with Moto() as server:
        yield server


@pytest.fixture
def cloud(moto):
    """An account without zones."""
    moto.reset()
    with Proxy(("127.0.0.1", moto.port), spell=DnsOnRoute53.spell) as door:
        yield Account(moto, door)


def hosts(number, ttl=60):
    return [{"name": "h%d" % n, "type": "A", "ttl": ttl, "values": ["192.0.2.1"]} for n in range(number)]


def routed(name, value, **routing):
    return {"name": "www", "type": "A", "ttl": 60, "values": [value], "set": name, "routing": routing}


def test_new_ones_go_by_a_thousand_and_changed_ones_by_five_hundred(cloud):
    assert cloud.task(records=hosts(1200))["changed"]
    assert cloud.actions() == [{"CREATE": 1000}, {"CREATE": 200}]
    cloud.door.clear()
    cloud.task(records=hosts(1200, ttl=61), limits={"changes": 100})
    assert cloud.actions() == [{"UPSERT": 500}, {"UPSERT": 500}, {"UPSERT": 200}]
    cloud.door.clear()
    assert not cloud.task(records=hosts(1200, ttl=61))["changed"] and not cloud.door.writes
    assert cloud.door.count("GET", "/rrset") == 5  # pages of 300, and one call for the zone
    assert len(cloud.door.seen) == 6


def test_every_type_comes_back_as_it_was_sent(cloud):
    rows = []
    for kind in (kind for kind in CASES if kind in TYPES and kind != "SOA"):
        for number, (value, _wanted) in enumerate(CASES[kind]["good"]):
            rows.append({"name": "%s-%d" % (kind.lower(), number), "type": kind, "values": [value]})
    assert {row["type"] for row in rows} == set(TYPES) - {"SOA"}
    rows += [{"name": name, "type": "A", "values": ["192.0.2.1"]} for name in ("*", "*.x", "a/b", "a\\.b", "a\\032b")]
    cloud.task()
    assert len(cloud.task(records=rows)["plan"]) == len(rows)
    assert not cloud.task(records=rows)["changed"], "a type is read back in another spelling"
    assert len(cloud.task("dns_zone_info")["records"]) == len(rows) + 2
    cloud.task(records=[], prune=True, limits={"deletes": 100})
    assert cloud.sets() == []


WAYS = [
    [routed("a", "192.0.2.1", weight=10), routed("b", "192.0.2.2", weight=0)],
    [routed("a", "192.0.2.1", region="us-east-1"), routed("b", "192.0.2.2", region="eu-west-1")],
    [routed("a", "192.0.2.1", failover="primary", health_check="abc"), routed("b", "192.0.2.2", failover="secondary")],
    [
        routed("a", "192.0.2.1", geo={"country": "US", "subdivision": "CA"}),
        routed("b", "192.0.2.2", geo={"country": "*"}),
    ],
    [routed("a", "192.0.2.1", multivalue=True), routed("b", "192.0.2.2", multivalue=True)],
]


@pytest.mark.parametrize("rows", WAYS, ids=lambda rows: next(iter(rows[0]["routing"])))
def test_each_way_of_choosing_is_made_read_changed_and_removed(cloud, rows):
    cloud.task()
    assert len(cloud.task(records=rows)["plan"]) == 2
    assert not cloud.task(records=rows)["changed"]
    read = [row for row in cloud.task("dns_zone_info")["records"] if row["name"] == "www." + ZONE]
    assert [(row["set"], row["routing"]) for row in read] == [(row["set"], row["routing"]) for row in rows]
    assert not cloud.task(records=read)["changed"], "what was read is what can be declared"
    moved = [rows[0], dict(rows[1], values=["192.0.2.9"])]
    result = cloud.task(records=moved, limits={"changes": 100})
    assert [line["key"] for line in result["plan"]] == ["www.example.org. A b"]
    assert "; set b, " in result["diff"][0]["after"]
    named = [{"name": "www", "type": "A", "set": "a"}]
    assert cloud.task("dns_record", records=named, state="absent")["changed"]
    assert [one["SetIdentifier"] for one in cloud.sets()] == ["b"]


def test_an_alias_is_made_read_and_turned_into_values(cloud):
    rows = [
        {"name": "@", "type": "A", "alias": BALANCER},
        {"name": "same", "type": "A", "alias": {"name": "www"}},
        {"name": "www", "type": "A", "values": ["192.0.2.1"]},
    ]
    cloud.task(records=rows)
    assert not cloud.task(records=rows)["changed"]
    own = cloud.zones()[0]["Id"].rpartition("/")[2]
    targets = {one["Name"]: one["AliasTarget"]["HostedZoneId"] for one in cloud.sets() if "AliasTarget" in one}
    assert targets == {ZONE: "Z35SXDOTRQ7X7K", "same." + ZONE: own}
    rows[1] = {"name": "same", "type": "A", "values": ["192.0.2.2"]}
    cloud.task(records=rows)
    assert [one for one in cloud.sets() if one["Name"].startswith("same")][0]["TTL"] == 3600
    assert not cloud.task(records=rows)["changed"]


def test_prune_leaves_what_is_special_unless_it_bears_the_stamp(cloud):
    special = [*WAYS[0], {"name": "lb", "type": "A", "alias": BALANCER}]
    cloud.task(records=special)
    cloud.task(records=hosts(1), prune=True)
    assert len(cloud.sets()) == 4
    cloud.task(records=special, owner="us")
    cloud.task(records=special[:1], prune=True, owner="us")
    assert [one.get("SetIdentifier") for one in cloud.sets() if one["Type"] == "A"] == [None, "a"]
    assert [one["ResourceRecords"] for one in cloud.sets() if one["Type"] == "TXT"] == [[{"Value": '"A/a us"'}]]


def test_a_zone_file_that_knows_nothing_of_routed_sets_does_not_flatten_them(cloud):
    cloud.task(records=WAYS[0])
    plain = [{"name": "www", "type": "A", "values": ["192.0.2.9"]}]
    result = cloud.task(records=plain, prune=True, limits={"deletes": 100}, fails=True)
    assert "it also has the sets a, b" in result["msg"] and len(cloud.sets()) == 2


def test_another_way_of_choosing_is_one_batch(cloud):
    cloud.task(records=WAYS[0])
    cloud.door.clear()
    cloud.task(records=WAYS[1], limits={"changes": 100})
    assert cloud.actions() == [{"DELETE": 2, "CREATE": 2}]
    assert {one["Region"] for one in cloud.sets()} == {"us-east-1", "eu-west-1"}


def test_a_name_changes_from_address_to_alias_in_one_batch(cloud):
    cloud.task(records=[{"name": "www", "type": "A", "values": ["192.0.2.1"]}])
    cloud.door.clear()
    cloud.task(records=[{"name": "www", "type": "CNAME", "values": ["web"]}], prune=True, limits={"deletes": 100})
    assert cloud.actions() == [{"DELETE": 1, "CREATE": 1}] and [one["Type"] for one in cloud.sets()] == ["CNAME"]


def test_a_public_and_a_private_zone_of_one_name(cloud):
    cloud.task(records=hosts(1), comment="for all")
    inside = {"route53": {"private": True}, "vpcs": VPCS[:1], "records": hosts(2), "comment": "inside"}
    for check in (True, False):
        assert "needs a network" in cloud.task(fails=True, check=check, **dict(inside, vpcs=None))["msg"]
    assert cloud.task(check=True, **inside)["changed"] and len(cloud.zones()) == 1
    made = cloud.task(**inside)["zone"]
    assert (made["private"], made["vpcs"], made["comment"]) == (True, VPCS[:1], "inside")
    assert not cloud.task(**inside)["changed"]
    told = cloud.task(records=hosts(1), fails=True)["msg"]
    assert "2 of this name" in told and "(public)" in told and "(private)" in told
    assert not cloud.task(records=hosts(1), route53={"private": False})["changed"]
    assert [len(cloud.sets(zone)) for zone in cloud.zones()] == [1, 2]
    assert not cloud.task(records=hosts(2), route53={"zone_id": made["id"]})["changed"]
    listed = run(
        "dns_zone_info", {"provider": "route53", "route53": {"url": cloud.door.url, "private": True, **keys()}}
    )
    assert [zone["private"] for zone in listed["zones"]] == [False, True]


def keys():
    return {"access_key": KEY["aws_access_key_id"], "secret_key": KEY["aws_secret_access_key"]}


def test_networks_come_before_others_go(cloud):
    cloud.task(vpcs=VPCS[:1])
    cloud.door.clear()
    result = cloud.task(vpcs=VPCS[1:])
    assert [line["fields"] for line in result["plan"]] == [["vpcs"]]
    assert [seen.path.rpartition("/")[2] for seen in cloud.door.writes] == ["associatevpc", "disassociatevpc"]
    assert not cloud.task(vpcs=VPCS[1:])["changed"]
    cloud.task(vpcs=VPCS, comment="two")
    assert cloud.task("dns_zone_info")["zones"][0]["comment"] == "two"
    assert "keeps one network" in cloud.task(vpcs=[], fails=True)["msg"]


def test_a_public_zone_does_not_become_private(cloud):
    cloud.task()
    assert "it is public, and stays so" in cloud.task(vpcs=VPCS, fails=True)["msg"]


def test_a_zone_goes_with_all_that_is_in_it_and_only_for_its_owner(cloud):
    cloud.task(records=[*hosts(650), *WAYS[0], {"name": "lb", "type": "A", "alias": {"name": "h1"}}], owner="us")
    assert "belongs to owner 'us'" in cloud.task(state="absent", owner="them", fails=True)["msg"]
    cloud.door.clear()
    assert cloud.task(state="absent", owner="us")["changed"] and cloud.zones() == []
    assert cloud.actions() == [{"DELETE": 999}, {"DELETE": 306}]  # one stamp has two values
    assert not cloud.task(state="absent")["changed"]


def test_the_tag_hands_a_zone_over(cloud):
    cloud.task(owner="us")
    zone = cloud.zones()[0]["Id"].rpartition("/")[2]
    tags = cloud.api.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone)["ResourceTagSet"]["Tags"]
    assert tags == [{"Key": "rackwright:owner", "Value": "us"}]
    tags[0]["Value"] = "them"
    cloud.api.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone, AddTags=tags)
    assert "belongs to owner 'them'" in cloud.task(state="absent", owner="us", fails=True)["msg"]
    assert cloud.task(state="absent", owner="them")["changed"]


def test_a_reusable_delegation_set(cloud):
    made = cloud.api.create_reusable_delegation_set(CallerReference="x")["DelegationSet"]
    zone = cloud.task(delegation_set=made["Id"])["zone"]
    assert zone["nameservers"] == sorted(server + "." for server in made["NameServers"])
    assert not cloud.task(delegation_set=made["Id"])["changed"]


def test_the_zones_own_ns_and_soa_are_changed_and_never_made(cloud):
    rows = [
        {"name": "@", "type": "NS", "ttl": 300, "values": ["ns1.example.net.", "ns2.example.net."]},
        {"name": "@", "type": "SOA", "values": ["ns1.example.net. hostmaster.example.net. 1 7200 900 1209600 300"]},
    ]
    cloud.task(records=rows)
    assert cloud.actions() == [{"UPSERT": 2}]
    assert not cloud.task(records=rows)["changed"]


def test_too_many_requests_are_sent_again(cloud):
    for code, text in ((b"Throttling", b"Rate exceeded"), (b"PriorRequestNotComplete", b"still at work")):
        cloud.door.fault(answer(400, ERROR % (code, text), Content_Type="text/xml"), path="rrset", method="POST")
    assert cloud.task(records=hosts(1))["changed"] and len(cloud.sets()) == 1
    assert len(cloud.actions()) == 3


def test_what_came_meanwhile_is_read_again(cloud):
    cloud.task()
    text = b"[Tried to create resource record set [name='h0.example.org.', type='A'] but it already exists]"

    def overtaken(link, request):
        made = {"Name": "h0." + ZONE, "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "192.0.2.5"}]}
        batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": made}]}
        cloud.api.change_resource_record_sets(HostedZoneId=cloud.zones()[0]["Id"], ChangeBatch=batch)
        answer(400, ERROR % (b"InvalidChangeBatch", text), Content_Type="text/xml")(link, request)

    cloud.door.fault(overtaken, path="rrset", method="POST")
    assert cloud.task(records=hosts(2))["changed"]
    assert cloud.actions() == [{"CREATE": 2}, {"CREATE": 1, "UPSERT": 1}]
    assert {one["ResourceRecords"][0]["Value"] for one in cloud.sets()} == {"192.0.2.1"}


def test_it_waits_for_all_batches_at_the_end(cloud):
    cloud.door.fault(rewritten(b"INSYNC", b"PENDING"), path="rrset", method="POST", times=2)
    cloud.task(records=hosts(1001), route53={"wait": True})
    asked = [seen.path for seen in cloud.door.seen]
    assert ["/change/" in path for path in asked[-4:]] == [False, False, True, True]


def rewritten(old, new):
    """A fault: the answer has other words."""

    def fault(link, request):
        request.status, pieces = link.ask(request)
        head, body = next(pieces), b"".join(pieces)
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
        body = body.replace(old, new)
        lines.insert(1, b"Content-Length: %d" % len(body))
        link.client.sendall(b"\r\n".join(lines) + body)

    return fault


def test_several_sets_of_one_name_at_the_seam_of_two_pages_are_told_once(cloud, monkeypatch):
    rows = [routed("s%d" % n, "192.0.2.%d" % n, weight=1) for n in range(5)]
    cloud.task(records=rows + hosts(3))
    monkeypatch.setattr(account, "PAGE", 6)
    assert not cloud.task(records=rows + hosts(3))["changed"]
    assert cloud.door.count("GET", "/rrset") == 2


def test_a_name_without_room_for_its_stamp_is_refused_while_planning(cloud):
    cloud.task()
    long = ".".join(["a" * 60] * 4)[: 253 - len("." + ZONE) - 2]
    rows = [{"name": long, "type": "A", "values": ["192.0.2.1"]}]
    assert "too long; leave `owner` out" in cloud.task(records=rows, owner="us", check=True, fails=True)["msg"]
    assert cloud.task(records=rows)["changed"]


def test_stamps_of_sets_that_go_in_several_batches_go_too(cloud):
    rows = [{"name": "h%03d" % number, "type": "A", "values": ["192.0.2.1"]} for number in range(600)]
    more = {"owner": "fleet", "limits": {"deletes": 100, "changes": 100}}
    cloud.task(records=rows, **more)
    changed = [dict(row, values=["192.0.2.2"]) for row in rows]
    assert cloud.task(records=changed, **more)["pending"] == []
    cloud.task(records=[], prune=True, **more)
    assert cloud.sets() == []
