# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags, stamps and rows, from the API and back."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import Change
from ansible_collections.rackwright.platform.plugins.module_utils.servers.packet import rows
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.text(st.characters(exclude_characters="=", exclude_categories=["Cs"]), min_size=1).filter(
    lambda name: not name.startswith(rows.STAMP)
)
TAGS = st.dictionaries(NAMES, st.text())
DEVICE = {"id": "d1", "hostname": "web1", "state": "active", "tags": ["role=web"], "created_at": "2026-01-01T00:00:00Z"}


@given(tags=TAGS, owner=st.none() | st.text(min_size=1))
def test_tags_and_stamps_come_back_as_they_went(tags, owner):
    texts = rows.joined_tags(tags, {"owner": owner, "name": "web1"})
    assert rows.split_tags(texts) == (tags, {"name": "web1", **({"owner": owner} if owner else {})})
    assert rows.bad_tags({"tags": tags}) == []


def test_what_is_not_declared_stays_word_for_word():
    texts = ["b=1", "b=2", "rackwright:name=web1", "rackwright:owner=old", "plain"]
    change = Change("update", "web1", {}, {"owner": "new", "tags": {"a": "1"}}, fields=("owner",))
    assert rows.retagged(texts, change) == ["b=1", "b=2", "plain", "rackwright:name=web1", "rackwright:owner=new"]
    change = Change("update", "web1", {}, {"owner": "new", "tags": {"a": "1"}}, fields=("tags",))
    assert rows.retagged(texts, change) == ["a=1", "rackwright:name=web1", "rackwright:owner=new"]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("queued", ("provisioning", "on")),
        ("reinstalling", ("provisioning", "on")),
        ("active", ("active", "on")),
        ("powering_off", ("off", "off")),
        ("failed", ("failed", "on")),
        ("something new", ("provisioning", "on")),
    ],
)
def test_states(state, expected):
    row = rows.row_of(dict(DEVICE, state=state))
    assert (row["state"], row["power"]) == expected


def test_a_device_of_an_api_without_facilities():
    row = rows.row_of(dict(DEVICE, metro={"code": "sv"}))
    assert row["facility"] == row["metro"] == "sv" and row["access"]["host"] == ""


def test_the_first_address_is_public_and_the_servers_own():
    given = [
        {"address": "10.0.0.1", "address_family": 4, "public": False, "management": True, "cidr": 31},
        {"address": "192.0.2.9", "address_family": 4, "public": True, "management": False, "cidr": 32},
        {"address": "2001:db8::1", "address_family": 6, "public": True, "management": True, "cidr": 127},
        {"address": "198.51.100.1", "address_family": 4, "public": True, "management": True, "cidr": 31},
    ]
    row = rows.row_of(dict(DEVICE, ip_addresses=given))
    order = ["198.51.100.1", "2001:db8::1", "192.0.2.9", "10.0.0.1"]
    assert [one["address"] for one in row["addresses"]] == order and row["access"]["host"] == "198.51.100.1"


def device(one, created, **more):
    tags = ["rackwright:%s=%s" % pair for pair in dict({"name": "web1"}, **more.pop("stamps", {})).items()]
    return rows.row_of(dict(DEVICE, id=one, created_at=created, tags=tags, **more))


def marked(*found):
    return {row["id"]: row.get("_debris") for row in rows.mark_debris(list(found))}


def test_what_was_made_twice_is_the_later_one():
    assert marked(device("b", "2"), device("a", "1")) == {"a": None, "b": "it was made twice"}


def test_what_is_not_ours_or_renamed_or_locked_is_never_debris():
    plain = rows.row_of(dict(DEVICE, id="p", created_at="1", tags=[]))
    assert marked(plain, device("a", "2")) == {"p": None, "a": None}
    assert marked(device("a", "1"), device("b", "2", stamps={"name": "web9"})) == {"a": None, "b": None}
    assert marked(device("a", "1"), device("b", "2", locked=True)) == {"a": None, "b": None}


def test_a_replacement_is_debris_as_long_as_the_old_one_is_there():
    new = device("n", "2", stamps={"replaces": "o"})
    assert marked(device("o", "1"), dict(new)) == {"o": None, "n": "its replacement was cut short"}
    assert marked(dict(new)) == {"n": None}


def test_a_phase_is_the_state_the_percentage_and_the_last_event():
    events = [{"body": "Network", "created_at": "1"}, {"body": "Disks", "created_at": "2"}]
    row = rows.row_of(dict(DEVICE, state="provisioning", provisioning_percentage=40.0, provisioning_events=events))
    assert rows.phase(row) == "provisioning 40 %: Disks"
    assert rows.phase(rows.row_of(DEVICE)) is None


@pytest.mark.parametrize(("keys", "sent"), [(None, {}), ([], {"no_ssh_keys": True}), (["ssh-ed25519 AAAA"], None)])
def test_keys_of_a_new_server(keys, sent, monkeypatch):
    monkeypatch.setattr(rows, "fingerprint", lambda key: "SHA256:abcdefghijklmnop")
    row = {"name": "web1", "plan": "p", "image": "i", "ssh_keys": keys}
    made = rows.body(row, {"metro": "sv"})
    sent = {"ssh_keys": [{"key": "ssh-ed25519 AAAA", "label": "abcdefghijkl"}]} if sent is None else sent
    assert made == dict(
        sent, hostname="web1", plan="p", operating_system="i", metro="sv", tags=["rackwright:name=web1"]
    )
