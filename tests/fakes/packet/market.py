# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The spot market: prices, their history, and requests that keep a number of devices while the price allows."""

from __future__ import annotations

from . import catalogue, making
from .life import enter
from .wire import Problem, find, href, moment, new_id, shown, stamp

HOUR = 3600
HISTORY = 90 * 24 * HOUR  # how far back it goes


def begin(api):
    """No requests; `api.price` overrides what a spare machine of a plan costs."""
    api.spot_requests = {}


def live(api):
    """Each request whose time is not over gets the devices that it may have."""
    for row in api.spot_requests.values():
        body = row["_body"]
        have = [one for one in api.devices.values() if one.get("_request") == row["id"]]
        if row["_ends"] and row["_ends"] <= api.clock.now():
            continue
        if catalogue.PLANS.get(body.get("plan")) and row["max_bid_price"] >= catalogue.spot_price(api, body["plan"]):
            _fill(api, row, len(have))


def _fill(api, row, have):
    body = row["_body"]
    for number in range(have, row["devices_max"]):
        names = body.get("hostnames") or []
        name = names[number] if number < len(names) else body.get("hostname")
        more = {"hostname": name, "spot_instance": True, "spot_price_max": row["max_bid_price"]}
        try:
            made = making.add(api, row["_project"], dict(body, **more, facility=row["_codes"]))
        except Problem:
            return
        made["_request"] = row["id"]


def request_(api, one):
    """A request as the API shows it."""
    row = find(api.spot_requests, one, "Spot market request")
    found = dict(shown(row), project=href("projects", row["_project"]), **href("spot-market-requests", one))
    if row["_metro"]:
        found["metro"] = catalogue.metro(row["_metro"])
    return found


def _listed(request):
    find(request.api.projects, request.parts["id"], "Project")
    mine = [one for one, row in request.api.spot_requests.items() if row["_project"] == request.parts["id"]]
    return {"spot_market_requests": [request_(request.api, one) for one in mine]}


def _new(request):
    api, body = request.api, request.body
    find(api.projects, request.parts["id"], "Project")
    request.need("devices_min", "devices_max", "max_bid_price", "instance_parameters")
    if body["devices_min"] > body["devices_max"]:
        raise Problem(422, "devices_min must not be greater than devices_max")
    words = body.get("facilities") or [body.get("metro")]
    codes = [code for word in words for code in catalogue.places(word)]
    making.vet(api, dict(body["instance_parameters"]))
    made = {"id": new_id(), "devices_min": body["devices_min"], "devices_max": body["devices_max"]}
    made.update(max_bid_price=body["max_bid_price"], end_at=body.get("end_at"), created_at=stamp(api.clock.now()))
    made.update(_ends=moment(body["end_at"]) if body.get("end_at") else None, _metro=None, _codes=codes)
    made.update(_project=request.parts["id"], _body=body["instance_parameters"])
    if body.get("metro"):
        made["_metro"] = catalogue.FACILITIES[codes[0]]
    api.spot_requests[made["id"]] = made
    return 201, request_(api, made["id"])


def _end(request):
    row = find(request.api.spot_requests, request.parts["id"], "Spot market request")
    if request.flag("force_termination"):
        for device in request.api.devices.values():
            if device.get("_request") == row["id"] and device["state"] != "deprovisioning":
                enter(request.api, device, "deprovisioning")
    del request.api.spot_requests[row["id"]]
    return 204, None


def _prices(rows, word):
    def found(request):
        plans = [slug for slug in catalogue.PLANS if request.query.get("plan") in (None, slug)]
        codes = [code for code in rows if request.query.get(word) in (None, code)]
        prices = {slug: {"price": catalogue.spot_price(request.api, slug)} for slug in plans}
        return {"spot_market_prices": {code: prices for code in codes}}

    return found


def _history(request):
    """An hour's price each; what was, was always what is now."""
    slug, query = request.query.get("plan"), request.query
    if slug not in catalogue.PLANS:
        raise Problem(422, "%s is not a valid plan" % slug)
    catalogue.places(query.get("metro") or query.get("facility"))
    begin_, end = (_seconds(query.get(word)) for word in ("from", "until"))
    first = max(begin_, int(request.api.clock.now()) - HISTORY)
    points = [[catalogue.spot_price(request.api, slug), at] for at in range(first, end, HOUR)]
    return {"prices_history": {"datapoints": points}}


def _seconds(text):
    return int(text) if (text or "").isdigit() else int(moment(text))


LOOKUPS = {"spot-market-requests": request_}
ROUTES = (
    ("GET", "/market/spot/prices", _prices(catalogue.FACILITIES, "facility")),
    ("GET", "/market/spot/prices/metros", _prices(catalogue.METROS, "metro")),
    ("GET", "/market/spot/prices/history", _history),
    ("GET", "/projects/{id}/spot-market-requests", _listed),
    ("POST", "/projects/{id}/spot-market-requests", _new),
    ("GET", "/spot-market-requests/{id}", lambda request: request_(request.api, request.parts["id"])),
    ("DELETE", "/spot-market-requests/{id}", _end),
)
