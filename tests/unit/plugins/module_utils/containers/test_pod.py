# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods: what is declared, what an engine tells, who is in which; data in, data out."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers import member, pod, resource, wire
from ansible_collections.rackwright.platform.plugins.module_utils.containers.apart import told_apart
from ansible_collections.rackwright.platform.plugins.module_utils.containers.drivers.docker import Docker
from ansible_collections.rackwright.platform.plugins.module_utils.containers.pod import POD
from ansible_collections.rackwright.platform.plugins.module_utils.containers.rolling import beside
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import plan

from .engine import IDENT, inspected

IMAGE = {"Env": [], "Labels": {"maintainer": "somebody"}}
ROW = {
    "name": "shop",
    "image": "pause",
    "share": ["net", "ipc", "net"],
    "ports": [{"public": 8080, "private": "80"}],
    "networks": [{"name": "front", "aliases": ["shop1"]}],
    "hosts": {"db": "192.0.2.1"},
    "labels": {"tier": 1},
    "shm_size": "64m",
}


def rows(*given):
    """Canonical rows."""
    return POD.normalise(list(given))


def item(name, ident, labels=None, mode="bridge", **more):
    """A container in the engine's list."""
    told = {"Id": ident * 64, "Names": ["/" + name], "Labels": labels or {}, "State": "running", "Created": 0}
    return dict(told, HostConfig={"NetworkMode": mode}, **more)


def holder(name="shop", ident="a", **more):
    """What holds a pod."""
    return item(name, ident, pod.labels_of(rows(dict(ROW, name=name, **more))[0]))


def test_a_pod_that_was_made_as_declared_is_unchanged():
    row = pod.fit(rows(ROW), [])[0]
    answer = inspected("shop", pod.body(row), IMAGE)
    told = dict(item("shop", "0", answer["Config"]["Labels"]), Id=IDENT)
    found = pod.seen(told, answer, ["web"])
    assert not plan(POD, [found], [row]).changes and "_foreign" not in found and found["containers"] == ["web"]
    other = pod.fit(rows(dict(ROW, labels={})), [])
    assert plan(POD, [found], other).changes[0].fields == ("labels",)
    assert not plan(POD, [found], pod.fit(rows({"name": "shop", "state": "started"}), [])).changes
    assert "ports" in POD.as_text(found) and "dns_search" not in POD.as_text(found)


def test_what_holds_a_pod_on_docker_shares_what_was_declared():
    body = pod.body(rows(ROW)[0])
    assert body["HostConfig"]["IpcMode"] == "shareable" and body["Hostname"] == "shop"
    assert body["HostConfig"]["NetworkMode"] == "front" and not body["HostConfig"]["Init"]
    alone = pod.body(rows({"name": "shop", "image": "pause", "share": ["pid"]})[0])["HostConfig"]
    assert (alone["NetworkMode"], alone["IpcMode"], alone["Init"]) == ("none", "private", True)


def test_containers_are_told_by_what_they_have_joined():
    spec = wire.labels("old", {}, {"pod": "quiet"})
    items = [
        holder(),
        holder("quiet", "b", share=["ipc"], ports=None, networks=None, hosts=None),
        item("web", "c", wire.labels("web", {}, {}), "container:" + "a" * 64),
        item("old", "d", spec),
        item("theirs", "e", mode="container:" + "a" * 64),
        item("lost", "f", wire.labels("lost", {}, {"pod": "shop"}), "container:" + "9" * 64),
    ]
    told = {row["name"]: (row["pod"], row.get("_foreign", "")) for row in told_apart(items)}
    assert {name: where for name, (where, _foreign) in told.items() if where} == {
        "web": "shop",
        "old": "quiet",
        "theirs": "shop",
    }
    assert told["shop"][1] == "it is what holds pod shop together, and of container_pod"
    assert told["lost"] == ("", "")


def test_podmans_own_word_counts():
    infra = dict(item("1-infra", "a", {pod.MARK: "shop"}), IsInfra=True, PodName="shop", Pod="1" * 64)
    theirs = dict(item("2-infra", "b"), IsInfra=True, PodName="theirs", Pod="2" * 64)
    web = dict(item("web", "c", {pod.MARK: "a lie"}), IsInfra=False, PodName="shop", Pod="1" * 64)
    found = member.found([infra, theirs, web])
    assert sorted(found) == ["shop", "theirs"] and member.pod_of(web, found) == "shop" and not member.holds(web)
    answer = inspected("2-infra", pod.body(rows(dict(ROW, name="theirs"))[0]), IMAGE)
    assert pod.seen(theirs, answer, [])["_foreign"] == "it is a pod that Rackwright did not make (id %s)" % ("2" * 12)


def test_a_container_is_in_a_pod_when_it_has_all_that_it_shares():
    body = member.into({"HostConfig": {"NetworkMode": "bridge"}}, "shop", {"id": "a1", "share": ["net", "pid"]})
    assert body["HostConfig"] == {"NetworkMode": "container:a1", "PidMode": "container:a1"} and body["Pod"] == "shop"
    assert member.is_in(body, {"id": "a1", "share": ["net"]})
    assert not member.is_in(body, {"id": "a1", "share": ["net", "ipc"]})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([dict(ROW, ports=[{"private": 80}])], "ports: the ports of a pod are numbers"),
        ([dict(ROW, ports=[{"private": 80, "public": "8000-8010"}])], "the ports of a pod are numbers"),
        ([dict(ROW, share=[])], "share: a pod shares something"),
        ([dict(ROW, share=["uts"])], "ports is of the network, which it does not share"),
        ([dict(ROW, name="x y")], "is not a pod's name"),
        ([ROW, dict(ROW, name="other")], "pod other: pod shop publishes"),
    ],
)
def test_what_a_pod_cannot_be_is_told(given, words):
    with pytest.raises(Refused, match=words):
        rows(*given)


def test_docker_refuses_to_share_the_hosts_name():
    with pytest.raises(Refused, match="pod shop: provider docker cannot do share uts"):
        Docker.refuse(POD, rows({"name": "shop", "share": ["net", "uts"]}))
    Docker.refuse(POD, rows(ROW))


def test_what_is_the_pods_cannot_be_a_containers():
    web = {"name": "web", "image": "i", "pod": "shop", "state": "started"}
    own = {"ports": [{"private": 80, "public": 80}], "hostname": "h", "dns_servers": ["192.0.2.1"]}
    task = {"containers": [dict(web, **own)], "state": "started", "owner": None, "prune": False}
    with pytest.raises(Refused) as refused:
        resource.declared(task)
    assert len(refused.value.problems) == 3 and "ports is that one's; declare it there" in str(refused.value)
    row = resource.declared(dict(task, containers=[web]))[0][0]
    have = dict(resource.EMPTY, name="web", pod="", hostname="h", _spec={"hostname": "h"})
    assert resource.fit([row], [have])[0]["hostname"] == ""  # a whole row takes it back
    part = {name: value for name, value in row.items() if name != "image"}
    with pytest.raises(Refused, match="hostname is that one's"):
        resource.fit([part], [have])


def test_two_of_a_pod_never_run_beside_each_other():
    old = {"status": "running", "published": []}
    assert beside(old, {"pod": ""}) and not beside(old, {"pod": "shop"})
