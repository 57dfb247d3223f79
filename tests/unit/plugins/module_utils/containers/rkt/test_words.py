# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""rkt's words: what a row becomes, what is refused, and what a unit tells of it afterwards."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers.fields import EMPTY
from ansible_collections.rackwright.platform.plugins.module_utils.containers.resource import CONTAINER
from ansible_collections.rackwright.platform.plugins.module_utils.containers.rkt import words
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure

IMAGE = "sha512-" + "ab" * 32
MANIFEST = {  # as recorded from the real rkt, shortened
    "name": "example.com/hello",
    "app": {
        "mountPoints": [{"name": "data", "path": "/data"}],
        "ports": [{"name": "http", "protocol": "tcp", "port": 8080, "count": 1, "socketActivated": False}],
    },
}


def row(**given):
    """A whole row."""
    found = CONTAINER.normalise([dict(given, name="web", image="example.com/hello:1.0.0")])[0]
    return dict(EMPTY, **dict(found, image_id=IMAGE, owner="me"))


def command(flavour="coreos", **given):
    """The words that run it."""
    return words.command("web", row(**given), MANIFEST, flavour, "/state/web")


def unit(**given):
    """The text of its unit."""
    run = command(**given)
    return words.unit("web", row(**given), ["/usr/bin/rkt"], run, words.fingerprint(run, ""), "/state/web", {})


def test_a_pod_is_run_as_the_real_one_was_recorded():
    bind = {"source": "/srv/data", "target": "/data"}
    done = command(
        ports=[{"private": 8080, "public": 18080}],
        volumes=[bind, {"source": "/srv/more", "target": "/more", "read_only": True}],
        dns_servers=["10.1.1.1"],
        dns_search=["x.y"],
        hostname="webh",
        labels={"app": "web"},
        command=["/bin/busybox", "httpd", "-f"],
    )
    assert done == [
        "run",
        "--pull-policy=never",
        "--uuid-file-save=/state/web.uuid",
        "--net=default",
        "--dns=10.1.1.1",
        "--dns-search=x.y",
        "--hostname=webh",
        "--port=http:127.0.0.1:18080",
        "--volume=data,kind=host,source=/srv/data",
        "--volume=rackwright-1,kind=host,source=/srv/more,readOnly=true",
        IMAGE,
        "--name=web",
        "--user-annotation=org.rackwright.container=web",
        "--user-label=app=web",
        "--mount=volume=rackwright-1,target=/more",
        "--exec=/bin/busybox",
        "--",
        "httpd",
        "-f",
    ]


def test_apps_of_one_pod_are_parted_as_the_real_one_was_recorded():
    bind = [{"source": "/srv/data", "target": "/data"}]
    apps = [("a", row(command=["/bin/sh", "-c", "exit 2"], volumes=bind), MANIFEST)]
    apps += [("b", row(entrypoint=["/bin/b"], env={"A": "1"}), MANIFEST), ("c", row(), {"name": "example.com/c"})]
    done = words.together(row(network_mode="none"), apps, "host", "/state/pod:p", "p")
    front = ["run", "--pull-policy=never", "--uuid-file-save=/state/pod:p.uuid", "--set-env-file=/state/pod:p.env"]
    assert done[:6] == [*front, "--net=none", "--volume=rackwright-a-0,kind=host,source=/srv/data"]
    marks = ["--user-annotation=org.rackwright.container=%s", "--user-annotation=org.rackwright.pod=p"]
    rest = [[IMAGE, "--name=" + name, marks[0] % name, marks[1]] for name in "abc"]
    rest[0] += ["--mount=volume=rackwright-a-0,target=/data", "--exec=/bin/sh", "--", "-c", "exit 2", "---"]
    assert done[6:] == rest[0] + [*rest[1], "--exec=/bin/b"] + rest[2]
    with pytest.raises(Failure, match="two images of the pod name a port http"):
        words.together(row(ports=[{"private": 8080, "public": 1}]), apps, "host", "/state/pod:p", "p")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"cap_drop": ["MKNOD"]}, ["--caps-remove=CAP_MKNOD"]),
        ({"cap_drop": ["ALL"], "cap_add": ["NET_ADMIN"]}, ["--caps-retain=CAP_NET_ADMIN"]),
        ({"user": "1000:1000"}, ["--user=1000", "--group=1000"]),
        ({"networks": [{"name": "lan", "address": "10.1.2.3"}]}, ["--net=lan:IP=10.1.2.3"]),
        ({"network_mode": "none"}, ["--net=none"]),
        ({"hosts": {"db": "10.0.0.2"}}, ["--hosts-entry=10.0.0.2=db"]),
        ({"dns_mode": "host"}, ["--dns=host"]),
        ({"dns_mode": "none"}, ["--dns=none"]),
        ({"read_only": True}, ["--readonly-rootfs=true"]),
        ({"runtime": "kvm"}, ["--stage1-from-dir=stage1-kvm.aci"]),
        ({"env": {"A": "1"}}, ["--set-env-file=/state/web.env"]),
        ({"entrypoint": ["/bin/run"]}, ["--exec=/bin/run"]),
    ],
)
def test_each_setting_has_its_words(given, expected):
    assert set(expected) <= set(command(**given)) and not set(expected) & set(command())


def test_added_capabilities_come_to_those_that_a_pod_has():
    kept = next(
        word for word in command(cap_add=["NET_ADMIN"], cap_drop=["MKNOD"]) if word.startswith("--caps-retain=")
    )
    names = kept.partition("=")[2].split(",")
    assert "CAP_NET_ADMIN" in names and "CAP_CHOWN" in names and "CAP_MKNOD" not in names


def test_no_variable_is_in_the_unit():
    assert "hunter" not in unit(env={"DB_PASSWORD": "hunter22"}) and "hunter" not in " ".join(
        command(env={"A": "hunter"})
    )
    assert words.environment(words.variables(row(env={"A": "b=c d", "B": ""}))) == {"A": "b=c d", "B": ""}


@pytest.mark.parametrize(
    ("flavour", "given", "field"),
    [
        ("fly", {"ports": [{"private": 8080, "public": 1}]}, "ports"),
        ("fly", {"hostname": "x"}, "hostname"),
        ("fly", {"dns_servers": ["10.0.0.1"]}, "dns_servers"),
        ("fly", {"dns_mode": "none"}, "dns_mode"),
        ("fly", {"cap_drop": ["MKNOD"]}, "cap_drop"),
        ("fly", {"read_only": True}, "read_only"),
        ("fly", {"networks": [{"name": "lan"}]}, "networks"),
        ("coreos", {"stop_signal": "HUP"}, "stop_signal"),
        ("coreos", {"ports": [{"private": 8080}]}, "ports"),
        ("coreos", {"ports": [{"private": 8080, "public": 1, "address": "::1"}]}, "ports"),
        ("coreos", {"volumes": [{"source": "name", "target": "/a"}]}, "volumes"),
        ("coreos", {"volumes": [{"target": "/a"}]}, "volumes"),
        ("coreos", {"volumes": [{"source": "/a,b", "target": "/a"}]}, "volumes"),
        ("coreos", {"networks": [{"name": "lan", "aliases": ["db"]}]}, "networks"),
        ("coreos", {"cap_add": ["ALL"]}, "cap_add"),
        ("coreos", {"hosts": {"h": "host-gateway"}}, "hosts"),
        ("coreos", {"command": ["a", "---"]}, "command"),
        ("coreos", {"env": {"A": "a\nb"}}, "env"),
        ("coreos", {"runtime": "runc"}, "runtime"),
    ],
)
def test_what_would_be_ignored_or_misread_is_refused_by_name(flavour, given, field):
    assert [name for name, _reason in words.refusals(row(**given), flavour)] == [field]


@pytest.mark.parametrize("flavour", ["fly", "coreos", "kvm", "host"])
def test_a_plain_row_is_never_refused(flavour):
    assert words.refusals(row(memory="64M", cpus=0.5, pids_limit=9, user="1"), flavour) == []


def test_what_the_image_does_not_allow_is_told():
    with pytest.raises(Failure, match=r"no name for the port 9/tcp.*8080/tcp"):
        command(ports=[{"private": 9, "public": 9}])
    with pytest.raises(Failure, match="wants /data mounted"):
        command("fly")
    assert "--net=default" not in command("fly", volumes=[{"source": "/srv", "target": "/data"}])


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"restart": "on-failure:3"}, "StartLimitBurst=4"),
        ({"restart": "unless-stopped"}, "Restart=always"),
        ({"restart": "always"}, "StartLimitIntervalSec=0"),
        ({"cpus": 0.5}, "CPUQuota=50%"),
        ({"memory": "64M"}, "MemoryMax=64M"),
        ({"pids_limit": 9}, "TasksMax=9"),
        ({"stop_timeout": 0}, "TimeoutStopSec=1ms"),
        ({"stop_signal": "HUP"}, "KillSignal=SIGHUP"),
    ],
)
def test_limits_and_restarts_are_the_units(given, line):
    assert line in unit(**given).splitlines() and line not in unit().splitlines()


def test_a_unit_remembers_what_it_is_and_whether_it_was_touched():
    text = unit(labels={"a": "b"}, memory="64M")
    own = words.ours(text)
    assert own["Container"] == "web" and own["Owner"] == "me" and own["intact"]
    assert own["Row"]["labels"] == {"a": "b"} and own["Row"]["image_id"] == IMAGE
    assert not words.ours(text.replace("MemoryMax=64M", "MemoryMax=1G"))["intact"]
    for alien in (
        None,
        "",
        "[Service]\nExecStart=/bin/true\n",
        text.replace("Row={", "Row=x{"),
        text.replace("Container=", "C="),
    ):
        assert words.ours(alien) is None


def test_only_what_makes_another_pod_changes_its_mark():
    pod = words.ours(unit())["Pod"]
    assert words.ours(unit(memory="64M", restart="always"))["Pod"] == pod
    assert words.ours(unit(user="1"))["Pod"] != pod
    assert words.fingerprint(["run"], "A=1\n") != words.fingerprint(["run"], "A=2\n")


def test_systemd_reads_words_as_they_are():
    assert words.quoted('a "b" \\ 5% $HOME\n') == '"a \\"b\\" \\\\ 5%% $$HOME\\n"'


@pytest.mark.parametrize(("name", "app"), [("Shop_Web.1", "shop-web-1"), ("web", "web"), ("..", "app")])
def test_an_app_has_a_name_that_appc_allows(name, app):
    assert words.app_name(name) == app
