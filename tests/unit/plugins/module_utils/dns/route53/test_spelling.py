# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route 53's own spelling. The answers have the shape that Amazon documents; moto keeps names as they were sent."""

from __future__ import annotations

import re

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.dns import names, rdata
from ansible_collections.rackwright.platform.plugins.module_utils.dns.resource import record_sets
from ansible_collections.rackwright.platform.plugins.module_utils.dns.route53 import spelling
from hypothesis import given
from hypothesis import strategies as st

OWN = "Z1OWN"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("\\052.example.org.", "*.example.org."),
        ("WWW.Example.org.", "www.example.org."),
        ("0\\05725.2.0.192.in-addr.arpa.", "0/25.2.0.192.in-addr.arpa."),
        ("a\\056b.example.org.", "a\\.b.example.org."),
        ("a\\040b.example.org.", "a\\032b.example.org."),
        ("_sip._tcp.example.org.", "_sip._tcp.example.org."),
        ("\\303\\244.example.org.", "\\195\\164.example.org."),
    ],
)
def test_names_have_octal_escapes(theirs, ours):
    assert spelling.name_in(theirs) == ours
    assert spelling.name_in(spelling.name_out(ours)) == ours


@given(st.lists(st.binary(min_size=1, max_size=8), min_size=1, max_size=5))
def test_every_name_comes_back(labels):
    name = names.absolute("".join("".join("\\%03d" % byte for byte in label) + "." for label in labels))
    sent = spelling.name_out(name)
    assert re.fullmatch(r"(?:[a-z0-9._*-]|\\[0-3][0-7]{2})+", sent)
    assert spelling.name_in(sent) == name


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=3))
def test_every_text_comes_back(parts):
    value = rdata.text.strings(parts)
    sent = spelling.value_out(value)
    assert all(int(code, 8) < 256 for code in re.findall(r"(?<!\\)(?:\\\\)*\\([0-9]{3})", sent))
    row = spelling.row_of({"Name": "a.", "Type": "TXT", "TTL": 1, "ResourceRecords": [{"Value": sent}]})
    assert row["values"] == [value]


def test_a_backslash_before_digits_is_no_escape():
    found = {"Name": "a.", "Type": "TXT", "TTL": 1, "ResourceRecords": [{"Value": '"a\\\\052 \\052 \\""'}]}
    assert spelling.row_of(found)["values"] == ['"a\\\\052 * \\""']


WEIGHTED = {
    "Name": "www.example.org.",
    "Type": "A",
    "SetIdentifier": "blue",
    "Weight": 10,
    "TTL": 60,
    "ResourceRecords": [{"Value": "192.0.2.2"}, {"Value": "192.0.2.1"}],
    "HealthCheckId": "abcdef11-2222-3333-4444-555555fedcba",
}
ALIAS = {
    "Name": "example.org.",
    "Type": "A",
    "AliasTarget": {
        "HostedZoneId": "Z35SXDOTRQ7X7K",
        "DNSName": "dualstack.LB-1.us-east-1.elb.amazonaws.com.",
        "EvaluateTargetHealth": True,
    },
}


def test_a_weighted_set():
    row = spelling.row_of(WEIGHTED)
    assert row["set"] == "blue" and row["values"] == ["192.0.2.1", "192.0.2.2"]
    assert row["routing"] == {"weight": 10, "health_check": WEIGHTED["HealthCheckId"]}
    assert "_foreign" not in row


def test_an_alias():
    row = spelling.row_of(ALIAS)
    assert "ttl" not in row and "values" not in row
    assert row["alias"]["name"] == "dualstack.lb-1.us-east-1.elb.amazonaws.com."
    assert spelling.record_set(row, OWN)["AliasTarget"]["HostedZoneId"] == "Z35SXDOTRQ7X7K"


@pytest.mark.parametrize(
    "more",
    [
        {"Weight": 0},
        {"Region": "eu-west-1"},
        {"Failover": "PRIMARY", "HealthCheckId": "abc"},
        {"GeoLocation": {"ContinentCode": "EU"}},
        {"GeoLocation": {"CountryCode": "US", "SubdivisionCode": "CA"}},
        {"GeoLocation": {"CountryCode": "*"}},
        {"MultiValueAnswer": True},
    ],
)
@pytest.mark.parametrize(
    "of", [{"TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}, {"AliasTarget": ALIAS["AliasTarget"]}]
)
def test_every_way_of_choosing_comes_back_and_can_be_declared_as_it_was_read(more, of):
    found = dict(of, Name="www.example.org.", Type="A", SetIdentifier="a b", **more)
    row = spelling.row_of(found)
    again = dict(found)
    if "AliasTarget" in again:
        again["AliasTarget"] = dict(again["AliasTarget"], DNSName="dualstack.lb-1.us-east-1.elb.amazonaws.com.")
    assert spelling.record_set(row, OWN) == again
    assert record_sets("example.org.").normalise([row]) == [row]


def test_an_alias_without_a_zone_is_in_the_sets_own():
    row = {"name": "a.example.org.", "type": "A", "alias": {"name": "b.example.org.", "evaluate_health": False}}
    target = spelling.record_set(row, OWN)["AliasTarget"]
    assert target == {"HostedZoneId": OWN, "DNSName": "b.example.org.", "EvaluateTargetHealth": False}


@pytest.mark.parametrize(
    "more",
    [
        {"TrafficPolicyInstanceId": "abc", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]},
        {"CidrRoutingConfig": {"CollectionId": "c", "LocationName": "here"}, "SetIdentifier": "a"},
        {"GeoProximityLocation": {"AWSRegion": "us-east-1", "Bias": 3}, "SetIdentifier": "a"},
    ],
)
def test_what_no_row_can_say_is_not_ours(more):
    assert spelling.row_of(dict(more, Name="www.example.org.", Type="A"))["_foreign"]


def test_a_value_that_we_would_refuse_is_shown_as_it_is():
    found = {"Name": "a.", "Type": "A", "TTL": 1, "ResourceRecords": [{"Value": "not an address"}]}
    assert spelling.row_of(found)["values"] == ["not an address"]
