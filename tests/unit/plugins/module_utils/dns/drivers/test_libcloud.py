# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Libcloud driver on Libcloud's own dummy, and on a fake driver that keeps single records as most services do."""

from __future__ import annotations

import types

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.apply import apply
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure, NotFound, Refused
from ansible_collections.rackwright.platform.plugins.module_utils.core.plan import plan
from ansible_collections.rackwright.platform.plugins.module_utils.dns import dialects
from ansible_collections.rackwright.platform.plugins.module_utils.dns.drivers.libcloud import Libcloud
from ansible_collections.rackwright.platform.plugins.module_utils.dns.resource import RECORD_SET, ZONE, record_sets
from libcloud.dns.drivers.dummy import DummyDNSDriver

NAME = "example.org."


def row(name, kind, *values, ttl=60, owner=None):
    name = NAME if name == "@" else "%s.%s" % (name, NAME)
    done = {"name": name, "type": kind, "ttl": ttl, "values": sorted(values)}
    return dict(done, owner=owner) if owner else done


class Account:
    """A fake driver of Libcloud's: single records, in the words of Libcloud's pages. calls: what was written. broken:
    data that it refuses."""

    connection = None

    def __init__(self):
        self.zone = types.SimpleNamespace(id="1", domain="example.org", type="master", ttl=900, extra={})
        self.records, self.calls, self.broken = [], [], ()

    def list_record_types(self):
        return ["A", "AAAA", "CNAME", "MX", "TXT", "URL"]

    def list_zones(self):
        return [self.zone]

    def list_records(self, _zone):
        return list(self.records)

    def create_record(self, name, zone, type, data, extra=None):
        assert zone is self.zone
        self.calls.append(("+", name, type, data))
        if data in self.broken:
            raise ValueError("%s is broken" % data)
        extra = dict(extra)
        found = types.SimpleNamespace(name=name, type=type, data=data, ttl=extra.pop("ttl"), extra=extra)
        self.records.append(found)
        return found

    def delete_record(self, record):
        self.calls.append(("-", record.name, record.type, record.data))
        self.records.remove(record)
        return True

    def told(self):
        """The calls since the last time."""
        calls, self.calls = self.calls, []
        return calls


def put(driver, *rows, absent=(), fails=False):
    """Reconcile; returns the report."""
    store = driver.records(NAME)
    made = plan(RECORD_SET, list(store.read()), [dict(one) for one in rows], absent)
    store.amend(made, rows, None)
    report = apply(store, made)
    assert fails or not report.failed, report.failed
    return report


@pytest.fixture
def account():
    return Account()


@pytest.fixture
def driver(account):
    return Libcloud({"driver": "fake"}, account)


def test_single_records_become_sets_and_sets_single_records(account, driver):
    rows = [row("www", "A", "192.0.2.1", "192.0.2.2"), row("@", "MX", "10 mail.example.org.", "20 b.example.net.")]
    rows += [row("*", "TXT", '"a b"')]
    put(driver, *rows)
    assert sorted(account.told()) == [
        ("+", "", "MX", "b.example.net"),
        ("+", "", "MX", "mail.example.org"),
        ("+", "*", "TXT", "a b"),
        ("+", "www", "A", "192.0.2.1"),
        ("+", "www", "A", "192.0.2.2"),
    ]
    put(driver, *rows)
    assert account.told() == []
    read = driver.records(NAME).read()
    assert {(one["name"], one["type"]): (one["ttl"], one["values"]) for one in read} == {
        (one["name"], one["type"]): (one["ttl"], one["values"]) for one in rows
    }


def test_a_new_value_is_there_before_the_old_one_goes(account, driver):
    put(driver, row("www", "A", "192.0.2.1", "192.0.2.2"))
    account.told()
    put(driver, row("www", "A", "192.0.2.2", "192.0.2.3"))
    assert account.told() == [("+", "www", "A", "192.0.2.3"), ("-", "www", "A", "192.0.2.1")]
    put(driver, row("www", "A", "192.0.2.2", "192.0.2.3", ttl=5))
    assert [call[0] for call in account.told()] == ["-", "-", "+", "+"]  # the same value twice is refused by many


def test_an_alias_goes_before_another_comes(account, driver):
    put(driver, row("www", "CNAME", "a.example.org."))
    account.told()
    put(driver, row("www", "CNAME", "b.example.org."))
    assert account.told() == [("-", "www", "CNAME", "a.example.org"), ("+", "www", "CNAME", "b.example.org")]


def test_a_stamp_is_there_before_what_it_stands_for_and_goes_after_it(account, driver):
    put(driver, row("www", "A", "192.0.2.1", owner="me"), row("www", "AAAA", "2001:db8::1", owner="me"))
    stamp = ("www._rackwright", "TXT")
    assert [call[1:3] for call in account.told()] == [stamp, stamp, ("www", "A"), ("www", "AAAA")]
    assert {one["type"]: one.get("owner") for one in driver.records(NAME).read()} == {"A": "me", "AAAA": "me"}
    put(driver, absent=[("www." + NAME, "A")])
    assert account.told() == [("-", "www", "A", "192.0.2.1"), ("-", "www._rackwright", "TXT", "A me")]
    put(driver, absent=[("www." + NAME, "AAAA")])
    assert account.records == []


def test_what_was_refused_leaves_no_stamp(account, driver):
    account.broken = ("192.0.2.1",)
    report = put(driver, row("www", "A", "192.0.2.1", owner="me"), row("b", "A", "192.0.2.2", owner="me"), fails=True)
    assert set(report.failed) == {("www." + NAME, "A")} and len(report.applied) == 1
    assert sorted(one.name for one in account.records) == ["b", "b._rackwright"]


def test_what_the_driver_cannot_is_refused_by_name(driver):
    resource = record_sets(NAME)
    rows = resource.normalise(
        [{"name": "a", "type": kind, "values": value} for kind, value in (("NS", "b"), ("A", "192.0.2.1"))]
    )
    with pytest.raises(Refused) as refused:
        driver.refuse(resource, rows)
    assert refused.value.problems == [
        "record set a.example.org. NS: Libcloud's driver fake cannot do type NS: it has A, AAAA, CNAME, MX, TXT, URL"
    ]
    with pytest.raises(Refused, match="provider libcloud cannot do kind"):
        driver.refuse(ZONE, [{"name": NAME, "kind": "Secondary"}])


def test_a_zone_that_is_not_there(account, driver):
    with pytest.raises(NotFound, match="zone example.net.: Libcloud's driver fake does not list it"):
        driver.records("example.net.").read()
    (found,) = driver.zones().read()
    assert (found["name"], found["kind"]) == (NAME, "Primary")


def test_a_refusal_that_is_put_as_false_is_one(account, driver):
    put(driver, row("www", "A", "192.0.2.1"))
    account.delete_record = lambda _record: False
    report = put(driver, absent=[("www." + NAME, "A")], fails=True)
    assert isinstance(report.failed["www." + NAME, "A"], Failure)


@pytest.mark.parametrize("name", sorted(name for name, one in dialects.DIALECTS.items() if one.refused))
def test_drivers_that_are_not_used_say_why(name):
    with pytest.raises(Refused, match="driver %s: " % name):
        Libcloud({"driver": name})


def test_libclouds_dummy():
    driver = Libcloud({"driver": "dummy"}, DummyDNSDriver("key", "secret"))
    zones = driver.zones(NAME)
    assert zones.read() == []
    apply(zones, plan(ZONE, [], [{"name": NAME}]))
    put(driver, row("www", "A", "192.0.2.1"))
    put(driver, row("www", "A", "192.0.2.2", ttl=5))
    (found,) = driver.records(NAME).read()
    assert (found["values"], found["ttl"]) == (["192.0.2.2"], 5)
    with pytest.raises(Refused, match="cannot do several values: it keeps one record of a name"):
        driver.refuse(RECORD_SET, [row("www", "A", "192.0.2.1", "192.0.2.2")])
    with pytest.raises(Refused, match="cannot do owner: a stamp is a TXT record, which it has not"):
        put(driver, row("b", "A", "192.0.2.1", owner="me"))
    put(driver, absent=[("www." + NAME, "A")])
    assert list(driver.records(NAME).read()) == []
    apply(zones, plan(ZONE, zones.read(), [], [NAME]))
    assert zones.read() == []
