# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which machine a row gets, without a server."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import (
    Ambiguous,
    Conflict,
    Failure,
    Refused,
)
from ansible_collections.rackwright.platform.plugins.module_utils.servers.drivers.ironic import IronicDriver
from ansible_collections.rackwright.platform.plugins.module_utils.servers.ironic import rows as shape

URL = "http://192.0.2.1:6385"


class Api:
    """Ironic's nodes in memory; a fake. stolen: {node that somebody else takes first: for which instance}."""

    def __init__(self, nodes, stolen):
        self.there, self.stolen, self.patched = nodes, stolen, {}

    def place(self):
        """Where it is."""
        return URL

    def nodes(self):
        """All of them."""
        return self.there

    def patch(self, ident, changes):
        """Note it."""
        if ident in self.stolen:
            raise Conflict("the node %s has an instance: %s" % (ident, self.stolen[ident]))
        self.patched[ident] = changes


def node(ident, group="", **more):
    """A free machine."""
    free = {"uuid": ident, "name": "m-" + ident, "provision_state": "available", "resource_class": "small"}
    return dict(free, conductor_group=group, **more)


def driver(*nodes, stolen=None):
    """The driver over these nodes."""
    made = IronicDriver({"url": URL})
    made.api = Api(list(nodes), stolen or {})
    return made


def row(name, **more):
    """A server."""
    return dict({"name": name, "plan": "small", "image": "http://192.0.2.1/a.raw"}, **more)


def claims(made, *rows):
    """{name: node} after planning and claiming in that order."""
    made.vet(list(rows), [])
    return {one["name"]: made._claim(one) for one in rows}


def test_a_named_machine_is_not_taken_by_another_row():
    assert claims(driver(node("1"), node("2")), row("a"), row("b", machine="m-1")) == {"a": "2", "b": "1"}


def test_a_row_of_a_facility_has_its_machine():
    found = claims(driver(node("1", "ams"), node("2")), row("a"), row("b", facility="ams"))
    assert found == {"a": "2", "b": "1"}


def test_too_few_machines_are_refused_with_how_many_there_are():
    nodes = (node("1"), node("2", maintenance=True), node("3", instance_uuid="theirs"))
    with pytest.raises(Refused, match="server b: .* of 3 such machines 1 were free"):
        driver(*nodes).vet([row("a"), row("b")], [])


def test_a_machine_that_was_taken_meanwhile_is_passed_over():
    made = driver(node("1"), node("2"), stolen={"1": "theirs"})
    assert claims(made, row("a")) == {"a": "2"}
    patch = made.api.patched["2"]
    assert patch["/instance_uuid"] == shape.instance(made.realm(), "a")
    assert patch["/instance_info"] == {"image_source": "http://192.0.2.1/a.raw", "display_name": "a"}


def test_when_the_last_one_is_taken_it_says_so():
    made = driver(node("1"), stolen={"1": "theirs"})
    with pytest.raises(Failure, match="somebody else took the last machine that fits"):
        claims(made, row("a"))


def test_a_claim_that_a_killed_run_had_sent_and_that_came_late_is_looked_up_again():
    made = driver(node("1"), stolen={"1": shape.instance(driver().realm(), "a")})
    with pytest.raises(Ambiguous, match="has an instance"):
        claims(made, row("a"))


def test_room_counts_what_is_free():
    made = driver(node("1", "ams"), node("2", "ams", maintenance=True), node("3"))
    assert made.room([("ams", "small"), ("default", "small"), ("default", "big")]) == {
        ("ams", "small"): 1,
        ("default", "small"): 1,
        ("default", "big"): 0,
    }
