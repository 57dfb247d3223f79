# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which facility each new server goes to: by preference, by room, and spread as asked."""

from __future__ import annotations

from ..core.errors import Refused
from .resource import visible

ANY = "any"


def place(rows, current, driver):
    """Give every row of `rows` its facility, in place. Raises Refused for those that no facility has room for.

    Servers that are there stay where they are, when that is a place they may be in; a facility may be named by its
    metro. current: rows as read. driver: asked for its facilities and for their room, each at most once.
    """
    there = {row["name"]: row for row in visible(current)}
    fresh, problems = {}, []
    for row in rows:
        choice, have = row.pop("_placement", None), there.get(row["name"])
        if have is not None:
            _stay(row, have, choice)
        elif choice is not None:
            fresh.setdefault((choice["group"], row.get("plan")), (choice, []))[1].append(row)
    if fresh:
        sites = _Sites(driver, fresh)
        for (_group, plan), (choice, group) in fresh.items():
            try:
                _settle(group, choice, plan, sites)
            except Refused as refusal:
                problems += refusal.problems
    if problems:
        raise Refused(problems)


def _stay(row, have, choice):
    """A server that is there: where it is, is where it shall be, if the declaration allows it."""
    named = [row["facility"]] if row.get("facility") else (choice or {}).get("facilities") or ()
    if ANY in named or have.get("facility") in named or (have.get("metro") and have["metro"] in named):
        row["facility"] = have.get("facility")
    elif choice and named:
        row["facility"] = named[0]  # a difference, for the plan to tell and to refuse or replace


class _Sites:
    """The places that were named, and how much room each has for each plan; every server placed takes some."""

    def __init__(self, driver, groups):
        self.driver = driver
        self.all = None
        wants = {}
        for (_group, plan), (choice, rows) in groups.items():
            for site in self.named(choice["facilities"]):
                wants[(site, plan)] = wants.get((site, plan), 0) + len(rows)
        self.room = driver.room(wants)

    def named(self, facilities):
        """The list with `any` spelled out."""
        sites = [site for site in facilities if site != ANY]
        if ANY in facilities:
            if self.all is None:
                self.all = list(self.driver.sites())
            known = {row["name"] for row in self.all if row["name"] in sites or row.get("metro") in sites}
            sites += [row["name"] for row in self.all if row["name"] not in known]
        return sites

    def ordered(self, facilities, plan):
        """The list in the order of preference: as named, then those that `any` stands for, most room first."""
        first = [site for site in facilities if site != ANY]
        rest = [site for site in self.named(facilities) if site not in first]
        return first + sorted(rest, key=lambda site: -self.free(site, plan))

    def free(self, site, plan):
        """How many more servers of the plan fit; without limit where the provider does not say."""
        free = self.room.get((site, plan))
        return float("inf") if free is None else free

    def take(self, site, plan, number):
        """Count servers as placed."""
        if self.room.get((site, plan)) is not None:
            self.room[(site, plan)] -= number


def _settle(rows, choice, plan, sites):
    """Choose for one group of like servers. Raises Refused."""
    order = sites.ordered(choice["facilities"], plan)
    free = {site: sites.free(site, plan) for site in order}
    counts = spread(free, order, len(rows), choice.get("at_most"), choice.get("at_least"))
    if counts is None:
        raise Refused(_no_room(rows, choice, plan, free))
    left = list(rows)
    for site, number in counts.items():
        sites.take(site, plan, number)
        for row in left[:number]:
            row["facility"] = site
        left = left[number:]


def spread(free, order, number, at_most=None, at_least=None):
    """{site: how many} of `number` servers, or None when they do not fit.

    free: {site: room}. order: sites by preference. at_most, at_least: how many sites to use. The sites that come first
    in the order of preference and suffice are filled, one after the other.
    """
    order = [site for site in order if free[site] > 0]
    most, least = min(at_most or len(order), len(order)), min(at_least or 1, number)
    if least == 1:
        chosen = _first(free, order, most, number)
        return _fill(free, chosen, number) if chosen else None
    for size in range(least, most + 1):
        chosen = _first(free, order, size, number)
        if chosen:
            return _evenly(free, chosen, number)
    return None


def _first(free, order, size, number):
    """Of all choices of `size` sites with room for `number`, the one that comes first in the order; or None."""
    chosen, left = [], number
    for index, site in enumerate(order):
        later = sorted((free[other] for other in order[index + 1 :]), reverse=True)
        more = size - len(chosen) - 1
        if len(chosen) < size and len(later) >= more and free[site] + sum(later[:more]) >= left:
            chosen.append(site)
            left -= free[site]
    return chosen if len(chosen) == size and left <= 0 else None


def _fill(free, sites, number):
    """One site after the other."""
    counts = {}
    for site in sites:
        counts[site] = int(min(free[site], number))
        number -= counts[site]
    return {site: count for site, count in counts.items() if count}


def _evenly(free, sites, number):
    """One server to each site in turn."""
    counts = dict.fromkeys(sites, 0)
    while number:
        for site in sites:
            if number and counts[site] < free[site]:
                counts[site] += 1
                number -= 1
    return counts


def _no_room(rows, choice, plan, free):
    rooms = ", ".join("%s %s" % (site, "any number" if room == float("inf") else room) for site, room in free.items())
    limits = ["%s %s" % (name.replace("_", " "), choice[name]) for name in ("at_most", "at_least") if choice.get(name)]
    return (
        "server %s: no room for %d of plan %s in %s%s (free: %s); name more facilities, fewer servers or another plan"
        % (
            rows[0]["name"] if len(rows) == 1 else "%s to %s" % (rows[0]["name"], rows[-1]["name"]),
            len(rows),
            plan,
            ", ".join(choice["facilities"]),
            " with " + " and ".join(limits) if limits else "",
            rooms or "none",
        )
    )
