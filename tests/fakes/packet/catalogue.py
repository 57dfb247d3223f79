# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facilities, metros, plans, operating systems, and how many machines are left."""

from __future__ import annotations

import functools
import uuid

from .wire import Problem, find, href

METROS = {"sv": ("Silicon Valley", "US"), "ny": ("New York", "US"), "da": ("Dallas", "US"), "am": ("Amsterdam", "NL")}
FACILITIES = {"sjc1": "sv", "sv15": "sv", "ewr1": "ny", "dfw1": "da", "ams1": "am"}
PLANS = {  # slug: cores, memory, disks in GB, an hour's price
    "c3.small.x86": (8, "32GB", (480, 480), 0.75),
    "c3.medium.x86": (24, "64GB", (960, 960), 1.5),
    "m3.large.x86": (32, "256GB", (3800, 3800), 3.1),
}
SYSTEMS = {  # slug: name, distribution, version, end of life
    "debian_9": ("Debian 9", "debian", "9", "2022-06-30"),
    "debian_12": ("Debian 12", "debian", "12", "2028-06-30"),
    "debian_13": ("Debian 13", "debian", "13", "2030-06-30"),
    "ubuntu_24_04": ("Ubuntu 24.04 LTS", "ubuntu", "24.04", "2029-05-31"),
    "custom_ipxe": ("Custom iPXE", "custom_ipxe", "1", None),
}
FEATURES = ("raid", "txt", "uefi")  # of every plan; another one can't be required
ROOM = 1000  # machines of each plan in each facility, unless `api.free` says otherwise
CHEAP = 4  # a spare machine costs this part of a plan's price, unless `api.price` says otherwise
FEW = 3  # as many are called limited


def begin(api):
    """Nothing is used yet; `api.free` overrides ROOM."""
    api.used = {}


@functools.lru_cache(maxsize=None)
def ident(*words):
    """The same id for the same thing in each run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "packet/" + "/".join(words)))


def metro(code):
    """A metro as the API shows it."""
    name, country = METROS[code]
    return {"id": ident("metro", code), "code": code, "name": name, "country": country} | reference("metro", code)


def facility(code):
    """A facility as the API shows it."""
    features = ["baremetal", "backend_transfer", "layer_2", "global_ipv4"]
    more = {"features": features, "metro": metro(FACILITIES[code]), "ip_ranges": []}
    return {"id": ident("facility", code), "code": code, "name": code.upper()} | more | reference("facility", code)


def plan(slug):
    """A plan as the API shows it."""
    cores, memory, disks, price = PLANS[slug]
    specs = {"cpus": [{"count": 1, "type": "%d cores" % cores}], "memory": {"total": memory}}
    specs["drives"] = [{"count": 1, "size": "%dGB" % size, "type": "SSD"} for size in disks]
    specs["nics"] = [{"count": 2, "type": "25Gbps"}]
    specs["features"] = {name: True for name in FEATURES}
    return {
        "id": ident("plan", slug),
        "slug": slug,
        "name": slug,
        "line": "baremetal",
        "class": slug,
        "type": "standard",
        "categories": ["compute"],
        "legacy": False,
        "specs": specs,
        "pricing": {"hour": price},
        "deployment_types": ["on_demand", "spot_market"],
        "available_in": [dict(reference("facility", code), price={"hour": price}) for code in FACILITIES],
        "available_in_metros": [dict(reference("metro", code), price={"hour": price}) for code in METROS],
    } | reference("plan", slug)


def system(slug):
    """An operating system as the API shows it."""
    name, distribution, version, end = SYSTEMS[slug]
    found = {"id": ident("os", slug), "slug": slug, "name": name, "distro": distribution, "version": version}
    found.update(
        provisionable_on=list(PLANS), preinstallable=False, licensed=False, pricing={}, **reference("os", slug)
    )
    return dict(found, **({"end_of_life_date": end} if end else {}))


KINDS = {  # kind: (the word in its references, all of them, one as the API shows it)
    "metro": ("locations/metros", METROS, metro),
    "facility": ("facilities", FACILITIES, facility),
    "plan": ("plans", PLANS, plan),
    "os": ("operating-systems", SYSTEMS, system),
}


def reference(kind, code):
    """A reference to one of the KINDS."""
    return href(KINDS[kind][0], ident(kind, code))


def _look(kind):
    _word, rows, show = KINDS[kind]
    codes = {ident(kind, code): code for code in rows}
    return lambda _api, one: show(find(codes, one, kind.capitalize()))


def places(word):
    """The facilities that a facility's or metro's code or id means. Raises Problem."""
    found = [code for code, site in FACILITIES.items() if str(word).lower() in (code, site, ident("facility", code))]
    found += [code for code, site in FACILITIES.items() if word == ident("metro", site)]
    if not found:
        raise Problem(422, "%s is not a valid facility or metro" % word)
    return found


def left(api, code, slug):
    """Machines of a plan that are left in a facility."""
    return api.free.get((code, slug), ROOM) - api.used.get((code, slug), 0)


def take(api, code, slug, number=1):
    """Use a machine, or give it back."""
    api.used[(code, slug)] = api.used.get((code, slug), 0) + number


def spot_price(api, slug):
    """What a spare machine costs an hour now."""
    return api.price.get(slug, round(PLANS[slug][3] / CHEAP, 4))


def level(number):
    """The word for as many."""
    return "unavailable" if number <= 0 else "limited" if number <= FEW else "normal"


def _capacity(request):
    rooms = {c: {p: {"level": level(left(request.api, c, p))} for p in PLANS} for c in FACILITIES}
    return {"capacity": rooms}


def _metro_capacity(request):
    rooms = {}
    for code in METROS:
        sums = {slug: sum(left(request.api, place, slug) for place in places(code)) for slug in PLANS}
        rooms[code] = {slug: {"level": level(number)} for slug, number in sums.items()}
    return {"capacity": rooms}


def _checked(request):
    """Whether as many of each fit, each question by itself."""
    found = []
    for asked in request.body.get("servers") or []:
        slug, number = asked.get("plan"), str(asked.get("quantity", ""))
        if not number.isdigit():
            raise Problem(422, "quantity must be a number")
        slug = next((one for one in PLANS if slug in (one, ident("plan", one))), None)
        codes = places(asked.get("facility") or asked.get("metro"))
        room = sum(left(request.api, code, slug) for code in codes) if slug else -1
        found.append(dict(asked, quantity=number, available=room >= int(number)))
    if not found:
        raise Problem(422, "servers can't be blank")
    return {"servers": found}


def _facilities(_request):
    return {"facilities": [facility(code) for code in FACILITIES]}


def _plans(request):
    slug, kind = request.query.get("slug"), request.query.get("type")
    wanted = request.words("categories[]", "categories")
    rows = [plan(name) for name in PLANS if slug in (None, name)]
    rows = [row for row in rows if kind in (None, row["type"]) and (not wanted or set(wanted) & set(row["categories"]))]
    return {"plans": rows}


def _systems(_request):
    return {"operating_systems": [system(slug) for slug in SYSTEMS]}


LOOKUPS = {word: _look(kind) for kind, (word, _rows, _show) in KINDS.items()}
ROUTES = (
    ("GET", "/facilities", _facilities),
    ("GET", "/projects/{id}/facilities", _facilities),
    ("GET", "/organizations/{id}/facilities", _facilities),
    ("GET", "/locations/metros", lambda _request: {"metros": [metro(code) for code in METROS]}),
    ("GET", "/locations/metros/{id}", lambda request: _look("metro")(request.api, request.parts["id"])),
    ("GET", "/plans", _plans),
    ("GET", "/projects/{id}/plans", _plans),
    ("GET", "/organizations/{id}/plans", _plans),
    ("GET", "/operating-systems", _systems),
    ("GET", "/organizations/{id}/operating-systems", _systems),
    ("GET", "/operating-system-versions", _systems),
    ("GET", "/capacity", _capacity),
    ("GET", "/organizations/{id}/capacity", _capacity),
    ("GET", "/capacity/metros", _metro_capacity),
    ("GET", "/organizations/{id}/capacity/metros", _metro_capacity),
    ("POST", "/capacity", _checked),
    ("POST", "/capacity/metros", _checked),
)
