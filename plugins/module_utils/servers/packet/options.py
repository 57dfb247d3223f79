# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the provider `packet`, and the end of the service that it was made for."""

from __future__ import annotations

import re

from ...core.driver import Sunset
from ...core.field import Field

SUNSET = Sunset(
    "2026-06-30",
    re.compile(
        r"//(?:[^/@]*@)?(?:[\w-]+\.)*(?:packet\.(?:net|com)|packethost\.net|equinix(?:metal)?\.com|platformequinix\.com)(?::\d+)?(?:/|\Z)",
        re.I,
    ),
    "give the address of a compatible API as packet.url, or choose another provider of this collection: the same "
    "declarations work on ironic, openstack, ec2, libcloud and lab",
)
OPTIONS = (
    Field(
        "url",
        env=("RACKWRIGHT_PACKET_URL",),
        help="Where a compatible API answers, with its version, such as V(https://metal.example.org/metal/v1).",
    ),
    Field(
        "token",
        required=True,
        secret=True,
        env=("RACKWRIGHT_PACKET_TOKEN", "METAL_AUTH_TOKEN", "PACKET_AUTH_TOKEN", "PACKET_API_TOKEN"),
        help="A user's or a project's API key.",
    ),
    Field(
        "project",
        env=("RACKWRIGHT_PACKET_PROJECT", "METAL_PROJECT_ID", "PACKET_PROJECT_ID"),
        help="The project, by id or name. Only projects, organizations and keys of the account do without.",
    ),
    Field(
        "organization",
        env=("RACKWRIGHT_PACKET_ORGANIZATION", "METAL_ORGANIZATION_ID"),
        help="The organization in which projects are looked for and made, by id or name. By default every one.",
    ),
    Field(
        "verify",
        type="bool",
        default=True,
        env=("RACKWRIGHT_PACKET_VERIFY",),
        help="Whether the certificate of an HTTPS address must be valid.",
    ),
    Field("timeout", type="int", default=60, env=("RACKWRIGHT_PACKET_TIMEOUT",), help="Seconds to wait for an answer."),
)
