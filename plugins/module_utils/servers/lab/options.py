# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user may say about a lab, and whether it makes sense."""

from __future__ import annotations

import ipaddress

from ...core.errors import Refused
from ...core.field import Field
from ..resource import hostname
from .install import size

FACILITIES = {"ams1": None, "ewr1": None, "sjc1": None}
PLANS = {
    "lab.small": {"cpus": 1, "memory": "1G"},
    "lab.medium": {"cpus": 2, "memory": "2G"},
    "lab.large": {"cpus": 4, "memory": "4G"},
}

OWN = (
    Field("name", default="lab", env=("RACKWRIGHT_LAB_NAME",), help="The lab's name; several may share an engine."),
    Field(
        "facilities",
        type="dict",
        help=(
            "The facilities by name, each with its subnet or null for any that is free.",
            "By default C(ams1), C(ewr1) and C(sjc1). Each is a network of its own, made with its first server.",
        ),
    ),
    Field(
        "backbone",
        env=("RACKWRIGHT_LAB_BACKBONE",),
        help="The subnet of the network that joins the facilities, where every server has its public address.",
    ),
    Field(
        "plans",
        type="dict",
        help=(
            "Plans by name, each with C(cpus) and C(memory), beside the built-in ones:",
            "C(lab.small) (1 CPU, 1G), C(lab.medium) (2, 2G) and C(lab.large) (4, 4G).",
        ),
    ),
    Field(
        "images",
        default="rackwright/lab",
        env=("RACKWRIGHT_LAB_IMAGES",),
        help="The repository whose tags are the images.",
    ),
    Field(
        "access",
        choices=("auto", "address", "port"),
        default="auto",
        env=("RACKWRIGHT_LAB_ACCESS",),
        help=(
            "How SSH reaches the servers: at their own addresses, or at ports of the engine's host.",
            "V(auto) takes addresses on a local Linux engine, ports on any other.",
        ),
    ),
)


def check(lab, facilities, plans, backbone):
    """Raise Refused with everything that is wrong with a lab's options."""
    problems = []
    for label, test, value in _tests(lab, facilities, plans, backbone):
        try:
            test(value)
        except ValueError as error:
            problems.append("provider lab: %s: %s" % (label, error))
    if problems:
        raise Refused(problems)


def _tests(lab, facilities, plans, backbone):
    yield "name", _exact_label, lab
    yield "backbone", _check_subnet, backbone
    for name, plan in plans.items():
        yield "plan %s" % name, _check_plan, plan
    for name, subnet in facilities.items():
        yield "facility %s" % name, _exact_label, name
        yield "facility %s" % name, _check_subnet, subnet


def _exact_label(name):
    if not isinstance(name, str) or hostname(name) != name:
        raise ValueError("%r must be lower-case letters, digits and inner hyphens" % (name,))


def _check_subnet(subnet):
    if subnet and ipaddress.ip_network(subnet).version != 4:
        raise ValueError("%s is not an IPv4 subnet, such as 10.90.1.0/24" % subnet)


def _check_plan(plan):
    try:
        good = float(plan["cpus"]) > 0 and size(plan["memory"]) >= size("64M")
    except (KeyError, TypeError):
        good = False
    if not good:
        raise ValueError("it needs cpus above 0 and a memory of 64M or more, such as {cpus: 1, memory: 1G}")
