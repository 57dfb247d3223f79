# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Route 53 driver without a server: what it refuses, whom it blames, how it waits, pages and tells zones apart.

The answers have the shapes that Amazon documents; moto, on which the rest is tested, never says PENDING, pages sets
of one name without their identifiers, and takes what Amazon refuses.
"""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import (
    Ambiguous,
    Failure,
    NotFound,
    Refused,
    TimedOut,
)
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import Change
from ansible_collections.rackwright.platform.plugins.module_utils.core.progress import Progress
from ansible_collections.rackwright.platform.plugins.module_utils.dns.drivers.route53 import Route53
from ansible_collections.rackwright.platform.plugins.module_utils.dns.resource import RECORD_SET, record_sets
from ansible_collections.rackwright.platform.plugins.module_utils.dns.route53 import records, zones

ZONE = "example.org."
PUBLIC = {"Id": "/hostedzone/Z1", "Name": ZONE, "CallerReference": "x", "Config": {"PrivateZone": False}}
PRIVATE = {"Id": "/hostedzone/Z2", "Name": ZONE, "CallerReference": "y", "Config": {"PrivateZone": True}}


class Script:
    """A client that answers from lists, {action: [answer, ...]}, and remembers what it was asked."""

    def __init__(self, **answers):
        self.answers, self.asked = answers, []

    def __call__(self, service, _region):
        assert service == "route53"
        return self

    def __getattr__(self, action):
        def call(**args):
            self.asked.append((action, args))
            return self.answers[action].pop(0)

        return call


def driver(script, **options):
    return Route53(dict({"access_key": "a", "secret_key": "b"}, **options), script)


def listed(*found):
    return {"HostedZones": list(found), "IsTruncated": False}


def refusal(**row):
    rows = record_sets(ZONE, ttl=60).normalise([dict({"name": "a", "type": "A"}, **row)])
    with pytest.raises(Refused) as refused:
        Route53.refuse(RECORD_SET, rows)
    return str(refused.value)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"type": "LOC", "values": ["52 22 23 N 4 53 32 E -2m"]}, "cannot do type LOC: Route 53 does not have it"),
        ({"type": "ALIAS", "values": ["x"]}, "with `alias` in place of values"),
        ({"type": "TYPE65280", "values": ["\\# 1 00"]}, "does not have the type TYPE65280"),
        ({"name": "*", "type": "NS", "values": ["ns"]}, "a wildcard cannot be delegated"),
        ({"values": ["10.0.%d.%d" % divmod(n, 256) for n in range(401)]}, "it has 401 values; Route 53 takes 400"),
        ({"type": "TXT", "values": ["v" * 3990]}, "a value has 4037 characters; Route 53 takes 4000"),
        ({"type": "TXT", "values": ["%03d" % n + "v" * 150 for n in range(101)]}, "have 15655 characters"),
        ({"type": "NS", "values": ["x"], "set": "a", "routing": {"weight": 1}}, "neither aliases nor chosen among"),
        ({"values": ["192.0.2.1"], "set": "a" * 129, "routing": {"weight": 1}}, "more than 128 characters"),
        ({"type": "CNAME", "values": ["x"], "set": "a", "routing": {"multivalue": True}}, "not of aliases or of type"),
        ({"name": "a._rackwright", "type": "TXT", "values": ["A me"]}, "kept for the stamps of owners"),
    ],
)
def test_what_amazon_refuses_is_refused_while_planning(row, reason):
    assert reason in refusal(**row)


def change(name="www.example.org.", kind="A", *more):
    key = (name, kind, *more)
    row = {"name": name, "type": kind, "ttl": 60, "values": ["192.0.2.1"]}
    return Change("create", key, None, row, row)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (
            "[RRSet of type CNAME with DNS name www.example.org. is not permitted because a conflicting RRSet of type "
            "A with the same DNS name already exists in zone example.org.]",
            ("www.example.org.", "CNAME"),
        ),
        (
            "[RRSet with DNS name www.example.org., type A, SetIdentifier blue cannot be created because a non "
            "weighted resource record set exists with the same name and type.]",
            ("www.example.org.", "A", "blue"),
        ),
        (
            "[Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) "
            "encountered with 'x''] in Change with [Action=CREATE, Name=\\052.example.org., Type=A, "
            "SetIdentifier=null]",
            ("*.example.org.", "A"),
        ),
    ],
)
def test_the_record_set_that_route_53_blames(text, key):
    failure = records.blamed(Failure("Route 53 answered 400 InvalidChangeBatch: " + text), [change(), change(*key)])
    assert failure.keys == [key]


@pytest.mark.parametrize(
    "text",
    [
        "[Tried to create resource record set [name='www.example.org.', type='A'] but it already exists]",
        "[Tried to delete resource record set [name='www.example.org.', type='A', set identifier='b'] but it was not "
        "found]",
        "[Tried to delete resource record set [name='www.example.org.', type='A'] but the values provided do not match "
        "the current values]",
    ],
)
def test_a_zone_that_somebody_else_changed_meanwhile_is_read_again(text):
    assert isinstance(records.blamed(Failure(text), [change()]), Ambiguous)


def test_blame_for_what_was_not_sent_is_no_blame():
    failure = Failure("[RRSet of type TXT with DNS name x.example.org. is odd]")
    assert not hasattr(records.blamed(failure, [change()]), "keys")


def pending(number, status="PENDING"):
    return {"ChangeInfo": {"Id": "/change/C%d" % number, "Status": status}}


def sent(script, **options):
    """A store that has sent two batches."""
    store = driver(script, **options).records(ZONE)
    for name in ("a.example.org.", "b.example.org."):
        store.send([change(name)])
    return store


def test_it_waits_once_for_all_batches_until_each_is_in_sync():
    waits = [pending(1), pending(2, "INSYNC"), pending(1, "INSYNC")]
    batches = [pending(1), pending(2)]
    script = Script(
        list_hosted_zones_by_name=[listed(PUBLIC)], change_resource_record_sets=list(batches), get_change=waits
    )
    sent(script, wait=True).served(Progress("x"))
    assert [args["Id"] for action, args in script.asked if action == "get_change"] == ["C1", "C2", "C1"]
    script = Script(list_hosted_zones_by_name=[listed(PUBLIC)], change_resource_record_sets=list(batches))
    sent(script).served(Progress("x"))
    assert "get_change" not in [action for action, _args in script.asked]


def test_what_is_not_served_in_time_is_told():
    script = Script(
        list_hosted_zones_by_name=[listed(PUBLIC)],
        change_resource_record_sets=[pending(1), pending(2, "INSYNC")],
        get_change=[pending(1)] * 99,
    )
    with pytest.raises(TimedOut, match="change C1 is in phase PENDING"):
        sent(script, wait=True, wait_timeout=1).served(Progress("x"))


def test_pages_go_on_in_the_middle_of_a_name_by_its_identifier():
    found = [
        {"Name": "www.example.org.", "Type": "A", "SetIdentifier": one, "Weight": 1, "TTL": 1, "ResourceRecords": []}
        for one in "ab"
    ]
    more = {"NextRecordName": "www.example.org.", "NextRecordType": "A", "NextRecordIdentifier": "b"}
    script = Script(
        list_hosted_zones_by_name=[listed(PUBLIC)],
        list_resource_record_sets=[
            dict(more, ResourceRecordSets=found[:1], IsTruncated=True),
            {"ResourceRecordSets": found[1:], "IsTruncated": False},
        ],
    )
    assert [row["set"] for row in driver(script).records(ZONE).read()] == ["a", "b"]
    assert script.asked[-1][1] == {
        "HostedZoneId": "Z1",
        "MaxItems": "300",
        "StartRecordName": "www.example.org.",
        "StartRecordType": "A",
        "StartRecordIdentifier": "b",
    }


def test_pages_that_do_not_go_on_end():
    again = {"ResourceRecordSets": [], "IsTruncated": True, "NextRecordName": "a.example.org.", "NextRecordType": "A"}
    script = Script(list_hosted_zones_by_name=[listed(PUBLIC)], list_resource_record_sets=[again, again])
    with pytest.raises(Failure, match=r"one page again and again \(a.example.org. A\)"):
        driver(script).records(ZONE).read()


def test_zones_come_in_order_from_the_name_on_and_may_fill_pages():
    other = dict(PUBLIC, Id="/hostedzone/Z9", Name="example.net.")
    script = Script(
        list_hosted_zones_by_name=[
            {"HostedZones": [PUBLIC], "IsTruncated": True, "NextDNSName": ZONE, "NextHostedZoneId": "Z2"},
            {"HostedZones": [PRIVATE, other], "IsTruncated": True, "NextDNSName": "x.", "NextHostedZoneId": "Z3"},
        ]
    )
    assert [zone["Id"][-2:] for zone in driver(script).account.named(ZONE)] == ["Z1", "Z2"]


@pytest.mark.parametrize(
    ("options", "found"),
    [({"private": True}, "Z2"), ({"private": False}, "Z1"), ({"zone_id": "Z2"}, "Z2")],
)
def test_zones_of_one_name_are_told_apart(options, found):
    script = Script(list_hosted_zones_by_name=[listed(PUBLIC, PRIVATE)])
    assert driver(script, **options).account.id(ZONE) == found


def test_of_two_zones_none_is_guessed():
    script = Script(list_hosted_zones_by_name=[listed(PUBLIC, PRIVATE)])
    with pytest.raises(Refused, match=r"2 of this name: Z1 \(public\), Z2 \(private\). Choose with route53.private"):
        driver(script).account.id(ZONE)


def test_a_zone_that_is_not_there():
    script = Script(list_hosted_zones_by_name=[listed(PUBLIC)])
    with pytest.raises(NotFound, match="no private zone of this name"):
        driver(script, private=True).records(ZONE).read()


@pytest.mark.parametrize(("owner", "told"), [("us", "us"), ("a/b", "a/b"), (None, None), ("o" * 100, None)])
def test_the_reference_of_a_request_says_whose_the_zone_is(owner, told):
    ours = zones.reference(owner)
    assert len(ours) <= 128 and ours != zones.reference(owner)
    assert zones.zone_row(dict(PUBLIC, CallerReference=ours)).get("owner") == told
