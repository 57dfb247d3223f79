# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses that outlive servers ("elastic", "magic"): reserved, assigned, and moved from one server to another."""

from __future__ import annotations

import ipaddress

from ..core.field import Field
from ..core.options import TIMEOUT
from ..core.resource import Resource
from .resource import text_tags
from .things import NAMES, options


def _size(number):
    if number < 1 or number & (number - 1):
        raise ValueError("%d is no power of two; blocks have 1, 2, 4, 8, 16, ... addresses" % number)
    return number


def _part(part):
    """A part with its address in one spelling, which tells its length as well."""
    given = {name: value for name, value in part.items() if value is not None}
    if given.get("address"):
        given["address"] = str(ipaddress.ip_network(given["address"]))
        if given.pop("prefix", None) not in (None, int(given["address"].rsplit("/", 1)[1])):
            raise ValueError("%s has another prefix length than %s" % (given["address"], part["prefix"]))
    return given


IP_ADDRESS = Resource(
    "ip_address",
    "ip_addresses",
    fields=(
        Field("name", required=True, help="What this block of addresses is called; it is stamped on the reservation."),
        Field(
            "kind",
            choices=("public", "private", "global"),
            mutable="replace",
            help="V(global) addresses are reached in every facility (anycast). By default V(public).",
        ),
        Field("family", type="int", choices=(4, 6), mutable="replace", help="IPv4 or IPv6. By default 4."),
        Field(
            "facility",
            mutable="replace",
            alias="metro",
            help="The facility or metro where it is used; V(global) ones have none.",
        ),
        Field(
            "size",
            type="int",
            normal=_size,
            mutable="replace",
            help="How many addresses, a power of two; usually 1.",
        ),
        Field("server", help='The server that has it, by name; V("") takes it from every server, and keeps it.'),
        Field(
            "parts",
            type="list",
            elements="dict",
            compare="set",
            normal=lambda parts: [_part(part) for part in parts],
            options=(
                Field("server", required=True, help="The server that has the part, by name."),
                Field(
                    "prefix",
                    type="int",
                    help="Its prefix length, of any that is free; by default V(32), of IPv6 V(64).",
                ),
                Field("address", help="The very part, such as V(203.0.113.8/30)."),
            ),
            help="The parts of the block that servers have, in place of C(server); V([]) takes all back.",
        ),
        Field("tags", type="dict", normal=text_tags, help="Names and values of your own."),
        Field("owner", given=False, help="Who it belongs to."),
        Field("address", given=False, compare="ignore", help="The block, such as V(203.0.113.8/32)."),
        Field("metro", given=False, compare="ignore", help="The metro that its facility lies in."),
        Field("state", given=False, compare="ignore", help="V(active), or V(pending) while the provider reviews it."),
        Field("id", given=False, compare="ignore", help="The provider's own name for the reservation."),
    ),
)
MANAGE = options(IP_ADDRESS, "ip_addresses", "The reservations, and who has them.", TIMEOUT)
LOOK = (NAMES,)
