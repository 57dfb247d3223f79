# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that the DNS modules share, as fields."""

from __future__ import annotations

from ..core.field import Field
from .resource import RECORD_SET

ZONE_NAME = Field(
    "zone", required=True, help="The zone's name, such as V(example.org). It is absolute with or without a final dot."
)
ROWS = tuple(field for field in RECORD_SET.fields if field.given)


def records(text, required=False):
    """The option `records`: a list of record sets."""
    return Field("records", type="list", elements="dict", options=ROWS, required=required, help=text)


def state(text):
    """The option `state`."""
    return Field("state", choices=("present", "absent"), default="present", help=text)
