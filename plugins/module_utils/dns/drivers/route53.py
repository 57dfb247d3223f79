# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon Route 53 by boto3: public and private zones, aliases, and sets that are chosen by who asks."""

from __future__ import annotations

from ...clients.aws import aws_options
from ...core.errors import Refused
from ...core.field import Field
from .. import rdata, routing, stamps
from ..base import DnsDriver
from ..resource import RECORD_SET
from ..route53.account import Account
from ..route53.batches import CHARACTERS
from ..route53.records import Records
from ..route53.spelling import TYPES, value_out
from ..route53.zones import Zones

VALUES, LONGEST, NAME = 400, 4000, 128  # of a set: values, characters of one, and of its own name
ROOM = CHARACTERS // 2 - 500  # characters of all values: those of a change count twice, and its stamp wants some too
SERVED = "Route 53 is the zone's primary, and has no secondaries"


class Route53(DnsDriver):
    """Hosted zones; a change batch changes record sets, all or none."""

    NAME = "route53"
    TITLE = "Amazon Route 53"
    LINK = "https://docs.aws.amazon.com/Route53/latest/APIReference/"
    REQUIRES = (("boto3", "boto3"),)
    OPTIONS = (
        *aws_options("route53"),
        Field(
            "region",
            default="us-east-1",
            env=("RACKWRIGHT_ROUTE53_REGION",),
            help="Any region of the partition; another one is needed in China (V(cn-northwest-1)) only.",
        ),
        Field(
            "private",
            type="bool",
            help="Which zone is meant where a name has a public and a private one. Without it, the one that is there.",
        ),
        Field("zone_id", help="The id of the zone that is meant, where a name has several."),
        Field(
            "wait",
            type="bool",
            default=False,
            env=("RACKWRIGHT_ROUTE53_WAIT",),
            help="Whether to wait until all of Route 53's servers know of the changes (V(INSYNC)), about a minute.",
        ),
        Field("wait_timeout", type="int", default=300, help="Seconds to wait for that."),
    )
    CAPS = {
        **{"type=%s" % kind: "Route 53 does not have it" for kind in rdata.TYPES if kind not in TYPES},
        "type=ALIAS": "an alias of Route 53 is a set of type A or AAAA with `alias` in place of values",
        **dict.fromkeys((*routing.NAMES, "comment", "vpcs", "delegation_set"), True),
        "kind=Primary": SERVED,
        "kind=Secondary": SERVED,
        "masters": SERVED,
        "soa_edit_api": "it is a setting of PowerDNS",
    }

    def __init__(self, options, transport=None):
        super().__init__(options, transport)
        self.account = Account(options, transport)

    @classmethod
    def refuse(cls, resource, rows):
        """Also what Route 53 refuses only when it is sent."""
        super().refuse(resource, rows)
        if resource.name != RECORD_SET.name:
            return
        text = "record set %s: %s"
        problems = [text % (resource.label(resource.key(row)), why) for row in rows for why in faults(row)]
        if problems:
            raise Refused(problems)

    def zones(self, wanted=None):
        """The store of zones: of one by its canonical name, or of all."""
        return Zones(self.account, wanted)

    def records(self, zone):
        """The store of one zone's record sets."""
        return Records(self.account, zone)


def faults(row):
    """Why Route 53 would not take the row; one sentence each."""
    kind, values = row["type"], row.get("values") or ()
    if kind not in TYPES:
        yield "Route 53 does not have the type %s; it has %s" % (kind, ", ".join(TYPES))
    if stamps.LABEL in row["name"].split("."):
        yield "names below %s are kept for the stamps of owners; choose another" % stamps.LABEL
    if kind == "NS" and row["name"].startswith("*."):
        yield "a wildcard cannot be delegated; name what is"
    if len(values) > VALUES:
        yield "it has %d values; Route 53 takes %d" % (len(values), VALUES)
    sizes = [len(value_out(value)) for value in values]
    if max(sizes, default=0) > LONGEST:
        yield "a value has %d characters; Route 53 takes %d" % (max(sizes), LONGEST)
    if sum(sizes) > ROOM:
        yield "its values have %d characters; in one change Route 53 takes %d" % (sum(sizes), ROOM)
    if not routing.is_special(row):
        return
    if kind in ("NS", "SOA"):
        yield "sets of type NS and SOA are neither aliases nor chosen among"
    if len(row.get("set", "")) > NAME:
        yield "the name of the set has more than %d characters" % NAME
    if routing.policy(row) == "multivalue" and ("alias" in row or kind in ("CNAME", "NS")):
        yield "multivalue answers are made of values, and not of aliases or of type %s" % kind
