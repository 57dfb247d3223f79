# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines: hardware that is made known to a provider, before servers are installed on it."""

from __future__ import annotations

import re

from ..core.field import Field
from ..core.options import TIMEOUT
from ..core.resource import Resource
from .resource import said, text_tags
from .things import NAMES, options

MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}\Z")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,254}\Z")


def _name(text):
    if not NAME.match(text):
        raise ValueError("%r is no name of a machine: letters, digits, and . _ ~ -" % text)
    return text


def macs(addresses):
    """Hardware addresses in one spelling and order."""
    done = sorted({text.strip().lower().replace("-", ":") for text in addresses})
    for text in done:
        if not MAC.match(text):
            raise ValueError("%r is no hardware address, such as 52:54:00:12:34:56" % text)
    return done


MACHINE = Resource(
    "machine",
    "machines",
    fields=(
        Field("name", required=True, normal=_name, help="Its name."),
        Field("driver", mutable="replace", help="How it is managed, such as V(redfish), V(ipmi) or V(fake-hardware)."),
        Field(
            "bmc",
            type="dict",
            normal=said,
            compare="subset",
            options=(
                Field("address", help="Where its management controller is reached."),
                Field("username", help="Who logs in there."),
                Field("system", help="Which of a controller's systems, such as C(/redfish/v1/Systems/1)."),
                Field("verify", help="V(true), V(false), or a file of the authorities its certificate may come from."),
                Field("port", help="The controller's port, where it is not the usual one."),
            ),
            help="Its management controller.",
        ),
        Field(
            "bmc_password",
            secret=True,
            compare="ignore",
            help=(
                "The controller's password. Providers do not give it back, so a difference is not seen;",
                "it is sent when the machine is enrolled, and whenever O(machines[].bmc) changes.",
            ),
        ),
        Field("macs", type="list", elements="str", compare="set", normal=macs, help="Hardware addresses of its ports."),
        Field("plan", help="The plan whose servers it can carry: its resource class."),
        Field("facility", help="Where it stands: its conductor group."),
        Field("traits", type="list", elements="str", compare="set", help="What it can, such as V(CUSTOM_GPU)."),
        Field(
            "properties",
            type="dict",
            normal=said,
            compare="subset",
            help="What it is made of, such as C(cpus), C(memory_mb), C(local_gb), C(cpu_arch), C(root_device).",
        ),
        Field(
            "interfaces",
            type="dict",
            normal=said,
            compare="subset",
            help="The driver's parts by name, such as C(deploy) and C(boot); by default the driver's own choice.",
        ),
        Field(
            "state",
            choices=("available", "manageable"),
            help="V(available) can carry a server, V(manageable) is known and kept back. By default V(available).",
        ),
        Field("tags", type="dict", normal=text_tags, help="Names and values of your own."),
        Field("owner", given=False, help="Who it belongs to."),
        Field("server", given=False, compare="ignore", help="The server on it."),
        Field("phase", given=False, compare="ignore", help="Its provision state, in the provider's words."),
        Field("power", given=False, compare="ignore", help="V(on) or V(off)."),
        Field("maintenance", given=False, compare="ignore", help="Why it is out of service."),
        Field("error", given=False, compare="ignore", help="What went wrong last."),
        Field("id", given=False, compare="ignore", help="The provider's own name for it."),
    ),
)
MANAGE = options(MACHINE, "machines", "The machines. What is left out is not managed.", TIMEOUT)
LOOK = (NAMES,)


def defaulted(rows, state):
    """Rows that are to be there shall be available unless they say otherwise."""
    return [dict(row, state=row.get("state") or "available") if state == "present" else row for row in rows]
