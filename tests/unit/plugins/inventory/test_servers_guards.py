# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin: addresses by preference; answers that are too small, damaged, late or unexpected."""

from __future__ import annotations

import os
import threading
import time

import pytest
from ansible.errors import AnsibleParserError

from .test_servers import ROW, ROWS, Cloud, cloud, parse  # noqa: F401

V6 = {"address": "2001:db8::1", "family": 6, "public": True, "network": "backbone"}
TWO = [{"provider": "cloud", "cloud": {"account": name}} for name in "ab"]


def connection(inventory, name="web1"):
    """What is said of connecting to a host."""
    variables = inventory.hosts[name].vars
    return tuple(variables.get("ansible_" + one) for one in ("host", "port", "user"))


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (None, ("192.0.2.1", 2201, "root")),
        (["private_v4"], ("10.0.0.1", 2201, "root")),
        (["public_v6", "public_v4"], ("2001:db8::1", 2201, "root")),
        (["private_v6", "private_v4", "name"], ("10.0.0.1", 2201, "root")),
        (["private_v6", "name"], ("web1", 2201, "root")),
        (["private_v6"], (None, None, "root")),
        ([], (None, None, "root")),
    ],
)
def test_addresses_by_preference(parse, addresses, expected):  # noqa: F811
    Cloud.rows = [dict(ROW, addresses=[*ROW["addresses"], V6], access=dict(ROW["access"], port=2201))]
    assert connection(parse(**({} if addresses is None else {"addresses": addresses}))) == expected


def test_a_forwarded_port_goes_with_its_address_alone(parse):  # noqa: F811
    Cloud.rows = [dict(ROW, access={"host": "127.0.0.1", "port": 40022, "user": "root"})]
    assert connection(parse()) == ("127.0.0.1", 40022, "root")
    assert connection(parse(addresses=["private_v4"])) == ("10.0.0.1", None, "root")


@pytest.mark.parametrize(
    "row",
    [
        {"addresses": None},
        {"addresses": []},
        {"addresses": [{"address": "192.0.2.9", "family": 4, "public": True}]},
        {"access": None},
    ],
)
def test_rows_that_know_little(parse, row):  # noqa: F811
    Cloud.rows = [dict(ROW, **row)]
    assert connection(parse(addresses=["public_v6", "private_v6", "name"]))[0] == "web1"
    assert connection(parse())[0] == (row.get("access", ROW["access"]) or {}).get("host")


def test_an_unknown_kind_of_address(parse):  # noqa: F811
    with pytest.raises(Exception, match="public_v5"):
        parse(addresses=["public_v5"])


def test_too_few_hosts(parse, tmp_path):  # noqa: F811
    with pytest.raises(AnsibleParserError, match=r"^2 hosts came back, and min_hosts is 3 \(source 1 \(cloud\): 2\)"):
        parse(min_hosts=3)
    assert len(parse(min_hosts=2).hosts) == 2
    Cloud.dead = {"b"}
    with pytest.raises(AnsibleParserError, match=r"2 hosts .* is 3 \(source 1 \(cloud\): 2, source 2 \(cloud\): 0\)"):
        parse(min_hosts=3, on_error="warn", sources=TWO)
    with pytest.raises(AnsibleParserError, match=r"source 1 \(cloud\): 2 hosts came back, and min_hosts is 5"):
        parse(on_error="warn", sources=[dict(TWO[0], min_hosts=5)])


def test_an_empty_answer_neither_replaces_the_last_good_one_nor_is_cached(parse, tmp_path):  # noqa: F811
    stale = {"on_error": "stale", "stale_folder": str(tmp_path / "last")}
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    parse(**stale)
    Cloud.rows = []
    assert len(parse(sources=[dict(TWO[0], min_hosts=1)], **stale, **cache).hosts) == 2
    with pytest.raises(AnsibleParserError, match="0 hosts came back"):
        parse(min_hosts=1, **stale, **cache)
    Cloud.rows, before = ROWS[:1], Cloud.reads
    assert len(parse(**stale, **cache).hosts) == 1 and Cloud.reads == before + 1
    with pytest.raises(AnsibleParserError, match="There is no last good answer to use"):
        parse(sources=[dict(TWO[0], min_hosts=2)], **stale)


def test_a_source_may_say_itself_what_its_failure_means(parse, tmp_path):  # noqa: F811
    Cloud.dead = {"b"}
    assert len(parse(sources=[TWO[0], dict(TWO[1], on_error="warn")]).hosts) == 2
    with pytest.raises(AnsibleParserError, match="source 2"):
        parse(on_error="warn", sources=[TWO[0], dict(TWO[1], on_error="fail")])
    with pytest.raises(AnsibleParserError, match="value of on_error must be one of: fail, warn, stale, got: cry"):
        parse(sources=[dict(TWO[0], on_error="cry")])


@pytest.mark.parametrize("text", ["", "{", "{}", "[1]", "[{}]", "null", "\x80"])
def test_a_damaged_file_is_no_answer(parse, tmp_path, text):  # noqa: F811
    stale = {"on_error": "stale", "stale_folder": str(tmp_path / "last")}
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    parse(**stale, **cache)
    for folder in ("cache", "last"):
        for file in (tmp_path / folder).iterdir():
            file.write_bytes(text.encode("latin-1"))
    assert len(parse(**stale, **cache).hosts) == 2 and Cloud.reads == 2
    for file in (tmp_path / "last").iterdir():
        file.write_bytes(text.encode("latin-1"))
    Cloud.dead = {"a"}
    with pytest.raises(AnsibleParserError, match="There is no last good answer to use"):
        parse(**stale)


def test_the_cache_ran_out_and_the_source_is_dead(parse, tmp_path):  # noqa: F811
    stale = {"on_error": "stale", "stale_folder": str(tmp_path / "last"), "cache_timeout": 60}
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    parse(**cache)
    parse(**cache, **stale)  # from the cache, and kept from now on
    assert Cloud.reads == 1
    for file in (tmp_path / "cache").iterdir():
        os.utime(file, (0, time.time() - 3600))
    Cloud.dead = {"a"}
    assert len(parse(**cache, **stale).hosts) == 2 and Cloud.reads == 2


def test_one_slow_source_holds_up_no_other(parse, monkeypatch):  # noqa: F811
    others, read = threading.Event(), Cloud.read
    told = []

    def slow(driver):
        if driver.options["account"] == "0":
            assert others.wait(10)  # until all of the others have been read
        else:
            told.append(driver.options["account"])
            if len(told) == 29:
                others.set()
        return [dict(row, name="%s-%s" % (row["name"], driver.options["account"])) for row in read(driver)[:2]]

    monkeypatch.setattr(Cloud, "read", slow)
    sources = [{"provider": "cloud", "cloud": {"account": str(number)}} for number in range(30)]
    assert len(parse(sources=sources).hosts) == 60


def test_an_answer_that_the_driver_does_not_understand(parse, monkeypatch):  # noqa: F811
    monkeypatch.setattr(Cloud, "read", lambda _driver: {}["servers"])
    with pytest.raises(AnsibleParserError, match=r"source 1 \(cloud\): unexpected KeyError: 'servers'"):
        parse()
    assert parse(on_error="warn").hosts == {}


def test_what_on_error_is_does_not_change_what_is_cached(parse, tmp_path):  # noqa: F811
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    parse(**cache, sources=TWO[:1])
    parse(**cache, sources=[dict(TWO[0], on_error="warn", min_hosts=1)])
    assert Cloud.reads == 1
