# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API offers: places, plans and operating systems, and how much room there is. Each is asked for once."""

from __future__ import annotations

import datetime
import re
import threading

from ...core.errors import NotFound
from ..base import Store
from .api import ident

LEVELS = {"normal": "available", "limited": "limited", "unavailable": "sold_out"}
ORDER = ("available", "limited", "sold_out", "unknown")  # the best first
ASKED = 500  # questions in one call about room


class Catalogue:
    """api: an Api."""

    def __init__(self, api):
        self.api = api
        self.lock, self.kept, self.fits = threading.RLock(), {}, {}

    def _once(self, name, read):
        with self.lock:
            if name not in self.kept:
                self.kept[name] = read()
            return self.kept[name]

    def places(self):
        """All facilities; metros, where the API knows no facilities any more."""
        return self._once("places", self._places)

    def _places(self):
        try:
            found = self.api.get("/facilities").get("facilities") or []
        except NotFound:
            found = []
        if not found:
            metros = self.api.get("/locations/metros").get("metros") or []
            found = [dict(metro, metro=metro) for metro in metros]
        return [_place(one) for one in found]

    def where(self, name):
        """What the API calls the place of that name: {"metro" or "facility": code}."""
        metros = {place.get("metro") for place in self.places()}
        return {"metro" if name in metros else "facility": name}

    def metro_of(self, name):
        """The metro that a facility lies in; a metro is its own, and a facility where there are none."""
        return next((place.get("metro") for place in self.places() if place["name"] == name), None) or name

    def plans(self):
        """The API's plans."""
        path = self.api.project + "/plans" if self.api.wanted else "/plans"
        return self._once("plans", lambda: self.api.get(path, include="available_in").get("plans") or [])

    def images(self):
        """The API's operating systems."""
        return self._once("images", lambda: self.api.get("/operating-systems").get("operating_systems") or [])

    def reservations(self):
        """The machines that are reserved for the project."""
        path = self.api.project + "/hardware-reservations"
        return self._once("reserved", lambda: self.api.pages(path, "hardware_reservations", include="plan,facility"))

    def levels(self):
        """{place: {plan: `available`, `limited` or `sold_out`}}."""
        return self._once("levels", self._levels)

    def _levels(self):
        try:
            found = self.api.get("/capacity").get("capacity") or {}
        except NotFound:
            found = self.api.get("/capacity/metros").get("capacity") or {}
        return {
            place: {plan: LEVELS.get(level.get("level"), "unknown") for plan, level in plans.items()}
            for place, plans in found.items()
        }

    def level(self, name, plan):
        """The level of a plan in a facility, or the best of those in a metro."""
        sites = [place["name"] for place in self.places() if name in (place["name"], place.get("metro"))]
        return best(self.levels().get(site, {}).get(plan, "unknown") for site in sites)

    def room(self, wants):
        """{(place, plan): how many fit, at most the number in `wants`}; few calls, each with many questions, and what
        is known already is not asked again."""
        low, high = {pair: min(self.fits.get(pair, 0), number) for pair, number in wants.items()}, dict(wants)
        while True:
            open_ = [pair for pair in wants if low[pair] < high[pair]]
            if not open_:
                self.fits.update(low)
                return low
            each, asked = max(1, ASKED // len(open_)), []
            for pair in open_[:ASKED]:
                asked += [(pair, number) for number in _between(low[pair], high[pair], each)]
            for (pair, number), fits in zip(asked, self._fit(asked)):
                if fits:
                    low[pair] = max(low[pair], number)
                else:
                    high[pair] = min(high[pair], number - 1)

    def _fit(self, asked):
        """Whether as many fit, for each ((place, plan), number); facilities and metros are different questions."""
        answers = {}
        for kind, path in (("facility", "/capacity"), ("metro", "/capacity/metros")):
            mine = [one for one in asked if kind in self.where(one[0][0])]
            servers = [{kind: place, "plan": plan, "quantity": str(number)} for (place, plan), number in mine]
            if servers:
                found = self.api.ask(path, {"servers": servers}).get("servers") or []
                answers.update(zip(mine, [bool(one.get("available")) for one in found]))
        return [answers.get(one, False) for one in asked]


def _between(low, high, number):
    """At most `number` evenly spread whole numbers above `low`, up to `high`."""
    steps = min(number, high - low)
    return (
        sorted({low + -(-(high - low) * step // steps) for step in range(1, steps + 1)})
        if steps > 1
        else [(low + high + 1) // 2]
    )


def best(levels):
    """The best of some levels."""
    return min(list(levels) or ["unknown"], key=ORDER.index)


def _place(one):
    metro = one.get("metro") or {}
    row = {"name": one["code"], "title": one.get("name"), "metro": metro.get("code"), "country": metro.get("country")}
    row.update(features=one.get("features"), id=one.get("id"))
    return {name: value for name, value in row.items() if value is not None}


class Facilities(Store):
    """Facilities, and what can be had there."""

    def read(self):
        """Every one."""
        catalogue = self.driver.catalogue
        levels = catalogue.levels()
        return [dict(place, capacity=levels.get(place["name"], {})) for place in catalogue.places()]


class Plans(Store):
    """The sizes of machines."""

    def read(self):
        """Every one."""
        catalogue = self.driver.catalogue
        levels, codes = catalogue.levels(), {place.get("id"): place["name"] for place in catalogue.places()}
        return [_plan(one, levels, codes) for one in catalogue.plans()]


def _plan(one, levels, codes):
    specs, price = one.get("specs") or {}, (one.get("pricing") or {}).get("hour")
    slug = one.get("slug") or one.get("name")
    row = {"name": slug, "title": one.get("name"), "id": one.get("id")}
    row["cpus"] = _cores(specs.get("cpus") or ())
    row["memory"] = _size((specs.get("memory") or {}).get("total"), 1024)
    row["disk"] = sum(
        (_size(d.get("size"), 1000) or 0) // 1000 * (d.get("count") or 1) for d in specs.get("drives") or ()
    )
    row["architecture"] = "aarch64" if re.search(r"\barm\b", slug) else "x86_64"
    row.update({"price": float(price), "currency": "USD"} if price is not None else {})
    row["facilities"] = sorted({codes[ident(site)] for site in one.get("available_in") or () if ident(site) in codes})
    row["capacity"] = best(plans[slug] for plans in levels.values() if slug in plans)
    return {name: value for name, value in row.items() if value is not None}


def _cores(cpus):
    """All cores: a processor's kind says how many it has, where it does."""
    total = 0
    for cpu in cpus:
        said = re.search(r"(\d+)[- ]?cores?\b", cpu.get("type") or "", re.I)
        total += (cpu.get("count") or 1) * int(said.group(1) if said else 1)
    return total or None


def _size(text, step):
    """`32GB` in units that are `step` times smaller than GB; None where nothing is said."""
    found = re.match(r"([\d.]+)\s*([MGT])I?B?", (text or "").upper())
    return int(float(found.group(1)) * {"M": 1 / step, "G": 1, "T": step}[found.group(2)] * step) if found else None


class Images(Store):
    """Operating systems."""

    def read(self):
        """Every one; those past their end with the one to take instead."""
        found, today = self.driver.catalogue.images(), datetime.date.today().isoformat()
        return [_image(one, found, today) for one in found]


def _image(one, all_, today):
    row = {"name": one["slug"], "title": one.get("name"), "distribution": one.get("distro"), "id": one.get("id")}
    row.update(version=one.get("version"), plans=one.get("provisionable_on") or None)
    row["end_of_life"] = one.get("end_of_life_date")
    if row["end_of_life"] and row["end_of_life"] < today:
        alive = [other for other in all_ if (other.get("end_of_life_date") or today) >= today]
        same = [other for other in alive if other.get("distro") == one.get("distro")]
        row["successor"] = max(same, key=_version)["slug"] if same else None
    return {name: value for name, value in row.items() if value is not None}


def _version(image):
    return [int(number) for number in re.findall(r"\d+", image.get("version") or "")]


STORES = {"facility": Facilities, "plan": Plans, "image": Images}
