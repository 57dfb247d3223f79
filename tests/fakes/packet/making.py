# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a device comes to be: what is refused, where it is put, and what it is given."""

from __future__ import annotations

import itertools
import re

from . import addresses, catalogue, keys, life, ports, reservations
from .wire import Problem, href, in_utc, new_id, stamp

USERDATA = 65536  # bytes; the documents name no number, this is our assumption
PLAIN = ("description", "customdata", "billing_cycle", "ipxe_script_url", "storage")
TRUTHS = ("locked", "always_pxe", "network_frozen", "spot_instance")
CYCLES = ("hourly", "daily", "monthly", "yearly")
HOSTNAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\Z")


def vet(api, body):
    """Raise Problem for a request that no device can come of, wherever it is put."""
    problems = ["%s can't be blank" % name for name in ("plan", "operating_system") if not body.get(name)]
    plan, system, userdata = body.get("plan"), body.get("operating_system"), body.get("userdata") or ""
    if plan and plan not in catalogue.PLANS:
        problems.append("%s is not a valid plan" % plan)
    if system and system not in catalogue.SYSTEMS:
        problems.append("%s is not a valid operating system" % system)
    if len(userdata.encode()) > USERDATA:
        problems.append("Userdata is too long (maximum is %d bytes)" % USERDATA)
    if not HOSTNAME.match((body.get("hostname") or "x").replace("{{index}}", "1")):
        problems.append("Hostname is not valid")
    if system == "custom_ipxe" and not (body.get("ipxe_script_url") or userdata.startswith("#!ipxe")):
        problems.append("ipxe_script_url can't be blank")
    if body.get("billing_cycle") not in (None, "", *CYCLES):
        problems.append("%s is not a valid billing cycle" % body["billing_cycle"])
    if body.get("storage") and not body.get("hardware_reservation_id"):
        problems.append("Custom partitioning is for reserved hardware only")
    lacking = set(_required(body.get("features") or ())) - set(catalogue.FEATURES)
    problems += ["No servers with the feature %s" % name for name in sorted(lacking)]
    in_utc(body.get("termination_time"))
    if (
        not problems
        and body.get("spot_instance")
        and (body.get("spot_price_max") or 0) < catalogue.spot_price(api, plan)
    ):
        problems.append("Spot price max is below the current market price")
    if problems:
        raise Problem(422, *problems)


def _required(features):
    """Names of the features that a machine must have: a list, or {name: required | preferred}."""
    return [one for one in features if not isinstance(features, dict) or features[one] == "required"]


def sites(api, body):
    """The facilities that a request names, in its order, `any` spelled out by room. Raises Problem."""
    asked = body.get("facility") or body.get("metro")
    if not asked:
        raise Problem(422, "must provide either a facility or metro")
    found = []
    for word in [asked] if isinstance(asked, str) else asked:
        codes = list(catalogue.FACILITIES) if word == "any" else catalogue.places(word)
        found += sorted(codes, key=lambda code: -catalogue.left(api, code, body["plan"]))
    return list(dict.fromkeys(found))


def spread(api, project, body, number):
    """A facility for each of as many devices: full ones first, in the request's order. Raises Problem.

    facility_diversity_level (Packet's own documentation) limits how many facilities a batch is spread over: the first
    so many, in the request's order, that have room for all.
    """
    names = sites(api, body)
    room = {code: max(0, addresses.fitting(api, project, body, code)) for code in names}
    most = int(body.get("facility_diversity_level") or len(names))
    for chosen in itertools.combinations(names, min(most, len(names))):
        if sum(room[code] for code in chosen) >= number:
            full = [code for code in chosen for _machine in range(room[code])]
            return full[:number]
    words = body.get("facility") or body.get("metro")
    words = words if isinstance(words, str) else ", ".join(words)
    raise Problem(
        422, "The facility %s has no provisionable %s servers matching your criteria." % (words, body["plan"])
    )


def add(api, project, body, code=None, when=None):
    """Make one device, in that facility or where there is room. Raises Problem."""
    vet(api, body)
    reserved = reservations.choose(api, project, body)
    code = reserved["_facility"] if reserved else code or spread(api, project, body, 1)[0]
    one, when = new_id(), when or api.clock.now()
    made = {"id": one, "short_id": one[:8], "tags": body.get("tags") or [], "user": "root", "created_at": stamp(when)}
    made.update(_project=project, _plan=body["plan"], _os=body["operating_system"], _facility=code, _installs=1)
    made.update({name: body.get(name) or None for name in PLAIN}, hostname=body.get("hostname") or one[:8])
    made.update({name: bool(body.get(name)) for name in TRUTHS}, spot_price_max=body.get("spot_price_max"))
    made["termination_time"] = in_utc(body.get("termination_time"))
    made.update(customdata=body.get("customdata") or {}, billing_cycle=made["billing_cycle"] or "hourly")
    made.update(_userdata=body.get("userdata") or "", _born=when, _at=None, _reservation=None, _rescue=False)
    made.update(switch_uuid=catalogue.ident("switch", code)[:8], _ports=ports.fresh(one))
    made.update(_own=[], _keys=[], _vlans=ports.bond_of(made)["vlans"])
    api.devices[one] = made
    try:
        made["_keys"] = keys.installed(api, made, body)
        made["_own"] = addresses.own(api, made, body)
    except Problem:
        keys.forget(api, made)
        addresses.forget(api, made)
        del api.devices[one]
        raise
    if reserved:
        made["_reservation"], reserved["_device"] = reserved["id"], one
        made["hardware_reservation"] = href("hardware-reservations", reserved["id"])
    else:
        catalogue.take(api, code, made["_plan"])
    life.enter(api, made, "queued", when)
    return made
