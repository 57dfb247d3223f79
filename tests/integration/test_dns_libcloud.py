# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The provider libcloud for DNS by its own PowerDNS driver, on a real PowerDNS."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.dns.registry import DRIVERS
from contract.modules import run
from integration.play import play
from integration.powerdns import PowerDNS
from integration.recordtypes import SAMPLES, walk

WWW = {"name": "www", "type": "A", "ttl": 60, "values": ["192.0.2.1"]}


@pytest.fixture(scope="module")
def server():
    with PowerDNS() as running:
        yield running


@pytest.fixture
def task(server):
    """A function that runs a module; each test has a zone of its own."""
    where = {"host": "127.0.0.1", "port": server.port, "secure": False, "api_version": "v1"}
    libcloud = {"driver": "powerdns", "args": where, "secrets": {"key": server.api_key}, "timeout": 10}

    def task(module="dns_zone", fails=False, check=False, **more):
        options = dict(libcloud, **more.pop("libcloud", {}))
        result = run(module, dict({"provider": "libcloud", "libcloud": options}, **more), fails=fails, check=check)
        assert server.api_key not in str(result)
        return result

    task.options = {"provider": "libcloud", "libcloud": libcloud}
    return task


def test_each_type_of_the_driver_is_made_read_changed_and_pruned(task):
    kinds = [kind for kind in SAMPLES if kind in DRIVERS["libcloud"](task.options["libcloud"]).types]
    walk(dict(task.options, zone="types.example."), kinds)


def test_the_life_of_a_zone(task):
    rows = [
        WWW,
        {"name": "@", "type": "MX", "values": "10 www"},
        {"name": "t", "type": "TXT", "values": "v=spf1 mx -all"},
        {"name": "_sip._tcp", "type": "SRV", "values": "0 5 5060 www"},
        {"name": "c", "type": "CNAME", "values": "www"},
        {"name": "*", "type": "AAAA", "values": "2001:db8::1"},
    ]
    made = task(zone="life.example", records=rows, owner="me")
    assert made["changed"] and made["zone"]["name"] == "life.example."
    assert not task(zone="life.example", records=rows, owner="me")["changed"]
    found = {
        (row["name"], row["type"]): row.get("owner") for row in task("dns_zone_info", zone="life.example")["records"]
    }
    assert found.pop(("life.example.", "SOA")) is None and set(found.values()) == {"me"} and len(found) == 6
    assert task(zone="life.example", records=[dict(WWW, ttl=5)], owner="me", prune=True)["changed"]
    left = task("dns_zone_info", zone="life.example")["records"]
    assert [(row["type"], row["ttl"]) for row in left] == [("SOA", 3600), ("A", 5)]
    assert "life.example." in [zone["name"] for zone in task("dns_zone_info")["zones"]]
    assert task(zone="life.example", state="absent")["changed"]
    assert not task(zone="life.example", state="absent")["changed"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {"records": [dict(WWW, values=["192.0.2.1", "192.0.2.2"])]},
            "driver powerdns cannot do several values: its create_record replaces all values of a set by one",
        ),
        ({"records": [{"name": "a", "type": "HTTPS", "values": "1 ."}]}, "cannot do type HTTPS: it has A, AAAA, "),
        ({"records": [dict(WWW, set="a", routing={"weight": 1})]}, "cannot do set: it gives everybody the same answer"),
        ({"kind": "Secondary"}, "provider libcloud cannot do kind: Libcloud's drivers do not agree"),
        (
            {"records": [WWW, dict(WWW, type="AAAA", values="2001:db8::1")], "owner": "me"},
            "cannot do owner: stamps of one name are a set, and its create_record replaces",
        ),
        ({"records": [dict(WWW, name="x._rackwright")]}, "are kept for the stamps of owners"),
        ({"libcloud": {"driver": "google"}}, "driver google: its records are not in Libcloud's own form"),
        ({"libcloud": {"driver": "nosuch"}}, "Libcloud has no driver nosuch"),
        ({"libcloud": {"secrets": {"key": "wrong"}}}, "provider libcloud refuses the credentials"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_done(task, more, words):
    result = task(zone="refused.example", fails=True, **more)
    assert words in result["msg"] and not result["changed"], result["msg"]


def test_stamps_that_a_killed_run_has_left_are_taken_away(task, server):
    task(zone="orphan.example", records=[WWW], owner="me")
    powerdns = {"provider": "powerdns", "powerdns": {"url": server.url, "api_key": server.api_key}}
    run("dns_record", dict(powerdns, zone="orphan.example", records=[{"name": "www", "type": "A"}], state="absent"))
    assert not task(zone="orphan.example", records=[], owner="you")["changed"]
    (line,) = task(zone="orphan.example", records=[], owner="me", check=True)["plan"]
    assert line["why"] == "an interrupted run has left its stamp"
    assert task(zone="orphan.example", records=[], owner="me")["changed"]
    left = run("dns_zone_info", dict(powerdns, zone="orphan.example"))["records"]
    assert [row["type"] for row in left] == ["SOA"]


def test_a_playbook(task, server):
    tasks = [
        {"name": "zone", "rackwright.platform.dns_zone": {"zone": "play.example", "records": [WWW]}},
        {"name": "read", "rackwright.platform.dns_zone_info": {"zone": "play.example"}},
    ]
    played = play(tasks, module_defaults={"group/rackwright.platform.dns": task.options}, secrets=[server.api_key])
    assert played["zone"]["changed"] and [row["type"] for row in played["read"]["records"]] == ["SOA", "A"]
