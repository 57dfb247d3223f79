# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Elastic addresses: allocated in a region, associated with an instance, moved at once."""

from __future__ import annotations

from ...core.errors import NotFound
from ..base import Store
from .rows import OURS, OWNER


class Addresses(Store):
    """Elastic IPs by their Name tag."""

    NEEDS = ("facility",)

    def __init__(self, driver, params):
        super().__init__(driver, params)
        self.servers = {}

    def read(self):
        """All addresses that have a name; two calls a region, the second for the servers' names."""
        self.servers = {row["name"]: row for row in self.driver.read()}
        by_id = {row["id"]: name for name, row in self.servers.items()}
        rows = []
        for region, found in self.driver.everywhere(self._region).items():
            rows += [self._row(region, one, by_id) for one in found]
        return [row for row in rows if row]

    def _region(self, region):
        return self.driver.aws.call("ec2", region, "describe_addresses")["Addresses"]

    @staticmethod
    def _row(region, one, by_id):
        tags = {tag["Key"]: tag["Value"] for tag in one.get("Tags") or ()}
        if not tags.get("Name"):
            return None
        row = {
            "name": tags["Name"],
            "kind": "public",
            "family": 4,
            "size": 1,
            "facility": region,
            "metro": region,
            "server": by_id.get(one.get("InstanceId"), "") if one.get("InstanceId") else "",
            "tags": {name: value for name, value in tags.items() if not name.startswith(OURS)},
            "owner": tags.get(OWNER),
            "address": "%s/32" % one["PublicIp"],
            "state": "active",
            "id": one["AllocationId"],
            "_association": one.get("AssociationId"),
        }
        return {name: value for name, value in row.items() if value is not None}

    def vet(self, rows, current):
        """What EC2 has no addresses for, and servers that are not there or elsewhere."""
        problems = []
        for row in rows:
            label = "ip_address %s" % row["name"]
            for field, only in (("kind", "public"), ("family", 4), ("size", 1)):
                if row.get(field) not in (None, only):
                    problems.append("%s: EC2's elastic addresses have %s %s only" % (label, field, only))
            if row.get("facility") and row["facility"] not in self.driver.regions():
                problems.append(
                    "%s: its facility must be a region of this provider, %s" % (label, ", ".join(self.driver.regions()))
                )
            server = self.servers.get(row.get("server"))
            have = next((one for one in current if one["name"] == row["name"]), row)
            if row.get("server") and server is None:
                problems.append("%s: there is no server %s" % (label, row["server"]))
            elif server and have.get("facility") not in (None, server["_region"]):
                text = "%s: it is in %s, the server %s in %s; addresses do not leave their region"
                problems.append(text % (label, have["facility"], server["name"], server["_region"]))
        return problems

    def create(self, change):
        """Allocate, with the stamp in the same call; then associate."""
        row = change.want
        given = self.driver.aws.call(
            "ec2",
            row["facility"],
            "allocate_address",
            write=True,
            Domain="vpc",
            TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": self._tags(row)}],
        )
        self._give(row["facility"], given["AllocationId"], row.get("server"))

    @staticmethod
    def _tags(row):
        tags = dict(row.get("tags") or {}, Name=row["name"])
        if row.get("owner"):
            tags[OWNER] = row["owner"]
        return [{"Key": name, "Value": value} for name, value in sorted(tags.items())]

    def _give(self, region, address, server):
        if server:
            self.driver.aws.call(
                "ec2",
                region,
                "associate_address",
                write=True,
                AllocationId=address,
                InstanceId=self.servers[server]["id"],
                AllowReassociation=True,
            )

    def update(self, change):
        """Move it, take it from its server, or change its tags."""
        have, row = change.before, change.after
        call, region = self.driver.aws.call, have["facility"]
        if "server" in change.fields and row["server"]:
            self._give(region, have["id"], row["server"])
        elif "server" in change.fields and have.get("_association"):
            call("ec2", region, "disassociate_address", write=True, AssociationId=have["_association"])
        if "tags" in change.fields or "owner" in change.fields:
            gone = [{"Key": name} for name in have.get("tags") or {} if name not in (row.get("tags") or {})]
            if gone:
                call("ec2", region, "delete_tags", write=True, Resources=[have["id"]], Tags=gone)
            call("ec2", region, "create_tags", write=True, Resources=[have["id"]], Tags=self._tags(row))

    def replace(self, change):
        """Another region: another address."""
        self.delete(change)
        self.create(change)

    def delete(self, change):
        """Take it from its server and give it back."""
        have, call = change.before, self.driver.aws.call
        try:
            if have.get("_association"):
                call("ec2", have["facility"], "disassociate_address", write=True, AssociationId=have["_association"])
            call("ec2", have["facility"], "release_address", write=True, AllocationId=have["id"])
        except NotFound:
            return
