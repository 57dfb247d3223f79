# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a provider offers: facilities, plans and images, read only; and what of it a declaration asks for in vain."""

from __future__ import annotations

import datetime

from ..core.field import Field
from ..core.resource import Resource
from .lifetimes import completed
from .resource import visible

OFFERED = ("unknown", "available", "limited", "sold_out")


def _told(name, help, type="str", elements=None):
    return Field(name, type=type, elements=elements, given=False, compare="ignore", help=help)


NAME = _told("name", "The word that declarations use.")
TITLE = _told("title", "Its name for people.")
ID = _told("id", "The provider's own name for it.")
FACILITY = Resource(
    "facility",
    "facilities",
    fields=(
        NAME,
        TITLE,
        _told("metro", "The metro or region that it lies in, which declarations may name instead."),
        _told("country", "Its country, in two letters (ISO 3166)."),
        _told("features", "What the provider says it has.", "list", "str"),
        _told("capacity", "For each plan, V(available), V(limited), V(sold_out) or V(unknown).", "dict"),
        ID,
    ),
)
PLAN = Resource(
    "plan",
    "plans",
    fields=(
        NAME,
        TITLE,
        _told("cpus", "Cores.", "int"),
        _told("memory", "MiB.", "int"),
        _told("disk", "GB of all disks.", "int"),
        _told("architecture", "Such as V(x86_64)."),
        _told("price", "For an hour, in O(currency).", "float"),
        _told("currency", "In three letters (ISO 4217)."),
        _told("facilities", "Where it can be had, now or in general, as the provider says.", "list", "str"),
        _told("capacity", "V(available), V(limited), V(sold_out) or V(unknown), everywhere taken together."),
        ID,
    ),
)
IMAGE = Resource(
    "image",
    "images",
    fields=(
        NAME,
        TITLE,
        _told("distribution", "Such as V(debian)."),
        _told("version", "Of the distribution."),
        _told("plans", "The plans that it runs on; left out where the provider does not say.", "list", "str"),
        _told("end_of_life", "The last day of its security updates (ISO 8601)."),
        _told("successor", "What to take instead once that is over."),
        ID,
    ),
)
LOOK = (Field("names", type="list", elements="str", help="Only those of these names."),)


def problems(driver, rows, current, today=None):
    """What rows that are to be made ask for and the provider does not have, one sentence each.

    The catalogues are read only when something is to be made.
    """
    there = {row["name"]: row for row in visible(current)}
    new = [row for row in rows if row["name"] not in there]
    again = [r for r in rows if r["name"] in there and r.get("image") not in (None, there[r["name"]].get("image"))]
    found = []
    for resource, field, asking in ((FACILITY, "facility", new), (PLAN, "plan", new), (IMAGE, "image", new + again)):
        names = {row[field] for row in asking if row.get(field)}
        known = driver.known(resource, names) if names else None
        if known is not None:
            found += _unknown(driver, resource, field, asking, known)
            if resource is PLAN:
                found += _sold_out(asking, known)
            if resource is IMAGE:
                known = {name: completed(image) for name, image in known.items()}
                found += _past(asking, known, today or datetime.date.today().isoformat())
    return found


def _unknown(driver, resource, field, rows, known):
    """Names that the catalogue does not have; it is read whole for the message only."""
    lost = [row for row in rows if row.get(field) and row[field] not in known]
    if not lost:
        return []
    store = driver.store(resource, {})
    names = sorted(row["name"] for row in store.read())
    has = ", it has " + _some(names) if names or not store.UNLISTED else ""
    has += "; " + store.UNLISTED if store.UNLISTED else ""
    text = "server %s: provider %s has no %s %s%s%s"
    return [text % (row["name"], driver.NAME, field, row[field], has, _hint(field, row[field])) for row in lost]


def _some(names):
    """The first thirty names, and how many more there are."""
    return ", ".join(names[:30]) + (" and %d more" % (len(names) - 30) if len(names) > 30 else "") or "none"


def _hint(field, word):
    """The way out for a choice of facilities, which Packet's own modules took as `any` or a list."""
    choice = field == "facility" and (word == "any" or word[:1] == "[")
    return ". To have one chosen: `placement: {facilities: [...]}` in place of facility" if choice else ""


def _sold_out(rows, known):
    bought = [row for row in rows if not row.get("reservation")]
    gone = [row for row in bought if (known.get(row.get("plan")) or {}).get("capacity") == "sold_out"]
    text = "server %s: plan %s is sold out everywhere; plan_info lists what can be had"
    return [text % (row["name"], row["plan"]) for row in gone]


def _past(rows, known, today):
    """Images that get no updates any more, unless the row says that this is known (`_end_of_life: allow`)."""
    old = []
    for row in rows:
        image = known.get(row.get("image")) or {}
        if (image.get("end_of_life") or today) < today and row.get("_end_of_life") != "allow":
            heir = "; its successor is %s" % image["successor"] if image.get("successor") else ""
            text = "server %s: image %s has had no security updates since %s%s. To use it anyway: `end_of_life: allow`"
            old.append(text % (row["name"], row["image"], image["end_of_life"], heir))
    return old
