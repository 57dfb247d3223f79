# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels and taints of nodes, and their draining, by the kubectl of a control plane."""

from __future__ import annotations

import json

from ..core.errors import Failure
from .host import HELD

OWNED = "rackwright.platform/declared"  # the annotation that tells which labels and taints are ours
CONDITION = ("key", "value", "effect")


def wanted(node, declared):
    """The metadata and taints that a node is to have: (labels, annotation, taints), of the API's node."""
    ours = json.loads(node["metadata"].get("annotations", {}).get(OWNED, "{}"))
    labels = {name: text(value) for name, value in (declared.get("labels") or {}).items()}
    gone = {name: None for name in ours.get("labels", []) if name not in labels}
    taints = [plain(taint) for taint in declared.get("taints") or []]
    mine = {identity(taint) for taint in taints} | {tuple(pair) for pair in ours.get("taints", [])}
    kept = [taint for taint in node["spec"].get("taints", []) if identity(taint) not in mine]
    note = {"labels": sorted(labels), "taints": sorted(list(identity(taint)) for taint in taints)}
    return dict(labels, **gone), note, kept + taints


def plain(taint):
    """A declared taint as the API has it."""
    return {name: text(taint[name]) for name in CONDITION if taint.get(name) is not None}


def identity(taint):
    return taint["key"], taint["effect"]


def text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def patch(node, declared):
    """The merge patch that a node needs, None when it is as declared."""
    labels, note, taints = wanted(node, declared)
    have, change = node["metadata"].get("labels", {}), {}
    differing = {name: value for name, value in labels.items() if have.get(name) != value}
    if differing:
        change["labels"] = differing
    said = json.loads(node["metadata"].get("annotations", {}).get(OWNED, "null"))
    if said != note and (said or note["labels"] or note["taints"]):
        change["annotations"] = {OWNED: json.dumps(note, sort_keys=True)}
    done = {"metadata": change} if change else {}
    bare = [dict({"value": ""}, **{n: t[n] for n in CONDITION if n in t}) for t in node["spec"].get("taints", [])]
    if sorted(bare, key=str) != sorted([dict({"value": ""}, **plain(t)) for t in taints], key=str):
        done["spec"] = {"taints": taints}
    return done or None


class Nodes:
    """The nodes of the cluster that this host administers. here: a host.Host."""

    def __init__(self, here, timeout):
        self.host, self.timeout = here, timeout

    def kubectl(self, *arguments):
        """What kubectl said. Raises Failure."""
        good, said = self.host.kubectl(*arguments)
        if not good:
            raise Failure("kubectl %s failed: %s" % (arguments[0], said))
        return said

    def read(self):
        """The API's nodes by name."""
        return {
            item["metadata"]["name"]: item for item in json.loads(self.kubectl("get", "nodes", "-o", "json"))["items"]
        }

    def change(self, name, patch):
        """Send a merge patch."""
        self.kubectl("patch", "node", name, "--type", "merge", "--patch", json.dumps(patch))

    def carry_out(self, verb, node, detail):
        """One line of a plan."""
        name = node["metadata"]["name"]
        if verb == "patch":
            self.change(name, detail)
        elif verb == "delete":
            self.kubectl("delete", "node", name)
        else:
            getattr(self, verb)(node)

    def drain(self, node):
        """Empty a node, and note that it was us; one that was closed already is left to whom closed it."""
        name = node["metadata"]["name"]
        if not node["spec"].get("unschedulable"):
            self.change(name, {"metadata": {"annotations": {HELD: "true"}}})
        flags = ["--ignore-daemonsets", "--delete-emptydir-data", "--timeout=%ds" % self.timeout]
        status, out, err = self.host.run(
            ["kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "drain", name, *flags],
            timeout=self.timeout + 30,
            check=False,
        )
        if status:
            said = (err or out).strip()
            raise Failure(
                "The node %s cannot be emptied; it takes no new pods, and the next run goes on: %s" % (name, said)
            )

    def release(self, node):
        """Open a node that we have drained."""
        name = node["metadata"]["name"]
        self.kubectl("uncordon", name)
        self.change(name, {"metadata": {"annotations": {HELD: None}}})


def plan(there, declared, absent):
    """(verb, name, detail) for what differs of the nodes that are there."""
    for row in declared:
        node = there.get(row["name"])
        if node is None:
            continue
        change = patch(node, row) if row.get("labels") is not None or row.get("taints") is not None else None
        if change:
            yield "patch", row["name"], change
        if row.get("drained") and not (node["spec"].get("unschedulable") and held(node)):
            yield "drain", row["name"], None
        if row.get("drained") is False and held(node):
            yield "release", row["name"], None
    for name in absent:
        if name in there:
            yield "delete", name, None


def held(node):
    """Whether it is drained for us."""
    return HELD in node["metadata"].get("annotations", {})
