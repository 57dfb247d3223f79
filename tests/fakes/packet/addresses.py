# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Elastic addresses: reserved for a project in a metro, or for all of them, and assigned to its devices."""

from __future__ import annotations

import ipaddress

from . import catalogue
from .devices import advance, shown
from .projects import find
from .wire import Problem, href, new_id, stamp

KINDS = ("public_ipv4", "private_ipv4", "global_ipv4", "public_ipv6")
QUOTA = 64  # addresses of a request that is granted at once
POOLS = {"public_ipv4": "203.0.113.0/24", "global_ipv4": "192.0.2.0/24", "private_ipv4": "10.200.0.0/16"}


def begin(api):
    """Nothing is reserved; no installation fails."""
    api.ips, api.broken, api.taken = {}, set(), {}


def _block(api, kind, quantity):
    """The next free block of as many addresses."""
    if kind == "public_ipv6":
        api.taken[kind] = api.taken.get(kind, 0) + 1
        return ipaddress.ip_network("2001:db8:f%03x::/56" % api.taken[kind])
    size = 32 - (quantity - 1).bit_length()
    step = 2 ** (32 - size)
    start = -(-api.taken.get(kind, 0) // step) * step
    api.taken[kind] = start + step
    pool = ipaddress.ip_network(POOLS[kind])
    if start + step > pool.num_addresses:
        raise Problem(422, "There are no more addresses")
    return ipaddress.ip_network((int(pool.network_address) + start, size))


def _new(request):
    request.need("quantity", "type")
    find(request.api.projects, request.parts["id"], "Project")
    body, kind = request.body, request.body["type"]
    if kind not in KINDS:
        raise Problem(422, "%s is not a valid type" % kind)
    place = body.get("metro") or body.get("facility")
    if kind != "global_ipv4" and not place:
        raise Problem(422, "must provide either a facility or metro")
    code = catalogue.places(place)[0] if place else None
    quantity = int(body["quantity"])
    if quantity & (quantity - 1) and kind != "public_ipv6":
        raise Problem(422, "quantity must be a power of two")
    if quantity > QUOTA and body.get("fail_on_approval_required"):
        raise Problem(422, "This request needs to be reviewed")
    net = _block(request.api, kind, quantity)
    made = {"id": new_id(), "address": str(net[0]), "network": str(net[0]), "cidr": net.prefixlen, "type": kind}
    made.update(address_family=net.version, public=not kind.startswith("private"), addon=True, _quantity=quantity)
    made.update(tags=body.get("tags") or [], details=body.get("details"), customdata=body.get("customdata") or {})
    made.update(state="pending" if quantity > QUOTA else "created", manageable=True, management=False, enabled=True)
    made.update(_project=request.parts["id"], _assigned=[], _code=code, created_at=stamp(request.api.clock.now()))
    made["global_ip"] = kind == "global_ipv4"
    request.api.ips[made["id"]] = made
    return 201, _out(made)


def _out(row):
    found = dict(shown(row), **href("ips", row["id"]))
    found["project"] = href("projects", row["_project"])
    found["assignments"] = [href("ips", one["id"]) for one in row["_assigned"]]
    if row["_code"]:
        found["facility"] = catalogue.facility(row["_code"])
        found["metro"] = catalogue.metro(catalogue.FACILITIES[row["_code"]])
    return found


def _list(request):
    advance(request.api)
    rows = [one for one in request.api.ips.values() if one["_project"] == request.parts["id"]]
    return {"ip_addresses": [_out(one) for one in rows]}


def _assignment(api, one):
    return next((a for block in api.ips.values() for a in block["_assigned"] if a["id"] == one), None)


def _get(request):
    found = _assignment(request.api, request.parts["id"])
    return shown(found) if found else _out(find(request.api.ips, request.parts["id"], "IP address"))


def _change(request):
    row = find(request.api.ips, request.parts["id"], "IP address")
    row.update({n: request.body[n] for n in ("details", "customdata", "tags") if n in (request.body or {})})
    return _out(row)


def _end(request):
    one = request.parts["id"]
    for block in request.api.ips.values():
        if any(a["id"] == one for a in block["_assigned"]):
            block["_assigned"] = [a for a in block["_assigned"] if a["id"] != one]
            return 204, None
    row = find(request.api.ips, one, "IP address")
    if row["_assigned"]:
        raise Problem(422, "Cannot delete a reservation that has assignments")
    del request.api.ips[one]
    return 204, None


def _assign(request):
    advance(request.api)
    request.need("address")
    device = find(request.api.devices, request.parts["id"], "Device")
    try:
        wanted = ipaddress.ip_network(request.body["address"])
    except ValueError:
        raise Problem(422, "%s is not a valid address" % request.body["address"]) from None
    for block in request.api.ips.values():
        whole = ipaddress.ip_network("%s/%d" % (block["network"], block["cidr"]))
        if whole.version == wanted.version and wanted.subnet_of(whole) and block["_project"] == device["_project"]:
            return 201, shown(_give(block, wanted, device))
    raise Problem(422, "%s is not in a reservation of this project" % wanted)


def _give(block, wanted, device):
    """Assign a block or a part of it. Raises Problem."""
    if block["state"] != "created":
        raise Problem(422, "The reservation is still reviewed")
    metro = catalogue.FACILITIES.get(block["_code"])
    if metro and metro != catalogue.FACILITIES[device["_facility"]]:
        raise Problem(422, "The address is not in the metro of the device")
    if any(ipaddress.ip_network(one["_net"]).overlaps(wanted) for one in block["_assigned"]):
        raise Problem(422, "Address %s is already assigned" % wanted)
    made = {"id": new_id(), "address": str(wanted[0]), "network": str(wanted[0]), "cidr": wanted.prefixlen}
    made.update(address_family=wanted.version, public=block["public"], management=False, enabled=True, manageable=True)
    made.update(assigned_to=href("devices", device["id"]), parent_block=href("ips", block["id"]))
    made.update(_net=str(wanted), _device=device["id"])
    block["_assigned"].append(made)
    return made


def _device_list(request):
    device = find(request.api.devices, request.parts["id"], "Device")
    given = [one for block in request.api.ips.values() for one in block["_assigned"] if one["_device"] == device["id"]]
    return {"ip_addresses": [shown(one) for one in given]}


ROUTES = (
    ("GET", "/projects/{id}/ips", _list),
    ("POST", "/projects/{id}/ips", _new),
    ("GET", "/ips/{id}", _get),
    ("PATCH", "/ips/{id}", _change),
    ("DELETE", "/ips/{id}", _end),
    ("GET", "/devices/{id}/ips", _device_list),
    ("POST", "/devices/{id}/ips", _assign),
)
