# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import email

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.servers.openstack import rows

SERVER = {
    "id": "u-1",
    "name": "web1",
    "status": "ACTIVE",
    "flavor": {"id": "f1"},
    "image": {"id": "i1"},
    "metadata": {"role": "web", rows.OWNER: "shop", rows.SITE: "north", rows.DATA: "sha256:0"},
    "addresses": {
        "lab": [
            {"addr": "10.0.0.7", "version": 4, "OS-EXT-IPS:type": "fixed"},
            {"addr": "172.24.4.9", "version": 4, "OS-EXT-IPS:type": "floating"},
        ]
    },
    "OS-EXT-AZ:availability_zone": "nova",
    "security_groups": [{"name": "web"}, {"name": "web"}],
    "created": "2026-11-28T07:00:00Z",
}


def row(**more):
    return rows.row(dict(SERVER, **more), "north", {"f1": "m1.small"}, {"i1": "Debian 13"})


def test_a_server_is_a_row():
    seen = row()
    assert {name: seen[name] for name in ("name", "facility", "metro", "plan", "image", "state", "power", "owner")} == {
        "name": "web1",
        "facility": "north",
        "metro": "north",
        "plan": "m1.small",
        "image": "Debian 13",
        "state": "active",
        "power": "on",
        "owner": "shop",
    }
    assert seen["tags"] == {"role": "web"} and seen["security_groups"] == ["web"] and seen["networks"] == ["lab"]
    assert [one["address"] for one in seen["addresses"]] == ["172.24.4.9", "10.0.0.7"]
    assert seen["access"] == {"host": "172.24.4.9", "port": 22, "user": "debian"}


def test_the_facility_is_as_it_was_declared_while_that_is_true():
    assert row(metadata={})["facility"] == "north/nova"
    assert row(metadata={rows.SITE: "north/nova"})["facility"] == "north/nova"
    assert row(metadata={rows.SITE: "north/old"})["facility"] == "north/nova"
    bare = {name: value for name, value in SERVER.items() if name != "OS-EXT-AZ:availability_zone"}
    assert rows.row(dict(bare, metadata={}), "DFW", {}, {})["facility"] == "DFW"


@pytest.mark.parametrize(
    ("status", "task", "state", "power", "installed"),
    [
        ("BUILD", "spawning", "provisioning", "on", True),
        ("SHUTOFF", None, "off", "off", True),
        ("ACTIVE", "powering-off", "active", "off", True),
        ("SHUTOFF", "powering-on", "booting", "on", True),
        ("VERIFY_RESIZE", None, "active", "on", False),
        ("RESIZE", "resize_migrating", "provisioning", "on", False),
        ("RESCUE", None, "rescue", "on", True),
        ("ERROR", None, "failed", "on", True),
        ("SOMETHING_NEW", None, "failed", "on", True),
    ],
)
def test_states(status, task, state, power, installed):
    seen = row(**{"status": status, "OS-EXT-STS:task_state": task})
    assert (seen["state"], seen["power"], seen["installed"]) == (state, power, installed)


def test_what_is_on_its_way_out_counts_as_gone():
    assert rows.leaving({"status": "ACTIVE", "OS-EXT-STS:task_state": "deleting"})
    assert rows.leaving({"status": "SOFT_DELETED"}) and not rows.leaving(SERVER)


def test_a_server_from_a_volume_has_no_image():
    assert "image" not in row(image="")


def test_metadata_keeps_what_is_ours_and_what_is_not_declared():
    old = dict(SERVER["metadata"])
    assert rows.metadata({"tags": {"a": "b"}}, old) == dict({n: v for n, v in old.items() if n != "role"}, a="b")
    assert rows.metadata({"owner": "new"}, old) == dict(old, **{rows.OWNER: "new"})
    assert rows.metadata({"tags": {}}, {"role": "web"}) == {}
    made = rows.stamp({"facility": "north", "owner": "shop", "tags": {"a": "b"}, "ssh_keys": ["k"]})
    assert made == {"a": "b", rows.OWNER: "shop", rows.SITE: "north", rows.KEYS: rows.digest(["k"])}


def decoded(text):
    return base64.b64decode(text).decode()


def test_user_data_stays_word_for_word():
    assert rows.user_data(None, ()) is None and decoded(rows.user_data("#!/bin/sh\n", ())) == "#!/bin/sh\n"
    assert decoded(rows.user_data(None, ["ssh-rsa A"])).endswith('ssh_authorized_keys: ["ssh-rsa A"]\n')
    whole = rows.user_data("#cloud-config\nhostname: grün\n", ["ssh-rsa A"])
    own, keys = email.message_from_string(decoded(whole)).get_payload()
    assert own.get_content_type() == "text/cloud-config"
    assert own.get_payload(decode=True).decode() == "#cloud-config\nhostname: grün\n"
    assert "list(append)" in keys.get_payload(decode=True).decode()
    assert whole == rows.user_data("#cloud-config\nhostname: grün\n", ["ssh-rsa A"])


@pytest.mark.parametrize(
    ("image", "user"), [("Ubuntu 24.04", "ubuntu"), ("Rocky-9", "rocky"), ("windows", "root"), (None, "root")]
)
def test_the_first_user_of_an_image(image, user):
    assert rows.login(image) == user


def test_what_nova_does_not_take_is_told():
    found = rows.problems({"name": "a", "_user_data": "x" * 50000, "tags": {"rackwright_x": "", "long": "v" * 256}})
    assert [text.split(":")[1].split()[0] for text in found] == ["its", "tag", "tag"]
