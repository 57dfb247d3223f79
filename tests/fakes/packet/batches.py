# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches: many devices by one request, made a moment later, all of a batch or none."""

from __future__ import annotations

from . import life, making
from .wire import Problem, find, href, new_id, shown, stamp

INDEX = "{{index}}"


def begin(api):
    """No batches."""
    api.batches = {}


def live(api):
    """Work on those whose time has come."""
    for row in api.batches.values():
        if row["_at"] is not None and row["_at"] <= api.clock.now():
            when, row["_at"] = row["_at"], None
            _work(api, row, when)
            row["updated_at"] = stamp(when)


def _work(api, row, when):
    """Make a batch's devices, all or none of them."""
    body, made = row["_body"], []
    try:
        codes = [None] * row["quantity"]
        if not body.get("hardware_reservation_id"):
            codes = making.spread(api, row["_project"], body, row["quantity"])
        for name, code in zip(_names(body, row["quantity"]), codes):
            made.append(making.add(api, row["_project"], dict(body, hostname=name), code, when))
        row["state"] = "completed"
    except Problem as problem:
        for device in made:
            life.forget(api, device)
        made = []
        row.update(state="failed", error_messages=problem.errors)
    row["_devices"] = [device["id"] for device in made]


def _names(body, number):
    """The hostnames: as listed, or counted where the name has a place for that."""
    listed, name = body.get("hostnames") or [], body.get("hostname") or ""
    return listed or [name.replace(INDEX, "%02d" % (i + 1)) for i in range(number)]


def _new(request):
    api, project = request.api, request.parts["id"]
    find(api.projects, project, "Project")
    bodies = request.body.get("batches") or []
    if not bodies:
        raise Problem(422, "batches can't be blank")
    numbers = [_number(api, body) for body in bodies]
    made = []
    for body, number in zip(bodies, numbers):
        one = {"id": new_id(), "state": "queued", "quantity": number, "error_messages": [], "_devices": []}
        one.update(
            _at=api.clock.now() + api.pause("batch"), _body=body, _project=project, created_at=stamp(api.clock.now())
        )
        api.batches[one["id"]] = one
        made.append(batch(api, one["id"]))
    return 201, {"batches": made}


def _number(api, body):
    """How many devices a batch is of. Raises Problem for one that none can come of."""
    making.vet(api, body)
    for name in body.get("hostnames") or ():
        making.vet(api, dict(body, hostname=name))
    making.sites(api, body)
    number = len(body.get("hostnames") or ()) or int(body.get("quantity") or 1)
    if number < 1 or body.get("quantity") not in (None, number):
        raise Problem(422, "quantity must be the number of hostnames, and at least 1")
    return number


def batch(api, one):
    """A batch as the API shows it."""
    row = find(api.batches, one, "Batch")
    devices = [href("devices", its) for its in row.get("_devices", ()) if its in api.devices]
    return dict(shown(row), devices=devices, project=href("projects", row["_project"]), **href("batches", one))


def _listed(request):
    find(request.api.projects, request.parts["id"], "Project")
    mine = [one for one, row in request.api.batches.items() if row["_project"] == request.parts["id"]]
    return {"batches": [batch(request.api, one) for one in mine]}


def _end(request):
    row = find(request.api.batches, request.parts["id"], "Batch")
    devices = [request.api.devices[one] for one in row.get("_devices", ()) if one in request.api.devices]
    if request.flag("remove_associated_instances"):
        if any(device["locked"] for device in devices):
            raise Problem(422, "Cannot delete a locked item")
        for device in devices:
            life.enter(request.api, device, "deprovisioning")
    del request.api.batches[row["id"]]
    return 204, None


LOOKUPS = {"batches": batch}
ROUTES = (
    ("POST", "/projects/{id}/devices/batch", _new),
    ("GET", "/projects/{id}/batches", _listed),
    ("GET", "/batches/{id}", lambda request: batch(request.api, request.parts["id"])),
    ("DELETE", "/batches/{id}", _end),
)
