# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new server consists of, and what booting ones are said to do."""

from __future__ import annotations

import io
import json
import tarfile

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.servers.lab import boot, install
from ansible_collections.rackwright.platform.plugins.module_utils.servers.lab.networks import Place

ROW = {
    "name": "web1",
    "facility": "ams1",
    "plan": "p",
    "host_key": "ssh-ed25519 AAAA",
    "ssh_keys": ["ssh-ed25519 BBBB"],
}
PLACE = Place(("t-facility-ams1", "10.0.0.2"), ("t-backbone", "10.0.1.2"))
V1 = install.rights(False, True)


@pytest.mark.parametrize(
    ("text", "number"), [("512M", 2**29), ("1.5g", 3 * 2**29), ("2 GiB", 2**31), (1024, 1024), ("64kb", 65536)]
)
def test_sizes(text, number):
    assert install.size(text) == number


@pytest.mark.parametrize("text", ["", "lots", "1P", "-1M", None])
def test_bad_sizes(text):
    with pytest.raises(ValueError, match="is not a size"):
        install.size(text)


def test_a_server_is_not_privileged_and_lacks_what_the_engine_may_lack():
    made = install.config(ROW, "t", "image", {"cpus": 1.5, "memory": "1G"}, PLACE, V1)
    host = made["HostConfig"]
    assert "Privileged" not in host and host["CapDrop"] == ["SYS_RESOURCE"]
    assert (host["CpuQuota"], host["CpuPeriod"], host["Memory"]) == (150000, 100000, 2**30)
    assert "PortBindings" not in host
    assert made["NetworkingConfig"]["EndpointsConfig"]["t-facility-ams1"]["IPAMConfig"]["IPv4Address"] == "10.0.0.2"


@pytest.mark.parametrize("unified", [False, True])
def test_a_machine_has_cgroups_of_its_own_where_the_engine_can_give_them(unified):
    made = install.config(ROW, "t", "image", {"cpus": 1, "memory": "1G"}, PLACE, install.rights(unified, True))
    host = made["HostConfig"]
    assert (host["CgroupnsMode"], bool(host["Binds"])) == (("private", False) if unified else ("host", True))
    assert made["Cmd"][-1].startswith(install.OWN_CGROUPS) == unified
    assert ("Ulimits" in host) == unified


@pytest.mark.parametrize(("name", "bound"), [("127.0.0.1", "127.0.0.1"), ("engine.example.org", "")])
def test_a_published_port_is_bound_to_loopback_on_a_local_engine_only(name, bound):
    place = Place(PLACE.home, PLACE.backbone, (name, 22022))
    made = install.config(ROW, "t", "image", {"cpus": 1, "memory": "1G"}, place, V1)
    assert made["HostConfig"]["PortBindings"] == {"22/tcp": [{"HostIp": bound, "HostPort": "22022"}]}


def test_the_private_key_is_in_the_seed_and_nowhere_else():
    made = install.config(ROW, "t", "image", {"cpus": 1, "memory": "1G"}, PLACE, V1)
    seed = install.seed(ROW, "PRIVATE", b"#!/bin/sh\nuser's own\n")
    with tarfile.open(fileobj=io.BytesIO(seed)) as archive:
        files = {entry.name.rsplit("/", 1)[1]: archive.extractfile(entry).read() for entry in archive.getmembers()}
        assert {entry.mode for entry in archive.getmembers()} == {0o600}
    ours = json.loads(files["vendor-data"].split(b"\n", 1)[1])
    assert ours["ssh_keys"]["ed25519_private"] == "PRIVATE" and ours["ssh_authorized_keys"] == ROW["ssh_keys"]
    assert files["user-data"] == b"#!/bin/sh\nuser's own\n"
    assert json.loads(files["meta-data"])["local-hostname"] == "web1"
    assert "PRIVATE" not in json.dumps(made) and "user's own" not in json.dumps(made)


def test_host_keys_are_new_each_time():
    (private, public), (_private, other) = install.host_key("a"), install.host_key("a")
    assert "OPENSSH PRIVATE KEY" in private
    assert public.startswith("ssh-ed25519 AAAA") and len(public.split()) == 2 and public != other


class Client:
    """Stands in for a DockerClient; counts the looks into servers (a fake)."""

    def __init__(self, words):
        self.words, self.looks = words, []

    def call(self, name, *args, **kwargs):
        if name == "exec_create":
            self.looks.append(args[0])
            return {"Id": args[0]}
        return self.words[args[0]].encode() if name == "exec_start" else {"ExitCode": 1}


def test_servers_are_looked_into_only_now_and_then_and_a_few_at_a_time():
    now = [0.0]
    rows = [{"name": "s%d" % number, "_id": number} for number in range(20)]
    client = Client({number: "ssh\n" for number in range(20)})
    watch = boot.Boot(client, clock=lambda: now[0])
    assert set(watch.phases(rows).values()) == {"booting"} and client.looks == []
    now[0] = 1.0
    watch.phases(rows)
    assert client.looks == []
    for turn in (1, 2, 3):
        now[0] += 2.0
        words = watch.phases(rows)
        assert len(client.looks) == turn * boot.SAMPLE
    assert set(words.values()) == {"ssh"}  # all of them were seen in turn


def test_secrets_are_masked():
    user_data = "#cloud-config\nchpasswd: {list: 'root:x'}\npassword: geheim99\napi_token: \"abcd-1234\"\n"
    text = boot.masked("cmd --with abcd-1234 failed; password=geheim99, Secret: other55", user_data)
    assert text == "cmd --with ******** failed; password=********, Secret: ********"


def test_a_console_is_plain_text():
    raw = b"\x1b[0;1;31mFailed\x1b[0m to\x07 start\r\n[\x1b[32m  OK  \x1b[0m] x\x1b]0;title\x07\n"
    assert boot.plain(raw) == "Failed to start\n[  OK  ] x\n"
