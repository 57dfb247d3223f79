# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The provider zonefile on real files, judged by BIND's own named-checkzone, and killed at every step."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time

import dns.zone
import pytest
from contract.modules import run, start
from integration.play import play

CHECK = ["named-checkzone", "{zone}", "{file}"]
NS = {"name": "@", "type": "NS", "ttl": 60, "values": ["ns1"]}
NS1 = {"name": "ns1", "type": "A", "ttl": 60, "values": ["192.0.2.53"]}
WWW = {"name": "www", "type": "A", "ttl": 60, "values": ["192.0.2.1", "192.0.2.2"]}
WHOLE = [NS, NS1, WWW]
BY_HAND = """\
$TTL 1h
@  IN SOA ns1 hostmaster ( 2026010101 ; the day it was made
      3h 1h 1w 1h )
   NS ns1
ns1 A 192.0.2.53
$INCLUDE more
"""
os.environ["PATH"] += ":/usr/sbin:/usr/local/sbin"
if not shutil.which("named-checkzone"):
    raise RuntimeError("named-checkzone is not installed: apt-get install bind9-utils")


class Folder:
    """A folder of zone files; what the reload command was run for is in `told`."""

    def __init__(self, path):
        self.path, self.told_file = path / "zones", path / "told"
        self.path.mkdir()
        self.file = self.path / "example.org.zone"

    def args(self, records=None, zone="example.org", **more):
        reload = ["sh", "-c", 'echo "$1" >> "$2"', "sh", "{zone}", str(self.told_file)]
        options = dict({"folder": str(self.path), "check": CHECK, "reload": reload}, **more.pop("zonefile", {}))
        return dict({"provider": "zonefile", "zonefile": options, "zone": zone, "records": records}, **more)

    def zone(self, records=None, fails=False, check=False, **more):
        return run("dns_zone", self.args(records, **more), fails=fails, check=check, diff=True)

    @property
    def told(self):
        return self.told_file.read_text().split() if self.told_file.exists() else []

    def sets(self):
        """What dnspython reads in the file, without the SOA."""
        zone = dns.zone.from_file(str(self.file), origin="example.org.", relativize=False, check_origin=False)
        found = {
            (str(name), kind.rdtype.name): (kind.ttl, sorted(value.to_text() for value in kind))
            for name, node in zone.items()
            for kind in node
        }
        del found["example.org.", "SOA"]
        return found

    def serial(self):
        zone = dns.zone.from_file(str(self.file), origin="example.org.", relativize=False, check_origin=False)
        return zone.get_soa().serial

    def names(self):
        return sorted(os.listdir(self.path))


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def test_the_life_of_a_zone(folder):
    steps = [
        dict(records=WHOLE, zonefile={"serial": "increment"}),
        dict(records=[NS, NS1, dict(WWW, values="192.0.2.9")], prune=True, zonefile={"serial": "increment"}),
        dict(state="absent"),
    ]
    serials = []
    for step in steps:
        before = folder.names() and folder.file.read_bytes()
        foretold = folder.zone(check=True, **step)
        assert foretold["changed"] and (folder.names() and folder.file.read_bytes()) == before
        done = folder.zone(**step)
        assert done["changed"] and done["plan"] == foretold["plan"]
        assert not folder.zone(check=True, **step)["changed"] and not folder.zone(**step)["changed"]
        serials += [folder.serial()] if folder.names() else []
    assert folder.names() == [] and folder.told == ["example.org", "example.org"] and serials == [1, 2]


def test_everything_that_a_zone_can_hold_is_what_named_takes(folder, tmp_path):
    rows = [
        {"name": "a", "type": "A", "values": ["192.0.2.1"]},
        {"name": "*", "type": "AAAA", "values": ["2001:db8::1"]},
        {"name": "@", "type": "CAA", "values": ['0 issue "ca.example.net; a=b"']},
        {"name": "c", "type": "CNAME", "values": ["a"]},
        {"name": "@", "type": "MX", "values": ["10 a", "20 ns1"]},
        {"name": "t", "type": "TXT", "values": ["one; two", '"\\"quoted\\" \\\\ \\200"', "x" * 700]},
        {"name": "_sip._tcp", "type": "SRV", "values": ["0 5 5060 a"]},
        {"name": "p", "type": "PTR", "values": ["a"]},
        {"name": "sub", "type": "NS", "values": ["ns.example.net."]},
        {"name": "sub", "type": "DS", "values": ["1 8 2 " + "ab" * 32]},
        {"name": "_443._tcp", "type": "TLSA", "values": ["3 1 1 " + "cd" * 32]},
        {"name": "a", "type": "SSHFP", "values": ["4 2 " + "ef" * 32]},
        {"name": "n", "type": "NAPTR", "values": ['100 10 "u" "E2U+sip" "!^.*$!sip:a@example.org!" .']},
        {"name": "l", "type": "LOC", "values": ["52 22 23 N 4 53 32 E -2m 0m 10000m 10m"]},
        {"name": "h", "type": "HTTPS", "values": ["1 . alpn=h2,h3 port=443"]},
        {"name": "d", "type": "DNAME", "values": ["example.net."]},
        {"name": "u", "type": "URI", "values": ['10 1 "https://example.org/"']},
        {"name": "odd", "type": "TYPE65280", "values": ["\\# 2 beef"]},
        {"name": "empty", "type": "TYPE65281", "values": ["\\# 0"]},
        {"name": "bücher", "type": "A", "values": ["192.0.2.2"]},
        {"name": "dot\\.ted", "type": "A", "values": ["192.0.2.3"]},
    ]
    assert len(folder.zone(WHOLE + rows)["applied"]) == len(WHOLE + rows) + 1
    assert not folder.zone(WHOLE + rows)["changed"]
    assert any(value.count("x" * 255) == 2 for value in folder.sets()["t.example.org.", "TXT"][1])


def test_a_file_that_the_check_refuses_never_takes_the_place(folder):
    folder.zone(WHOLE)
    before = folder.file.read_bytes()
    result = folder.zone([dict(NS, values=["ns2"])], fails=True)
    assert "the file stays as it was: zonefile.check: named-checkzone ended with exit status 1" in result["msg"]
    assert "ns2.example.org' has no address records" in result["msg"] and result["applied"] == []
    assert folder.file.read_bytes() == before and folder.names() == ["example.org.zone"] and len(folder.told) == 1


def test_a_new_zone_that_is_refused_waits_for_better_records(folder):
    result = folder.zone([WWW], fails=True)
    assert "named-checkzone ended with exit status 1" in result["msg"] and result["applied"] == ["example.org."]
    assert folder.sets() == {} and folder.told == []
    assert folder.zone(WHOLE)["changed"] and folder.told == ["example.org"]


def test_a_server_that_was_not_told_is_told_next_time(folder):
    folder.zone(WHOLE)
    before = folder.file.read_bytes()
    broken = {"reload": ["sh", "-c", "echo out; echo cannot connect >&2; exit 3"]}
    result = folder.zone([dict(WWW, ttl=5)], fails=True, zonefile=broken)
    assert (
        "the file is again as it was: zonefile.reload: sh ended with exit status 3: out / cannot connect"
        in result["msg"]
    )
    assert folder.file.read_bytes() == before and folder.names() == ["example.org.zone"]
    result = folder.zone([dict(WWW, ttl=5)], fails=True, zonefile={"reload": ["gone-42"]})
    assert "The program gone-42 is not installed here" in result["msg"] and folder.file.read_bytes() == before
    assert folder.zone([dict(WWW, ttl=5)])["changed"] and folder.told == ["example.org"] * 2


def test_the_commands_of_new_and_gone_zones(folder):
    note = ["sh", "-c", 'echo "$1:$2" >> "$3"', "sh"]
    more = {
        "on_create": note + ["new-{zone}", "{file}", str(folder.told_file)],
        "on_delete": note + ["gone-{zone}", "{file}", str(folder.told_file)],
    }
    folder.zone(zonefile=more)
    assert folder.told == []  # nothing but an SOA is nothing to serve
    folder.zone(WHOLE, zonefile=more)
    folder.zone([dict(WWW, ttl=5)], zonefile=more)
    folder.zone(state="absent", zonefile=dict(more, on_delete=["false"]), fails=True)
    assert folder.sets()
    folder.zone(state="absent", zonefile=more)
    path = str(folder.file)
    assert folder.told == ["new-example.org:" + path, "example.org", "gone-example.org:" + path]
    assert folder.names() == []


def test_what_people_wrote_is_taken_over_only_when_told(folder):
    folder.file.write_text(BY_HAND)
    (folder.path / "more").write_text("www 60 A 192.0.2.1\n")
    found = run("dns_zone_info", {k: v for k, v in folder.args().items() if k != "records"})
    assert [row["name"] for row in found["records"]] == ["example.org."] * 2 + ["ns1.example.org.", "www.example.org."]
    for check in (True, False):
        for more in ({"records": [WWW]}, {"state": "absent"}):
            refused = folder.zone(fails=True, check=check, **more)
            assert "was not written by Rackwright" in refused["msg"] and "zonefile.take_over: true" in refused["msg"]
    assert folder.file.read_text() == BY_HAND and folder.told == []
    same = [{"name": "ns1", "type": "A", "values": "192.0.2.53"}]
    assert not folder.zone(same)["changed"]  # nothing to write, nothing to lose
    assert folder.zone([WWW], zonefile={"take_over": True})["changed"]
    assert "$INCLUDE" not in folder.file.read_text().split("\n", 1)[1] and len(folder.sets()) == 3
    assert folder.zone([dict(WWW, ttl=9)])["changed"]  # it is ours now
    with open(str(folder.file), "a", encoding="utf-8") as stream:
        stream.write("; remember the milk\n")
    assert "somebody has put a comment into it" in folder.zone([WWW], fails=True)["msg"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("$GENERATE 1-3 a$ A 192.0.2.$\n", "$GENERATE is not supported"),
        ("www 60 A 192.0.2.1\n", "it has no SOA of the zone example.org."),
        ("@ 60 SOA a b 1 2 3 4 5\nwww 60 A x\n", "zone:2: 'x' is no IPv4 address"),
    ],
)
def test_a_file_that_cannot_be_read_is_left_alone(folder, text, words):
    folder.file.write_text(text)
    for more in ({"records": WHOLE}, {"state": "absent"}):
        result = folder.zone(fails=True, zonefile={"take_over": True}, **more)
        assert words in result["msg"] and folder.file.read_text() == text


def test_owners_share_a_zone(folder):
    folder.zone(WHOLE)
    mine = [{"name": "mine", "type": "A", "ttl": 60, "values": "192.0.2.5"}]
    folder.zone(mine, owner="my team", prune=True)
    folder.zone([dict(mine[0], name="theirs")], owner="them", prune=True)
    assert "; rackwright/my team" in folder.file.read_text()
    assert "it belongs to owner 'my team'" in folder.zone(mine, owner="them", fails=True)["msg"]
    pruned = folder.zone([], owner="my team", prune=True)
    assert [line["key"] for line in pruned["plan"]] == ["mine.example.org. A"] and len(folder.sets()) == 4


def test_a_declared_serial_counts_when_it_is_ahead(folder):
    soa = {"name": "@", "type": "SOA", "ttl": 60, "values": "ns1 hostmaster 7 3h 1h 1w 1h"}
    folder.zone([soa, *WHOLE])
    assert folder.serial() == 7
    assert not folder.zone([soa, *WHOLE])["changed"]
    folder.zone([soa, NS, NS1, dict(WWW, ttl=5)])
    today = int(time.strftime("%Y%m%d01"))
    assert folder.serial() in (today, today + 100)
    folder.zone([dict(soa, values="ns1 hostmaster 3000000000 3h 1h 1w 1h")])
    assert folder.serial() == 3000000000
    folder.zone([WWW])
    assert folder.serial() == 3000000001


KILLER = ["sh", "-c", "kill -9 $PPID", "sh"]


@pytest.mark.parametrize("first", [True, False], ids=["new", "changed"])
@pytest.mark.parametrize("where", ["check", "reload"])
def test_killed_while_a_command_runs(folder, where, first):
    rows = WHOLE if first else [NS, NS1, dict(WWW, ttl=5)]
    if not first:
        folder.zone(WHOLE)
    told = list(folder.told)
    process = start("dns_zone", folder.args(rows, zonefile={where: KILLER}))
    assert process.wait(60) == -signal.SIGKILL
    check = folder.zone(rows, check=True)
    assert check["changed"]
    assert folder.zone(rows)["changed"] and folder.told == told + ["example.org"]
    assert folder.sets()["www.example.org.", "A"][0] == rows[2]["ttl"]
    assert not folder.zone(rows)["changed"] and folder.names() == ["example.org.zone"]
    assert folder.told == told + ["example.org"]


def test_killed_before_the_server_was_told_and_then_declared_otherwise(folder):
    folder.zone(WHOLE)
    assert start("dns_zone", folder.args([dict(WWW, ttl=5)], zonefile={"reload": KILLER})).wait(60) < 0
    serial = folder.serial()
    assert folder.sets()["www.example.org.", "A"][0] == 5
    assert folder.zone(WHOLE)["changed"] and folder.sets()["www.example.org.", "A"][0] == 60
    assert folder.serial() == serial + 1 and folder.told == ["example.org"] * 2
    assert start("dns_zone", folder.args([dict(WWW, ttl=5)], zonefile={"reload": KILLER})).wait(60) < 0
    result = folder.zone([dict(WWW, ttl=5)])  # as the file has it already
    assert [line["why"] for line in result["plan"]] == ["an interrupted run has not told the server of this file"]
    assert folder.told == ["example.org"] * 3 and not folder.zone([dict(WWW, ttl=5)])["changed"]


def test_killed_while_a_zone_goes(folder):
    folder.zone(WHOLE)
    assert start("dns_zone", folder.args(state="absent", zonefile={"on_delete": KILLER})).wait(60) < 0
    assert not folder.file.exists()
    assert folder.zone(state="absent")["changed"] and folder.names() == []
    folder.zone(WHOLE)
    assert start("dns_zone", folder.args(state="absent", zonefile={"on_delete": KILLER})).wait(60) < 0
    assert folder.zone(WHOLE)["changed"] and len(folder.sets()) == 3
    assert not folder.zone(WHOLE)["changed"] and folder.names() == ["example.org.zone"]


def test_killed_at_any_moment_the_file_is_the_old_one_or_the_new(folder):
    seed = int(os.environ.get("RACKWRIGHT_KILL_SEED") or random.randrange(10**6))
    print("RACKWRIGHT_KILL_SEED=%d" % seed)
    draw = random.Random(seed)
    many = [{"name": "h%d" % i, "type": "A", "ttl": 60, "values": "192.0.2.1"} for i in range(2000)]
    folder.zone(WHOLE + many)
    old = folder.sets()
    for turn in range(12):
        rows = [dict(row, ttl=100 + turn) for row in many]
        args = folder.args(rows, limits={"changes": 100})
        begun = time.monotonic()
        process = start("dns_zone", args)
        time.sleep(draw.uniform(0.3, 1.2))
        process.kill()
        process.wait(60)
        now = folder.sets()
        new = {key: (100 + turn if key[0].startswith("h") else ttl, values) for key, (ttl, values) in old.items()}
        assert now in (old, new), (seed, turn, time.monotonic() - begun)
        run("dns_zone", args)
        assert folder.sets() == new and folder.names() == ["example.org.zone"], (seed, turn)
        assert not run("dns_zone", args)["changed"], (seed, turn)
        old = new


def test_many_who_write_at_the_same_time(folder):
    folder.zone(WHOLE)
    rows = [[{"name": "w%d-%d" % (who, i), "type": "A", "values": "192.0.2.1"} for i in range(5)] for who in range(4)]
    processes = [start("dns_record", folder.args(mine, owner="w%d" % who)) for who, mine in enumerate(rows)]
    results = [json.loads(process.stdout.read()) for process in processes]
    assert [result.get("failed", False) for result in results] == [False] * 4, results
    assert len(folder.sets()) == 3 + 20 and folder.names() == ["example.org.zone"]


def test_a_playbook(folder):
    options = folder.args(WHOLE)
    tasks = [
        {"name": "zone", "rackwright.platform.dns_zone": options},
        {"name": "all", "rackwright.platform.dns_zone_info": {n: options[n] for n in ("provider", "zonefile")}},
        {"name": "kind", "rackwright.platform.dns_zone": dict(options, kind="Secondary"), "ignore_errors": True},
        {
            "name": "alias",
            "rackwright.platform.dns_zone": dict(options, records=[{"name": "x", "type": "ALIAS", "values": "www"}]),
            "ignore_errors": True,
        },
    ]
    played = play(tasks)
    assert played["zone"]["changed"] and played["all"]["zones"][0]["name"] == "example.org."
    assert "provider zonefile cannot do kind Secondary: the file of a secondary is" in played["kind"]["msg"]
    assert "provider zonefile cannot do type ALIAS: zone files have no such type" in played["alias"]["msg"]
