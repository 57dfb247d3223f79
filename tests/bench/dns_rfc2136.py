# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dns_zone by dynamic updates on a real BIND, against bare dnspython and against octoDNS."""

from __future__ import annotations

import importlib.util
import json
import shutil
from functools import partial

from .dns import FILE, LIST, MODULE, both, make_records, zone_file
from .measure import Missing, Wrong, calls, rounds, tally
from .updates import Raw

ZONE = "rackwright-bench.example."
GLUE = {"name": "ns1." + ZONE, "type": "A", "ttl": 3600, "values": ["192.0.2.53"]}  # what the zone begins with


def measure(table, ansible, pairs):
    """The cases of this part."""
    if not shutil.which("named", path="/usr/sbin:/sbin:/usr/bin:/usr/local/sbin"):
        raise Missing("named is not installed; tools/nameservers.sh does that")
    from integration.bind import Bind

    with Bind(ZONE.rstrip(".")) as server:
        thousand(table, ansible, pairs, server)
        from_file(table, ansible, pairs, server)


def thousand(table, ansible, pairs, server):
    """A thousand records against a playbook that does nothing plus twice a bare script, both as whole processes."""
    records, raw = records_of(LIST), raw_of(server)
    told = {"zone": ZONE, "port": server.port, "key": [server.KEY, server.secret], "records": records}
    script = "import sys; sys.path.insert(0, %r); from bench.updates import main; main(%r)"
    script %= (str(ansible.root / "tests"), str(ansible.write("raw.json", json.dumps(told))))
    path = str(ansible.write("thousand.zone", zone_file(records)))
    ours, plain = ansible.task("updates-thousand", MODULE, options(server, path)), ansible.noop()
    seen = counted(ansible, server, raw, records)
    runs = rounds(
        [
            [("N", lambda: ansible.play(plain, False))],
            both(ansible, raw, ours),
            [
                ("clear", lambda: calls(raw.clear)),
                ("raw first", lambda: ansible.run("python", "-c", script)),
                ("raw unchanged", lambda: ansible.run("python", "-c", script)),
            ],
        ],
        pairs,
    )
    table.note_machine(runs["N"])
    for case, expected in (("first", "1 AXFR, 2 UPDATE"), ("unchanged", "1 AXFR")):
        limit = [n + r.times(2) for n, r in zip(runs["N"], runs["raw " + case], strict=True)]
        title, good = "rfc2136 %d on BIND, %s" % (LIST, case), seen[case] == expected
        table.time(title, runs[case], limit, 1.0, "<= N + 2 x raw", requests=seen[case], counted=good)
        table.note("  above N", runs[case], runs["N"])


def from_file(table, ansible, pairs, server):
    """A zone file, against octoDNS with the same file and the same server."""
    records, raw = records_of(FILE), raw_of(server)
    octodns = octodns_of(ansible, server)
    path = ansible.write("zones/%szone" % ZONE, zone_file(records))
    ours = ansible.task("updates-file", MODULE, options(server, str(path)))
    raw.clear()
    octodns()
    raw.expect(records)  # the peer does the whole work as well
    peer = [("clear", lambda: calls(raw.clear)), ("peer first", octodns), ("peer unchanged", octodns)]
    runs = rounds([both(ansible, raw, ours), peer], pairs)
    for case in ("first", "unchanged"):
        title = "rfc2136 %d on BIND, %s" % (FILE, case)
        table.time(title, runs[case], runs["peer " + case], 1.2, "<= 1.20 x octoDNS", peer=True)


def records_of(number):
    """So many records, of which one is the address of the zone's nameserver."""
    return [GLUE, *make_records(number - 1)]


def raw_of(server):
    """The zone past the module, to be cleared and looked at."""
    raw = Raw(ZONE, server.port, (server.KEY, server.secret))
    raw.clear = partial(raw.clear, GLUE)
    return raw


def options(server, path, port=None):
    """The task's options."""
    more = {"port": port} if port else {}
    return {"provider": "rfc2136", "rfc2136": server.options(**more), "zone": ZONE, "file": path, "format": "zone"}


def counted(ansible, server, raw, records):
    """Prove the work through a counting door, untimed: first, again, one TTL changed. Returns messages by case."""
    from contract.dnsdoor import DnsProxy

    altered = [*records[:-1], dict(records[-1], ttl=records[-1]["ttl"] + 1)]
    seen = {}
    raw.clear()
    with DnsProxy(("127.0.0.1", server.port)) as door:
        for case, rows, changed in (("first", records, True), ("unchanged", records, False), ("one", altered, True)):
            door.clear()
            path = ansible.write("counted.zone", zone_file(rows))
            ansible.play(ansible.task("updates-counted", MODULE, options(server, str(path), door.port)), changed)
            for message in door.seen:
                message.method = message.path.split("/")[1]
            seen[case] = tally(door.seen)
            raw.expect(rows)
    if seen["one"] != "1 AXFR, 1 UPDATE":
        raise Wrong("one TTL was changed, and that took %s" % seen["one"])
    return seen


def octodns_of(ansible, server):
    """A function that times octoDNS, bringing the zone files of `folder`/zones to the server."""
    if not importlib.util.find_spec("octodns_bind"):
        raise Missing("octoDNS is the peer and octodns_bind is missing: pip install -r requirements-bench.txt")
    key = {"key_name": server.KEY, "key_secret": server.secret, "key_algorithm": "hmac-sha256"}
    folder = str(ansible.folder / "zones")
    config = {
        "providers": {
            "file": {"class": "octodns_bind.ZoneFileSource", "directory": folder, "file_extension": ".zone"},
            "server": dict(key, **{"class": "octodns_bind.Rfc2136Provider", "host": "127.0.0.1", "port": server.port}),
        },
        "zones": {ZONE: {"sources": ["file"], "targets": ["server"]}},
    }
    path = str(ansible.write("octodns-updates.yaml", config))
    return lambda: ansible.run("octodns-sync", "--quiet", "--config-file", path, "--doit")
