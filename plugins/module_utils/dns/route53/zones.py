# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of hosted zones."""

from __future__ import annotations

import re
import uuid

from ...core.errors import NotFound, Refused
from . import batches
from .account import id_of, is_private
from .spelling import name_in, name_out

TAG = "rackwright:owner"
STAMP = re.compile(r"rackwright/(.+)/[0-9a-f]{32}\Z")  # a reference of ours: the request itself says whose the zone is
REFERENCE = 128  # characters at most


def zone_row(zone, told=None):
    """A zone as lists tell it, as a row. told: also what get_hosted_zone says."""
    row = {"name": name_in(zone["Name"]), "kind": "Native", "id": id_of(zone), "private": is_private(zone)}
    comment = (zone.get("Config") or {}).get("Comment")
    if comment:
        row["comment"] = comment
    stamp = STAMP.match(zone.get("CallerReference") or "")
    if stamp:
        row["owner"] = stamp.group(1)
    if told and told.get("VPCs"):
        row["vpcs"] = [vpc_row(vpc) for vpc in told["VPCs"]]
    servers = (told or {}).get("DelegationSet", {}).get("NameServers")
    if servers:
        row["nameservers"] = sorted(name_in(server) for server in servers)
    return row


def vpc_row(vpc):
    """A network as a row has it."""
    return {"id": vpc["VPCId"], "region": vpc["VPCRegion"]}


def _vpc(row):
    return {"VPCId": row["id"], "VPCRegion": row["region"]}


def reference(owner):
    """What tells one request for a zone from another, with the owner in it unless that is too long."""
    ours = "rackwright/%s/%s" % (owner or "", uuid.uuid4().hex)
    return ours if len(ours) <= REFERENCE else reference(None)


class Zones:
    """The store of zones: of one by its canonical name, or of all."""

    def __init__(self, account, wanted=None):
        self.account, self.wanted = account, wanted
        self.served = account.served

    def read(self):
        """The wanted zone's row if it is there, or all zones."""
        if self.wanted is None:
            return [zone_row(zone) for zone in self.account.zones()]
        found = self.account.find(self.wanted)
        if found is None:
            return []
        told = self.account.call("get_hosted_zone", Id=id_of(found))
        row = zone_row(told["HostedZone"], told)
        tags = self.account.call("list_tags_for_resource", ResourceType="hostedzone", ResourceId=row["id"])
        owners = [tag["Value"] for tag in tags["ResourceTagSet"]["Tags"] if tag["Key"] == TAG]
        return [dict(row, owner=owners[0]) if owners else row]

    def amend(self, made, _desired, _owner):
        """Raise Refused for what Route 53 does not do."""
        for change in made.changes:
            why = None
            if change.verb == "create":
                why = self._unmakable(change.want.get("vpcs"))
            elif "vpcs" in change.fields and not change.before["private"]:
                why = "it is public, and stays so; choose the private one with route53.private, or leave out vpcs"
            elif "vpcs" in change.fields and not change.want["vpcs"]:
                why = "a private zone keeps one network at least"
            if why:
                raise Refused("zone %s: %s" % (change.key, why))

    def _unmakable(self, vpcs):
        private = self.account.private
        if self.account.zone_id:
            text = "it is not there under the id %s, and a new one gets an id of its own; leave zone_id out"
            return text % self.account.zone_id
        if private and not vpcs:
            return "a private zone needs a network to answer in; give it `vpcs`"
        if vpcs and private is False:
            return "`vpcs` make a zone private, and route53.private is false; take one back"
        return None

    def create(self, change):
        """Make the zone; whose it is stands in the request itself, and for people in a tag."""
        want, account = change.want, self.account
        vpcs, owner = want.get("vpcs") or [], want.get("_owner")
        args = {"Name": name_out(change.key), "CallerReference": reference(owner)}
        args["HostedZoneConfig"] = {"PrivateZone": bool(vpcs)}
        if want.get("comment"):
            args["HostedZoneConfig"]["Comment"] = want["comment"]
        if want.get("delegation_set"):
            args["DelegationSetId"] = want["delegation_set"]
        if vpcs:
            args["VPC"] = _vpc(vpcs[0])
        answer = account.change("create_hosted_zone", **args)
        zone_id = account.ids[change.key] = id_of(answer["HostedZone"])
        if owner:
            tags = [{"Key": TAG, "Value": owner}]
            account.call(
                "change_tags_for_resource", write=True, ResourceType="hostedzone", ResourceId=zone_id, AddTags=tags
            )
        for vpc in vpcs[1:]:
            account.change("associate_vpc_with_hosted_zone", HostedZoneId=zone_id, VPC=_vpc(vpc))
        return zone_row(answer["HostedZone"], dict(answer, VPCs=[_vpc(vpc) for vpc in vpcs]))

    def update(self, change):
        """Set what differs; a network is let go of when the others are there."""
        zone_id, want = change.before["id"], change.want
        if "comment" in change.fields:
            self.account.change("update_hosted_zone_comment", Id=zone_id, Comment=want["comment"])
        if "vpcs" not in change.fields:
            return
        have, wanted = change.before.get("vpcs") or [], want["vpcs"]
        for verb, vpcs in (
            ("associate_vpc_with_hosted_zone", [vpc for vpc in wanted if vpc not in have]),
            ("disassociate_vpc_from_hosted_zone", [vpc for vpc in have if vpc not in wanted]),
        ):
            for vpc in vpcs:
                self.account.change(verb, HostedZoneId=zone_id, VPC=_vpc(vpc))

    def delete(self, change):
        """Remove the zone; its records first, as Route 53 wants it empty."""
        zone_id = change.before["id"]
        try:
            found = [one for one in self.account.records(zone_id) if not _stays(one, change.key)]
            gone = batches.ordered([{"Action": "DELETE", "ResourceRecordSet": one} for one in found])
            for batch in batches.cut(gone):
                self.account.change("change_resource_record_sets", HostedZoneId=zone_id, ChangeBatch={"Changes": batch})
            self.account.change("delete_hosted_zone", Id=zone_id)
        except NotFound:
            return


def _stays(found, zone):
    return found["Type"] in batches.UPSERTED and name_in(found["Name"]) == zone
