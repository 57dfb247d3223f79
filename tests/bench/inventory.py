# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten thousand hosts with nine expressions: what they cost beyond the same hosts without, beside core's constructed.

The hosts are lab servers that a fake engine tells of (it says that it is one). What is judged are CPU seconds of whole
runs of ansible-inventory; core's constructed is its own plugin over our hosts without expressions. What core itself
takes to hold and print the variables and groups that expressions make is told beside it: a script has them ready-made.
"""

from __future__ import annotations

import json

from .measure import Wrong, rounds
from .servers import LAB, FakeEngine, lab_servers

NUMBER = 10_000
GOAL = 3  # CPU seconds
EXPRESSIONS = {
    "compose": {
        "fqdn": "rackwright_name ~ '.' ~ rackwright_facility ~ '.example.org'",
        "ntp_server": "'ntp.' ~ rackwright_facility ~ '.example.org'",
        "backup_address": "rackwright_addresses | rejectattr('public') | map(attribute='address') | first",
    },
    "groups": {
        "running": "rackwright_active",
        "databases": "rackwright_tags.role == 'db'",
        "canaries": "rackwright_active and rackwright_name.endswith('00')",
    },
    "keyed_groups": [
        {"key": "rackwright_facility", "prefix": "at", "parent_group": "facilities"},
        {"key": "rackwright_tags", "prefix": "tag"},
        {"key": "rackwright_image | regex_replace('[^a-z0-9]+', '_')", "prefix": "image"},
    ],
}


def measure(table, ansible, pairs):
    """The cases of this part."""
    with FakeEngine(lab_servers(NUMBER)) as engine:
        source = {"provider": "lab", "lab": {"name": LAB, "url": engine.url, "access": "address"}}
        plain = {"plugin": "rackwright.platform.servers", "sources": [source]}
        flat = str(ansible.write("flat/servers.yml", plain))
        ours = str(ansible.write("ours/servers.yml", dict(plain, **EXPRESSIONS)))
        core = str(ansible.write("core/constructed.yml", dict(EXPRESSIONS, plugin="ansible.builtin.constructed")))
        noop = ansible.noop()
        peer, full = listed(ansible, flat, core), listed(ansible, ours)
        same(full, peer)
        without, ready = script(ansible, "without", listed(ansible, flat)), script(ansible, "ready", full)
        runs = rounds(
            [
                [("N", lambda: ansible.play(noop, False))],
                [
                    ("none", lambda: ansible.run("ansible-inventory", "-i", "localhost,", "--list")),
                    ("floor", lambda: listed(ansible, flat)),
                    ("ours", lambda: listed(ansible, ours)),
                    ("without", lambda: listed(ansible, without)),
                    ("ready", lambda: listed(ansible, ready)),
                ],
            ],
            pairs,
        )
    table.note_machine(runs["N"])
    table.beyond("inventory %d rows, 9 expressions" % NUMBER, runs["ours"], runs["floor"], GOAL)
    table.note("  core's constructed (1 run)", [peer], runs["floor"][:1])
    table.note("  core, from a script, ready-made", runs["ready"], runs["without"])
    table.note("  the hosts without expressions", runs["floor"], runs["none"])


def listed(ansible, *paths):
    """Time ansible-inventory on some sources."""
    return ansible.run("ansible-inventory", *[word for path in paths for word in ("-i", path)], "--list")


def script(ansible, name, listing):
    """Write an inventory script that tells what ansible-inventory has told; returns its path."""
    told = ansible.write(name + ".json", listing.out)
    path = ansible.write(name, "#!/bin/sh\nexec cat %s\n" % told)
    path.chmod(0o700)
    return str(path)


def same(ours, core):
    """Raises Wrong unless both made the same variables and groups of all the hosts."""
    mine, theirs = json.loads(ours.out), json.loads(core.out)
    hosts, peers = mine.pop("_meta")["hostvars"], theirs.pop("_meta")["hostvars"]
    if len(hosts) != NUMBER or not mine["databases"]["hosts"]:
        raise Wrong("the inventory has %d hosts, and they should be %d, some in databases" % (len(hosts), NUMBER))
    for name, variables in hosts.items():
        different = [one for one in variables if variables[one] != peers[name].get(one)]
        if different or len(variables) != len(peers[name]):
            raise Wrong("%s differs from core's in %s" % (name, different or sorted(peers[name].keys() - variables)))
    for name in mine.keys() | theirs.keys():
        pair = [{kind: sorted(some) for kind, some in one.get(name, {}).items()} for one in (mine, theirs)]
        if pair[0] != pair[1]:
            raise Wrong("the group %s is another than core's" % name)
