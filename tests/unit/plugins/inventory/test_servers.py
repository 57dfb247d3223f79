# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin over made-up providers: sources at the same time, cached, forgiven, constructed."""

from __future__ import annotations

import threading

import pytest
import yaml
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Unreachable
from ansible_collections.rackwright.platform.plugins.module_utils.core.field import Field
from ansible_collections.rackwright.platform.plugins.module_utils.servers.base import ServerDriver

ROW = {
    "name": "web1",
    "facility": "ams1",
    "state": "active",
    "power": "on",
    "tags": {"role": "web", "evil": "{{ 'a' ~ 'b' }}"},
    "addresses": [
        {"address": "192.0.2.1", "family": 4, "public": True, "network": "backbone"},
        {"address": "10.0.0.1", "family": 4, "public": False, "network": "ams1"},
    ],
    "access": {"host": "192.0.2.1", "port": 22, "user": "root"},
    "host_key": "ssh-ed25519 AAAA",
}
ROWS = [ROW, dict(ROW, name="db1", state="off", tags={"role": "db"}, access=dict(ROW["access"], port=2201))]


class Cloud(ServerDriver):
    """A made-up provider (a fake)."""

    NAME = "cloud"
    OPTIONS = (Field("token", required=True, secret=True, env=("RACKWRIGHT_CLOUD_TOKEN",)), Field("account"))
    rows, reads, dead, barrier = ROWS, 0, set(), None

    def read(self):
        """Rows with one leftover and one of somebody else."""
        Cloud.reads += 1
        if Cloud.barrier:
            Cloud.barrier.wait(5)
        if self.options.get("account") in Cloud.dead:
            raise Unreachable("cloud: no answer at %s; check the network" % self.options["account"])
        return [*Cloud.rows, {"name": "half", "_debris": "x"}, {"name": "theirs", "_foreign": "x"}]


@pytest.fixture(autouse=True)
def cloud(monkeypatch):
    """The made-up provider, fresh."""
    Cloud.rows, Cloud.reads, Cloud.dead, Cloud.barrier = ROWS, 0, set(), None
    monkeypatch.setenv("RACKWRIGHT_CLOUD_TOKEN", "geheim")


@pytest.fixture
def parse(tmp_path, monkeypatch):
    """A function that parses a configuration and returns the inventory."""

    def run(may_read=True, **config):
        path = tmp_path / "fleet.yml"
        config.setdefault("sources", [{"provider": "cloud", "cloud": {"account": "a"}}])
        path.write_text(yaml.safe_dump(dict(config, plugin="rackwright.platform.servers")))
        plugin = inventory_loader.get("rackwright.platform.servers")
        monkeypatch.setattr(type(plugin), "DRIVERS", {"cloud": Cloud})
        assert plugin.verify_file(str(path))
        inventory = InventoryData()
        plugin.parse(inventory, DataLoader(), str(path), may_read)
        plugin.update_cache_if_changed()
        return inventory

    return run


def test_hosts_and_variables(parse):
    inventory = parse()
    assert sorted(inventory.hosts) == ["db1", "web1"]
    web, db = inventory.hosts["web1"].vars, inventory.hosts["db1"].vars
    assert (web["ansible_host"], web["ansible_user"]) == ("192.0.2.1", "root")
    assert "ansible_port" not in web and db["ansible_port"] == 2201
    assert web["rackwright_facility"] == "ams1" and web["rackwright_host_key"] == "ssh-ed25519 AAAA"
    assert (web["rackwright_public_address"], web["rackwright_private_address"]) == ("192.0.2.1", "10.0.0.1")
    assert web["rackwright_active"] is True and db["rackwright_active"] is False


def test_constructed(parse):
    inventory = parse(
        keyed_groups=[{"key": "rackwright_tags.role", "prefix": "role"}],
        groups={"up": "rackwright_active", "both": "x == 'web1!'"},
        compose={"x": "rackwright_name ~ '!'", "y": "rackwright_tags.evil"},
    )
    groups = {name: [host.name for host in group.get_hosts()] for name, group in inventory.groups.items()}
    assert groups["role_web"] == ["web1"] and groups["up"] == ["web1"] and groups["both"] == ["web1"]
    assert inventory.hosts["web1"].vars["y"] == "{{ 'a' ~ 'b' }}"  # an API's text is no template


def test_sources_are_read_at_the_same_time_and_may_be_templates(parse):
    Cloud.barrier = threading.Barrier(2)
    sources = [{"provider": "cloud", "cloud": {"account": "{{ 'a' ~ 1 }}"}, "filters": {"state": ["active"]}}]
    sources.append({"provider": "cloud", "cloud": {"account": "b"}, "filters": {"tags": {"role": "db"}}})
    Cloud.dead = {"{{ 'a' ~ 1 }}"}
    assert sorted(parse(sources=sources).hosts) == ["db1", "web1"]


def test_the_same_name_twice_is_told_apart_or_refused(parse):
    sources = [{"provider": "cloud", "cloud": {"account": name}} for name in "ab"]
    with pytest.raises(AnsibleParserError, match=r"web1 is in source 1 \(cloud\) and in source 2 \(cloud\)"):
        parse(sources=sources)
    inventory = parse(sources=sources[:1], hostname="rackwright_name ~ '.' ~ rackwright_facility")
    assert sorted(inventory.hosts) == ["db1.ams1", "web1.ams1"]


def test_a_dead_source(parse, tmp_path):
    folder = str(tmp_path / "last")
    parse(on_error="stale", stale_folder=folder)
    Cloud.dead = {"a"}
    with pytest.raises(AnsibleParserError, match=r"source 1 \(cloud\): cloud: no answer at a; check the network"):
        parse()
    assert parse(on_error="warn").hosts == {}
    assert sorted(parse(on_error="stale", stale_folder=folder).hosts) == ["db1", "web1"]
    stored = next((tmp_path / "last").iterdir()).read_text()
    assert "geheim" not in stored
    with pytest.raises(AnsibleParserError, match="There is no last good answer to use"):
        parse(on_error="stale", stale_folder=str(tmp_path / "none"))


def test_cached(parse, tmp_path):
    cached = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    parse(**cached)
    inventory = parse(**cached)
    assert Cloud.reads == 1 and sorted(inventory.hosts) == ["db1", "web1"]
    assert "geheim" not in "".join(file.read_text() for file in (tmp_path / "cache").iterdir())
    parse(may_read=False, **cached)
    assert Cloud.reads == 2


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ([{"provider": "nimbus"}], "source 1: value of provider must be one of: cloud, got: nimbus"),
        ([{"provider": "cloud", "cloud": {"tokn": 1}}], "tokn"),
        ([{"provider": "cloud", "filters": {"colour": "x"}}], "colour"),
        ([{}], "source 1: missing required arguments: provider"),
        (["cloud"], "it must be a dictionary|could not be converted"),
    ],
)
def test_wrong_sources(parse, sources, words):
    with pytest.raises(Exception, match=words) as error:
        parse(sources=sources)
    assert isinstance(error.value, AnsibleParserError) or "convert" in str(error.value)


def test_a_missing_token_is_named(parse, monkeypatch):
    monkeypatch.delenv("RACKWRIGHT_CLOUD_TOKEN")
    with pytest.raises(AnsibleParserError, match="cloud.token is not set; .*RACKWRIGHT_CLOUD_TOKEN"):
        parse()


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("fleet.yml", "# mine\nplugin: 'rackwright.platform.servers'  # yes\n", True),
        ("any.yaml", "sources: []\nplugin: rackwright.platform.servers\n", True),
        ("fleet.yml", "plugin: rackwright.platform.serversx\n", False),
        ("fleet.yml", "plugin: constructed\n", False),
        ("fleet.ini", "plugin: rackwright.platform.servers\n", False),
    ],
)
def test_which_files_are_ours(tmp_path, name, text, expected):
    (tmp_path / name).write_text(text)
    assert inventory_loader.get("rackwright.platform.servers").verify_file(str(tmp_path / name)) is expected
