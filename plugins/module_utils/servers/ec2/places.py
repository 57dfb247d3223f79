# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subnets and security groups, by id or by name: what a launch is told of them, and whether a server is in them."""

from __future__ import annotations

from ...core.errors import Failure
from ..seeds import keys_digest


class Places:
    """Looks up what rows name, each thing once. aws: the connection."""

    def __init__(self, aws):
        self.aws, self.seen = aws, {}

    def _found(self, region, action, key, name, word):
        """The things whose filter `name` has that value."""
        if (region, action, word) not in self.seen:
            filters = [{"Name": name, "Values": [word]}]
            self.seen[(region, action, word)] = list(self.aws.pages("ec2", region, action, key, Filters=filters))
        return self.seen[(region, action, word)]

    def subnets(self, region, word):
        """The subnets that a word means."""
        name = "subnet-id" if word.startswith("subnet-") else "tag:Name"
        return self._found(region, "describe_subnets", "Subnets", name, word)

    def groups(self, region, word, vpc=None):
        """The security groups that a word means, in one VPC or in all."""
        name = "group-id" if word.startswith("sg-") else "group-name"
        found = self._found(region, "describe_security_groups", "SecurityGroups", name, word)
        return [group for group in found if vpc is None or group.get("VpcId") == vpc]

    def problems(self, region, row):
        """What a row that is to be made names in vain."""
        label, nets = "server %s: " % row["name"], row.get("networks") or []
        if len(nets) > 1:
            return ["%snetworks: EC2 puts a new instance into one subnet, this names %d" % (label, len(nets))]
        for word in nets:
            found = self.subnets(region, word)
            if len(found) != 1:
                return ["%sthe region %s has %s subnet %s" % (label, region, "more than one" if found else "no", word)]
            zone = found[0]["AvailabilityZone"]
            if row["facility"] not in (region, zone):
                return ["%sthe subnet %s lies in %s, not in %s" % (label, word, zone, row["facility"])]
        vpc = self.subnets(region, nets[0])[0]["VpcId"] if nets else None
        where = "VPC %s of its subnet" % vpc if vpc else "region %s" % region
        missing = [word for word in row.get("security_groups") or () if not self.groups(region, word, vpc)]
        return ["%sthe %s has no security group %s" % (label, where, word) for word in missing]

    def words(self, region, row):
        """The arguments of RunInstances that put a server where its row says."""
        words, vpc = {}, None
        for word in (row.get("networks") or ())[:1]:
            found = self.subnets(region, word)
            if not found:
                raise Failure("the region %s has no subnet %s" % (region, word))
            words["SubnetId"], vpc = found[0]["SubnetId"], found[0]["VpcId"]
        groups = row.get("security_groups") or ()
        if groups:
            words["SecurityGroupIds"] = [self._group(region, word, vpc) for word in groups]
        return words

    def _group(self, region, word, vpc):
        """The id of one group; a name that several VPCs have means that of the default VPC."""
        found = self.groups(region, word, vpc)
        if len(found) > 1 and vpc is None:
            vpcs = self.aws.call("ec2", region, "describe_vpcs", Filters=[{"Name": "is-default", "Values": ["true"]}])[
                "Vpcs"
            ]
            found = [group for group in found if vpcs and group.get("VpcId") == vpcs[0]["VpcId"]]
        if not found:
            raise Failure("the region %s has no security group %s there" % (region, word))
        return found[0]["GroupId"]

    def liken(self, row, want):
        """Tell a server's keys, groups, subnet and offer in the words of its declaration, where they are the same."""
        if want.get("ssh_keys") and row.get("_keys") == keys_digest(want["ssh_keys"]):
            row["ssh_keys"] = want["ssh_keys"]
        ids = row["_groups"]
        if want.get("security_groups") and {ids.get(w, w) for w in want["security_groups"]} == set(ids.values()):
            row["security_groups"] = want["security_groups"]
        nets = [net["SubnetId"] for word in want.get("networks") or () for net in self.subnets(row["metro"], word)]
        if nets and nets == row.get("networks"):
            row["networks"] = want["networks"]
        if want.get("spot") and row.get("spot") == {}:
            row["spot"] = want["spot"]  # what was offered is not told
