# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses: a device's own, and elastic ones, reserved in a metro or for all of them and assigned to devices."""

from __future__ import annotations

import ipaddress

from . import catalogue, pools
from .wire import Paged, Problem, find, href, new_id, shown, stamp

QUOTA = 64  # addresses of a request that is granted at once
REVIEW = 24 * 3600  # seconds until a greater one is
MOST_GLOBAL = 4  # global addresses of a project
DEFAULT = (  # what a device gets when it asks for nothing
    {"address_family": 4, "public": True},
    {"address_family": 6, "public": True},
    {"address_family": 4, "public": False},
)
SIZES = {4: (28, 31, 32), 6: (124, 127, 127)}  # of a device's own network: the widest, the usual, the narrowest
PER_PAGE = 250


def begin(api):
    """Nothing is reserved."""
    api.ips = {}
    pools.begin(api)


def live(api):
    """What was reviewed long enough is granted."""
    for row in api.ips.values():
        if row["state"] == "pending" and row["_asked"] + REVIEW <= api.clock.now():
            row["state"] = "created"


def network_of(row):
    """The network of a block or of an assignment."""
    return ipaddress.ip_network("%s/%d" % (row["network"], row["cidr"]))


def free(block, size):
    """The networks of that prefix length in a block that are not assigned."""
    net, used = network_of(block), [network_of(one) for one in block["_assigned"]]
    if size < net.prefixlen or size > net.max_prefixlen:
        return []
    return (one for one in net.subnets(new_prefix=size) if not any(one.overlaps(other) for other in used))


# A device's own


def own(api, device, body):
    """The addresses that a new device has for itself. Raises Problem."""
    asked = body.get("ip_addresses") or DEFAULT
    if not any(one.get("address_family") == 4 and one.get("public") is False for one in asked):
        raise Problem(422, "ip_addresses must enable private IPv4")
    return [made for made in [_own(api, device, one) for one in asked] if made]


def forget(api, device):
    """The device is gone, and what was assigned to it is free."""
    for block in api.ips.values():
        block["_assigned"] = [one for one in block["_assigned"] if one["_device"] != device["id"]]


def _own(api, device, asked):
    family, public = asked.get("address_family"), asked.get("public", True)
    if family not in SIZES:
        raise Problem(422, "address_family must be 4 or 6")
    widest, usual, narrowest = SIZES[family]
    size = asked.get("cidr") or usual
    if not widest <= size <= narrowest:
        raise Problem(422, "cidr must be from %d to %d" % (widest, narrowest))
    if asked.get("ip_reservations"):
        block, net = _reserved(api, device["_project"], asked, size, device["_facility"])
        _give(api, block, net, device, management=True)
        return None
    net, block = pools.cut_own(api, device, family, public, size)
    made = {"id": new_id(), **pools.network(net), "public": public, "management": True, "manageable": True}
    made.update(address=str(net[min(1, net.num_addresses - 1)]), enabled=True, global_ip=False, state="active")
    made.update(assigned_to=href("devices", device["id"]), created_at=stamp(api.clock.now()))
    if block:
        made["parent_block"] = pools.parent(api.pools[block])
    return made


def _reserved(api, project, asked, size, code):
    """A block of those that a request names, and a part of it that is free in that place. Raises Problem."""
    for one in asked["ip_reservations"]:
        block = api.ips.get(one)
        if block and block["_project"] == project and block["state"] == "created" and _near(block, code):
            net = next(iter(free(block, size)), None)
            if net:
                return block, net
    raise Problem(422, "ip_reservations have no free /%d for this device" % size)


def _near(block, code):
    return not block["_code"] or catalogue.FACILITIES[block["_code"]] == catalogue.FACILITIES[code]


def fitting(api, project, body, code):
    """How many devices of a request a facility has machines and reserved addresses for."""
    number = catalogue.left(api, code, body["plan"])
    for asked in body.get("ip_addresses") or ():
        blocks = [api.ips[one] for one in asked.get("ip_reservations") or () if one in api.ips]
        if asked.get("ip_reservations"):
            size = asked.get("cidr") or SIZES[asked.get("address_family", 4)][1]
            near = [block for block in blocks if _near(block, code) and block["_project"] == project]
            number = min(number, sum(len(list(free(block, size))) for block in near))
    return number


def of_device(api, device):
    """A device's addresses as the API shows them: its own, then the elastic ones."""
    found = [assignment(one) for one in device["_own"]]
    given = [one for block in api.ips.values() for one in block["_assigned"] if one["_device"] == device["id"]]
    return found + [assignment(one) for one in sorted(given, key=lambda one: not one["management"])]


# Elastic ones


def _new(request):
    request.need("quantity", "type")
    api, body, kind, project = request.api, request.body, request.body["type"], request.parts["id"]
    find(api.projects, project, "Project")
    if kind not in pools.ELASTIC:
        raise Problem(422, "%s is not a valid type" % kind)
    place, quantity = body.get("metro") or body.get("facility"), int(body["quantity"])
    if kind != "global_ipv4" and not place:
        raise Problem(422, "must provide either a facility or metro")
    pending = _reviewed(api, project, kind, quantity, body)
    size = pools.SIX_SIZE if kind == "public_ipv6" else 32 - (quantity - 1).bit_length()
    net = pools.elastic(api, kind, size, [network_of(row) for row in api.ips.values()])
    if net is None:
        raise Problem(422, "There are no more addresses")
    made = {"id": new_id(), "type": kind, **pools.network(net), "tags": body.get("tags") or []}
    made.update(public=not kind.startswith("private"), global_ip=kind == "global_ipv4", addon=True, bill=True)
    made.update(details=body.get("details"), customdata=body.get("customdata") or {}, created_at=stamp(api.clock.now()))
    made.update(state="pending" if pending else "created", manageable=True, management=False, enabled=True)
    made.update(_project=project, _assigned=[], _code=catalogue.places(place)[0] if place else None)
    made["_facility"] = None if body.get("metro") else made["_code"]
    api.ips[made["id"]] = dict(made, _quantity=quantity, _asked=api.clock.now())
    return 201, reservation(api, made["id"])


def _reviewed(api, project, kind, quantity, body):
    """Whether people look at a request first. Raises Problem."""
    if quantity < 1 or quantity & (quantity - 1) and kind != "public_ipv6":
        raise Problem(422, "quantity must be a power of two")
    have = sum(row["_quantity"] for row in api.ips.values() if row["_project"] == project and row["type"] == kind)
    if kind == "global_ipv4" and have + quantity > MOST_GLOBAL:
        raise Problem(422, "A project can have %d global addresses" % MOST_GLOBAL)
    pending = quantity > QUOTA
    if pending and body.get("fail_on_approval_required"):
        raise Problem(422, "This request needs to be reviewed")
    return pending


def reservation(api, one):
    """A block, or an assignment of a part of one, as the API shows it."""
    for row in (api.pools.get(one), api.ips.get(one)):
        if row:
            found = dict(shown(row), **href("ips", one), project=href("projects", row["_project"]))
            found["assignments"] = [href("ips", part["id"]) for part in _parts(api, row)]
            if row["_facility"]:
                found["facility"] = catalogue.facility(row["_facility"])
            if row["_code"]:
                found["metro"] = catalogue.metro(catalogue.FACILITIES[row["_code"]])
            return found
    rows = {part["id"]: part for device in api.devices.values() for part in of_device(api, device)}
    return find(rows, one, "IP address")


def _parts(api, row):
    """The assignments of a block."""
    where = href("ips", row["id"])["href"]
    mine = [one for device in api.devices.values() for one in device["_own"]]
    return row["_assigned"] + [one for one in mine if one.get("parent_block", {}).get("href") == where]


def assignment(row):
    """An assignment as the API shows it."""
    return dict(shown(row), **href("ips", row["id"]))


def _list(request):
    api, project = request.api, request.parts["id"]
    find(api.projects, project, "Project")
    wanted = request.words("types", "type")
    rows = [row for row in [*api.pools.values(), *api.ips.values()] if row["_project"] == project]
    rows = [row["id"] for row in rows if not wanted or row["type"] in wanted]
    request.query.setdefault("per_page", PER_PAGE)
    return Paged("ip_addresses", rows, lambda one: reservation(api, one))


def _change(request):
    row = find(request.api.ips, request.parts["id"], "IP address")
    row.update({name: request.body[name] for name in ("details", "customdata", "tags") if name in request.body})
    return reservation(request.api, row["id"])


def _end(request):
    one = request.parts["id"]
    for block in request.api.ips.values():
        if any(part["id"] == one and part["management"] is False for part in block["_assigned"]):
            block["_assigned"] = [part for part in block["_assigned"] if part["id"] != one]
            return 204, None
    if one not in request.api.ips:
        reservation(request.api, one)
        raise Problem(422, "A management address cannot be deleted")
    if request.api.ips[one]["_assigned"]:
        raise Problem(422, "Cannot delete a reservation that has assignments")
    del request.api.ips[one]
    return 204, None


def _assign(request):
    request.need("address")
    api, device = request.api, find(request.api.devices, request.parts["id"], "Device")
    try:
        wanted = ipaddress.ip_network(request.body["address"])
    except ValueError:
        raise Problem(422, "%s is not a valid address" % request.body["address"]) from None
    for block in api.ips.values():
        whole = network_of(block)
        if whole.version == wanted.version and wanted.subnet_of(whole) and block["_project"] == device["_project"]:
            return 201, assignment(_give(api, block, wanted, device))
    raise Problem(422, "%s is not in a reservation of this project" % wanted)


def _give(api, block, wanted, device, management=False):
    """Assign a block or a part of it. Raises Problem."""
    if block["state"] != "created":
        raise Problem(422, "The reservation is still reviewed")
    if not _near(block, device["_facility"]):
        raise Problem(422, "The address is not in the metro of the device")
    others = block["_assigned"]
    if block["global_ip"]:  # one device in each facility may have it
        others = [one for one in others if api.devices[one["_device"]]["_facility"] == device["_facility"]]
    if any(network_of(one).overlaps(wanted) for one in others):
        raise Problem(422, "Address %s is already assigned" % wanted)
    made = {"id": new_id(), **pools.network(wanted), "public": block["public"], "management": management}
    made.update(enabled=True, manageable=True, global_ip=block["global_ip"], state="active")
    made.update(assigned_to=href("devices", device["id"]), parent_block=pools.parent(block), _device=device["id"])
    made.update(created_at=stamp(api.clock.now()), _net=str(wanted))
    block["_assigned"].append(made)
    return made


def _device_list(request):
    device = find(request.api.devices, request.parts["id"], "Device")
    return {"ip_addresses": of_device(request.api, device)}


def _available(request):
    row = find(request.api.ips, request.parts["id"], "IP address")
    return {"available": [str(net) for net in free(row, request.number("cidr", row["cidr"], 128))]}


def _customdata(request):
    return reservation(request.api, request.parts["ip"]).get("customdata", {})


LOOKUPS = {"ips": reservation}
ROUTES = (
    ("GET", "/projects/{id}/ips", _list),
    ("POST", "/projects/{id}/ips", _new),
    ("GET", "/ips/{id}", lambda request: reservation(request.api, request.parts["id"])),
    ("PATCH", "/ips/{id}", _change),
    ("DELETE", "/ips/{id}", _end),
    ("GET", "/ips/{id}/available", _available),
    ("GET", "/ips/{ip}/customdata", _customdata),
    ("GET", "/projects/{id}/ips/{ip}/customdata", _customdata),
    ("GET", "/devices/{id}/ips/{ip}/customdata", _customdata),
    ("GET", "/devices/{id}/ips", _device_list),
    ("POST", "/devices/{id}/ips", _assign),
)
