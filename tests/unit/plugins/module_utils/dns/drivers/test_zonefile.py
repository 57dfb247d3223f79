# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver of zone files, on real files; real servers and killed runs are in tests/integration."""

from __future__ import annotations

import os

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.apply import apply
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import (
    Conflict,
    Failure,
    NotFound,
    Refused,
)
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import Change, plan
from ansible_collections.rackwright.platform.plugins.module_utils.dns.drivers.zonefile import ZoneFile
from ansible_collections.rackwright.platform.plugins.module_utils.dns.resource import RECORD_SET, ZONE
from hypothesis import given
from hypothesis import strategies as st

from ..test_fuzz import LINE, fuzzed

NAME = "example.org."
A = {"name": "a.example.org.", "type": "A", "ttl": 60, "values": ["192.0.2.1"]}
B = dict(A, name="b.example.org.")
SOA = "ns1 hostmaster 0 10800 3600 604800 3600"


def driver(folder, **more):
    return ZoneFile(
        dict({"folder": str(folder), "name": "{zone}.zone", "soa": SOA, "serial": "increment"}, timeout=9, **more)
    )


def make(folder, *rows, **more):
    """The zone with these rows; returns its store."""
    found = driver(folder, **more)
    apply(found.zones(NAME), plan(ZONE, [], [{"name": NAME}]))
    return put(found, *rows)


def put(found, *rows, absent=()):
    store = found.records(NAME)
    made = plan(RECORD_SET, store.read(), [dict(row) for row in rows], absent)
    store.amend(made, rows, None)
    report = apply(store, made)
    assert not report.failed, report.failed
    return store


def kept(store):
    return {row["name"]: row["values"] for row in store.read() if row["type"] != "SOA"}


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("example.org.", "example.org.zone"),
        ("0/25.2.0.192.in-addr.arpa.", "0%2F25.2.0.192.in-addr.arpa.zone"),
        ("a\\.b.org.", "a%5C.b.org.zone"),
        (".", "%2E.zone"),
    ],
)
def test_a_zone_has_its_file_and_a_file_its_zone(tmp_path, zone, name):
    found = driver(tmp_path)
    assert found.path(zone) == str(tmp_path / name)
    (tmp_path / name).touch()
    assert found.known() == [zone]


def test_other_files_are_no_zones(tmp_path):
    for name in ("example.org.db", ".x.zone", ".zone", "a..b.zone", "EXAMPLE.zone"):
        (tmp_path / name).touch()
    assert driver(tmp_path).known() == []


@pytest.mark.parametrize("name", ["zones", "{zone}{zone}", "x/{zone}", ".{zone}"])
def test_a_name_that_tells_no_zones_apart_is_refused(tmp_path, name):
    with pytest.raises(Refused, match="must hold {zone} once"):
        driver(tmp_path, name=name)


def test_a_file_keeps_its_mode_and_a_link_stays_one(tmp_path):
    make(tmp_path, A)
    real = tmp_path / "real"
    os.rename(str(tmp_path / "example.org.zone"), str(real))
    os.chmod(str(real), 0o640)
    (tmp_path / "example.org.zone").symlink_to(real)
    put(driver(tmp_path), B)
    assert (tmp_path / "example.org.zone").is_symlink() and real.stat().st_mode & 0o777 == 0o640
    assert set(kept(driver(tmp_path).records(NAME))) == {A["name"], B["name"]}


def test_what_others_have_written_meanwhile_stays(tmp_path):
    make(tmp_path, A)
    early = driver(tmp_path).records(NAME)
    made = plan(RECORD_SET, early.read(), [dict(B)])
    put(driver(tmp_path), dict(A, name="c.example.org."))
    assert apply(early, made)
    assert sorted(kept(early)) == [A["name"], B["name"], "c.example.org."]


def test_two_who_change_the_same_set_do_not_overwrite_each_other(tmp_path):
    make(tmp_path, A)
    early = driver(tmp_path).records(NAME)
    made = plan(RECORD_SET, early.read(), [dict(A, ttl=5), dict(B)])
    put(driver(tmp_path), dict(A, ttl=6))
    report = apply(early, made)
    assert isinstance(report.failed[A["name"], "A"], Conflict) and [c.key[0] for c in report.pending] == [B["name"]]
    assert [row["ttl"] for row in early.read() if row["name"] == A["name"]] == [6]


def test_the_soa_stays(tmp_path):
    store = make(tmp_path, A)
    made = plan(RECORD_SET, store.read(), [], [(NAME, "SOA")])
    with pytest.raises(Refused, match="SOA: a zone file needs it"):
        store.amend(made, [], None)


def test_what_is_not_there_is_told(tmp_path):
    with pytest.raises(NotFound, match="there is no file .*example.org.zone"):
        driver(tmp_path).records(NAME).read()
    with pytest.raises(Failure, match="No such file or directory on this host; check zonefile.folder"):
        driver(tmp_path / "gone").zones(NAME).create(Change("create", NAME))


def test_the_soa_of_new_zones_must_be_one(tmp_path):
    with pytest.raises(Failure, match="soa: 2 fields instead of 7"):
        driver(tmp_path, soa="ns1 x").first_soa(NAME)


@fuzzed
@given(st.lists(LINE, max_size=12))
def test_a_file_that_nobody_would_write_is_refused_or_loses_no_record(tmp_path_factory, lines):
    folder = tmp_path_factory.mktemp("zones")
    text = "\n".join(("@ 60 IN SOA a b 1 2 3 4 5", *lines)) + "\n"
    path = folder / "example.org.zone"
    path.write_bytes(text.encode("utf-8"))
    store = driver(folder, take_over=True).records(NAME)
    try:
        before = list(store.read())
    except Failure:
        with pytest.raises(Failure):
            driver(folder, take_over=True).zones(NAME).read()
        assert path.read_bytes() == text.encode("utf-8")
        return
    added = dict(A, name="added-by-us.example.org.")
    put(driver(folder, take_over=True), added)
    after = {(row["name"], row["type"]): row for row in store.read() if row["type"] != "SOA"}
    assert after.pop((added["name"], "A"))["values"] == added["values"]
    assert after == {(row["name"], row["type"]): row for row in before if row["type"] != "SOA"}
    assert store.home.lost == set()
