# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual networks: of a project, in a metro, each with its number."""

from __future__ import annotations

from . import catalogue
from .wire import Problem, find, href, new_id, shown, stamp

LOWEST, HIGHEST = 2, 3999
AUTOMATIC = range(1000, 2000)


def begin(api):
    """No networks."""
    api.vlans = {}


def users(api, one):
    """The devices that have a port in a network."""
    rows = api.devices.values()
    return [row for row in rows if any(one in port["vlans"] for port in row["_ports"].values())]


def metro_of(row):
    """The metro of a network."""
    return catalogue.FACILITIES[row["_code"]]


def vlan(api, one):
    """A network as the API shows it."""
    row = find(api.vlans, one, "Virtual network")
    found = dict(shown(row), metro=catalogue.metro(metro_of(row)), metro_code=metro_of(row))
    if row.get("_facility"):
        found["facility"] = catalogue.reference("facility", row["_facility"])
    found["assigned_to"] = href("projects", row["_project"])
    found["instances"] = [href("devices", device["id"]) for device in users(api, one)]
    return dict(found, **href("virtual-networks", one))


def _new(request):
    api, body, project = request.api, request.body, request.parts["id"]
    find(api.projects, project, "Project")
    place = body.get("metro") or body.get("facility")
    if not place:
        raise Problem(422, "must provide either a facility or metro")
    code = catalogue.places(place)[0]
    where = (project, catalogue.FACILITIES[code])
    used = {row["vxlan"] for row in api.vlans.values() if (row["_project"], metro_of(row)) == where}
    number = body.get("vxlan") or next((n for n in AUTOMATIC if n not in used), HIGHEST + 1)
    if not LOWEST <= number <= HIGHEST:
        raise Problem(422, "vxlan must be between %d and %d" % (LOWEST, HIGHEST))
    if number in used:
        raise Problem(422, "vxlan %d is already used in this metro" % number)
    made = {"id": new_id(), "vxlan": number, "description": body.get("description"), "tags": body.get("tags") or []}
    made.update(_project=project, _code=code, _facility=None if body.get("metro") else code)
    made.update(created_at=stamp(api.clock.now()), assigned_to_virtual_circuit=False)
    api.vlans[made["id"]] = made
    return 201, vlan(api, made["id"])


def _listed(request):
    find(request.api.projects, request.parts["id"], "Project")
    rows = [(one, row) for one, row in request.api.vlans.items() if row["_project"] == request.parts["id"]]
    for name in ("metro", "facility"):
        if name in request.query:
            metros = {catalogue.FACILITIES[code] for code in catalogue.places(request.query[name])}
            rows = [(one, row) for one, row in rows if metro_of(row) in metros]
    return {"virtual_networks": [vlan(request.api, one) for one, _row in rows]}


def _change(request):
    row = find(request.api.vlans, request.parts["id"], "Virtual network")
    row.update({name: request.body[name] for name in ("description", "tags") if name in request.body})
    return vlan(request.api, row["id"])


def _end(request):
    row = find(request.api.vlans, request.parts["id"], "Virtual network")
    if users(request.api, row["id"]):
        raise Problem(422, "Cannot delete a virtual network that is assigned to ports")
    del request.api.vlans[row["id"]]
    return 204, None


LOOKUPS = {"virtual-networks": vlan}
ROUTES = (
    ("GET", "/projects/{id}/virtual-networks", _listed),
    ("POST", "/projects/{id}/virtual-networks", _new),
    ("GET", "/virtual-networks/{id}", lambda request: vlan(request.api, request.parts["id"])),
    ("PUT", "/virtual-networks/{id}", _change),
    ("DELETE", "/virtual-networks/{id}", _end),
)
