# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What declared servers ask for in vain, beyond what every provider's catalogue tells; pure but for the catalogue."""

from __future__ import annotations

from ..resource import visible
from .rows import bad_tags

IPXE = "custom_ipxe"


def problems(rows, current, catalogue):
    """One sentence each. Reservations that are there under another word are understood in `rows`."""
    there = {row["name"]: row for row in visible(current)}
    found, taken = [], set()
    for row in rows:
        have = there.get(row["name"])
        texts = bad_tags(row) + (_new(row, catalogue) if have is None else _changed(row, have))
        if have is None and row.get("reservation"):
            texts += _reserved(row, catalogue, taken)
        found += ["server %s: %s" % (row["name"], text) for text in texts]
    return found


def crowded(rows, current, catalogue):
    """Of sound rows, a sentence for each plan of which fewer are left in a place than the new ones want together."""
    there, wants = {row["name"] for row in visible(current)}, {}
    for row in rows:
        apart = row["name"] in there or row.get("reservation") or row.get("spot")  # what takes no room, or other room
        if row.get("facility") and row.get("plan") and not apart:
            wants.setdefault((row["facility"], row["plan"]), []).append(row["name"])
    room = catalogue.room({pair: len(names) for pair, names in wants.items()})
    text = "server %s: %s has room for %d of plan %s, %d are declared; name fewer, another plan or another facility"
    return [
        text % (", ".join(names[:5] + ["..."] * (len(names) > 5)), place, room[place, plan], plan, len(names))
        for (place, plan), names in wants.items()
        if room[place, plan] < len(names)
    ]


def _reserved(row, catalogue, taken):
    """A reservation that cannot have the server. taken: those that servers of this task have; one more is added."""
    word, every = row["reservation"], catalogue.reservations()
    free = [one for one in every if one.get("provisionable", True) and one["id"] not in taken]
    fits = [one for one in free if _is_of(one, row, catalogue)]
    if word != "next-available":
        fits = [one for one in fits if one["id"] == word]
    if fits:
        taken.add(fits[0]["id"])
        return []
    if word == "next-available":
        text = "no reservation of plan %s in %s is free: the project has %d of it, %d of which are free anywhere"
        same = [one for one in every if (one.get("plan") or {}).get("slug") == row.get("plan")]
        return [text % (row.get("plan"), row.get("facility"), len(same), len([one for one in same if one in free]))]
    one = next((one for one in every if one["id"] == word), None)
    if one is None:
        has = ", ".join(sorted(one["id"] for one in free)[:10]) or "none"
        return ["the project has no reservation %s; of those it has these are free: %s" % (word, has)]
    if one not in free:
        return ["the reservation %s is in use, or must be activated first" % word]
    facts = (word, (one.get("plan") or {}).get("slug"), (one.get("facility") or {}).get("code"))
    return ["the reservation %s is of plan %s in facility %s; declare those, or name another" % facts]


def _is_of(one, row, catalogue):
    """Whether a reservation is of a row's plan and facility."""
    site, want = (one.get("facility") or {}).get("code"), row.get("facility")
    near = want in (None, site, catalogue.metro_of(site)) if site else True
    return near and row.get("plan") in (None, (one.get("plan") or {}).get("slug"))


def _new(row, catalogue):
    texts, script = [], (row.get("_user_data") or "").startswith("#!ipxe")
    url = (row.get("ipxe") or {}).get("url")
    if row.get("image") == IPXE and not (url or script):
        texts.append("image custom_ipxe boots a script of yours; give ipxe.url")
    if row.get("ipxe") and row.get("image") not in (None, IPXE):
        texts.append("ipxe needs image custom_ipxe, it is %s" % row["image"])
    if row.get("spot") is not None and row["spot"].get("max_price") is None:
        texts.append("spot needs max_price, the most to pay for an hour")
    texts += _unfit(row, catalogue)
    if row.get("facility") and row.get("plan") and not row.get("reservation"):
        texts += _no_room(row["facility"], row["plan"], catalogue)
    return texts


def _unfit(row, catalogue):
    """An image that does not run on the plan."""
    image = next((one for one in catalogue.images() if one.get("slug") == row.get("image")), {})
    plans = image.get("provisionable_on")
    if (
        row.get("plan")
        and plans
        and row["plan"] not in plans
        and any(p.get("slug") == row["plan"] for p in catalogue.plans())
    ):
        return [
            "image %s does not run on plan %s, but on %s" % (row["image"], row["plan"], ", ".join(sorted(plans)[:20]))
        ]
    return []


def _no_room(facility, plan, catalogue):
    """A facility that has none of the plan left, while others have."""
    if catalogue.level(facility, plan) != "sold_out":
        return []
    levels = catalogue.levels()
    others = sorted(place for place, plans in levels.items() if plans.get(plan) in ("available", "limited"))
    return ["facility %s has no %s left; there are some in %s" % (facility, plan, ", ".join(others))] if others else []


def _changed(row, have):
    """What cannot be changed about a server that is there."""
    if row.get("reservation") == "next-available" and have.get("reservation"):
        row["reservation"] = have["reservation"]
    if row.get("ends_at") and row["ends_at"] != have.get("ends_at"):
        now = have.get("ends_at") or "not set"
        return ["ends_at is %s and cannot be changed on provider packet; declare that, or make the server anew" % now]
    return []
