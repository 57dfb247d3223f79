# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks between rows and the words of an engine."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers import network
from ansible_collections.rackwright.platform.plugins.module_utils.containers.network import NETWORK, fit
from ansible_collections.rackwright.platform.plugins.module_utils.containers.things import declared
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import plan

FOUR, SIX = {"subnet": "10.1.0.0/24"}, {"subnet": "fd00::/64"}
WHOLE = dict(FOUR, gateway="10.1.0.1", range="10.1.0.128/25")


def rows_of(*rows, **options):
    """The declared rows of a task."""
    params = dict({"networks": list(rows), "state": "present", "owner": "shop", "prune": False}, **options)
    return declared(NETWORK, params)[0]


def made(row):
    """The engine's answer about a network that was made as declared."""
    return dict(network.body(row), Id="0123456789abcdef" * 4, Scope="local", Created="2026-01-02T03:04:05.6Z")


def changes(had, want):
    """What follows where `had` was declared and `want` is now: (verb, fields) of each change."""
    current = [network.seen(made(row)) for row in fit(rows_of(had), [])]
    found = plan(NETWORK, current, fit(rows_of(want), current), owner="shop").changes
    return [(change.verb, change.fields) for change in found]


@pytest.mark.parametrize(
    ("had", "want", "fields"),
    [
        ({}, {}, None),
        ({"subnets": [WHOLE, SIX], "labels": {"a": 1}}, {"subnets": [SIX, FOUR]}, None),
        ({"driver": "macvlan", "options": {"parent": "eth0"}}, {"driver": "macvlan"}, None),
        ({"subnets": [WHOLE]}, {"subnets": [dict(FOUR, gateway="10.1.0.2")]}, ("subnets",)),
        ({"subnets": [WHOLE]}, {"subnets": [FOUR, SIX]}, ("subnets", "ipv6")),
        ({"subnets": [FOUR, SIX]}, {"ipv6": False}, ("subnets", "ipv6")),
        ({"options": {"parent": "eth0"}}, {"options": {"parent": "eth0.7"}}, ("options",)),
        ({"labels": {"a": 1}}, {"labels": {}}, ("labels",)),
        ({}, {"internal": True}, ("internal",)),
        ({}, {"driver": "ipvlan"}, ("driver",)),
        ({}, {"attachable": True}, ("attachable",)),
    ],
)
def test_what_differs_takes_a_new_network(had, want, fields):
    name = {"name": "net"}
    assert changes(dict(had, **name), dict(want, **name)) == ([("replace", fields)] if fields else [])


def test_what_is_not_declared_goes_on_in_the_new_network():
    (have,) = rows_of({"name": "net", "driver": "ipvlan", "subnets": [WHOLE], "options": {"parent": "eth0"}})
    answer = dict(made(have), IPAM=dict(made(have)["IPAM"], Driver="dhcp", Options={"v": "1"}))
    (change,) = plan(NETWORK, [network.seen(answer)], rows_of({"name": "net", "internal": True})).changes
    body = network.body(change.after, answer)
    assert dict(body, Internal=False) == dict(network.again(answer)) and body["Internal"]


def test_one_that_nobody_of_ours_made_is_refused():
    answer = dict(made({"name": "net"}), Labels={})
    with pytest.raises(Refused, match="did not make"):
        plan(NETWORK, [network.seen(answer)], rows_of({"name": "net"}))


def test_an_endpoint_keeps_its_addresses_and_its_names_but_not_its_id():
    end = {
        "IPAMConfig": {"IPv4Address": "10.1.0.7", "IPv6Address": "fd00::7"},
        "Aliases": ["shop", "0123456789ab"],
        "Links": None,
        "IPAddress": "10.1.0.7",
    }
    answer = {"Id": "0123456789abcdef" * 4, "NetworkSettings": {"Networks": {"net": end}}}
    kept = network.endpoint(answer, "net", "some id")
    assert kept == {"IPAMConfig": end["IPAMConfig"], "Aliases": ["shop"]}
    assert network.fixed(kept) == ["10.1.0.7", "fd00::7"]
    assert network.outside(network.fixed(kept), {"subnets": [FOUR]}) == ["fd00::7"]
    assert network.endpoint(answer, "other", "other id") is None


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"name": "a b"}], "not a network's name"),
        ([{"name": "net", "subnets": []}], "leave it out"),
        ([{"name": "net", "subnets": [{"subnet": "10.1.0.1/24"}]}], "host bits"),
        ([{"name": "net", "subnets": [dict(FOUR, gateway="fd00::1")]}], "gateway fd00::1 is not in the subnet"),
        ([{"name": "net", "subnets": [dict(FOUR, range="10.2.0.0/28")]}], "range 10.2.0.0/28 is not in the subnet"),
        ([{"name": "net", "subnets": [SIX], "ipv6": False}], "leave out one"),
        ([{"name": "net", "subnets": [FOUR]}, {"name": "two", "subnets": [FOUR]}], "overlaps 10.1.0.0/24 of network"),
        ([{"name": "net"}, {"name": "net", "state": "absent"}], "both as there and as absent"),
        ([{"name": "net", "labels": {"org.rackwright.note": "1"}}], "label of Rackwright's own"),
    ],
)
def test_what_cannot_be_meant_is_refused(rows, words):
    with pytest.raises(Refused, match=words):
        rows_of(*rows)
