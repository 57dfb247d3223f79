# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the declared hosts, and what was seen of each, to what is to be done and what must not be. Pure.

A declared host is a row: name, role (`control_plane` or `worker`), node, address, labels, taints, and `seen`, which
`host.look` made of it, or None where it is not in the play.
"""

from __future__ import annotations

import posixpath
import re

from . import config, versions

NODE = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
CONTAINERD = "unix:///run/containerd/containerd.sock"
OLD_CONTAINERD = {"debian 11": "1.4"}  # what packages of releases have that is too old for any kubelet of today
RESET = "reset it with kubernetes_state=absent and kubernetes_reset=true, then run again"


def plan(rows, settings):
    """{problems}, and where there is none, what `steps` makes.

    settings: version, endpoint, endpoint_by, endpoint_address, swap, cgroup_driver, config, images ({file: sha256}),
    renew_before, group (of the control planes), claims ({group: hosts}, of the control planes of other clusters).
    """
    found = declared(rows, settings) + [problem for row in rows for problem in of_host(row, settings)]
    if not found:
        found = together(rows, settings)
    return {"problems": found} if found else dict(steps(rows, settings), problems=[])


def planes(rows):
    return [row for row in rows if row["role"] == "control_plane"]


def members(rows):
    return [row for row in rows if row["seen"] and row["seen"]["stage"] == "member"]


def names(rows):
    return [row["name"] for row in rows]


# What is declared


def declared(rows, settings):
    """What is wrong with the declaration, whatever the hosts are like."""
    found = [reason for reason in [versions.too_old(settings["version"])] if reason]
    found += config.problems(settings["config"], settings["version"]) + drivers(settings)
    control, workers = planes(rows), [row for row in rows if row["role"] == "worker"]
    found += number(control, settings) + endpoint(control, settings)
    for name in sorted(set(names(control)) & set(names(workers))):
        found.append("%s is in the group of the control planes and in that of the workers: take it out of one" % name)
    for group, hosts in sorted(settings["claims"].items()):
        for name in sorted(set(names(control)) & set(hosts)):
            found.append(
                "%s is claimed as a control plane by the groups %s and %s: leave it in one"
                % (name, settings["group"], group)
            )
    unique = list({row["name"]: row for row in rows}.values())
    return found + shared(unique) + [problem for row in unique for problem in spelling(row)]


def number(control, settings):
    """An even number stands no more losses than one less, unless etcd is elsewhere."""
    external = "external" in settings["config"].get("ClusterConfiguration", {}).get("etcd", {})
    if not control:
        return ["the group %s has no hosts: put the control planes into it" % settings["group"]]
    if len(control) % 2 == 0 and not external:
        text = "%d control planes (%s) stand no more losses than %d: take one out, or put one in"
        return [text % (len(control), ", ".join(names(control)), len(control) - 1)]
    return []


def endpoint(control, settings):
    """Several control planes need an address in common from the start."""
    where, by = settings["endpoint"], settings["endpoint_by"]
    found = []
    if len(control) > 1 and not where:
        found.append(
            "several control planes need an address in common: set kubernetes_endpoint, since it cannot be added later"
        )
    if where and not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^\s:/\[\]]+):\d{1,5}", where):
        found.append("kubernetes_endpoint is %r: it must be host:port" % where)
    if by != "external" and not settings["endpoint_address"]:
        found.append("%s needs the address that it moves: set kubernetes_endpoint_address" % by)
    return found


def drivers(settings):
    """The kubelet and the container runtime must have one cgroup driver."""
    kubelet = settings["config"].get("KubeletConfiguration", {}).get("cgroupDriver")
    if kubelet and kubelet != settings["cgroup_driver"]:
        text = "kubernetes_config has the cgroup driver %s for the kubelet, but the container runtime gets %s: "
        text += "set kubernetes_cgroup_driver"
        return [text % (kubelet, settings["cgroup_driver"])]
    return []


def shared(rows):
    """Nodes with the same name or address."""
    found = []
    for field in ("node", "address"):
        seen = {}
        for row in rows:
            if row[field]:
                seen.setdefault(row[field], []).append(row["name"])
        text = "%s have one %s, %s: each needs its own"
        found += [text % (" and ".join(who), field, value) for value, who in sorted(seen.items()) if len(who) > 1]
    return found


def spelling(row):
    """A node's name, labels and taints must be what Kubernetes takes."""
    found = []
    if not NODE.fullmatch(row["node"]):
        found.append(
            "%s would be the node %r: set kubernetes_node_name to lower-case letters, digits, - and ."
            % (row["name"], row["node"])
        )
    for taint in row["taints"]:
        if not taint.get("key") or taint.get("effect") not in EFFECTS:
            found.append(
                "%s has the taint %s: it must have a key, and an effect of %s"
                % (row["name"], taint, ", ".join(EFFECTS))
            )
    return found


# What the hosts are like


def of_host(row, settings):
    """What is wrong with one host that was looked at, each sentence beginning with its name."""
    seen = row["seen"]
    if not seen:
        return []
    reasons = kernel(seen, settings) + list(seen["mirrors"])
    if seen["stage"] == "broken":
        reasons.append("it is half a node: %s. Wait or put that right, or %s" % (seen["why"], RESET))
    if seen["stage"] == "member":
        reasons += belongs(row, seen, settings) + ages(row, seen, settings)
    return ["%s: %s" % (row["name"], reason) for reason in reasons]


def kernel(seen, settings):
    """What the machine itself cannot."""
    found = [] if seen["apt"] else ["it has no APT: the packages are Debian's"]
    if seen["architecture"] not in versions.ARCHITECTURES:
        text = "the architecture %s is not supported: there are packages for %s"
        found.append(text % (seen["architecture"], ", ".join(versions.ARCHITECTURES)))
    if seen["system"] in OLD_CONTAINERD and settings["socket"] == CONTAINERD:
        text = "%s has containerd %s, and kubelets want 1.6 or later (CRI v1): take a newer release, "
        text += "or set kubernetes_runtime to crio"
        found.append(text % (seen["system"], OLD_CONTAINERD[seen["system"]]))
    if seen["swap"] and settings["swap"] == "refuse":
        text = "swap is on (%s): turn it off, or set kubernetes_swap to off, or to allow"
        found.append(text % ", ".join(seen["swap"]))
    kubelet = settings["config"].get("KubeletConfiguration", {})
    if (
        seen["cgroup"] == 1
        and versions.parse(settings["version"])[:2] >= versions.CGROUP_V2
        and kubelet.get("failCgroupV1") is not False
    ):
        found.append(
            "it has cgroup v1, which %s refuses: boot with cgroup v2, or set failCgroupV1: false for the kubelet"
            % settings["version"]
        )
    if seen["cgroup_driver"] and seen["stage"] == "member" and seen["cgroup_driver"] != settings["cgroup_driver"]:
        text = "its kubelet has the cgroup driver %s, but the container runtime gets %s: "
        text += "set kubernetes_cgroup_driver to %s"
        found.append(text % (seen["cgroup_driver"], settings["cgroup_driver"], seen["cgroup_driver"]))
    return found


def belongs(row, seen, settings):
    """A member must be one of this cluster, in this role."""
    found = []
    if seen["control_plane"] != (row["role"] == "control_plane"):
        now, then = ("control plane", "worker") if seen["control_plane"] else ("worker", "control plane")
        found.append("it is a %s, and is declared as a %s: %s" % (now, then, RESET))
    address = seen["server"].split("://")[-1]
    if settings["endpoint"] and address != settings["endpoint"]:
        found.append("it is a node of the cluster at %s, not of %s: %s" % (address, settings["endpoint"], RESET))
    return found


def ages(row, seen, settings):
    """No step of an upgrade may be skipped, nor gone back."""
    now = {seen["node"]["version"]} | ({seen["apiserver"]} if seen["apiserver"] else set())
    if row["role"] == "worker":
        reason = versions.lag(seen["node"]["version"], settings["version"]) or None
        return [reason] if reason else []
    return sorted({reason for reason in (versions.step(version, settings["version"]) for version in now) if reason})


def together(rows, settings):
    """What is wrong between hosts that are right each by itself."""
    control, joined = planes(rows), members(rows)
    absent = names([row for row in control if row["seen"] is None])
    if absent:
        return [
            "the control planes %s are not in this play: run it on the whole group, or limit it to them and others"
            % ", ".join(absent)
        ]
    clusters = {}
    for row in joined:
        clusters.setdefault(row["seen"]["ca"], []).append(row["name"])
    if len(clusters) > 1:
        apart = "; ".join(", ".join(who) for who in clusters.values())
        return ["the hosts are nodes of %d clusters (%s): %s" % (len(clusters), apart, RESET)]
    if joined and not planes(joined):
        return [
            "%s are nodes of a cluster that none of the control planes is in: %s" % (", ".join(names(joined)), RESET)
        ]
    leader = (planes(joined) or [None])[0]
    return left(rows, leader["seen"]["cluster"], settings) if leader else []


def left(rows, cluster, settings):
    """Nodes of the cluster that are in the way."""
    found = []
    by_node = {row["node"]: row for row in rows}
    for node in cluster["nodes"]:
        row = by_node.get(node["name"])
        stale = row and row["seen"] and row["seen"]["stage"] == "none"
        if stale and (node["ready"] or row["role"] == "control_plane"):
            text = "%s: the cluster has a node %s, but there is nothing of it on this host: "
            text += "remove the node%s first (kubectl delete node %s)"
            also = " and its member of etcd" if row["role"] == "control_plane" else ""
            found.append(text % (row["name"], node["name"], also, node["name"]))
        reason = None if row else versions.lag(node["version"], settings["version"])
        if reason:
            found.append("%s, which is a node of the cluster and not in this play: %s" % (node["name"], reason))
    reason = versions.step(cluster["version"], settings["version"]) if cluster["version"] else None
    return found + (["the cluster: %s" % reason] if reason else [])


# What is to be done


def steps(rows, settings):
    """Who does what, in order."""
    target, joined = settings["version"], members(rows)
    present = [row for row in rows if row["seen"]]
    control = planes(rows)
    first = (planes(joined) or control)[0]
    initialise = not planes(joined)
    cluster = first["seen"]["cluster"]
    later = [row for row in present if row not in joined and not (initialise and row is first)]
    upgrading = upgrades(joined, first, target)
    return {
        "first": first["name"],
        "initialise": initialise,
        "addresses": {row["name"]: row["address"] for row in control},
        "install": names([row for row in present if row not in joined and behind(row, target)]),
        "upgrade": names(upgrading),
        "fetch": names([row for row in upgrading if behind(row, target)]),
        "apply": bool(cluster) and cluster["version"] != target,
        "join": {role: names([row for row in later if row["role"] == role]) for role in ("control_plane", "worker")},
        "renew": names([row for row in planes(joined) if row not in upgrading and expiring(row, settings)]),
        "images": names([row for row in present if lacking(row, settings)]),
        "nodes": [{"name": row["node"], "labels": row["labels"], "taints": row["taints"]} for row in present],
    }


def behind(row, target):
    """Whether the programs of the host are not those of this version."""
    return any(version != target for version in row["seen"]["versions"].values())


def upgrades(joined, first, target):
    """The members that are to be brought to this version: control planes before workers, the first before all."""

    def wanting(row):
        seen, node = row["seen"], row["seen"]["node"]
        if row is first and seen["cluster"]["version"] != target:
            return True
        return node["version"] != target or node["held"] or (seen["control_plane"] and seen["apiserver"] != target)

    order = sorted(joined, key=lambda row: (row is not first, row["role"] != "control_plane"))
    return [row for row in order if wanting(row)]


def expiring(row, settings):
    """Whether the certificates of the control plane end soon."""
    days = row["seen"]["expires"]
    return days is not None and days < settings["renew_before"]


def lacking(row, settings):
    """Whether images are still to be loaded."""
    loaded = row["seen"]["images"]
    return any(loaded.get(posixpath.basename(path)) != digest.lower() for path, digest in settings["images"].items())
