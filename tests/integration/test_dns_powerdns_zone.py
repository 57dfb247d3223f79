# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A zone's settings on a real PowerDNS: signed zones, metadata, and what a large zone takes of memory."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys

import dns.message
import dns.query
import dns.rdatatype
import pytest
from contract.modules import run
from contract.proxy import Proxy, forward
from integration.powerdns import PowerDNS

ZONE = "signed.test."
RECORDS = [{"name": "www", "type": "A", "ttl": 300, "values": ["192.0.2.1"]}]
LARGE, MEMORY = 50_000, 300  # records; MiB
CONFIG = {"gsqlite3-dnssec": "yes", "default-api-rectify": "no"}
CACHES = ("cache-ttl", "query-cache-ttl", "negquery-cache-ttl", "domain-metadata-cache-ttl", "dnssec-key-cache-ttl")
PEAK = """
import json, re, sys
from contract.modules import run
result = run("dns_zone", json.load(sys.stdin))
peak = int(re.search("VmHWM:\\s+(\\d+)", open("/proc/self/status").read()).group(1))  # ru_maxrss is the parent's, too
print(json.dumps([result["changed"], peak]))
"""


@pytest.fixture(scope="module")
def server():
    with PowerDNS(dict(CONFIG, **dict.fromkeys(CACHES, "0"))) as running:
        yield running


@pytest.fixture
def zone(server):
    """A function that runs dns_zone on the server; the zone is gone afterwards."""

    def declare(url=server.url, fails=False, check=False, **options):
        place = {"provider": "powerdns", "powerdns": {"url": url, "api_key": server.api_key}}
        return run("dns_zone", dict(place, zone=ZONE, **options), fails=fails, check=check)

    yield declare
    declare(state="absent")


def asked(server, name, kind):
    """The answer over DNS, with its signatures."""
    question = dns.message.make_query(name, kind, want_dnssec=True)
    return dns.query.tcp(question, "127.0.0.1", timeout=10, port=server.dns_port)


def types(section):
    return {dns.rdatatype.to_text(rrset.rdtype) for rrset in section}


def keys(server):
    return {str(value) for rrset in asked(server, ZONE, "DNSKEY").answer for value in rrset if rrset.rdtype == 48}


def hashes(server):
    """{name: its NSEC3 hash} as the server stores them; None where a name has none, and is denied."""
    with contextlib.closing(sqlite3.connect(str(server.folder / "pdns.sqlite3"))) as database:
        return dict(database.execute("select name, ordername from records where type = 'A'"))


def test_a_zone_is_signed_and_its_signing_is_left_alone(server, zone):
    assert zone(records=RECORDS, dnssec=True)["zone"]["dnssec"] is True
    made = keys(server)
    assert made and types(asked(server, "www." + ZONE, "A").answer) == {"A", "RRSIG"}
    assert not zone(records=RECORDS, dnssec=True, prune=True)["changed"]
    changed = zone(records=[*RECORDS, dict(RECORDS[0], name="new")], prune=True)
    assert changed["changed"] and keys(server) == made
    assert types(asked(server, "new." + ZONE, "A").answer) == {"A", "RRSIG"}
    assert "NSEC" in types(asked(server, "none." + ZONE, "A").authority)


def test_nsec3_covers_what_is_added_later(server, zone):
    zone(records=RECORDS)
    assert zone(check=True, dnssec=True, nsec3param="1 0 0 -")["changed"] and not keys(server)
    assert zone(dnssec=True, nsec3param="1 0 0 -")["changed"]
    assert not zone(dnssec=True, nsec3param="1 0 0 -")["changed"]
    zone(records=[*RECORDS, dict(RECORDS[0], name="later")])
    assert set(hashes(server)) == {"www.signed.test", "later.signed.test"} and all(hashes(server).values())
    assert "NSEC3" in types(asked(server, "none." + ZONE, "A").authority)
    assert zone(dnssec=True, nsec3param="")["changed"]
    assert "NSEC" in types(asked(server, "none." + ZONE, "A").authority)
    assert zone(dnssec=False)["changed"] and not keys(server)
    assert not zone(dnssec=False)["changed"]


def test_metadata_is_a_subset(server, zone):
    wanted = {"ALLOW-AXFR-FROM": ["192.0.2.0/24", "AUTO-NS"], "x-rack": ["one"]}
    assert zone(metadata=wanted)["zone"]["metadata"]["X-RACK"] == ["one"]
    assert not zone(metadata={"ALLOW-AXFR-FROM": ["AUTO-NS", "192.0.2.0/24"]}, records=RECORDS[:0])["changed"]
    with Proxy(("127.0.0.1", server.port)) as door:
        assert zone(url=door.url, metadata={"ALSO-NOTIFY": ["192.0.2.7"]}, records=RECORDS)["changed"]
        assert [request.path.rpartition("/")[2] for request in door.writes] == [ZONE, "ALSO-NOTIFY"]
    found = zone(metadata={"X-RACK": []})
    assert found["changed"] and found["zone"]["metadata"]["ALSO-NOTIFY"] == ["192.0.2.7"]
    again = zone(metadata={"X-RACK": []})
    assert not again["changed"] and again["zone"]["metadata"]["X-RACK"] == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"nsec3param": "1 0 0 -"}, "dnssec: true"),
        ({"dnssec": True, "nsec3param": "bogus"}, "1 0 0 -"),
        ({"metadata": {"nsec3param": ["1 0 0 -"]}}, "option `nsec3param`"),
        ({"metadata": {"PRESIGNED": ["1"]}}, "pdnsutil set-meta"),
        ({"metadata": {"ALLOW-AXFR": ["192.0.2.0/24"]}}, "no metadata ALLOW-AXFR; it has ALLOW-AXFR-FROM, "),
    ],
)
def test_settings_that_cannot_be_are_refused_before_anything_is_written(server, zone, options, words):
    with Proxy(("127.0.0.1", server.port)) as door:
        message = zone(url=door.url, fails=True, records=RECORDS, **options)["msg"]
        assert words in message and ZONE in message and not door.writes


def members(server, catalog):
    """The zones that a catalog tells secondaries of, by a transfer."""
    sets = [rrset for part in dns.query.xfr("127.0.0.1", catalog, port=server.dns_port) for rrset in part.answer]
    return {str(value) for rrset in sets for value in rrset if rrset.rdtype == dns.rdatatype.PTR}


def test_a_catalog_tells_of_its_members(server, zone):
    catalog = {
        "provider": "powerdns",
        "powerdns": {"url": server.url, "api_key": server.api_key},
        "zone": "catalog.test",
    }
    text = "zone signed.test.: the catalog catalog.test. is no zone of kind Producer here; make it first"
    assert text in zone(kind="Primary", catalog="catalog.test", fails=True)["msg"]
    assert run("dns_zone", dict(catalog, kind="Producer"))["zone"]["kind"] == "Producer"
    assert not run("dns_zone", dict(catalog, kind="Producer"))["changed"]
    assert zone(kind="Primary", catalog="Catalog.test")["zone"]["catalog"] == "catalog.test."
    assert members(server, "catalog.test") == {ZONE} and not zone(kind="Primary", catalog="catalog.test.")["changed"]
    assert zone(catalog="")["changed"] and members(server, "catalog.test") == set() and not zone(catalog="")["changed"]
    run("dns_zone", dict(catalog, state="absent"))


def test_a_consumers_records_come_from_elsewhere(zone):
    message = zone(kind="Consumer", masters=["192.0.2.1"], records=RECORDS, fails=True)["msg"]
    assert "zone signed.test.: it is a Consumer, whose records come from its primary" in message


def test_another_server_behind_the_same_api(server):
    """A door in the place of an API that has a server `second` as well: PowerDNS itself knows localhost only."""

    def turned(link, request):
        request.head = request.head.replace(b"/servers/second", b"/servers/localhost", 1)
        forward(link, request)

    with Proxy(("127.0.0.1", server.port)) as door:
        door.fault(turned, path="/servers/second", times=0)
        for name, fails in (("second", False), ("third", True)):
            place = {"url": door.url, "api_key": server.api_key, "server": name}
            task = {"provider": "powerdns", "powerdns": place, "zone": "behind.test", "records": RECORDS}
            result = run("dns_zone", task, fails=fails)
        assert "PowerDNS has no server at %s/api/v1/servers/third" % door.url in result["msg"]
        assert {request.path.split("/")[4] for request in door.writes} == {"second"}


def test_other_servers_do_not_sign(tmp_path):
    place = {"provider": "zonefile", "zonefile": {"folder": str(tmp_path)}, "zone": ZONE}
    message = run("dns_zone", dict(place, dnssec=True), fails=True)["msg"]
    assert "dnssec" in message and not list(tmp_path.iterdir())


def test_fifty_thousand_records_take_less_than_300_mb(server, tmp_path):
    """The module in a process of its own, which reads them all from the server and from a file, twice."""
    file = tmp_path / "large.zone"
    file.write_text("".join("h%05d 300 A 10.%d.%d.1\n" % (i, i >> 8, i & 255) for i in range(LARGE)))
    place = {"provider": "powerdns", "powerdns": {"url": server.url, "api_key": server.api_key}, "zone": "large.test"}
    for changed in (True, False):
        done = subprocess.run(
            [sys.executable, "-c", PEAK],
            input=json.dumps(dict(place, file=str(file))),
            capture_output=True,
            text=True,
            check=True,
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
        )
        result = json.loads(done.stdout.splitlines()[-1])
        assert result[0] is changed and result[1] < MEMORY * 1024
