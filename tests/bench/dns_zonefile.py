# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dns_zone on zone files, against dnspython that reads and writes the same."""

from __future__ import annotations

import os

from .dns import ZONE, make_records, zone_file
from .measure import Wrong, calls, rounds

MODULE = "rackwright.platform.dns_zone"
RECORDS = 10_000


def measure(table, ansible, pairs):
    """A zone from a file into the folder of a server: new, unchanged, and every TTL changed."""
    folder = ansible.folder / "served"
    folder.mkdir()
    target, raw = folder / (ZONE[:-1] + ".zone"), ansible.folder / "raw.zone"
    records = make_records(RECORDS)
    sources = {
        "first": zone_file(records),
        "changed": zone_file([dict(record, ttl=record["ttl"] + 1) for record in records]),
    }
    paths = {case: str(ansible.write(case + ".source", text)) for case, text in sources.items()}
    task = {"provider": "zonefile", "zonefile": {"folder": str(folder)}, "zone": ZONE, "limits": {"changes": 100}}
    plays = {case: ansible.task("zonefile-" + case, MODULE, dict(task, file=path)) for case, path in paths.items()}
    noop = ansible.noop()

    def first():
        if target.exists():
            os.unlink(str(target))
        return ansible.play(plays["first"], True)

    runs = rounds(
        [
            [("N", lambda: ansible.play(noop, False))],
            [
                ("first", first),
                ("unchanged", lambda: ansible.play(plays["first"], False)),
                ("changed", lambda: ansible.play(plays["changed"], True)),
            ],
            [
                ("raw first", lambda: calls(put, paths["first"], raw)),
                ("raw unchanged", lambda: calls(compare, paths["first"], raw)),
                ("raw changed", lambda: calls(replace, paths["changed"], raw)),
            ],
        ],
        pairs,
    )
    if len(target.read_text().splitlines()) != len(sources["first"].splitlines()):
        raise Wrong("the zone file has not as many lines as there are records")
    table.note_machine(runs["N"])
    for case in ("first", "unchanged", "changed"):
        limit = [n + r for n, r in zip(runs["N"], runs["raw " + case], strict=True)]
        table.time("zone file %d, %s" % (RECORDS, case), runs[case], limit, 1.3, "<= 1.30 x (N + dnspython)")


def read(path):
    """A zone, as dnspython reads it."""
    import dns.zone

    return dns.zone.from_file(str(path), origin=ZONE, relativize=False, check_origin=False)


def put(source, target):
    """Write a zone."""
    read(source).to_file(str(target), relativize=False)


def compare(source, target):
    """Read both, and find no difference."""
    if read(source) != read(target):
        raise Wrong("dnspython finds a difference where there is none")


def replace(source, target):
    """Read both, and write the new one."""
    read(target)
    put(source, target)
