# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.servers.redfish import rows

SYSTEM = {
    "Id": "1",
    "Name": "System",
    "UUID": "u-1",
    "PowerState": "On",
    "IndicatorLED": "Off",
    "Boot": {
        "BootSourceOverrideEnabled": "Once",
        "BootSourceOverrideTarget": "Pxe",
        "BootSourceOverrideTarget@Redfish.AllowableValues": ["None", "Pxe", "Hdd"],
    },
    "Actions": {
        rows.RESET: {"target": "/reset", "ResetType@Redfish.AllowableValues": ["On", "ForceOff", "PushPowerButton"]}
    },
}


def test_a_system_is_a_row():
    row = rows.row({"name": "db1", "facility": "ams1"}, SYSTEM)
    assert {name: value for name, value in row.items() if not name.startswith("_")} == {
        "name": "db1",
        "provider": "redfish",
        "id": "u-1",
        "machine": "1",
        "state": "active",
        "power": "on",
        "boot": {"device": "network", "once": True},
        "indicator": "off",
        "installed": True,
        "facility": "ams1",
    }


@pytest.mark.parametrize(("system", "name"), [({"Name": "Rack7"}, "rack7"), ({"Name": "A B", "Id": "42"}, "42")])
def test_a_system_has_a_name(system, name):
    assert rows.server_name(system) == name


def test_a_system_whose_name_no_server_can_have_must_be_named():
    with pytest.raises(ValueError, match="redfish.machines"):
        rows.server_name({"Name": "Computer System", "Id": "System.Embedded.1"})


def test_resets_are_chosen_from_what_the_machine_allows():
    assert rows.allowed(SYSTEM, "power_on") == ["On"]
    assert rows.allowed(SYSTEM, "power_off") == ["ForceOff"]
    assert rows.allowed(SYSTEM, "power_cycle") == ["ForceOff"] and rows.allowed(SYSTEM, "reboot") == []
    assert rows.allowed({}, "reboot")[0] == "GracefulRestart"


def test_a_light_that_is_only_on_or_off():
    new = dict(SYSTEM, LocationIndicatorActive=True)
    del new["IndicatorLED"]
    row = rows.row({"name": "a"}, new)
    assert row["indicator"] == "on" and rows.light_body("off", new) == {"LocationIndicatorActive": False}
    assert "does not blink" in rows.problems({"name": "a", "indicator": "blinking"}, row)[0]
    none = rows.row({"name": "a"}, {"PowerState": "Off"})
    assert "no indicator light" in rows.problems({"name": "a", "indicator": "on"}, none)[0]


def test_an_override_that_is_disabled_is_none():
    assert rows.boot({"Boot": {"BootSourceOverrideEnabled": "Disabled", "BootSourceOverrideTarget": "Pxe"}}) == {}
    assert rows.boot_body({"device": "disk"}, {}) == {
        "Boot": {"BootSourceOverrideEnabled": "Continuous", "BootSourceOverrideTarget": "Hdd"}
    }
    assert rows.boot_body({"once": True}, {"device": "network", "once": False})["Boot"] == {
        "BootSourceOverrideEnabled": "Once",
        "BootSourceOverrideTarget": "Pxe",
    }
