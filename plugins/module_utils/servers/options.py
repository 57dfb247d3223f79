# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users may say to the servers' modules, as fields, and the rows that follow from it; pure."""

from __future__ import annotations

import re

from ..core.errors import Refused
from ..core.field import Field
from ..core.options import LIMITS, OWNER, PRUNE, TIMEOUT, owner_of_prune, recreate
from .placement import ANY
from .ready import READY
from .resource import DECLARED, NAME, RARE, SERVER, hostname

PATTERN = re.compile(r"%(?:0([1-9]))?d")

COUNT = Field(
    "count",
    type="int",
    help="How many servers of this kind; O(servers[].name) must then hold C(%d) or C(%02d), which counts from 1.",
)
PLACEMENT = Field(
    "placement",
    type="dict",
    options=(
        Field(
            "facilities",
            type="list",
            elements="str",
            required=True,
            help="Facilities or metros by preference; V(any) stands for all others, those with most room first.",
        ),
        Field("at_most", type="int", help="Spread the servers of this row over at most this many of them."),
        Field("at_least", type="int", help="Spread the servers of this row evenly over at least this many of them."),
    ),
    help=(
        "Where the servers of this row may stand, instead of O(servers[].facility); room is asked for first.",
        "Servers that are there stay where they are.",
    ),
)
END_OF_LIFE = Field(
    "end_of_life",
    choices=("refuse", "allow"),
    default="refuse",
    help="What to do about a new server whose image gets no security updates any more.",
)
STATE = Field(
    "state",
    choices=("present", "absent", "on", "off"),
    default="present",
    help="V(on) and V(off) are V(present) with that O(servers[].power) for every server that names none itself.",
)
SERVERS = Field(
    "servers",
    type="list",
    elements="dict",
    required=True,
    options=(NAME, COUNT) + DECLARED[1:] + (PLACEMENT,) + RARE,
    help="The servers. What is left out is not managed; a new server needs what the provider cannot do without.",
)
SSH_KEYS = Field(
    "ssh_keys",
    type="list",
    elements="str",
    help="Public keys for every server of this task that names none itself.",
)
WAIT = Field(
    "wait",
    type="bool",
    default=True,
    help="Wait until every server that is on is ready; O(ready) says what that is.",
)
KNOWN_HOSTS = Field(
    "known_hosts",
    type="path",
    help=(
        "A C(known_hosts) file that gets a line with the host key of each server of this task.",
        "So the first login is already verified.",
        "The line of a server that is deleted or reinstalled goes. Lines of others are left alone.",
    ),
)
FILTERS = Field(
    "filters",
    type="dict",
    help="Only servers that have all of these.",
    options=(
        Field("owner", type="list", elements="str", help="One of these owners."),
        Field("facility", type="list", elements="str", help="In one of these facilities."),
        Field("plan", type="list", elements="str", help="Of one of these plans."),
        Field("image", type="list", elements="str", help="With one of these images."),
        Field("state", type="list", elements="str", help="In one of these states."),
        Field("tags", type="dict", help="With all of these tags."),
    ),
)
ACTIONS = ("reboot", "power_cycle", "power_on", "power_off", "reinstall", "rescue", "unrescue")
LOOK = (
    Field("names", type="list", elements="str", help="Only servers of these names."),
    FILTERS,
    Field("console", type="bool", default=False, help="Fetch the last lines of each server's console too."),
)
ACT = (
    Field("names", type="list", elements="str", required=True, help="The servers. Each must be there."),
    Field(
        "action",
        required=True,
        choices=ACTIONS,
        help=(
            "V(reboot) shuts down and starts again, V(power_cycle) does so without asking the system.",
            "V(power_on) and V(power_off) do it once, V(power) of M(rackwright.platform.server) declares it.",
            "V(rescue) boots a system in memory that your keys open, V(unrescue) boots the server's own again.",
            "V(reinstall) gives a new disk and host key; name, tags, addresses and user data stay.",
        ),
    ),
    WAIT,
    READY,
    TIMEOUT,
    KNOWN_HOSTS,
)
MANAGE = (
    SERVERS,
    SSH_KEYS,
    STATE,
    OWNER,
    PRUNE,
    recreate("never"),
    END_OF_LIFE,
    WAIT,
    READY,
    TIMEOUT,
    KNOWN_HOSTS,
    LIMITS,
)


def expanded(rows):
    """The declared rows with patterns counted out. Raises Refused with every problem."""
    done, problems = [], []
    for number, row in enumerate(rows):
        row, name, count = dict(row), row["name"], row.get("count")
        row.pop("count", None)
        problems += _place(row, number)
        if count is None:
            done.append(row)
        elif count < 0 or len(PATTERN.findall(name)) != 1 or name.count("%") != 1:
            problems.append(
                "server %s: count is %d; it needs to be 0 or more, and the name one %%d or %%02d to count with, "
                "such as web%%02d" % (name, count)
            )
        else:
            done += [dict(row, name=name % number) for number in range(1, count + 1)]
    if problems:
        raise Refused(problems)
    return done


def _place(row, number):
    """Turn the row's `placement` into the driver's `_placement`; returns problems."""
    placement = row.pop("placement", None)
    if placement is None and row.get("facility") == ANY:
        placement = {"facilities": [row.pop("facility")]}
    if placement is None:
        return []
    problems = []
    if row.get("facility"):
        problems.append("server %s: facility and placement exclude each other; name all in placement" % row["name"])
    if not placement["facilities"]:
        problems.append("server %s: placement.facilities is empty; name some, or any" % row["name"])
    most, least = placement.get("at_most"), placement.get("at_least")
    if any(limit is not None and limit < 1 for limit in (most, least)) or (most and least and most < least):
        problems.append(
            "server %s: placement: at_most and at_least are 1 or more, at_least not above at_most" % row["name"]
        )
    row["_placement"] = dict(placement, group=number)
    return problems


def declared(params):
    """The canonical rows of the options of `server`. Raises Refused."""
    rows = expanded(params["servers"])
    for row in rows:
        if row.get("user_data") is not None:
            row["_user_data"] = row["user_data"]
        if params["state"] in ("on", "off") and row.get("power") is None:
            row["power"] = params["state"]
        if params["state"] != "absent":
            if row.get("ssh_keys") is None:
                row["ssh_keys"] = params.get("ssh_keys")
            row["installed"] = True
            row["owner"] = params.get("owner")
            row["_end_of_life"] = params.get("end_of_life")
    owner_of_prune(params)
    return SERVER.normalise(rows)


def names_of(names):
    """Canonical names, each once. Raises Refused."""
    done, problems = [], []
    for name in names:
        try:
            done.append(hostname(name))
        except ValueError as error:
            problems.append("names: %s" % error)
    if problems:
        raise Refused(problems)
    return list(dict.fromkeys(done))
