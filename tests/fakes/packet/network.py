# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual networks, the ports of devices, and BGP."""

from __future__ import annotations

import re

from . import catalogue
from .devices import _port, advance, shown
from .projects import find
from .wire import Problem, href, new_id, stamp

MD5 = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9]{10,20}\Z")
LOCAL = 65000


def begin(api):
    """No networks, no sessions."""
    api.vlans, api.sessions, api.bgp, api.port_batches = {}, {}, {}, {}


def _vlan(api, row):
    metro = catalogue.FACILITIES[row["_code"]]
    found = dict(shown(row), metro=catalogue.metro(metro), metro_code=metro, **href("virtual-networks", row["id"]))
    found["instances"] = [href("devices", d["id"]) for d in api.devices.values() if row["id"] in d["_vlans"]]
    return found


def _new_vlan(request):
    body = request.body or {}
    find(request.api.projects, request.parts["id"], "Project")
    place = body.get("metro") or body.get("facility")
    if not place:
        raise Problem(422, "must provide either a facility or metro")
    code = catalogue.places(place)[0]
    same = [one for one in request.api.vlans.values() if one["_project"] == request.parts["id"]]
    used = {one["vxlan"] for one in same if catalogue.FACILITIES[one["_code"]] == catalogue.FACILITIES[code]}
    number = body.get("vxlan") or next(n for n in range(1000, 2000) if n not in used)
    if not 2 <= number <= 3999:
        raise Problem(422, "vxlan must be between 2 and 3999")
    if number in used:
        raise Problem(422, "vxlan %d is already used in this metro" % number)
    made = {"id": new_id(), "vxlan": number, "description": body.get("description"), "tags": body.get("tags") or []}
    made.update(_project=request.parts["id"], _code=code, created_at=stamp(request.api.clock.now()))
    request.api.vlans[made["id"]] = made
    return 201, _vlan(request.api, made)


def _vlans(request):
    rows = [one for one in request.api.vlans.values() if one["_project"] == request.parts["id"]]
    return {"virtual_networks": [_vlan(request.api, one) for one in rows]}


def _change_vlan(request):
    row = find(request.api.vlans, request.parts["id"], "Virtual network")
    row.update({name: request.body[name] for name in ("description", "tags") if name in (request.body or {})})
    return _vlan(request.api, row)


def _end_vlan(request):
    row = find(request.api.vlans, request.parts["id"], "Virtual network")
    if any(row["id"] in device["_vlans"] for device in request.api.devices.values()):
        raise Problem(422, "Cannot delete a virtual network that is assigned to ports")
    del request.api.vlans[row["id"]]
    return 204, None


def _device_of_port(request):
    advance(request.api)
    for device in request.api.devices.values():
        if catalogue.ident(device["id"], "bond0") == request.parts["id"]:
            return device
    raise Problem(404, "Port not found")


def _network(request, word, device):
    """A network of the device's metro by its id or number. Raises Problem."""
    for row in request.api.vlans.values():
        near = catalogue.FACILITIES[row["_code"]] == catalogue.FACILITIES[device["_facility"]]
        if row["_project"] == device["_project"] and near and str(word) in (row["id"], str(row["vxlan"])):
            return row["id"]
    raise Problem(422, "Virtual network %s is not in the metro of the device" % word)


def _assign(request):
    device = _device_of_port(request)
    one = _network(request, request.body["vnid"], device)
    if one in device["_vlans"]:
        raise Problem(422, "Virtual network %s is already assigned" % request.body["vnid"])
    device["_vlans"].append(one)
    return _port(device)


def _unassign(request):
    device = _device_of_port(request)
    one = _network(request, request.body["vnid"], device)
    if one not in device["_vlans"]:
        raise Problem(422, "Virtual network %s is not assigned" % request.body["vnid"])
    device["_vlans"].remove(one)
    device["_native"] = None if device["_native"] == one else device["_native"]
    return _port(device)


def _native(request):
    device = _device_of_port(request)
    one = _network(request, request.body["vnid"], device)
    if one not in device["_vlans"] or len(device["_vlans"]) < 2:
        raise Problem(422, "A native network is one of at least two that are assigned")
    device["_native"] = one
    return _port(device)


def _no_native(request):
    device = _device_of_port(request)
    device["_native"] = None
    return _port(device)


def _assign_many(request):
    device, rows = _device_of_port(request), (request.body or {}).get("vlan_assignments") or []
    for row in rows:
        one = _network(request, row["vlan"], device)
        if row["state"] == "unassigned":
            device["_vlans"] = [vlan for vlan in device["_vlans"] if vlan != one]
            device["_native"] = None if device["_native"] == one else device["_native"]
        elif one not in device["_vlans"]:
            device["_vlans"].append(one)
        if row.get("native"):
            device["_native"] = one
    made = {"id": new_id(), "state": "completed", "quantity": len(rows), "error_messages": []}
    made["vlan_assignments"] = [dict(row, id=new_id(), state=row["state"]) for row in rows]
    for row in made["vlan_assignments"]:
        row["vlan"] = int(row["vlan"]) if str(row["vlan"]).isdigit() else 0
    request.api.port_batches[made["id"]] = made
    return 201, made


def _new_config(request):
    request.need("deployment_type")
    body, project = request.body, request.parts["id"]
    find(request.api.projects, project, "Project")
    if project in request.api.bgp:
        raise Problem(422, "BGP is already configured for this project")
    if body.get("md5") and not MD5.match(body["md5"]):
        raise Problem(422, "md5 is not valid")
    local = body["deployment_type"] == "local"
    made = {"id": new_id(), "deployment_type": body["deployment_type"], "md5": body.get("md5")}
    made.update(asn=LOCAL if local else body.get("asn"), status="enabled" if local else "requested", max_prefix=10)
    made.update(created_at=stamp(request.api.clock.now()), ranges=[], route_object=None)
    request.api.bgp[project] = made
    return 204, None


def _config(request):
    return shown(find(request.api.bgp, request.parts["id"], "BGP config"))


def _session(row):
    return dict(shown(row), device=href("devices", row["_device"]), **href("bgp/sessions", row["id"]))


def _new_session(request):
    advance(request.api)
    device, body = find(request.api.devices, request.parts["id"], "Device"), request.body or {}
    if device["_project"] not in request.api.bgp:
        raise Problem(422, "BGP is not enabled for this project")
    family = body.get("address_family", "ipv4")
    mine = [one for one in request.api.sessions.values() if one["_device"] == device["id"]]
    if any(one["address_family"] == family for one in mine):
        raise Problem(422, "The device has a session of this address family already")
    made = {"id": new_id(), "address_family": family, "default_route": bool(body.get("default_route"))}
    made.update(status="unknown", learned_routes=[], _device=device["id"], created_at=stamp(request.api.clock.now()))
    request.api.sessions[made["id"]] = made
    return 201, _session(made)


def _sessions(mine):
    def found(request):
        advance(request.api)
        rows = [one for one in request.api.sessions.values() if one["_device"] in request.api.devices]
        return {"bgp_sessions": [_session(one) for one in rows if mine(request, one)]}

    return found


def _change_session(request):
    row = find(request.api.sessions, request.parts["id"], "BGP session")
    row["default_route"] = request.body is True
    return 200, None


def _end_session(request):
    find(request.api.sessions, request.parts["id"], "BGP session")
    del request.api.sessions[request.parts["id"]]
    return 204, None


def _neighbors(request):
    device = find(request.api.devices, request.parts["id"], "Device")
    config = request.api.bgp.get(device["_project"]) or {}
    rows = [one for one in request.api.sessions.values() if one["_device"] == device["id"]]
    return {
        "bgp_neighbors": [
            {"address_family": 4 if one["address_family"] == "ipv4" else 6, "customer_as": config.get("asn", LOCAL)}
            | {"customer_ip": "10.64.0.1", "md5_enabled": bool(config.get("md5")), "multihop": True, "peer_as": 65530}
            | {"peer_ips": ["169.254.255.1", "169.254.255.2"], "routes_in": [], "routes_out": []}
            for one in rows
        ]
    }


ROUTES = (
    ("GET", "/projects/{id}/virtual-networks", _vlans),
    ("POST", "/projects/{id}/virtual-networks", _new_vlan),
    ("GET", "/virtual-networks/{id}", lambda r: _vlan(r.api, find(r.api.vlans, r.parts["id"], "Virtual network"))),
    ("PUT", "/virtual-networks/{id}", _change_vlan),
    ("DELETE", "/virtual-networks/{id}", _end_vlan),
    ("GET", "/ports/{id}", lambda request: _port(_device_of_port(request))),
    ("POST", "/ports/{id}/assign", _assign),
    ("POST", "/ports/{id}/unassign", _unassign),
    ("POST", "/ports/{id}/native-vlan", _native),
    ("DELETE", "/ports/{id}/native-vlan", _no_native),
    ("POST", "/ports/{id}/vlan-assignments/batches", _assign_many),
    ("POST", "/projects/{id}/bgp-configs", _new_config),
    ("GET", "/projects/{id}/bgp-config", _config),
    (
        "GET",
        "/projects/{id}/bgp/sessions",
        _sessions(lambda request, one: request.api.devices[one["_device"]]["_project"] == request.parts["id"]),
    ),
    ("GET", "/devices/{id}/bgp/sessions", _sessions(lambda request, one: one["_device"] == request.parts["id"])),
    ("POST", "/devices/{id}/bgp/sessions", _new_session),
    ("GET", "/devices/{id}/bgp/neighbors", _neighbors),
    ("GET", "/bgp/sessions/{id}", lambda r: _session(find(r.api.sessions, r.parts["id"], "BGP session"))),
    ("PUT", "/bgp/sessions/{id}", _change_session),
    ("DELETE", "/bgp/sessions/{id}", _end_session),
)
