# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of Route 53: zones by their names, pages, batches, and the wait until all its servers answer alike."""

from __future__ import annotations

from ...clients.aws import Aws
from ...core.errors import Failure, NotFound, Refused
from ...core.wait import wait
from .spelling import name_in, name_out

PAGE = 300  # record sets; the most that it tells at once


class Account:
    """One account. options: of the driver. transport: see Aws."""

    def __init__(self, options, transport=None):
        self.aws = Aws(options, "Route 53", transport, pool=4)
        self.region = options.get("region") or "us-east-1"
        self.private, self.zone_id = options.get("private"), options.get("zone_id")
        self.patience = (options.get("wait_timeout") or 300) if options.get("wait") else 0
        self.pending = []  # changes that were taken and may not be everywhere yet
        self.ids = {}  # of zones that were looked up or made, by name

    def call(self, action, write=False, **args):
        """Call an action. Raises Failure."""
        return self.aws.call("route53", self.region, action, write=write, **args)

    def change(self, action, **args):
        """Call an action that changes something, and remember what to wait for; returns the answer."""
        answer = self.call(action, write=True, **args)
        if answer.get("ChangeInfo", {}).get("Status") == "PENDING":
            self.pending.append(answer["ChangeInfo"]["Id"].rpartition("/")[2])
        return answer

    def served(self, progress):
        """Where the options say so, wait until all that was changed is served everywhere. Raises TimedOut."""
        keys, self.pending = (self.pending if self.patience else []), []
        if keys:
            wait(self._phases, keys, self.patience, progress, "served everywhere", lambda key: "change %s" % key)

    def _phases(self, keys):
        told = {key: self.call("get_change", Id=key)["ChangeInfo"]["Status"] for key in keys}
        return {key: None if status == "INSYNC" else status for key, status in told.items()}

    def zones(self):
        """All zones, all pages."""
        marker = {}
        while True:
            answer = self.call("list_hosted_zones", **marker)
            yield from answer["HostedZones"]
            if not answer["IsTruncated"]:
                return
            marker = {"Marker": answer["NextMarker"]}

    def named(self, name):
        """The zones of this canonical name: there may be a public one, and private ones."""
        found, at = [], {"DNSName": name_out(name)}
        while True:
            answer = self.call("list_hosted_zones_by_name", **at)
            found += [zone for zone in answer["HostedZones"] if name_in(zone["Name"]) == name]
            more = answer.get("IsTruncated") and name_in(answer["NextDNSName"]) == name
            if not more:
                return found
            at = {"DNSName": answer["NextDNSName"], "HostedZoneId": answer["NextHostedZoneId"]}

    def find(self, name):
        """The zone that is meant by this name, None where there is none. Raises Refused where several may be."""
        found = self.named(name)
        if self.zone_id:
            found = [zone for zone in found if id_of(zone) == self.zone_id]
        if self.private is not None:
            found = [zone for zone in found if is_private(zone) == self.private]
        if len(found) > 1:
            which = ", ".join("%s (%s)" % (id_of(z), "private" if is_private(z) else "public") for z in found)
            text = "zone %s: Route 53 has %d of this name: %s. Choose with route53.private or route53.zone_id"
            raise Refused(text % (name, len(found), which))
        return found[0] if found else None

    def look(self, name):
        """The zone of this name. Raises NotFound."""
        zone = self.find(name)
        if zone is None:
            kind = {True: "private ", False: "public "}.get(self.private, "")
            text = "zone %s: Route 53 has no %szone of this name%s; make it with `dns_zone`, or check the name"
            raise NotFound(text % (name, kind, " and id %s" % self.zone_id if self.zone_id else ""))
        self.ids[name] = id_of(zone)
        return zone

    def id(self, name):
        """The id of the zone of this name. Raises NotFound."""
        if name not in self.ids:
            self.look(name)
        return self.ids[name]

    def records(self, zone_id):
        """The record sets of a zone, all pages. One that comes twice, at the seam of two pages, is told once."""
        at, seen = {}, set()
        while True:
            answer = self.call("list_resource_record_sets", HostedZoneId=zone_id, MaxItems=str(PAGE), **at)
            for found in answer["ResourceRecordSets"]:
                key = (found["Name"], found["Type"], found.get("SetIdentifier"))
                if key not in seen:
                    seen.add(key)
                    yield found
            if not answer["IsTruncated"]:
                return
            names = {"StartRecordName": "NextRecordName", "StartRecordType": "NextRecordType"}
            names["StartRecordIdentifier"] = "NextRecordIdentifier"
            before, at = at, {start: answer[following] for start, following in names.items() if answer.get(following)}
            if at == before:
                raise Failure(
                    "zone %s: Route 53 tells one page again and again (%s)" % (zone_id, " ".join(at.values()))
                )


def id_of(zone):
    """The id alone, which the API tells as `/hostedzone/ID`."""
    return zone["Id"].rpartition("/")[2]


def is_private(zone):
    """Whether the zone answers in its networks only."""
    return bool((zone.get("Config") or {}).get("PrivateZone"))
