# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that the DNS modules share, as fields."""

from __future__ import annotations

from ..core.field import Field
from ..core.options import LIMITS, OWNER
from .resource import RECORD_SET, TTL, ZONE

ZONE_NAME = Field(
    "zone", required=True, help="The zone's name, such as V(example.org). It is absolute with or without a final dot."
)
ROWS = tuple(field for field in RECORD_SET.fields if field.given) + (
    Field(
        "owner",
        help="Not looked at, and taken so that the rows of M(rackwright.platform.dns_zone_info) can be declared. "
        "O(owner) says whose the sets are.",
    ),
)


def records(text, required=False):
    """The option `records`: a list of record sets."""
    return Field("records", type="list", elements="dict", options=ROWS, required=required, help=text)


def state(text):
    """The option `state`."""
    return Field("state", choices=("present", "absent"), default="present", help=text)


VERIFY = (
    Field(
        "verify",
        type="bool",
        default=False,
        help=(
            "Once everything is changed, ask every authoritative server over DNS until all give what was declared.",
            "Each is asked for the sets that have changed, then for others, up to 50. Needs the library dnspython.",
        ),
    ),
    Field(
        "verify_servers",
        type="list",
        elements="str",
        help="Whom to ask, as V(host) or V(host:port). By default all addresses of the zone's own NS.",
    ),
    Field("verify_timeout", type="int", default=60, help="Seconds until all must agree; the error says who lags."),
)
ZONE_FIELDS = (
    ZONE_NAME,
    state("V(absent) removes the zone with everything in it."),
    records("The record sets of the zone. Without this option and O(file), no record is looked at."),
    Field(
        "file", type="path", help="A file with the records, read by the module itself: the fastest way for large zones."
    ),
    Field(
        "format",
        choices=("auto", "zone", "yaml"),
        default="auto",
        help=(
            "What O(file) is: a zone file, or YAML with a list like O(records), alone or under the key C(records).",
            "V(auto) takes files that end in C(.yml), C(.yaml) or C(.json) as YAML, others as zone files.",
        ),
    ),
    Field("ttl", type="int", default=TTL, help="Seconds for record sets that do not say their own."),
    Field(
        "prune",
        type="bool",
        default=False,
        help=(
            "Delete the record sets that are not declared.",
            "Left alone are the zone's own SOA, NS and DNSSEC keys, what the server signs with, what O(ignore) names, "
            "and what bears another stamp than O(owner); without O(owner) that is everything stamped.",
            "Without O(owner), aliases and sets that are chosen among (C(alias), C(set)) are left alone as well.",
        ),
    ),
    OWNER,
    Field(
        "ignore",
        type="list",
        elements="dict",
        help="Record sets that O(prune) leaves alone. What is declared must not be among them.",
        options=(
            Field(
                "name",
                help="A pattern with V(*) and V(?), for the name as seen from the zone, or absolute with a final dot.",
            ),
            Field("type", help="A pattern for the type."),
        ),
    ),
    LIMITS,
    *VERIFY,
) + tuple(field for field in ZONE.fields if field.given)
RECORD_FIELDS = (
    ZONE_NAME,
    state("V(absent) removes the whole set of a row without C(values), and of a row with C(values) only those."),
    records("The record sets. A row without C(ttl) keeps the one that is there, or gets 3600 seconds.", required=True),
    OWNER,
    *VERIFY,
)
INFO_FIELDS = (Field("zone", help="The zone whose records to read. Without it, all zones are listed."),)
ANSWER_FIELDS = (
    Field("name", required=True, help="What to ask for; it is absolute with or without a final dot."),
    Field("types", type="list", elements="str", default=["A"], help="The record types to ask for, one question each."),
    Field("server", help="Whom to ask, by name or address. By default the first one that this host asks itself."),
    Field("port", type="int", default=53, help="Where the server listens."),
    Field(
        "recursive", type="bool", default=True, help="Let the server ask others; V(false) shows what it knows itself."
    ),
    Field("timeout", type="int", default=5, help="Seconds to wait for an answer; a question is asked up to 5 times."),
)
