# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What servers belong to: projects, and the organizations that own them."""

from __future__ import annotations

from ..core.field import Field
from ..core.resource import Resource
from .things import NAMES, options

NAME = Field("name", required=True, help="Its name.")
OWNER = Field("owner", given=False, help="Who it belongs to.")
ID = Field("id", given=False, compare="ignore", help="The provider's own name for it.")
PROJECT = Resource(
    "project",
    "projects",
    fields=(
        NAME,
        Field("organization", mutable="create_only", help="The organization or domain that owns it, by name or id."),
        Field("description", help="What it is for."),
        Field("payment_method", help="The provider's id of who pays."),
        Field("enabled", type="bool", help="Whether it may be used."),
        OWNER,
        ID,
    ),
)
ORGANIZATION = Resource(
    "organization",
    "organizations",
    fields=(
        NAME,
        Field("description", help="What it is."),
        Field("website", help="Its address on the web."),
        Field("enabled", type="bool", help="Whether it may be used."),
        OWNER,
        ID,
    ),
)
PROJECTS = options(PROJECT, "projects", "The projects.")
ORGANIZATIONS = options(ORGANIZATION, "organizations", "The organizations.")
LOOK = (NAMES,)
