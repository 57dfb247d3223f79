# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The provider openstack with the profile rackspace, against Rackspace's own simulator of its cloud."""

from __future__ import annotations

import pytest
from contract.modules import run
from integration.mimic import Mimic

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAmJ0nXnVZXjYp0W1xqjVf3m1vN5m8qkS3Gx0Y0v0x0y anna@here"
API_KEY = "0123456789abcdef-s3cret"
COMMON = {"plan": "1 GB General Purpose v1", "image": "Ubuntu 14.04 LTS (Trusty Tahr) (PV)"}


@pytest.fixture(scope="module")
def mimic():
    """The simulator."""
    with Mimic() as server:
        yield server


def task(mimic, *rows, module="server", fails=False, **more):
    cloud = {
        "profile": "rackspace",
        "auth_url": mimic.url,
        "username": "anna",
        "api_key": API_KEY,
        "config_drive": True,
    }
    args = {"provider": "openstack", "openstack": dict(cloud, **more.pop("cloud", {}))}
    if module == "server":
        args.update(servers=list(rows), wait=False, end_of_life="allow")  # the simulator's images are old
    result = run(module, dict(args, **more), fails=fails)
    assert API_KEY not in str(result)
    return result


def test_its_regions_are_the_facilities_and_the_second_generation_is_meant(mimic):
    assert [row["name"] for row in task(mimic, module="facility_info")["facilities"]] == ["DFW", "IAD", "ORD"]
    plans = {row["name"] for row in task(mimic, module="plan_info")["plans"]}
    assert COMMON["plan"] in plans
    assert COMMON["image"] in {row["name"] for row in task(mimic, module="image_info")["images"]}


def test_servers_of_three_regions_in_one_task(mimic):
    rows = [
        dict(COMMON, name="web-%s" % site.lower(), facility=site, tags={"a": "b"}) for site in ("DFW", "IAD", "ORD")
    ]
    made = task(mimic, *rows, owner="shop")["servers"]
    assert [(row["facility"], row["state"], row["tags"]) for row in made] == [
        (site, "active", {"a": "b"}) for site in ("DFW", "IAD", "ORD")
    ]
    assert all(row["access"]["host"].startswith("198.101.") for row in made)
    assert not task(mimic, *rows, owner="shop")["changed"]
    changed = task(mimic, *(dict(row, tags={"a": "c"}) for row in rows), owner="shop")
    assert changed["summary"] == {"servers": {"update": 3, "unchanged": 0}}
    assert task(mimic, module="server_action", names=["web-ord"], action="reboot", ready=["api"])["changed"]
    left = task(mimic, rows[0], owner="shop", prune=True, limits={"deletes": 100})
    assert left["summary"] == {"servers": {"delete": 2, "update": 1, "unchanged": 0}}
    task(mimic, {"name": "web-dfw"}, state="absent")
    assert task(mimic, module="server_info")["servers"] == []


def test_keys_are_put_into_every_region_and_given_to_servers(mimic):
    assert task(mimic, module="ssh_key", ssh_keys=[{"key": KEY}])["changed"]
    assert not task(mimic, module="ssh_key", ssh_keys=[{"key": KEY}])["changed"]
    assert task(mimic, dict(COMMON, name="k", facility="ORD", ssh_keys=[KEY]))["changed"]
    assert task(mimic, module="ssh_key", ssh_keys=[{"key": KEY}], state="absent")["changed"]
    task(mimic, {"name": "k"}, state="absent")


def test_what_it_has_not_is_refused_by_name(mimic):
    refused = task(mimic, dict(COMMON, name="x", facility="LON", networks=["private"]), fails=True)
    assert "no facility LON, it has DFW, IAD, ORD" in refused["msg"]
    projects = task(mimic, module="project", projects=[{"name": "x"}], fails=True)
    assert "version 3 of the identity API only" in projects["msg"]
