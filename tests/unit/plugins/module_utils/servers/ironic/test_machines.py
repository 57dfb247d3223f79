# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines on their way to the state that is declared, and where they stick."""

from __future__ import annotations

from collections import namedtuple

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure
from ansible_collections.rackwright.platform.plugins.module_utils.servers.ironic.machines import Machines

LEADS = {"manage": "manageable", "provide": "available"}
Change = namedtuple("Change", "key before after fields want")


class Api:
    """Nodes in memory, which do at once what they are told; a fake. broken: {id: what it says when it is managed}."""

    def __init__(self, broken=(), **states):
        self.broken, self.asked, self.removed, self.patched = dict(broken), [], [], {}
        self.nodes_ = {ident: self._node(ident, state) for ident, state in states.items()}

    @staticmethod
    def _node(ident, state, **more):
        free = {"uuid": ident, "provision_state": state, "target_provision_state": None, "instance_uuid": None}
        return dict(free, last_error=None, **more)

    def until(self, ids, done, _seconds, progress=None):
        """All of them, or the Failure that `done` raises."""
        found = {}
        for ident in ids:
            try:
                assert done(self.nodes_.get(ident)), "nothing moves by itself here"
                found[ident] = self.nodes_.get(ident)
            except Failure as failure:
                found[ident] = failure
        return found

    def provision(self, ident, verb):
        """Do it, or fail as a machine does whose controller does not answer."""
        self.asked.append((ident, verb))
        if ident in self.broken:
            self.nodes_[ident]["last_error"] = self.broken[ident]
        else:
            self.nodes_[ident]["provision_state"] = LEADS[verb]

    def patch(self, ident, changes):
        """Note it."""
        self.patched[ident] = changes

    def remove(self, path):
        """Note it."""
        self.removed.append(path)


def machines(api):
    """The store over that API."""
    return Machines(namedtuple("Driver", "api")(api), {})


@pytest.mark.parametrize(
    ("state", "goal", "verbs"),
    [
        ("enroll", "available", ["manage", "provide"]),
        ("enroll", "manageable", ["manage"]),
        ("manageable", "available", ["provide"]),
        ("available", "manageable", ["manage"]),
        ("clean failed", "available", ["manage", "provide"]),
        ("available", "available", []),
    ],
)
def test_each_state_has_its_way(state, goal, verbs):
    api = Api(a=state)
    assert machines(api)._walk({"a": goal}) == {} and [verb for _ident, verb in api.asked] == verbs


def test_one_that_sticks_does_not_hold_the_others_up():
    api = Api(broken={"b": "no controller answers"}, a="enroll", b="enroll")
    failed = machines(api)._walk({"a": "available", "b": "available", "c": "available"})
    assert str(failed["b"]) == "it is in the state enroll: no controller answers"
    assert str(failed["c"]) == "it is gone" and api.nodes_["a"]["provision_state"] == "available"
    assert api.asked.count(("b", "manage")) == 1


def test_an_old_error_is_no_reason_not_to_try():
    api = Api(a="enroll")
    api.nodes_["a"]["last_error"] = "from the day before"
    assert machines(api)._walk({"a": "available"}) == {}


def test_one_that_carries_a_server_stays_as_it_is():
    api = Api(a="active")
    api.nodes_["a"]["instance_uuid"] = "i-1"
    assert machines(api)._walk({"a": "available"}) == {} and api.asked == []
    with pytest.raises(Failure, match="it carries the server web; remove that first"):
        machines(api).delete(Change("a", {"id": "a", "_carries": "i-1", "server": "web"}, None, (), None))
    assert api.removed == []


def test_a_change_is_one_patch_in_ironics_words():
    api = Api(a="available")
    after = {"name": "a", "plan": "large", "facility": "default", "tags": {"rack": "b"}, "owner": "me"}
    want = {"properties": {"cpus": "4"}, "interfaces": {"deploy": "direct"}}
    fields = ("plan", "facility", "tags", "properties", "interfaces")
    done = machines(api).update_all([Change("a", {"id": "a"}, after, fields, want)])
    assert done == {"a": None}
    assert api.patched == {
        "a": {
            "/resource_class": "large",
            "/conductor_group": "",
            "/properties/cpus": "4",
            "/deploy_interface": "direct",
            "/extra/rackwright_machine": {"owner": "me", "tags": {"rack": "b"}},
        }
    }
