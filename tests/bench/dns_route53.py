# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A thousand record sets of Route 53 that moto imitates, against amazon.aws.route53 in a loop, of which fifty count.

The time of both is moto's as well; Amazon's own answers take longer, and it lets an account ask five times a second.
"""

from __future__ import annotations

from functools import partial

from contract.proxy import Proxy
from contract.route53 import DnsOnRoute53
from integration.moto import KEY, Moto

from .measure import Wrong, calls, rounds, tally

MODULE, PEER = "rackwright.platform.dns_zone", "amazon.aws.route53"
ZONE = "rackwright-bench.example."
NUMBER, TIMED = 1000, 50  # record sets, and how many of them the peer is timed with
BATCH = 500  # UPSERTs of one value each that Route 53 takes at once
GOAL = 100  # times faster than the peer
REQUESTS = {"first": "2 GET, 1 POST", "changed": "5 GET, 2 POST", "unchanged": "5 GET"}


def measure(table, ansible, pairs):
    """The cases of this part."""
    ansible.with_peer("amazon", "aws")
    ansible.env["AWS_DEFAULT_REGION"] = "us-east-1"
    with Moto() as moto:
        thousand(table, ansible, pairs, moto)


def thousand(table, ansible, pairs, moto):
    """All new, all changed, unchanged; then the peer's loop."""
    raw = Raw(moto)
    made, altered = (ansible.write("%d.zone" % ttl, zone_file(ttl)) for ttl in (300, 301))
    seen = counted(ansible, moto, raw, made, altered)
    task = partial(task_of, ansible, moto.url)
    first, changed, noop = task("route53-first", made), task("route53-changed", altered), ansible.noop()
    runs = rounds(
        [
            [("N", lambda: ansible.play(noop, False))],
            [
                ("clear", lambda: calls(raw.clear)),
                ("first", lambda: ansible.play(first, True)),
                ("changed", lambda: ansible.play(changed, True)),
                ("unchanged", lambda: ansible.play(changed, False)),
            ],
            [("raw changed", lambda: calls(raw.upsert))],
        ],
        pairs,
    )
    table.note_machine(runs["N"])
    raw.clear()
    raw.upsert()
    fifty = ansible.play(loop_of(ansible, moto.url), True)
    raw.expect(300, 302, TIMED)
    noops = runs["N"]
    loop = [n + (fifty + n.times(-1)).times(NUMBER / TIMED) for n in noops]  # what begins Ansible counts once
    title, text = "route53 %d changed" % NUMBER, "<= 1/%d of the loop of %d" % (GOAL, NUMBER)
    limit, good = [one.times(1 / GOAL) for one in loop], seen["changed"] == REQUESTS["changed"]
    table.time(title, runs["changed"], limit, 1.0, text, requests=seen["changed"], counted=good)
    table.note("  amazon.aws.route53, loop of %d" % TIMED, [fifty] * pairs, noops)
    for case in ("first", "unchanged"):
        table.count("route53 %d %s" % (NUMBER, case), seen[case], seen[case] == REQUESTS[case], REQUESTS[case])
        table.note("  above N", runs[case], noops)
    table.note(
        "  changed, above N + raw", runs["changed"], [n + r for n, r in zip(noops, runs["raw changed"], strict=True)]
    )


def counted(ansible, moto, raw, made, altered):
    """Prove the work through a counting door, untimed. Returns requests by case."""
    seen = {}
    raw.clear()
    with Proxy(("127.0.0.1", moto.port), spell=DnsOnRoute53.spell) as door:
        task = partial(task_of, ansible, door.url, "route53-counted")
        for case, path, changed, ttl in (
            ("first", made, True, 300),
            ("changed", altered, True, 301),
            ("unchanged", altered, False, 301),
        ):
            door.clear()
            ansible.play(task(path), changed)
            seen[case] = tally(door.seen)
            raw.expect(ttl)
            sizes = [request.body.count(b"<ResourceRecordSet>") for request in door.writes]
            if sizes != {"first": [NUMBER], "changed": [BATCH] * (NUMBER // BATCH), "unchanged": []}[case]:
                raise Wrong("%s: the batches hold %s record sets" % (case, sizes))
    return seen


def task_of(ansible, url, name, path):
    """A playbook that declares the zone file at `path`."""
    options = {"provider": "route53", "route53": connection(url), "zone": ZONE, "file": str(path)}
    return ansible.task(name, MODULE, dict(options, limits={"changes": 100}))


def connection(url):
    """The options that say where, and who."""
    return {"url": url, "access_key": KEY["aws_access_key_id"], "secret_key": KEY["aws_secret_access_key"]}


def loop_of(ansible, url):
    """A playbook that changes the first record sets by the peer, one in each turn of a loop."""
    where = connection(url)
    options = {"endpoint_url": where.pop("url"), "state": "present", "overwrite": True}
    options.update(where, zone=ZONE, record="{{ item.name }}", type="A", ttl=302, value="{{ item.value }}")
    rows = [{"name": name, "value": value} for name, value in list(hosts())[:TIMED]]
    return ansible.play_of("route53-loop", [{"name": "Each", PEER: options, "loop": rows}])


def hosts():
    """(name, address) of all record sets."""
    return (("h%04d.%s" % (n, ZONE), "10.0.%d.%d" % divmod(n, 256)) for n in range(NUMBER))


def zone_file(ttl):
    """The record sets as a zone file."""
    return "".join("%s %d IN A %s\n" % (name, ttl, value) for name, value in hosts())


class Raw:
    """The bare API by boto3: the least that can be done."""

    def __init__(self, moto):
        self.moto, self.api, self.zone = moto, moto.client("route53"), None

    def clear(self):
        """Leave an empty zone."""
        self.moto.reset()
        self.zone = self.api.create_hosted_zone(Name=ZONE, CallerReference="bench")["HostedZone"]["Id"]

    def read(self):
        """{name: (TTL, value)} of the record sets of type A."""
        pages = self.api.get_paginator("list_resource_record_sets").paginate(HostedZoneId=self.zone)
        found = [one for page in pages for one in page["ResourceRecordSets"] if one["Type"] == "A"]
        return {one["Name"]: (one["TTL"], one["ResourceRecords"][0]["Value"]) for one in found}

    def upsert(self, ttl=300):
        """Read, and write all of them."""
        self.read()
        changes = [
            {
                "Action": "UPSERT",
                "ResourceRecordSet": {"Name": name, "Type": "A", "TTL": ttl, "ResourceRecords": [{"Value": value}]},
            }
            for name, value in hosts()
        ]
        for at in range(0, NUMBER, BATCH):
            batch = {"Changes": changes[at : at + BATCH]}
            self.api.change_resource_record_sets(HostedZoneId=self.zone, ChangeBatch=batch)

    def expect(self, ttl, others=None, number=0):
        """Raises Wrong unless the zone holds what was declared; the first `number` with the TTL `others`."""
        want = {name: (others if at < number else ttl, value) for at, (name, value) in enumerate(hosts())}
        if self.read() != want:
            raise Wrong("the record sets are not as declared")
