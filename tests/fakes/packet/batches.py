# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches: many devices by one request, made a moment later, all of a batch or none."""

from __future__ import annotations

from .devices import add, advance, out, shown, vet
from .projects import find
from .wire import Problem, href, new_id, stamp


def begin(_api):
    """Batches are kept with the devices."""


def _new_batches(request):
    find(request.api.projects, request.parts["id"], "Project")
    made = []
    for body in (request.body or {}).get("batches") or []:
        vet(request.api, body)
        number = len(body["hostnames"]) if body.get("hostnames") else int(body.get("quantity") or 1)
        one = {"id": new_id(), "state": "queued", "quantity": number, "devices": [], "error_messages": []}
        one.update(
            _at=request.api.clock.now() + request.api.delay, _work=_work, _body=body, _project=request.parts["id"]
        )
        one.update(created_at=stamp(request.api.clock.now()), project=href("projects", request.parts["id"]))
        request.api.batches[one["id"]] = one
        made.append(_batch(request.api, one))
    if not made:
        raise Problem(422, "batches can't be blank")
    return 201, {"batches": made}


def _work(api, batch):
    """Make a batch's devices, all or none of them."""
    body, batch["_at"] = batch["_body"], None
    first = body.get("hostname") or ""
    counted = [first.replace("{{index}}", "%02d" % (i + 1)) for i in range(batch["quantity"])]
    names, made = body.get("hostnames") or counted, []
    try:
        for name in names:
            made.append(add(api, batch["_project"], dict(body, hostname=name)))
        batch["state"] = "completed"
    except Problem as problem:
        for device in made:
            api.used[(device["_facility"], device["_plan"])] -= 1
            del api.devices[device["id"]]
        made = []
        batch.update(state="failed", error_messages=problem.errors)
    batch["_devices"] = [device["id"] for device in made]


def _batch(api, row, wanted=()):
    there = [api.devices[one] for one in row.get("_devices", ()) if one in api.devices]
    devices = [out(api, one) if "devices" in wanted else href("devices", one["id"]) for one in there]
    return dict(shown(row), devices=devices, **href("batches", row["id"]))


def _batches(request):
    advance(request.api)
    rows = [one for one in request.api.batches.values() if one["_project"] == request.parts["id"]]
    return {"batches": [_batch(request.api, one, request.wanted()) for one in rows]}


def _one_batch(request):
    advance(request.api)
    return _batch(request.api, find(request.api.batches, request.parts["id"], "Batch"), request.wanted())


def _end_batch(request):
    find(request.api.batches, request.parts["id"], "Batch")
    del request.api.batches[request.parts["id"]]
    return 204, None


ROUTES = (
    ("POST", "/projects/{id}/devices/batch", _new_batches),
    ("GET", "/projects/{id}/batches", _batches),
    ("GET", "/batches/{id}", _one_batch),
    ("DELETE", "/batches/{id}", _end_batch),
)
