# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure
from ansible_collections.rackwright.platform.plugins.module_utils.kubernetes import nodes
from ansible_collections.rackwright.platform.plugins.module_utils.kubernetes.host import HELD, Host

PLANE = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}


def node(**spec):
    return {"metadata": {"name": "a", "labels": {"theirs": "1"}, "annotations": {}}, "spec": spec}


def applied(there, change):
    """What the API makes of a merge patch."""
    there = json.loads(json.dumps(there))
    for kind, values in change.get("metadata", {}).items():
        there["metadata"][kind].update(values)
        there["metadata"][kind] = {k: v for k, v in there["metadata"][kind].items() if v is not None}
    there["spec"].update(change.get("spec", {}))
    return there


def test_labels_and_taints_are_set_once_and_others_stay():
    declared = {"labels": {"rack": 7, "fast": True}, "taints": [{"key": "gpu", "value": "a", "effect": "NoSchedule"}]}
    before = node(taints=[PLANE])
    after = applied(before, nodes.patch(before, declared))
    assert after["metadata"]["labels"] == {"theirs": "1", "rack": "7", "fast": "true"}
    assert after["spec"]["taints"] == [PLANE, {"key": "gpu", "value": "a", "effect": "NoSchedule"}]
    assert nodes.patch(after, declared) is None
    less = applied(after, nodes.patch(after, {"labels": {"rack": 7}, "taints": []}))
    assert less["metadata"]["labels"] == {"theirs": "1", "rack": "7"} and less["spec"]["taints"] == [PLANE]
    assert nodes.patch(less, {"labels": {"rack": 7}, "taints": []}) is None


def test_a_node_of_which_nothing_is_declared_is_left_alone():
    assert nodes.patch(node(taints=[PLANE]), {"labels": {}, "taints": []}) is None


def test_a_plan_of_several():
    held = node(unschedulable=True)
    held["metadata"]["annotations"][HELD] = "true"
    closed, there = node(unschedulable=True), {}
    there.update(a=node(), held=held, closed=closed)
    rows = [{"name": "a", "drained": True}, {"name": "held", "drained": True}, {"name": "closed", "drained": False}]
    assert list(nodes.plan(there, rows, ["gone", "a"])) == [("drain", "a", None), ("delete", "a", None)]
    assert list(nodes.plan(there, [{"name": "held", "drained": False}], [])) == [("release", "held", None)]


def test_a_node_that_somebody_has_closed_stays_closed():
    ran = []

    def run(command, timeout=0, check=True):
        ran.append(
            command[command.index("/etc/kubernetes/kubelet.conf") + 2 :] if "drain" not in command else ["drain"]
        )
        return 0, "", ""

    cluster = nodes.Nodes(Host("/nowhere", run), 60)
    cluster.carry_out("drain", node(unschedulable=True), None)
    assert ran == [["drain"]]  # and no note that it was us
    cluster.carry_out("drain", node(), None)
    assert ran[1][0] == "patch" and HELD in ran[1][-1]
    cluster.carry_out("release", node(), None)
    assert [line[0] for line in ran[3:]] == ["uncordon", "patch"]


def test_a_node_that_cannot_be_emptied_is_told():
    def run(command, timeout=0, check=True):
        return (1, "", "Cannot evict pod") if "drain" in command else (0, "", "")

    with pytest.raises(Failure, match="The node a cannot be emptied.*Cannot evict pod"):
        nodes.Nodes(Host("/nowhere", run), 60).carry_out("drain", node(), None)
