# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Layer-2 networks of a facility (VLANs), and the servers that are attached to them."""

from __future__ import annotations

from ..core.field import Field
from ..core.resource import Resource
from .resource import text_tags
from .things import NAMES, options

MODES = ("hybrid-bonded", "hybrid", "layer2-bonded", "layer2-individual")


def _attached(rows):
    """Attachments with what they leave out: the bonded port, tagged."""
    usual = {"port": "bond0", "native": False}
    return [dict(usual, **{name: value for name, value in row.items() if value is not None}) for row in rows]


SERVER_NETWORK = Resource(
    "server_network",
    "server_networks",
    fields=(
        Field("name", required=True, help="What the network is called; it is stamped on it."),
        Field("facility", mutable="replace", alias="metro", help="The facility or metro that it lies in."),
        Field("vlan", type="int", mutable="replace", help="Its VLAN number; by default any that is free."),
        Field("subnet", mutable="replace", help="Its addresses, as a CIDR block, where the provider hands them out."),
        Field(
            "servers",
            type="list",
            elements="dict",
            compare="set",
            normal=_attached,
            options=(
                Field("name", required=True, help="The server."),
                Field("port", help="Its port. By default V(bond0)."),
                Field("native", type="bool", help="Whether frames without a tag belong to this network."),
                Field(
                    "mode",
                    choices=MODES,
                    help=(
                        "What the server's ports are changed to, one for all networks. By default as they are.",
                        "V(hybrid-bonded) is layer 3 with VLANs beside it, V(hybrid) has this port out of the bond.",
                        "On layer 2 the server has none of the provider's addresses; the way back gives it new ones.",
                    ),
                ),
            ),
            help="The servers that are attached to it; V([]) detaches all.",
        ),
        Field("tags", type="dict", normal=text_tags, help="Names and values of your own."),
        Field("owner", given=False, help="Who it belongs to."),
        Field("metro", given=False, compare="ignore", help="The metro that its facility lies in."),
        Field("id", given=False, compare="ignore", help="The provider's own name for it."),
    ),
)
MANAGE = options(SERVER_NETWORK, "server_networks", "The networks, and who is attached.")
LOOK = (NAMES,)
