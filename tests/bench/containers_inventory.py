# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin `containers` on five hundred, which a fake engine tells of (it says that it is one)."""

from __future__ import annotations

import json
import tempfile
import urllib.parse

from .measure import Wrong, rounds, tally
from .servers import FakeEngine, lab_servers

NUMBER, GOAL = 500, 0.5  # containers; seconds above ansible-inventory alone
GROUPED = {
    "keyed_groups": [{"key": "rackwright_image | regex_replace('[^a-z0-9]+', '_')", "prefix": "image"}],
    "groups": {"published": "rackwright_published"},
}


def measure(table, ansible, pairs):
    """The cases of this part."""
    with FakeEngine(lab_servers(NUMBER)) as engine, socket_of(engine) as door:
        source = {"provider": "docker", "docker": {"url": door.url}}
        plain = {"plugin": "rackwright.platform.containers", "sources": [source]}
        flat = str(ansible.write("flat/containers.yml", plain))
        grouped = str(ansible.write("grouped/containers.yml", dict(plain, **GROUPED)))
        noop = ansible.noop()
        found = listed(ansible, flat)["_meta"]["hostvars"]
        told = str(ansible.write("told/hosts.json", json.dumps({"all": {"hosts": found}})))
        hosts = len(found)
        lists = [one for one in engine.seen if one.path.endswith("/containers/json")]
        table.count(
            "containers inventory", "%d hosts, %s" % (hosts, tally(engine.seen)), len(lists) == 1, "1 list call"
        )
        if hosts < NUMBER:
            raise Wrong("%d of %d containers are hosts" % (hosts, NUMBER))
        runs = rounds(
            [
                [("N", lambda: ansible.play(noop, False))],
                [
                    ("none", lambda: ansible.run("ansible-inventory", "-i", "localhost,", "--list")),
                    ("flat", lambda: ansible.run("ansible-inventory", "-i", flat, "--list")),
                    ("told", lambda: ansible.run("ansible-inventory", "-i", told, "--list")),
                    ("grouped", lambda: ansible.run("ansible-inventory", "-i", grouped, "--list")),
                ],
            ],
            pairs,
        )
    table.note_machine(runs["N"])
    limit = [type(one)(one.wall + GOAL, one.cpu + GOAL) for one in runs["none"]]
    table.time("inventory of %d containers" % NUMBER, runs["flat"], limit, 1.0, "<= none + %.1f s" % GOAL)
    table.note("  the same hosts from a JSON file", runs["told"], runs["none"])
    table.note("  the same with 2 groups", runs["grouped"], runs["none"])


def socket_of(engine):
    """A Unix socket before the fake, as an engine of this machine has."""
    from contract.proxy import Proxy

    place = urllib.parse.urlsplit(engine.url)
    return Proxy((place.hostname, place.port), at=tempfile.mktemp(prefix="rackwright-bench-"))


def listed(ansible, path):
    """What ansible-inventory tells."""
    out = ansible.run("ansible-inventory", "-i", path, "--list").out
    return json.loads(out[out.index("{") :])
