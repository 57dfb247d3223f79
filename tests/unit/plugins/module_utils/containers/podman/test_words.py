# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Podman's words in Docker's and back; what Podman 4.3.1 and 5.4.2 say was recorded there."""

from __future__ import annotations

import json

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers import wire
from ansible_collections.rackwright.platform.plugins.module_utils.containers.forms import OURS
from ansible_collections.rackwright.platform.plugins.module_utils.containers.podman import words

IDENT = "e84b5ef0b2ce" + "0" * 52
OLD = ["AUDIT_WRITE", "MKNOD", "NET_RAW"]  # what 4.3 tells as dropped where nobody has dropped anything


def answer(kept=None, config=None, host=None, networks=None):
    """An inspected container that was made of `kept`."""
    labels = {OURS["container"]: "web", OURS["spec"]: json.dumps(kept or {})}
    return {
        "Id": IDENT,
        "Name": "/web",
        "Image": "sha256:1",
        "Created": "2026-11-28T15:15:02.055859967Z",
        "Config": dict({"Image": "localhost/team/web:1", "Labels": labels, "Hostname": IDENT[:12]}, **config or {}),
        "HostConfig": dict({"NetworkMode": "bridge"}, **host or {}),
        "State": {"Status": "running", "Running": True, "Health": {"Status": ""}},
        "NetworkSettings": {"Networks": networks or {"podman": {"IPAddress": "10.88.0.2", "Aliases": [IDENT[:12]]}}},
    }


def row(old=True, **parts):
    """The same as a row."""
    return wire.seen(words.inspected(answer(**parts), old))


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("web:1", ["localhost/web:1", "docker.io/library/web:1"]),
        ("team/web:1", ["localhost/team/web:1", "docker.io/team/web:1"]),
        ("localhost/web:1", ["localhost/web:1"]),
        ("registry.example/web:1", ["registry.example/web:1"]),
        ("127.0.0.1:5000/web:1", ["127.0.0.1:5000/web:1"]),
        ("web@sha256:" + "0" * 64, ["localhost/web@sha256:" + "0" * 64, "docker.io/library/web@sha256:" + "0" * 64]),
        ("sha256:" + "0" * 64, ["sha256:" + "0" * 64]),
    ],
)
def test_what_an_images_name_stands_for(name, full):
    assert words.candidates(name) == full
    assert words.made(name) == full[0] and words.pulled(name) == full[-1]
    assert all(words.plain(one) in (name, "web:1") for one in full)


def test_a_container_is_made_as_podman_wants_it():
    mounts = [{"Type": "tmpfs", "Target": "/t", "TmpfsOptions": {"SizeBytes": 9}}, {"Type": "bind", "Target": "/b"}]
    config = {"Image": "web:1", "StopTimeout": None, "HostConfig": {"PidsLimit": -1, "Mounts": mounts}}
    made = words.body(config, "sha256:1", old=True)
    assert (made["Image"], made["StopTimeout"], made["HostConfig"]["PidsLimit"]) == ("sha256:1", 10, 0)
    assert made["HostConfig"]["Mounts"] == [
        dict(mounts[0], TmpfsOptions={"SizeBytes": 9, "Mode": 0o1777}),
        mounts[1],
    ]
    assert words.body(config, "sha256:1", old=False)["HostConfig"]["PidsLimit"] == -1
    assert config["Image"] == "web:1" and config["HostConfig"]["PidsLimit"] == -1
    assert words.limits({"NanoCpus": 500000000, "Memory": 1}) == {"CpuPeriod": 100000, "CpuQuota": 50000, "Memory": 1}


def test_what_podman_fills_in_is_not_a_difference():
    host = {"CapDrop": OLD, "PidsLimit": 2048, "Ulimits": [{"Name": "RLIMIT_NPROC", "Soft": 9, "Hard": 9}]}
    host.update(LogConfig={"Type": "journald", "Config": None}, Runtime="oci", ShmSize=65536000, Sysctls=None)
    config = {"Env": ["PATH=/bin", "container=podman"], "WorkingDir": "/", "StopSignal": "15", "StopTimeout": 10}
    found = row(config=config, host=host)
    told = {name: found[name] for name in ("env", "working_dir", "stop_signal", "cap_add", "cap_drop", "networks")}
    assert told == {"env": {}, "working_dir": "", "stop_signal": "", "cap_add": [], "cap_drop": [], "networks": []}
    assert (found["network_mode"], found["addresses"]) == ("bridge", {"bridge": "10.88.0.2"})
    assert found["health"] is None and found["image"] == "team/web:1" and found["ulimits"] == {}


@pytest.mark.parametrize(
    ("old", "kept", "added", "dropped", "told"),
    [
        (True, {}, [], OLD, ([], [])),
        (False, {}, [], [], ([], [])),
        (True, {"cap_add": ["NET_RAW"]}, [], ["AUDIT_WRITE", "MKNOD"], (["NET_RAW"], [])),
        (False, {"cap_add": ["NET_RAW"]}, ["NET_RAW"], [], (["NET_RAW"], [])),
        (True, {"cap_drop": ["MKNOD"]}, [], OLD, ([], ["MKNOD"])),
        (False, {"cap_drop": ["MKNOD"]}, ["MKNOD"], [], (["MKNOD"], [])),
        (True, {"cap_drop": ["CHOWN"]}, [], OLD, ([], [])),
        (True, {}, ["SYS_TIME"], [*OLD, "CHOWN"], (["SYS_TIME"], ["CHOWN"])),
        (True, {"cap_drop": ["ALL"]}, [], sorted({*OLD, *words.ALLOWED}), ([], ["ALL"])),
        (True, {"cap_add": ["CHOWN"], "cap_drop": ["ALL"]}, [], sorted({*OLD, *words.ALLOWED} - {"CHOWN"}), None),
        (True, {"cap_add": ["ALL"]}, ["SYS_ADMIN", "NET_ADMIN"], [], (["ALL"], [])),
        (True, {"cap_add": ["ALL"]}, [], OLD, ([], [])),
    ],
)
def test_capabilities_are_told_as_declared_where_they_amount_to_that(old, kept, added, dropped, told):
    found = row(old, kept=kept, host={"CapAdd": added, "CapDrop": dropped})
    assert (found["cap_add"], found["cap_drop"]) == (told or (kept["cap_add"], kept["cap_drop"]))


@pytest.mark.parametrize(
    ("kept", "number", "told"),
    [("SIGTERM", "15", "SIGTERM"), ("15", "15", "15"), ("SIGTERM", "9", "SIGKILL"), ("SIGRTMIN+3", "37", "SIGRTMIN+3")],
)
def test_a_signal_is_told_by_its_name(kept, number, told):
    assert row(kept={"stop_signal": kept}, config={"StopSignal": number})["stop_signal"] == told
    assert row(kept={"stop_signal": kept}, config={"StopSignal": "SIGUSR1"})["stop_signal"] == "SIGUSR1"


def test_mounts_are_told_apart():
    binds = ["/srv:/data:ro,rprivate,rbind", "data:/vol:rw,rprivate,nosuid", "%s:/anon:rw" % ("0" * 64)]
    tmpfs = {place: "rw,rprivate,nosuid,nodev,tmpcopyup" for place in ("/run", "/tmp", "/var/tmp")}
    tmpfs["/tt"] = "size=1048576,mode=1777,rw,tmpcopyup"
    host = {"Binds": binds, "Tmpfs": tmpfs, "ReadonlyRootfs": True}
    data = {"type": "bind", "source": "/srv", "target": "/data", "read_only": True}
    temp = {"type": "tmpfs", "source": "", "target": "/tt", "read_only": False, "size": "1M"}
    volume = {"type": "volume", "source": "data", "target": "/vol", "read_only": False}
    assert row(host=host)["volumes"] == [data, temp, volume]
    wanted = {"type": "tmpfs", "source": "", "target": "/tmp", "read_only": False}
    assert row(host=host, kept={"volumes": [wanted]})["volumes"] == [data, wanted, temp, volume]


def test_networks_keep_their_order_and_their_fixed_addresses():
    nets = {name: {"IPAddress": address, "Aliases": [IDENT[:12], "web"]} for name, address in (("a", "1"), ("b", "2"))}
    front = {"name": "b", "address": "10.89.0.7", "address_v6": "", "aliases": ["web"]}
    found = row(kept={"networks": [front]}, networks=nets, config={"Hostname": "web"})
    assert found["network_mode"] == "" and [net["name"] for net in found["networks"]] == ["b", "a"]
    assert found["networks"][0]["address"] == "2" and found["networks"][0]["aliases"] == ["web"]
    assert found["networks"][1]["address"] == "" and found["networks"][1]["aliases"] == []
    own = {"name": "podman", "address": "", "address_v6": "", "aliases": []}
    assert row(kept={"networks": [own]})["networks"] == [own]


def test_what_podman_does_not_tell_is_as_it_was_declared():
    ports = [{"private": 80, "public": 0, "address": "127.0.0.1", "protocol": "tcp"}]
    ends = {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "36435"}], "81/tcp": [{"HostIp": "", "HostPort": "81"}]}
    kept = {"ports": ports, "sysctls": {"a.b": "1"}, "runtime": "crun", "devices": ["/dev/null:/dev/x:r"]}
    device = {"PathOnHost": "/dev/null", "PathInContainer": "/dev/x", "CgroupPermissions": ""}
    host = {"PortBindings": ends, "Runtime": "oci", "Devices": [device], "Sysctls": None}
    found = row(
        kept=dict(kept, log_driver="k8s-file"), host=dict(host, LogConfig={"Type": "json-file", "Config": None})
    )
    assert [(port["private"], port["public"]) for port in found["ports"]] == [(80, 0), (81, 81)]
    assert {name: found[name] for name in ("sysctls", "runtime", "devices")} == {
        n: kept[n] for n in kept if n != "ports"
    }
    assert found["log_driver"] == "k8s-file"


@pytest.mark.parametrize(
    ("kept", "written", "told"),
    [({"dns_mode": "none"}, "", "none"), ({"dns_mode": "none"}, "/run/resolv.conf", "engine"), ({}, "", "none")],
)
def test_a_resolver_that_podman_has_written_is_seen_where_none_was_declared(kept, written, told):
    found = wire.seen(words.inspected(dict(answer(kept=kept), ResolvConfPath=written), True))
    assert (found["dns_mode"], found["dns_servers"]) == (told, [])


@pytest.mark.parametrize(("running", "mode"), [(False, "bridge"), (True, "none"), (True, "container:" + IDENT)])
def test_podman_writes_no_resolver_for_what_has_not_run_or_has_no_network_of_its_own(running, mode):
    there = answer(host={"NetworkMode": mode})
    there.update(ResolvConfPath="", State=dict(there["State"], Running=running))
    assert wire.seen(words.inspected(there, True))["dns_mode"] == "engine"


def test_a_list_tells_health_and_names_as_docker_does():
    item = {"Id": IDENT, "Names": ["/web"], "Image": "docker.io/library/web:1", "State": "running", "Created": 0}
    item.update(Status="Up 1 second", NetworkSettings={"Networks": {"podman": {"IPAddress": "10.88.0.2"}}})
    found = wire.listed(words.listed(item, {"Status": "unhealthy", "Pod": "", "PodName": ""}))
    assert (found["image"], found["health"], found["addresses"]) == ("web:1", "unhealthy", {"bridge": "10.88.0.2"})
    assert wire.listed(words.listed(item, {}))["health"] is None
    inside = words.listed(item, {"Pod": IDENT, "PodName": "shop"})
    assert inside["PodName"] == "shop" and wire.listed(inside)["addresses"] == {}  # which are its pod's
    assert wire.listed(words.listed(item, {"Pod": IDENT, "PodName": "shop", "IsInfra": True}))["addresses"]


def test_labels_of_an_imported_image_are_taken_as_they_are():
    assert words.instruction(r'LABEL "a"="b \"c\" \$d"') == 'LABEL "a"="b "c" $d"'
    assert words.instruction(r'CMD ["a\"b"]') == r'CMD ["a\"b"]'
