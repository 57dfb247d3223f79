# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dns_zone on a real PowerDNS, against its bare HTTP API and against octoDNS."""

from __future__ import annotations

import http.client
import importlib.util
import json
import re
import shutil
import urllib.parse
from functools import partial

from .measure import Missing, Wrong, calls, rounds, tally

MODULE = "rackwright.platform.dns_zone"
ZONE = "rackwright-bench.example."
APEX = "ns1." + ZONE
LIST, FILE, LARGE = 1000, 10_000, 50_000  # records in the playbook's list, and in the zone files
ROOM = {"webserver-max-bodysize": "64"}  # MB, for the peer, which sends a large zone in one request


def measure(table, ansible, pairs):
    """The cases of this part."""
    if not shutil.which("pdns_server", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"):
        raise Missing("pdns_server is not installed; on Debian: apt-get install pdns-server pdns-backend-sqlite3")
    from integration.powerdns import PowerDNS

    with PowerDNS() as server:
        thousand(table, ansible, pairs, server)
        from_file(table, ansible, pairs, server, FILE)
    with PowerDNS(ROOM) as server:
        from_file(table, ansible, min(pairs, 3), server, LARGE)


def thousand(table, ansible, pairs, server):
    """A thousand records against a playbook that does nothing plus the bare calls.

    From a file that is N, one task. As a list it is N list: one task that is handed the same list and does nothing.
    Ansible needs its time for loading, templating and passing a list, whatever module it is for.
    """
    records = make_records(LIST)
    raw = Raw(server)
    option = partial(options, server.url, server.api_key)
    path = str(ansible.write("thousand.zone", zone_file(records)))
    held = {"records": records}
    by_file = ansible.task("dns-thousand", MODULE, option(file=path))
    by_list = ansible.task("dns-list", MODULE, option(records="{{ records }}"), held)
    plain, handed = ansible.noop(), ansible.noop(held)
    seen = counted(ansible, server, raw, records, "dns-list-counted", lambda rows: {"records": rows})
    runs = rounds(
        [
            [("N", lambda: ansible.play(plain, False)), ("N list", lambda: ansible.play(handed, False))],
            both(ansible, raw, by_file, "file "),
            both(ansible, raw, by_list, "list "),
            [
                ("clear", lambda: calls(raw.clear)),
                ("raw first", lambda: calls(raw.converge, records)),
                ("raw unchanged", lambda: calls(raw.converge, records)),
            ],
        ],
        pairs,
    )
    table.note_machine(runs["N"])
    for case, expected in (("first", "1 GET, 1 PATCH"), ("unchanged", "1 GET")):
        for how, noop in (("file", "N"), ("list", "N list")):
            limit = [n + r for n, r in zip(runs[noop], runs["raw " + case], strict=True)]
            title, text = "dns_zone %d by %s, %s" % (LIST, how, case), "<= 1.30 x (%s + raw)" % noop
            good = seen[case] == expected
            table.time(title, runs["%s %s" % (how, case)], limit, 1.3, text, requests=seen[case], counted=good)
    table.note("  N list above N", runs["N list"], runs["N"])
    table.note("  by list, unchanged, above N", runs["list unchanged"], runs["N"])


def both(ansible, raw, playbook, prefix=""):
    """The group of a first and a second run on a cleared zone."""
    return [
        ("clear", lambda: calls(raw.clear)),
        (prefix + "first", lambda: ansible.play(playbook, True)),
        (prefix + "unchanged", lambda: ansible.play(playbook, False)),
    ]


def from_file(table, ansible, pairs, server, number):
    """A zone file, against octoDNS with the same file and the same server."""
    records = make_records(number)
    raw, octodns = Raw(server), octodns_of(ansible, server)
    option = partial(options, server.url, server.api_key)
    path = ansible.write("zones/%szone" % ZONE, zone_file(records))
    ours = ansible.task("dns-file", MODULE, option(file=str(path)))

    def as_file(rows):
        return {"file": str(ansible.write("counted.zone", zone_file(rows)))}

    seen = counted(ansible, server, raw, records, "dns-file-counted", as_file)
    octodns()
    raw.expect(records)  # the peer does the whole work as well
    peer = [("clear", lambda: calls(raw.clear)), ("peer first", octodns), ("peer unchanged", octodns)]
    runs = rounds([both(ansible, raw, ours), peer], pairs)
    for case, writes in (("first", r"1 GET, \d PATCH"), ("unchanged", "1 GET")):
        title, good = "zone file %d, %s" % (number, case), re.fullmatch(writes, seen[case])
        peer = runs["peer " + case]
        table.time(title, runs[case], peer, 1.2, "<= 1.20 x octoDNS", peer=True, requests=seen[case], counted=good)


def counted(ansible, server, raw, records, name, source):
    """Prove the work through a counting door, untimed: first, again, one field changed. Returns requests by case.

    source: turns records into options of dns_zone.
    """
    from contract.proxy import Proxy

    altered = [dict(records[0], ttl=records[0]["ttl"] + 1), *records[1:]]
    address = urllib.parse.urlsplit(server.url)
    seen = {}
    raw.clear()
    with Proxy((address.hostname, address.port)) as door:
        for case, rows, changed in (("first", records, True), ("unchanged", records, False), ("one", altered, True)):
            door.clear()
            task = options(door.url, server.api_key, **source(rows))
            ansible.play(ansible.task(name, MODULE, task), changed)
            seen[case] = tally(door.seen)
            raw.expect(rows)
            if case == "one":
                sets = [len(json.loads(request.body)["rrsets"]) for request in door.writes]
                if sets != [1]:
                    raise Wrong("one TTL was changed, and PATCH carried %s record sets instead of [1]" % sets)
    return seen


def options(url, api_key, **source):
    """The task's options."""
    return dict({"provider": "powerdns", "powerdns": {"url": url, "api_key": api_key}, "zone": ZONE}, **source)


def octodns_of(ansible, server):
    """A function that times octoDNS, bringing the zone files of `folder`/zones to the server."""
    for module in ("octodns_powerdns", "octodns_bind"):
        if not importlib.util.find_spec(module):
            raise Missing("octoDNS is the peer and %s is missing: pip install -r requirements-bench.txt" % module)
    address = urllib.parse.urlsplit(server.url)
    target = {"class": "octodns_powerdns.PowerDnsProvider", "host": address.hostname, "port": address.port}
    folder = str(ansible.folder / "zones")
    config = {
        "providers": {
            "file": {"class": "octodns_bind.ZoneFileSource", "directory": folder, "file_extension": ".zone"},
            "server": dict(target, scheme="http", api_key=server.api_key),
        },
        "zones": {ZONE: {"sources": ["file"], "targets": ["server"]}},
    }
    path = str(ansible.write("octodns.yaml", config))
    return lambda: ansible.run("octodns-sync", "--quiet", "--config-file", path, "--doit")


def make_records(number):
    """Records as dns_zone takes them: 70 % A, 10 % AAAA, TXT and CNAME each; every one a record set of its own."""
    rows = []
    for index in range(number):
        name, kind = "host%05d.%s" % (index, ZONE), index % 10
        if kind < 7:
            one = ("A", "10.%d.%d.%d" % (index >> 16 & 255, index >> 8 & 255, index & 255))
        else:
            one = (
                ("AAAA", "2001:db8::%x" % (index + 1)),
                ("TXT", '"rack %d"' % index),
                ("CNAME", "host%05d.%s" % (index - 9, ZONE)),
            )[kind - 7]
        rows.append({"name": name, "type": one[0], "ttl": 300, "values": [one[1]]})
    return rows


def zone_file(records):
    """The records as an RFC 1035 zone file; its SOA and NS are those the server already has."""
    lines = [
        "$ORIGIN " + ZONE,
        "$TTL 3600",
        "@ SOA %s hostmaster.%s 0 10800 3600 604800 60" % (APEX, ZONE),
        "@ NS " + APEX,
    ]
    lines += ["%s %d IN %s %s" % (r["name"], r["ttl"], r["type"], r["values"][0]) for r in records]
    return "\n".join(lines) + "\n"


class Raw:
    """The bare API over one connection that stays open: the least that can be done."""

    def __init__(self, server):
        self.address = urllib.parse.urlsplit(server.url)
        self.headers = {"X-API-Key": server.api_key, "Content-Type": "application/json"}
        self.link = http.client.HTTPConnection(self.address.hostname, self.address.port)
        self.zones = "/api/v1/servers/localhost/zones"

    def send(self, method, path, data=None, missing=False):
        """One request; returns the decoded answer. A 404 is fine when it may be `missing`."""
        self.link.request(method, path, json.dumps(data) if data is not None else None, self.headers)
        answer = self.link.getresponse()
        body = answer.read()
        if missing and answer.status == 404:
            return None
        if answer.status >= 400:
            raise Wrong("%s %s answered %d: %s" % (method, path, answer.status, body[:300]))
        return json.loads(body) if body else None

    def clear(self):
        """Leave an empty zone."""
        self.send("DELETE", "%s/%s" % (self.zones, ZONE), missing=True)
        self.send("POST", self.zones, {"name": ZONE, "kind": "Native", "nameservers": [APEX], "soa_edit_api": ""})

    def read(self):
        """The zone's record sets as (name, type) -> (ttl, values), without the apex."""
        zone = self.send("GET", "%s/%s" % (self.zones, ZONE))
        return {
            (s["name"], s["type"]): (s["ttl"], sorted(r["content"] for r in s["records"]))
            for s in zone["rrsets"]
            if s["name"] != ZONE
        }

    def converge(self, records):
        """One GET, the difference, one PATCH when there is one."""
        have = self.read()
        sets = [
            dict(row, changetype="REPLACE", records=[{"content": value, "disabled": False} for value in row["values"]])
            for row in records
            if have.get((row["name"], row["type"])) != (row["ttl"], sorted(row["values"]))
        ]
        if sets:
            self.send("PATCH", "%s/%s" % (self.zones, ZONE), {"rrsets": sets})

    def expect(self, records):
        """Raises Wrong unless the server holds exactly these records beside the apex."""
        want = {(row["name"], row["type"]): (row["ttl"], sorted(row["values"])) for row in records}
        have = self.read()
        if have != want:
            odd = sorted(set(have) ^ set(want)) or sorted(key for key in want if have[key] != want[key])
            raise Wrong("%d record sets are not as declared, the first is %s" % (len(odd), odd[0]))
