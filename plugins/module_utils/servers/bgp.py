# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BGP between servers and their facility: to announce addresses of your own, or the same in many places (anycast)."""

from __future__ import annotations

import re

from ..core.field import Field
from ..core.resource import Resource
from .things import options

PASSWORD = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9]{10,20}\Z")


def _asn(number):
    if not 1 <= number <= 4294967295:
        raise ValueError("%d is no AS number" % number)
    return number


def _password(text):
    if text and not PASSWORD.match(text):
        raise ValueError("an MD5 password has 10 to 20 letters and digits, with a capital, a small letter and a digit")
    return text


BGP_CONFIG = Resource(
    "bgp_config",
    "bgp_configs",
    identity=("deployment",),
    fields=(
        Field(
            "deployment",
            choices=("local", "global"),
            required=True,
            help="V(local) routes stay in their facility, V(global) announces space of your own and is reviewed first.",
        ),
        Field(
            "asn",
            type="int",
            normal=_asn,
            mutable="create_only",
            help="Your AS number. V(local) has 65000.",
        ),
        Field(
            "password",
            secret=True,
            normal=_password,
            mutable="create_only",
            help="The MD5 password of the sessions (RFC 2385). Used when the configuration is made.",
        ),
        Field("use_case", mutable="create_only", help="What it is for, for those who review it."),
        Field("state", given=False, compare="ignore", help="V(requested), V(enabled) or V(disabled)."),
        Field("ranges", type="list", elements="str", given=False, compare="ignore", help="What may be announced."),
        Field("id", given=False, compare="ignore", help="The provider's own name for it."),
    ),
)
BGP_SESSION = Resource(
    "bgp_session",
    "bgp_sessions",
    identity=("server", "family"),
    fields=(
        Field("server", required=True, help="The server, by name."),
        Field("family", type="int", choices=(4, 6), required=True, help="IPv4 or IPv6."),
        Field("default_route", type="bool", help="Whether the facility announces a default route to the server."),
        Field("state", given=False, compare="ignore", help="V(up), V(down) or V(unknown), a word for each neighbour."),
        Field(
            "neighbors",
            type="list",
            elements="dict",
            given=False,
            compare="ignore",
            help="Each with C(peer_ips), C(peer_as), C(customer_ip), C(customer_as) and C(multihop).",
        ),
        Field("id", given=False, compare="ignore", help="The provider's own name for it."),
    ),
)
CONFIG = Field(
    "config",
    type="dict",
    options=tuple(field for field in BGP_CONFIG.fields if field.given),
    help="How the project speaks BGP; made before its sessions. A difference from what is there is told only.",
)
MANAGE = options(BGP_SESSION, "bgp_sessions", "One for each server and family.", CONFIG)
LOOK = ()
