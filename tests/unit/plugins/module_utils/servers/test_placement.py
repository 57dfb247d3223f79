# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Placement, with the worked examples of Packet's batch documentation, and its laws as properties."""

from __future__ import annotations

from collections import Counter

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.servers.options import declared
from ansible_collections.rackwright.platform.plugins.module_utils.servers.placement import place, spread
from hypothesis import given
from hypothesis import strategies as st

from .catalogue_fake import Made

PACKETS = {"sjc1": 7, "ewr1": 24, "dfw1": 50}  # free servers in Packet's examples


def rows_of(*servers, **more):
    """Declared rows, as the module makes them of its options."""
    params = {"state": "present", "owner": None, "ssh_keys": None, "prune": False, "end_of_life": "refuse"}
    return declared(dict(params, servers=[dict({"plan": "small"}, **server) for server in servers], **more))


def placed(room, count, current=(), **placement):
    """How many of `count` servers go where."""
    rows = rows_of({"name": "web%02d", "count": count, "placement": placement})
    place(rows, current, Made(room))
    return Counter(row["facility"] for row in rows)


def test_packets_first_example_none_is_split_off():
    assert placed(PACKETS, 10, facilities=["sjc1", "ewr1", "any"], at_most=1) == {"ewr1": 10}


def test_packets_second_example_over_two():
    assert placed(PACKETS, 25, facilities=["sjc1", "ewr1", "any"], at_most=2) == {"sjc1": 7, "ewr1": 18}


def test_without_a_limit_the_preferred_are_filled():
    assert placed(PACKETS, 10, facilities=["sjc1", "ewr1", "any"]) == {"sjc1": 7, "ewr1": 3}
    assert placed(PACKETS, 81, facilities=["sjc1", "ewr1", "any"]) == {"sjc1": 7, "ewr1": 24, "dfw1": 50}


def test_any_takes_most_room_first():
    assert placed(PACKETS, 60, facilities=["any"]) == {"dfw1": 50, "ewr1": 10}
    rows = rows_of({"name": "one", "facility": "any"})
    place(rows, [], Made(PACKETS))
    assert rows[0]["facility"] == "dfw1"


def test_at_least_spreads_evenly():
    assert placed(PACKETS, 6, facilities=["sjc1", "ewr1", "dfw1"], at_least=3) == {"sjc1": 2, "ewr1": 2, "dfw1": 2}
    assert placed(PACKETS, 20, facilities=["sjc1", "ewr1"], at_least=2) == {"sjc1": 7, "ewr1": 13}
    assert placed(PACKETS, 1, facilities=["sjc1", "ewr1"], at_least=2) == {"sjc1": 1}


def test_no_room_is_refused_with_the_numbers():
    with pytest.raises(Refused, match=r"web01 to web99: no room for 99 .*sjc1 7, ewr1 24.*name more"):
        placed(PACKETS, 99, facilities=["sjc1", "ewr1"])
    with pytest.raises(Refused, match="with at most 1"):
        placed(PACKETS, 60, facilities=["any"], at_most=1)


def test_groups_share_the_room():
    first = {"name": "a%02d", "count": 7, "placement": {"facilities": ["sjc1", "ewr1"]}}
    second = {"name": "b%02d", "count": 2, "placement": {"facilities": ["sjc1", "ewr1"]}}
    rows, driver = rows_of(first, second), Made(PACKETS)
    place(rows, [], driver)
    assert Counter(row["facility"] for row in rows) == {"sjc1": 7, "ewr1": 2} and len(driver.asked) == 1


def test_who_knows_no_room_takes_the_first():
    assert placed(None, 500, facilities=["ewr1", "any"]) == {"ewr1": 500}


def test_servers_that_are_there_stay():
    there = [{"name": "web01", "facility": "dfw1", "metro": "da"}, {"name": "web02", "facility": "ewr1"}]
    rows, driver = rows_of({"name": "web%02d", "count": 2, "placement": {"facilities": ["sjc1", "any"]}}), Made(PACKETS)
    place(rows, there, driver)
    assert [row["facility"] for row in rows] == ["dfw1", "ewr1"] and driver.asked == []
    metro = rows_of({"name": "web01", "facility": "da"})
    place(metro, there, driver)
    assert metro[0]["facility"] == "dfw1"
    elsewhere = rows_of({"name": "web01", "facility": "sjc1"})
    place(elsewhere, there, driver)
    assert elsewhere[0]["facility"] == "sjc1", "a difference, for the plan to tell"


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ({"facility": "sjc1", "placement": {"facilities": ["any"]}}, "exclude each other"),
        ({"placement": {"facilities": []}}, "facilities is empty"),
        ({"placement": {"facilities": ["any"], "at_most": 0}}, "1 or more"),
        ({"placement": {"facilities": ["any"], "at_most": 1, "at_least": 2}}, "not above at_most"),
    ],
)
def test_nonsense_is_refused(server, words):
    with pytest.raises(Refused, match=words):
        rows_of(dict(server, name="one"))


ROOM = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 9), min_size=1)
LIMIT = st.one_of(st.none(), st.integers(1, 6))


@given(ROOM, st.integers(1, 30), LIMIT, LIMIT)
def test_what_is_placed_fits(room, number, at_most, at_least):
    if at_most and at_least and at_least > at_most:
        at_least = None
    order = sorted(room)
    counts = spread(room, order, number, at_most, at_least)
    if counts is None:  # then the roomiest sites that are allowed have too little, or are too few
        best = sorted(room.values(), reverse=True)[: at_most or len(room)]
        assert sum(best) < number or len([one for one in room.values() if one]) < min(at_least or 1, number)
        return
    assert sum(counts.values()) == number and all(counts[site] <= room[site] for site in counts)
    used = [site for site in counts if counts[site]]
    assert len(used) <= (at_most or len(room)) and len(used) >= min(at_least or 1, number)
