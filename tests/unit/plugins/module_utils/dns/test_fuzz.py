# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Zone files and lists of records that nobody would write: a clear refusal and no write, or a zone that stays as it is.

The module's own work runs on a zone in memory (a fake). `make fuzz` takes 10,000 cases of each; here some.
"""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.driver import Driver
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure
from ansible_collections.rackwright.platform.plugins.module_utils.core.module import Task
from ansible_collections.rackwright.platform.plugins.modules import dns_zone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CASES = int(os.environ.get("RACKWRIGHT_FUZZ", "300"))
ZONE = "example.org."
settings.register_profile("fuzz", max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
fuzzed = settings(settings.get_profile("fuzz"))

LINES = (
    "$ORIGIN example.org.",
    "$TTL 1h",
    "$TTL",
    "$INCLUDE none.zone",
    "$GENERATE 1-3 h$ A 192.0.2.$",
    "@ 3600 IN SOA ns1 hostmaster ( 1 2h 15m",
    "  2w 1h ) ; refresh, retry, expire, minimum",
    "@ NS ns1",
    "ns1 A 192.0.2.1",
    "www 300 IN A 192.0.2.10",
    "    A 192.0.2.11",
    "www AAAA 2001:db8::1",
    "mail MX 10 www",
    "alias CNAME www",
    "alias TXT beside",
    'note TXT "one \\"two\\"" three\\059 "\\200"',
    "_sip._tcp SRV 1 2 5060 www",
    "@ CAA 0 issue ca.example",
    "key TLSA 3 1 1 " + "ab" * 32,
    "here LOC 52 22 23 N 4 53 32 E -2m 0m",
    'svc HTTPS 1 . alpn="h2,h3" ipv4hint=192.0.2.1',
    "raw TYPE65280 \\# 2 beef",
    "raw TYPE1 \\# 4 c0000201",
    "bücher A 192.0.2.12",
    "*.w A 192.0.2.13",
    "other.test. A 192.0.2.14",
    'open TXT "never closed',
    "open TXT ( never closed",
    "x" * 64 + " A 192.0.2.15",
)
TEXT = st.text(st.sampled_from('aZ0.@$\\"();*-_/ \t\n\r\0é€\u2028#:='), max_size=24) | st.text(max_size=12)
LINE = (
    st.sampled_from(LINES)
    | TEXT
    | st.tuples(st.sampled_from(LINES), TEXT, st.integers(0, 40)).map(
        lambda parts: parts[0][: parts[2]] + parts[1] + parts[0][parts[2] :]
    )
)
NAMES = st.sampled_from(["@", "www", "*", "a.b", "www.example.org.", "other.test.", "", ".", "a..b"]) | TEXT
KINDS = (
    st.sampled_from("A AAAA CNAME MX NS TXT SOA SRV PTR CAA DS LOC SVCB NAPTR RRSIG TYPE65280 TYPE0 x".split()) | TEXT
)
GOOD = st.sampled_from(
    ["192.0.2.1", "2001:db8::1", "www", "10 www", "v=spf1 -all", "0 issue x", "\\# 1 00", "1 . port=1"]
)
VALUE = GOOD | TEXT | st.integers() | st.booleans() | st.none() | st.floats() | st.lists(TEXT, max_size=1)
PAIRS = (
    ("A", "192.0.2.1"),
    ("AAAA", "2001:DB8:0::1"),
    ("MX", "10 www"),
    ("TXT", "v=spf1 -all"),
    ("SRV", "1 2 3 www"),
    ("CAA", "0 issue x"),
    ("TYPE65280", "\\# 1 00"),
    ("CNAME", "www.example.org"),
    ("NS", "ns1"),
)
WAYS = {
    "weight": st.integers(-1, 300) | VALUE,
    "region": st.sampled_from(["eu-west-1"]) | VALUE,
    "failover": st.sampled_from(["primary", "secondary"]) | VALUE,
    "geo": st.dictionaries(st.sampled_from(["continent", "country", "subdivision"]) | TEXT, VALUE, max_size=2) | VALUE,
    "multivalue": st.booleans() | VALUE,
    "health_check": VALUE,
}
TARGETS = {"name": NAMES | VALUE, "zone_id": VALUE, "evaluate_health": VALUE}
WRONG = st.fixed_dictionaries(
    {"name": NAMES, "type": KINDS},
    optional={
        "ttl": st.integers(-1, 2**32) | st.none(),
        "values": st.lists(VALUE, max_size=3) | VALUE,
        "set": st.sampled_from(["a", "b"]) | VALUE,
        "routing": st.fixed_dictionaries({}, optional=WAYS) | VALUE,
        "alias": st.fixed_dictionaries({}, optional=TARGETS) | VALUE,
    },
)
RIGHT = st.tuples(st.sampled_from("@ www a.b * *.w bücher _x".split()), st.sampled_from(PAIRS), st.integers(0, 9)).map(
    lambda parts: {"name": parts[0], "type": parts[1][0], "ttl": 60 + parts[2], "values": [parts[1][1]]}
)
ROUTED = st.tuples(RIGHT, st.sampled_from("abc"), st.integers(0, 9)).map(
    lambda parts: dict(parts[0], set=parts[1], routing={"weight": parts[2]})
)
ROWS = st.lists(RIGHT, max_size=8) | st.lists(ROUTED, max_size=8) | st.lists(RIGHT | WRONG, max_size=6)
SOUND = st.sampled_from([line for line in LINES if "never" not in line and line[0] not in "$o" and "(" not in line])
FILES = st.lists(SOUND, max_size=12) | st.lists(LINE, max_size=12)


class Memory(Driver):
    """A zone in memory: a fake provider."""

    NAME = "memory"
    rows, writes = {}, 0

    def zones(self, wanted=None):
        """The store of zones, which is this one, too."""
        return self

    records = zones
    head = {"name": ZONE, "kind": "Native"}

    def read(self):
        """The rows that are there."""
        return [dict(row) for row in Memory.rows.values()]

    def send(self, changes):
        """All or none; nothing may come here that was not checked."""
        Memory.writes += len(changes)
        for change in changes:
            Memory.rows.pop(change.key, None)
            if change.after:
                Memory.rows[change.key] = change.after


def play(**given):
    """Run the module's work; returns what it says, or the Failure."""
    options = dict.fromkeys(
        "records file owner ignore limits kind masters soa_edit_api verify verify_servers targets".split()
    )
    options.update(provider="memory", zone=ZONE, state="present", format="zone", ttl=3600, prune=True)
    options.update(limits={"deletes": 100, "changes": 100}, **given)
    module = SimpleNamespace(params=options, check_mode=False, _diff=True, warn=lambda text: None)
    task = Task(module, {"memory": Memory})
    try:
        dns_zone.work(task)
    except Failure as failure:
        assert str(failure).strip(), "a refusal says why"
        return failure
    return task.result()


def holds(**given):
    """Refused and nothing written, or done and nothing left to do."""
    Memory.rows, Memory.writes = {}, 0
    first = play(**given)
    if isinstance(first, Failure):
        assert Memory.writes == 0 and Memory.rows == {}, first
        return
    Memory.writes = 0
    again = play(**given)
    assert not isinstance(again, Failure) and not again["changed"] and Memory.writes == 0, again


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A file to write zones into."""
    return tmp_path_factory.mktemp("fuzz") / "example.org.zone"


@fuzzed
@given(lines=FILES)
def test_zone_files(path, lines):
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    holds(file=str(path))


@fuzzed
@given(raw=st.binary(max_size=120))
def test_files_of_bytes(path, raw):
    path.write_bytes(raw)
    holds(file=str(path))


@fuzzed
@given(rows=ROWS)
def test_lists_of_records(rows):
    holds(records=rows)


@fuzzed
@given(lines=st.lists(LINE, max_size=6))
def test_files_of_yaml(path, lines):
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    holds(file=str(path), format="yaml")
