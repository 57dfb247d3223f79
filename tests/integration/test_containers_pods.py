# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods on a real Docker engine and on a real Podman: shared, replaced with what is in them, refused, interrupted."""

from __future__ import annotations

import signal

import pytest
from contract.modules import Forge, run
from contract.names import ALL, SELDOM
from contract.proxy import answer
from integration.busybox import NAME as BUSYBOX
from integration.containers_fixtures import PREFIX, SOCKET, Site
from integration.podman import Podman
from integration.podman_fixtures import PodmanSite
from integration.powerdns import free_port
from integration.test_containers_podman import OTHERS

POD = {"name": PREFIX + "pod", "image": BUSYBOX, "command": ["sleep", "3600"], "labels": {"tier": "shop"}}
WEB = {"command": "httpd -f -p 8080 -h /etc", "env": {"TOKEN": "hunter22"}}
CACHE = {"command": "httpd -f -p 6379 -h /etc"}
LIBPOD = "/v4.0.0/libpod"
THIN = (  # what is tried on Podman, too, where not all is
    "test_containers_of_a_pod_share_its_network_and_its_port",
    "test_a_pod_that_differs_is_replaced_with_what_is_in_it",
    "test_every_option_counts_in_a_pod_as_outside_of_one",
)


class Pods:
    """A site, and pods on it."""

    def __init__(self, site):
        self.site, self.engine, self.where = site, site.engine, {"provider": site.PROVIDER}
        self.where[site.PROVIDER] = {"url": site.url}

    def task(self, *rows, check=False, fails=False, **more):
        """Run `container_pod`."""
        args = dict(self.where, owner="tests", pods=list(rows), **more)
        return run("container_pod", args, check=check, diff=True, fails=fails)

    def made(self, *rows, **more):
        """Run it as check mode has foretold, and again in order to see that nothing is left to do."""
        ahead, result = self.task(*rows, check=True, **more), self.task(*rows, **more)
        assert ahead["plan"] == result["plan"] and not self.task(*rows, **more)["changed"]
        return result

    def row(self, name, **more):
        """A container in the pod."""
        return self.site.row(name, **dict({"pod": POD["name"]}, **more))

    def peopled(self, **more):
        """A pod, and in it two that talk to each other, and one that does not run."""
        self.made(dict(POD, **more))
        self.rows = [self.row("web", **WEB), self.row("cache", **CACHE), self.row("asleep", state="stopped")]
        self.site.made(*self.rows, owner="tests")

    def is_whole(self):
        """Everything of `peopled` is in the pod as it was, and nothing is left of a replacement."""
        assert self.ask("web", 6379) == self.ask("cache", 8080) == POD["name"]
        found = run("container_pod_info", dict(self.where, owner="tests"))["pods"]
        names = [PREFIX + name for name in ("asleep", "cache", "web")]
        assert [(pod["name"], pod["containers"]) for pod in found] == [(POD["name"], names)]
        assert not self.site.task(*self.rows, owner="tests")["changed"]
        assert self.site.seen("asleep")["State"]["Status"] != "running"
        assert not [one for one in self.engine.volumes()["Volumes"] or () if one["Name"].startswith(PREFIX)]
        return True

    def ask(self, name, port):
        """What one container hears from another on 127.0.0.1."""
        command = "wget -q -O - http://127.0.0.1:%d/hostname" % port
        return run("container_exec", dict(self.where, names=[PREFIX + name], command=command))["stdout"]

    def infra(self):
        """The id of what holds the pod together."""
        return self.engine.containers(all=True, filters={"label": "org.rackwright.pod=" + POD["name"]})[0]["Id"]

    def join(self, name):
        """Somebody else's container in it, running."""
        mode = "container:" + self.infra()
        self.site.hold(name, start=True, host_config=self.engine.create_host_config(network_mode=mode))

    def clean(self):
        """Nothing of ours."""
        self.site.clean()
        self.site.door.clear()


class PodsOfPodman(Pods):
    """The same on Podman."""

    def libpod(self, method, path, **more):
        """One of its own calls."""
        answer = self.engine.request(method, self.engine.base_url + LIBPOD + path, **more)
        answer.raise_for_status()
        return answer.json()

    def join(self, name):
        """By its own call."""
        body = {"name": PREFIX + name, "image": BUSYBOX, "command": ["sleep", "3600"], "pod": POD["name"]}
        self.engine.start(self.libpod("POST", "/containers/create", json=body)["Id"])

    def clean(self):
        """Pods first, since they are in networks."""
        for pod in self.libpod("GET", "/pods/json"):
            self.engine.stop(pod["InfraId"], timeout=0)
            self.libpod("DELETE", "/pods/" + pod["Name"], params={"force": "true"})
        super().clean()


@pytest.fixture(scope="module", params=["docker", "podman"])
def engine(request):
    """Each engine."""
    if request.param == "docker":
        found = Pods(Site(socket=SOCKET))
        yield found
        found.clean()
        found.site.door.close()
    else:
        with Podman() as machine:
            found = PodsOfPodman(PodmanSite(machine))
            yield found
            found.site.door.close()


@pytest.fixture
def pods(engine, request):
    """The same, swept clean."""
    if engine.site.PROVIDER == "podman" and not ALL and request.node.originalname not in THIN:
        pytest.skip("what Docker shows as well; `make platforms` runs it")
    engine.clean()
    return engine


def test_containers_of_a_pod_share_its_network_and_its_port(pods):
    port = free_port()
    pods.peopled(ports=[{"public": port, "private": 8080}])
    assert pods.is_whole()
    seen = pods.engine.inspect_container(pods.infra())["NetworkSettings"]["Ports"]
    assert [one["HostPort"] for one in seen["8080/tcp"]] == [str(port)]
    told = run("container_info", dict(pods.where, owner="tests"))["containers"]
    assert {row["name"]: row["pod"] for row in told} == {row["name"]: POD["name"] for row in pods.rows}
    assert {str(row["addresses"]) for row in told} == {str(pods.task(POD)["pods"][0]["addresses"])}
    taken = pods.site.task(pods.site.row("other", ports=[{"public": port, "private": 80}]), fails=True)
    assert "port 127.0.0.1:%d" % port in taken["msg"] and "is taken" in taken["msg"]
    result = pods.site.made(dict(pods.rows[0], env={"TOKEN": "hunter23"}), *pods.rows[1:], owner="tests", strategy={})
    assert [line["verb"] for line in result["plan"]] == ["replace"] and pods.ask("web", 6379) == POD["name"]


def test_a_pod_that_differs_is_replaced_with_what_is_in_it(pods):
    pods.peopled()
    before = pods.infra(), pods.site.seen()["Id"]
    result = pods.made(dict(POD, hosts={"db": "192.0.2.9"}, labels={"tier": "db"}))
    assert result["plan"][0]["why"] == "hosts, labels cannot be changed in place" and "hunter22" not in str(result)
    assert pods.is_whole() and before[0] != pods.infra() and before[1] != pods.site.seen()["Id"]
    told = run("container_info", dict(pods.where, names=[PREFIX + "web"]))["containers"][0]
    assert (told["image"], told["env"]) == (BUSYBOX, {"TOKEN": told["env"]["TOKEN"]})
    left_out = pods.task({"name": POD["name"]})["pods"][0]
    assert (left_out["hosts"], left_out["labels"]) == ({"db": "192.0.2.9"}, {"tier": "db"})
    assert "recreate: auto" in pods.task(dict(POD, hosts={}), recreate="never", fails=True)["msg"]
    assert pods.site.made(pods.row("web", **dict(WEB, pod="")), owner="tests")["plan"][0]["fields"] == ["pod"]


def test_a_pod_is_stopped_and_started_with_all_that_is_in_it(pods):
    pods.peopled()
    pods.made({"name": POD["name"]}, state="stopped")
    assert {pods.site.seen(name)["State"]["Running"] for name in ("web", "cache")} == {False}
    assert not pods.task(POD, state="present")["changed"]
    pods.made(POD)
    assert pods.ask("web", 6379) == POD["name"]
    pods.engine.kill(pods.infra())  # what runs on in a pod that has ended is in no network any more
    assert [line["fields"] for line in pods.made(POD)["plan"]] == [["state"]]
    pods.site.task(*pods.rows, owner="tests")
    assert pods.is_whole()


def test_somebody_elses_container_is_left_alone(pods):
    pods.peopled()
    pods.join("theirs")
    pods.site.door.clear()
    other = pods.task(dict(POD, hostname="other"), fails=True)
    assert "container %stheirs in it is not ours to make anew" % PREFIX in other["msg"]
    assert "%stheirs in it is not ours to stop" % PREFIX in pods.task(dict(POD, state="stopped"), fails=True)["msg"]
    gone = pods.task(POD, state="absent", fails=True)
    assert "container %sasleep, %scache, %stheirs, %sweb is in it" % ((PREFIX,) * 4) in gone["msg"]
    assert not pods.site.door.writes and pods.site.seen("theirs")["State"]["Running"]


def test_the_old_pod_is_back_with_all_in_it_when_the_new_one_cannot_be_made(pods):
    pods.peopled()
    path = "/(containers|pods)/create"
    pods.site.door.fault(answer(500, b'{"message": "disk is full"}'), path=path)
    failed = pods.task(dict(POD, hostname="other"), fails=True)
    words = "The old one is in its place again, and in it %sasleep, %scache, %sweb" % ((PREFIX,) * 3)
    assert "disk is full" in failed["msg"] and words in failed["msg"]
    assert pods.is_whole() and not pods.task(POD)["changed"]
    pods.site.door.fault(answer(500, b'{"message": "disk is full"}'), path=path, times=2)
    failed = pods.task(dict(POD, hostname="other"), fails=True)
    assert "Nor could the old one be brought back" in failed["msg"]
    assert [line["fields"] for line in pods.task(POD, check=True)["plan"]] == [["settled"]]
    assert pods.made(POD)["plan"] and pods.is_whole()


@pytest.mark.parametrize(
    ("what", "row", "words"),
    [
        ("container", {"ports": [{"private": 80}]}, "ports is that one's; declare it there"),
        ("container", {"hostname": "me", "sysctls": {"a": 1}}, "hostname is that one's"),
        ("container", {"pod": PREFIX + "nowhere"}, "there is no pod"),
        ("pod", {"name": PREFIX + "other", "networks": [{"name": PREFIX + "nowhere"}]}, "there is no network"),
        (
            "pod",
            {"name": PREFIX + "other", "image": "no/such/image"},
            "image no/such/image:latest is not on the engine",
        ),
        ("pod", {"ports": [{"private": 80, "public": "auto"}]}, "the ports of a pod are numbers"),
        ("pod", {"share": ["ipc"], "ports": [{"private": 80, "public": 8000}]}, "ports is of the network"),
        ("pod", {"name": PREFIX + "web"}, "a container has this name already"),
    ],
    ids=("ports", "hostname", "pod", "network", "image", "auto", "share", "name"),
)
def test_what_cannot_be_is_told_before_anything_is_changed(pods, what, row, words):
    pods.made(POD)
    pods.site.made(pods.site.row("web"), owner="tests")
    pods.site.door.clear()
    if what == "container":
        failed = pods.site.task(pods.row("new", **row), **pods.where, fails=True)
    else:
        failed = pods.task(dict(POD, **row), fails=True)
    assert words in failed["msg"] and not pods.site.door.writes


def test_what_only_one_engine_can_is_refused_by_the_other(pods):
    docker = pods.site.PROVIDER == "docker"
    uts = pods.task(dict(POD, share=["net", "uts"]), fails=None)
    bare = pods.task({"name": PREFIX + "bare"}, fails=None)
    assert (bool(uts.get("failed")), bool(bare.get("failed"))) == (docker, docker)
    if docker:
        assert "provider docker cannot do share uts" in uts["msg"] and "image must be given" in bare["msg"]
    else:
        gateway = pods.task(dict(POD, hosts={"up": "host-gateway"}), fails=None)
        old = pods.engine.version()["Version"] < "5"
        assert ("knows no host-gateway" in gateway.get("msg", "")) == bool(gateway.get("failed")) == old
    all_of_it = pods.made(dict(POD, name=PREFIX + "pid", share=["net", "ipc", "pid"], shm_size="8M"))["pods"][0]
    assert (all_of_it["share"], all_of_it["shm_size"]) == (["ipc", "net", "pid"], "8M")
    row = pods.row("in", pod=PREFIX + "pid")
    pods.site.made(row)
    said = run("container_exec", dict(pods.where, names=[row["name"]], command="sh -c 'ps; df -k /dev/shm'"))["stdout"]
    assert said.count("sleep 3600") >= 2 and " 8192 " in said
    assert "leave init out" in pods.site.task(dict(row, init=True), fails=True)["msg"]


@SELDOM
def test_a_network_is_replaced_under_a_pod(pods):
    net = {"name": PREFIX + "net", "labels": {"a": "1"}}
    where = dict(pods.where, owner="tests")
    run("container_network", dict(where, networks=[net]))
    pods.peopled(networks=[{"name": net["name"], "aliases": ["shop"]}])
    assert run("container_network", dict(where, networks=[dict(net, labels={"a": "2"})]))["changed"]
    assert (
        pods.is_whole() and not pods.task(dict(POD, networks=[{"name": net["name"], "aliases": ["shop"]}]))["changed"]
    )


def test_every_option_counts_in_a_pod_as_outside_of_one(pods):
    if pods.site.PROVIDER == "docker":
        pytest.skip("Docker makes both by the same call")
    pods.made({"name": POD["name"], "share": ["ipc"]})  # of which none is an option
    owned = ("ports", "network_mode", "networks", "hostname", "dns_servers", "dns_search", "dns_options", "hosts")
    options = {name: OTHERS[name][0] for name in OTHERS if name not in (*owned, "shm_size", "sysctls")}
    options["security_opts"] = ["no-new-privileges", "seccomp=unconfined"]
    named = {option: option.replace("_", "-") for option in options}
    inside = [pods.row("in-" + named[option], **{option: value}) for option, value in options.items()]
    outside = [
        pods.site.row("out-" + named[option], **{option: options[option]}, state="stopped") for option in options
    ]
    pods.site.made(*inside, *outside)
    for option, name in named.items():
        assert settings(pods.site.seen("in-" + name)) == settings(pods.site.seen("out-" + name)), option


def settings(seen):
    """What of an inspected container does not hang on where it is."""
    own = ("Hostname", "Labels", "CreateCommand", "Annotations", "ExposedPorts", "Umask", "Timeout")
    config = {word: value for word, value in seen["Config"].items() if word not in own}
    config["Env"] = sorted(text for text in config["Env"] if not text.startswith(("HOSTNAME=", "HOME=")))
    words = "CapAdd CapDrop Binds Tmpfs Memory MemorySwap NanoCpus CpuQuota CpuPeriod PidsLimit RestartPolicy Ulimits"
    more = "Devices LogConfig Runtime Init SecurityOpt ReadonlyRootfs Privileged"
    host = {word: seen["HostConfig"].get(word) for word in (words + " " + more).split()}
    for word in ("Binds", "Ulimits"):
        host[word] = sorted(map(str, host[word] or ()))
    tmpfs = {place: set(text.split(",")) - {"size=0"} for place, text in (host["Tmpfs"] or {}).items()}
    read_only = host["ReadonlyRootfs"]  # where Podman 4 adds some that can be written to, but not in a pod
    return config, dict(host, Tmpfs=None if read_only else tmpfs)


@SELDOM
def test_killed_at_each_write_of_a_replacement_and_run_again(pods):
    pods.peopled()
    args = dict(pods.where, owner="tests")
    pods.site.door.clear()
    pods.task(dict(POD, hosts={"db": "192.0.2.1"}))
    writes = [(write.method, write.path) for write in pods.site.door.writes]
    assert len(writes) >= 12, writes
    with Forge("container_pod") as forge:
        for number in range(len(writes)):
            wanted = dict(POD, hosts={"db": "192.0.2.%d" % (2 + number % 2)})
            pods.site.door.clear()
            ended = forge.killed(pods.site.door, dict(args, pods=[wanted]), method="POST|DELETE", after=number)
            assert ended == -signal.SIGKILL, writes[number]
            pods.site.door.drain()
            pods.site.door.clear()
            assert pods.task(wanted, fails=None)["failed_keys"] == {}, writes[number]
            assert pods.is_whole() and not pods.task(wanted)["changed"], writes[number]
