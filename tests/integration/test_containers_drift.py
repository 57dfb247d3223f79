# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody changes by hand is seen, for every option that is declared, and put right."""

from __future__ import annotations

import pytest
from integration.containers_fixtures import PREFIX, fixtures

engine, site = fixtures()
NANO = 1000000000


def config(**changes):
    """Other settings of the container itself."""
    return lambda body: body.update(changes)


def host(**changes):
    """Other settings of how it is run."""
    return lambda body: body["HostConfig"].update(changes)


DRIFTS = {  # what is declared: option, value, what somebody does
    "command": (["sleep", "7777"], config(Cmd=["sleep", "8888"])),
    "entrypoint": (["/bin/sh", "-c", "sleep 3600", "--"], config(Entrypoint=["/bin/sh", "-c", "sleep 3601", "--"])),
    "env": ({"A": "1"}, config(Env=["A=2"])),
    "ports": ([{"private": 80, "public": 0}], host(PortBindings={"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": ""}]})),
    "volumes": ([{"target": "/mnt", "size": "1M"}], host(Mounts=[])),
    "network_mode": ("none", host(NetworkMode="host")),
    "labels": ({"tier": "web"}, lambda body: body["Labels"].update(tier="db")),
    "healthcheck": ({"test": ["CMD", "true"], "interval": 0.5}, lambda body: body["Healthcheck"].update(Test=["NONE"])),
    "user": ("1000", config(User="0")),
    "working_dir": ("/tmp", config(WorkingDir="/bin")),
    "hostname": ("web", config(Hostname="db")),
    "cap_add": (["NET_ADMIN"], host(CapAdd=["SYS_TIME"])),
    "cap_drop": (["CHOWN"], host(CapDrop=[])),
    "dns_servers": (["192.0.2.1"], host(Dns=["192.0.2.2"])),
    "dns_search": (["example.org"], host(DnsSearch=[])),
    "dns_options": (["ndots:1"], host(DnsOptions=["ndots:2"])),
    "dns_mode": ("host", host(Mounts=[])),
    "hosts": ({"db": "2001:db8::1", "up": "host-gateway"}, host(ExtraHosts=["db:192.0.2.1"])),
    "devices": (["/dev/null:/dev/nothing"], host(Devices=[])),
    "ulimits": ({"nofile": "512:1024"}, host(Ulimits=[{"Name": "nofile", "Soft": 256, "Hard": 1024}])),
    "sysctls": ({"net.ipv4.ip_default_ttl": 32}, host(Sysctls={"net.ipv4.ip_default_ttl": "33"})),
    "shm_size": ("8M", host(ShmSize=16 << 20)),
    "security_opts": (["no-new-privileges"], host(SecurityOpt=[])),
    "log_driver": ("none", host(LogConfig={"Type": "json-file", "Config": {}})),
    "log_options": ({"max-size": "1m"}, host(LogConfig={"Type": "json-file", "Config": {"max-size": "2m"}})),
    "runtime": ("runc", host(Runtime="io.containerd.runc.v2")),
    "read_only": (True, host(ReadonlyRootfs=False)),
    "init": (True, host(Init=False)),
    "stop_signal": ("SIGKILL", config(StopSignal="SIGTERM")),
    "stop_timeout": (1, config(StopTimeout=2)),
    "restart": ("always", host(RestartPolicy={"Name": "no", "MaximumRetryCount": 0})),
    "cpus": (0.5, host(NanoCpus=NANO)),
    "memory": ("32M", host(Memory=64 << 20, MemorySwap=128 << 20)),
    "pids_limit": (20, host(PidsLimit=30)),
}


def test_drift_of_every_option_is_seen_and_put_right(site):
    rows = {option: site.row(option.replace("_", "-"), **{option: value}) for option, (value, _drift) in DRIFTS.items()}
    rows["networks"] = site.row("networks", networks=[{"name": PREFIX + "front", "aliases": ["db"]}])
    rows["state"] = site.row("state")
    for name in ("front", "back"):
        site.engine.create_network(PREFIX + name)
    site.made(*rows.values())
    for option, (_value, drift) in DRIFTS.items():
        site.again(option.replace("_", "-"), drift)
    site.engine.disconnect_container_from_network(PREFIX + "networks", PREFIX + "front", force=True)
    site.engine.connect_container_to_network(PREFIX + "networks", PREFIX + "back")
    site.engine.kill(PREFIX + "state")
    result = site.made(*rows.values())
    seen = {line["key"][len(PREFIX) :].replace("-", "_"): line["fields"] for line in result["plan"]}
    assert seen == {option: [option] for option in rows}
    assert site.names() == sorted(option.replace("_", "-") for option in rows)


@pytest.mark.parametrize(
    ("option", "value", "update", "read"),
    [
        ("memory", "32M", {"mem_limit": 64 << 20, "memswap_limit": 128 << 20}, ("Memory", 32 << 20)),
        ("restart", "always", {"restart_policy": {"Name": "no"}}, ("RestartPolicy", {"Name": "always"})),
    ],
)
def test_what_was_changed_in_place_is_put_right_in_place(site, option, value, update, read):
    site.task(site.row(**{option: value}))
    before = site.seen()["Id"]
    site.engine.update_container(PREFIX + "web", **update)
    result = site.made(site.row(**{option: value}))
    assert [(line["verb"], line["fields"]) for line in result["plan"]] == [("update", [option])]
    assert site.seen()["Id"] == before
    found = site.seen()["HostConfig"][read[0]]
    assert found == read[1] if not isinstance(found, dict) else found["Name"] == read[1]["Name"]


def test_a_tag_that_has_moved_means_a_new_container(site):
    tag = PREFIX + "image:1"
    site.engine.tag(site.image, PREFIX + "image", "1")
    site.made(site.row(image=tag))
    made = site.engine.create_container(site.image, ["true"])
    site.engine.commit(made["Id"], repository=PREFIX + "image", tag="1", changes="ENV NEW=1")
    site.engine.remove_container(made["Id"])
    result = site.made(site.row(image=tag))
    assert [(line["verb"], line["fields"]) for line in result["plan"]] == [("replace", ["image_id"])]
    diff = result["diff"][0]
    assert "image_id: sha256:" in diff["before"] and diff["before"] != diff["after"]


def test_a_row_without_an_image_keeps_everything_it_does_not_name(site):
    tag = PREFIX + "image:1"
    site.engine.tag(site.image, PREFIX + "image", "1")
    site.task(site.row(image=tag, env={"A": "1", "TOKEN": "hunter22"}, memory="32M"), owner="tests")
    image = site.seen()["Image"]
    site.engine.remove_image(tag)
    part = {"name": PREFIX + "web", "env": {"A": "2", "TOKEN": "hunter22"}}
    result = site.made(part, owner="tests")
    seen = site.seen()
    assert result["plan"][0]["verb"] == "replace" and seen["Image"] == image
    assert "A=2" in seen["Config"]["Env"] and seen["HostConfig"]["Memory"] == 32 << 20
    assert seen["Config"]["Cmd"] == ["sleep", "3600"]
    assert "hunter22" not in repr(result)


def test_networks_are_joined_and_left_in_place(site):
    for name in ("front", "back"):
        pool = {"Config": [{"Subnet": "10.231.%d.0/28" % (len(name))}]}
        site.engine.create_network(PREFIX + name, ipam=pool)
    front, back = ({"name": PREFIX + name} for name in ("front", "back"))
    site.made(site.row(networks=[front]))
    before = site.seen()["Id"]
    fixed = dict(back, address="10.231.4.9", aliases=["db"])
    result = site.made(site.row(networks=[front, fixed]))
    assert [line["verb"] for line in result["plan"]] == ["update"]
    site.made(site.row(networks=[fixed]))
    seen = site.seen()
    assert seen["Id"] == before and list(seen["NetworkSettings"]["Networks"]) == [PREFIX + "back"]
    assert seen["NetworkSettings"]["Networks"][PREFIX + "back"]["IPAddress"] == "10.231.4.9"
    site.engine.restart(PREFIX + "web", timeout=0)
    assert not site.task(site.row(networks=[fixed]))["changed"]


def test_a_paused_container_runs_again_or_ends(site):
    site.task(site.row(), site.row("two"), site.row("three", stop_timeout=1))
    for name in ("web", "two", "three"):
        site.engine.pause(PREFIX + name)
    site.made(site.row(), site.row("two", command=["sleep", "7"]))
    assert site.seen()["State"]["Status"] == site.seen("two")["State"]["Status"] == "running"
    site.made({"name": PREFIX + "three"}, state="stopped")
    site.engine.start(PREFIX + "three")
    site.engine.pause(PREFIX + "three")
    site.made({"name": PREFIX + "three"}, state="absent")
    assert site.names() == ["two", "web"]
