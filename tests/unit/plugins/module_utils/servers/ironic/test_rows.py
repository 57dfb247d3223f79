# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.servers.ironic import rows

REALM = "ironic:http://192.0.2.1:6385"


def node(name="web", **more):
    """A node that carries the server of this name."""
    bare = {
        "uuid": "n-1",
        "name": "m0",
        "driver": "fake-hardware",
        "provision_state": "active",
        "target_provision_state": None,
        "power_state": None,
        "instance_uuid": rows.instance(REALM, name),
        "instance_info": {"image_source": "http://192.0.2.1/a.raw"},
        "resource_class": "small",
        "conductor_group": "",
        "provision_updated_at": "2026-01-01T00:00:00+00:00",
        "extra": {rows.SERVER: {"name": name, "owner": "me", "tags": {"role": "web"}}},
    }
    return dict(bare, **more)


def test_a_node_is_a_server():
    row = rows.server(node(), REALM)
    assert {name: value for name, value in row.items() if not name.startswith("_")} == {
        "name": "web",
        "provider": "ironic",
        "id": rows.instance(REALM, "web"),
        "machine": "m0",
        "facility": "default",
        "plan": "small",
        "image": "http://192.0.2.1/a.raw",
        "state": "active",
        "power": "on",
        "installed": True,
        "tags": {"role": "web"},
        "owner": "me",
        "addresses": [],
    }


def test_a_node_without_an_instance_is_no_server():
    assert rows.server(node(instance_uuid=None), REALM) is None


@pytest.mark.parametrize(
    ("phase", "state", "installed", "debris"),
    [
        ("available", "provisioning", False, False),
        ("deploying", "provisioning", True, False),
        ("wait call-back", "provisioning", True, False),
        ("deploy hold", "provisioning", True, False),
        ("deploy failed", "failed", False, False),
        ("active", "active", True, False),
        ("error", "failed", True, False),
        ("rescuing", "booting", True, False),
        ("rescue wait", "booting", True, False),
        ("rescue", "rescue", True, False),
        ("rescue failed", "failed", True, False),
        ("unrescuing", "booting", True, False),
        ("unrescue failed", "failed", True, False),
        ("deleting", "deleting", True, True),
        ("cleaning", "deleting", True, True),
        ("clean wait", "deleting", True, True),
        ("clean failed", "failed", True, False),
        ("a state of tomorrow", "failed", True, False),
    ],
)
def test_every_provision_state(phase, state, installed, debris):
    row = rows.server(node(provision_state=phase), REALM)
    assert (row["state"], row["installed"], "_debris" in row) == (state, installed, debris)


def test_power_off_is_a_state_of_an_active_server_only():
    assert rows.server(node(power_state="power off"), REALM)["state"] == "off"
    assert rows.server(node(power_state="power off", provision_state="rescue"), REALM)["state"] == "rescue"


def test_a_claim_of_somebody_else_is_neither_unfinished_nor_debris():
    for phase in ("available", "deploy failed", "deleting"):
        row = rows.server(node(provision_state=phase, instance_uuid="theirs"), REALM)
        assert row["installed"] and "_debris" not in row
    assert rows.server(node(extra={}, instance_uuid="theirs"), REALM)["name"] == "m0"


def test_a_replacement_that_ironic_has_not_begun_is_unfinished():
    note = {"name": "web", "since": "2026-01-01T00:00:00+00:00"}
    assert not rows.server(node(extra={rows.SERVER: note}), REALM)["installed"]
    later = node(extra={rows.SERVER: note}, provision_updated_at="2026-01-01T00:00:09+00:00")
    assert rows.server(later, REALM)["installed"]


def test_the_claim_follows_from_place_and_name():
    assert rows.instance(REALM, "web") == rows.instance(REALM, "web")
    assert len({rows.instance(REALM, "web"), rows.instance(REALM, "db"), rows.instance("ironic:b", "web")}) == 3


def test_user_data_is_noted_by_its_digest():
    note = rows.noted({"name": "web", "_user_data": "#!/bin/sh\necho secret\n", "ssh_keys": ["ssh-ed25519 AAAA"]})
    assert "secret" not in str(note) and "AAAA" not in str(note)
    assert note["keys"] == rows.keys_digest(["ssh-ed25519 AAAA"]) != rows.keys_digest(["ssh-ed25519 BBBB"])


@pytest.mark.parametrize(
    ("driver", "info"),
    [
        ("redfish", {"redfish_address": "a", "redfish_system_id": "/s/1", "redfish_verify_ca": False}),
        ("idrac", {"redfish_address": "a", "redfish_system_id": "/s/1", "redfish_verify_ca": False}),
        ("ipmi", {"ipmi_address": "a", "ipmi_system": "/s/1", "ipmi_verify": False}),
        ("ilo", {"ilo_address": "a", "ilo_system": "/s/1", "ilo_verify_ca": False}),
        ("fake-hardware", {"fake_address": "a", "fake_system": "/s/1", "fake_verify": False}),
        ("my-own", {"my_own_address": "a", "my_own_system": "/s/1", "my_own_verify": False}),
    ],
)
def test_driver_info_there_and_back(driver, info):
    said = {"address": "a", "system": "/s/1", "verify": "false"}
    assert rows.driver_info({"driver": driver, "bmc": said}) == info
    assert rows.bmc({"driver": driver, "driver_info": info}) == said


def test_a_password_goes_in_and_never_out():
    info = rows.driver_info({"driver": "ipmi", "bmc": {"address": "a"}, "bmc_password": "s3cret"})
    assert info["ipmi_password"] == "s3cret"
    assert rows.bmc({"driver": "ipmi", "driver_info": dict(info, ipmi_password="******")}) == {"address": "a"}


def test_a_file_of_authorities_stays_a_path():
    row = {"driver": "redfish", "bmc": {"verify": "/etc/ssl/ca.pem"}}
    assert rows.driver_info(row) == {"redfish_verify_ca": "/etc/ssl/ca.pem"}


def test_a_node_is_a_machine():
    found = rows.machine(node(deploy_interface="fake", boot_interface=None, maintenance=True), {"b", "a"})
    assert found["state"] == "available" and found["server"] == "web" and found["phase"] == "active"
    assert found["macs"] == ["a", "b"] and found["interfaces"] == {"deploy": "fake"} and found["maintenance"] == "yes"
    free = rows.machine(node(instance_uuid=None, provision_state="manageable"), ())
    assert free["state"] == "manageable" and "server" not in free and "_carries" not in free
