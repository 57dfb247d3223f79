# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reserved hardware: machines of a project's own, used by id or as the next available one."""

from __future__ import annotations

from . import catalogue
from .wire import Paged, Problem, find, href, new_id, shown, stamp


def begin(api):
    """None; a test adds them by `api.reserve`, since they were bought from people."""
    api.reservations = {}


def add(api, plan, facility, project, spare=False):
    """A machine for a project. A spare one is used after its activation only."""
    made = {"id": new_id(), "spare": spare, "need_of_service": False, "created_at": stamp(api.clock.now())}
    made.update(short_id=made["id"][:8], switch_uuid=catalogue.ident("switch", facility)[:8], custom_rate=500.0)
    made.update(_plan=plan, _facility=facility, _project=project, _device=None)
    api.reservations[made["id"]] = made
    return made


def choose(api, project, body):
    """The reservation that a request for a device means, or None. Raises Problem."""
    asked = body.get("hardware_reservation_id")
    if not asked:
        return None
    free = [row for row in api.reservations.values() if row["_project"] == project and usable(row)]
    if asked == "next-available":
        words = body.get("facility") or body.get("metro") or "any"
        words = [words] if isinstance(words, str) else words
        codes = [code for word in words for code in (catalogue.FACILITIES if word == "any" else catalogue.places(word))]
        free = [row for row in free if row["_plan"] == body["plan"] and row["_facility"] in codes]
    else:
        free = [row for row in free if row["id"] == asked and row["_plan"] == body["plan"]]
    if not free:
        raise Problem(422, "Hardware reservation %s is not available" % asked)
    return free[0]


def usable(row):
    """Whether a device can be made of it."""
    return not (row["_device"] or row["spare"] or row["need_of_service"])


def reservation(api, one):
    """A reservation as the API shows it."""
    row = find(api.reservations, one, "Hardware reservation")
    found = dict(shown(row), provisionable=usable(row), project=href("projects", row["_project"]))
    found.update(plan=catalogue.plan(row["_plan"]), facility=catalogue.facility(row["_facility"]))
    if row["_device"]:
        found["device"] = href("devices", row["_device"])
    return dict(found, **href("hardware-reservations", one))


def _listed(request):
    find(request.api.projects, request.parts["id"], "Project")
    rows = [row for row in request.api.reservations.values() if row["_project"] == request.parts["id"]]
    if request.query.get("provisionable") == "only":
        rows = [row for row in rows if usable(row)]
    tests = {"spare": lambda row: row["spare"], "need_of_service": lambda row: row["need_of_service"]}
    tests["active"] = lambda row: not (row["spare"] or row["need_of_service"])
    rows = [row for row in rows if tests.get(request.query.get("state"), lambda _row: True)(row)]
    return Paged("hardware_reservations", rows, lambda row: reservation(request.api, row["id"]))


def _activate(request):
    row = find(request.api.reservations, request.parts["id"], "Hardware reservation")
    if not row["spare"]:
        raise Problem(422, "Hardware reservation is not a spare")
    row["spare"] = False
    return 201, reservation(request.api, row["id"])


def _move(request):
    request.need("project_id")
    api, row = request.api, find(request.api.reservations, request.parts["id"], "Hardware reservation")
    goal = find(api.projects, request.body["project_id"], "Project")
    if goal["organization"] != api.projects[row["_project"]]["organization"]:
        raise Problem(422, "Hardware reservation can only be moved inside its organization")
    if row["_device"]:
        raise Problem(422, "Hardware reservation has a device")
    row["_project"] = goal["id"]
    return 201, reservation(api, row["id"])


LOOKUPS = {"hardware-reservations": reservation}
ROUTES = (
    ("GET", "/projects/{id}/hardware-reservations", _listed),
    ("GET", "/hardware-reservations/{id}", lambda request: reservation(request.api, request.parts["id"])),
    ("POST", "/hardware-reservations/{id}/activate", _activate),
    ("POST", "/hardware-reservations/{id}/move", _move),
)
