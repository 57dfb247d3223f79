# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules around servers share, run as modules on stores in memory (fakes)."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.rackwright.platform.plugins.module_utils.servers.base import ServerDriver, Store
from ansible_collections.rackwright.platform.plugins.module_utils.servers.keys import fingerprint
from ansible_collections.rackwright.platform.plugins.modules import bgp_session, ip_address, ssh_key, ssh_key_info

KEYS = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHN0IOZQPjhk0CTrcyJCEhZmCKD3RUqBRPa2YhmzLrz+ alice@example.org",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMTk0Lk1nq2rC2uN9pmkL9s4mFq7Tg4c9m3Dx0B6W1dY bob@example.org",
]
PRINT = "SHA256:JzuH5HMrmqVKWDV7JZLTEHhWQ5ZsBYnIQo5K2N3JBh8"


class Memory(Store):
    """Rows of one resource, kept by the test; what reaches it is what a provider would be sent."""

    NEEDS = ("key",)
    rows, scopes, identity = {}, [], staticmethod(lambda row: row["fingerprint"])

    def read(self):
        self.scopes.append((self.params.get("scope"), self.params.get("server")))
        return [dict(row) for row in self.rows.values()]

    def create(self, change):
        self.rows[change.key] = dict(change.want, id="id")
        return self.rows[change.key]

    def update(self, change):
        self.rows[change.key] = dict(change.after)

    replace = update

    def delete(self, change):
        del self.rows[change.key]


class Stampless(Memory):
    """A provider without a place for the owner's stamp."""

    STAMPS = False


class Fake(ServerDriver):
    """A provider of what the test puts into it."""

    NAME, TITLE = "fake", "memory"


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a module on stores: {resource: Store class}; returns its result."""
    monkeypatch.setattr(Memory, "rows", {})
    monkeypatch.setattr(Memory, "scopes", [])

    def runner(module, stores, check=False, **args):
        monkeypatch.setattr(Fake, "STORES", stores)
        monkeypatch.setattr(module, "DRIVERS", {"fake": Fake})
        with patch_module_args(dict(args, provider="fake", _ansible_check_mode=check)), pytest.raises(SystemExit):
            module.main()
        return json.loads(capsys.readouterr().out)

    return runner


def test_the_fingerprint_is_the_identity(run):
    assert fingerprint(KEYS[0]).startswith("SHA256:") and len(fingerprint(KEYS[0])) == 50
    first = run(ssh_key, {"ssh_key": Memory}, ssh_keys=[{"key": KEYS[0]}, {"key": KEYS[1], "name": "bob"}], owner="me")
    assert first["changed"] and [row["name"] for row in first["ssh_keys"]] == ["alice@example.org", "bob"]
    assert {row["owner"] for row in Memory.rows.values()} == {"me"}
    same = run(ssh_key, {"ssh_key": Memory}, ssh_keys=[{"key": KEYS[0] + " laptop"}], owner="me")
    assert same["plan"] == [{"verb": "update", "key": fingerprint(KEYS[0]), "fields": ["name"]}]
    gone = run(ssh_key, {"ssh_key": Memory}, state="absent", ssh_keys=[{"fingerprint": fingerprint(KEYS[0])}])
    assert gone["changed"] and list(Memory.rows) == [fingerprint(KEYS[1])]


def test_check_mode_and_prune(run):
    both = [{"key": KEYS[0]}, {"key": KEYS[1]}]
    assert run(ssh_key, {"ssh_key": Memory}, check=True, ssh_keys=both)["changed"] and Memory.rows == {}
    run(ssh_key, {"ssh_key": Memory}, ssh_keys=both[:1], owner="me")
    run(ssh_key, {"ssh_key": Memory}, ssh_keys=both[1:])  # nobody's
    pruned = run(ssh_key, {"ssh_key": Memory}, ssh_keys=[], owner="me", prune=True)
    assert [line["why"] for line in pruned["plan"]] == ["prune"] and list(Memory.rows) == [fingerprint(KEYS[1])]


def test_without_a_place_for_a_stamp_there_is_no_prune(run):
    made = run(ssh_key, {"ssh_key": Stampless}, ssh_keys=[{"key": KEYS[0]}], owner="me")
    assert made["changed"] and "owner" not in Stampless.rows[fingerprint(KEYS[0])]
    assert not run(ssh_key, {"ssh_key": Stampless}, ssh_keys=[{"key": KEYS[0]}], owner="me")["changed"]
    result = run(ssh_key, {"ssh_key": Stampless}, ssh_keys=[], owner="me", prune=True)
    assert result["failed"] and "fake has no place for an owner's stamp on ssh_keys" in result["msg"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"ssh_keys": [{"name": "x"}]}, "ssh_key x: give its key, or its fingerprint to remove it"),
        ({"ssh_keys": [{"key": "ssh-rsa nonsense"}]}, "is not an SSH public key line"),
        ({"ssh_keys": [{"fingerprint": PRINT}]}, "it is not there, and to make it key must be given"),
        ({"ssh_keys": [{"fingerprint": "MD5:aa:bb"}], "state": "absent"}, "is not a fingerprint"),
        ({"ssh_keys": [{"key": KEYS[0], "fingerprint": PRINT}]}, "its fingerprint is SHA256:"),
        ({"ssh_keys": [{"key": KEYS[0]}, {"key": KEYS[0] + " again"}]}, "declared more than once"),
        ({"ssh_keys": [], "scope": "server"}, "scope: server and the option server go together"),
        ({"ssh_keys": [], "prune": True}, "needs the option owner"),
    ],
)
def test_keys_that_are_none_and_scopes_that_are_none(run, args, words):
    result = run(ssh_key, {"ssh_key": Memory}, **args)
    assert result["failed"] and words in result["msg"] and Memory.rows == {}, result["msg"]


def test_the_scope_reaches_the_store(run):
    run(ssh_key_info, {"ssh_key": Memory}, scope="server", server="web")
    assert Memory.scopes == [("server", "web")]


def test_what_a_provider_does_not_have_is_refused_by_name(run):
    result = run(ssh_key, {}, ssh_keys=[{"key": KEYS[0]}])
    assert result["failed"] and result["msg"] == "provider fake cannot do ssh_keys: it has no such thing"


class Addresses(Memory):
    """Reserved addresses."""

    NEEDS = ("facility",)


def test_an_address_moves_and_can_be_kept_without_a_server(run):
    row = {"name": "front", "facility": "sv", "server": "web01"}
    made = run(ip_address, {"ip_address": Addresses}, ip_addresses=[row])
    assert made["changed"], made["msg"]
    moved = run(ip_address, {"ip_address": Addresses}, ip_addresses=[dict(row, server="web02")])
    assert moved["plan"] == [{"verb": "update", "key": "front", "fields": ["server"]}]
    kept = run(ip_address, {"ip_address": Addresses}, ip_addresses=[{"name": "front"}])
    assert not kept["changed"] and kept["ip_addresses"][0]["server"] == "web02"
    assert run(ip_address, {"ip_address": Addresses}, ip_addresses=[{"name": "front", "server": ""}])["changed"]
    odd = run(ip_address, {"ip_address": Addresses}, ip_addresses=[dict(row, name="odd", size=3)])
    assert "3 is no power of two" in odd["msg"]


class Configs(Memory):
    """How a project speaks BGP."""

    NEEDS = ()
    rows = {}


def test_bgp_config_comes_before_the_sessions_and_its_password_is_nowhere(run, monkeypatch):
    monkeypatch.setattr(Configs, "rows", {})
    sessions = type("Sessions", (Memory,), {"NEEDS": (), "STAMPS": False})
    stores = {"bgp_config": Configs, "bgp_session": sessions}
    rows = [{"server": "web", "family": 4}]
    secret = {"deployment": "local", "password": "Abcdef12345"}
    made = run(bgp_session, stores, config=secret, bgp_sessions=rows)
    assert made["applied"] == ["local", "web 4"] and "Abcdef12345" not in json.dumps(made)
    bad = run(bgp_session, stores, config={"deployment": "local", "password": "short"}, bgp_sessions=rows)
    assert "10 to 20 letters and digits" in bad["msg"] and "short" not in bad["msg"]
