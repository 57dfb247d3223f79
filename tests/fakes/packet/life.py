# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a device: its states as time passes, and its timeline."""

from __future__ import annotations

from . import addresses, catalogue, keys
from .projects import organization_of
from .wire import DEVICE_ONLY, Paged, Problem, find, href, moment, new_id, shown, stamp

QUEUED = 10.0  # per cent of an installation that lie behind a device that waits
NOTICE = 120  # seconds between the announcement that a spot device is taken back, and its end
STEPS = {  # state: (the next one, what the device's timeline says of it)
    "queued": ("provisioning", "Device is being provisioned"),
    "provisioning": ("active", "Provision complete! Your device is ready to go."),
    "powering_off": ("inactive", "Device has been powered off"),
    "powering_on": ("active", "Device has been powered on"),
    "reinstalling": ("active", "Device has been reinstalled"),
    "deprovisioning": (None, "Device has been removed"),
}
INSTALLS = ("provisioning", "reinstalling")  # what an image that is broken fails in
FROM = {  # action: (states it may start in, the state that follows)
    "power_on": (("inactive",), "powering_on"),
    "power_off": (("active",), "powering_off"),
    "reboot": (("active",), "powering_on"),
    "rescue": (("active", "inactive"), "powering_on"),
    "reinstall": (("active", "inactive", "failed"), "reinstalling"),
}


def begin(api):
    """Nothing has happened; no installation fails."""
    api.events, api.broken = {}, set()


def live(api):
    """Let every device live up to now."""
    now = api.clock.now()
    for device in list(api.devices.values()):
        ends = device.get("termination_time")
        while device["_at"] is not None and device["_at"] <= now:
            _step(api, device, device["_at"])
        if device["id"] not in api.devices or device["state"] == "deprovisioning":
            continue
        if ends and moment(ends) <= now:
            enter(api, device, "deprovisioning", moment(ends))
            while device["_at"] is not None and device["_at"] <= now:
                _step(api, device, device["_at"])
        elif (
            device["spot_instance"]
            and not ends
            and device["spot_price_max"] < catalogue.spot_price(api, device["_plan"])
        ):
            reclaim(api, device)


def reclaim(api, device):
    """Say that a spot device is taken back."""
    device["termination_time"] = stamp(api.clock.now() + NOTICE)
    note(api, device, "instance.marked_for_termination", "Spot market instance outbid", "succeeded")


def note(api, device, kind, text, state, when=None):
    """An event of a device's timeline."""
    made = {"id": new_id(), "type": kind, "state": state, "body": text, "interpolated": text}
    made.update(created_at=stamp(when or api.clock.now()), relationships=[href("devices", device["id"])])
    made.update(_project=device["_project"])
    api.events.setdefault(device["id"], []).insert(0, made)


def enter(api, device, state, when=None):
    """Put a device into a state, now or at a moment that has passed already."""
    when = when or api.clock.now()
    device.update(state=state, updated_at=stamp(when), _since=when)
    device["_at"] = when + api.pause(state) if state in STEPS else None


def _step(api, device, when):
    """The end of a device's state, which came at that moment."""
    ended = device["state"]
    state, text = STEPS[ended]
    if state == "active" and ended in INSTALLS and device["_os"] in api.broken:
        enter(api, device, "failed", when)
        note(api, device, "provisioning.failed", "The operating system could not be installed", "failed", when)
        return
    note(api, device, "provisioning.%s" % ended, text, "succeeded", when)
    if state:
        enter(api, device, state, when)
    else:
        device["_at"] = None
        forget(api, device)


def forget(api, device):
    """A device is gone, with all that was its own."""
    del api.devices[device["id"]]
    keys.forget(api, device)
    reserved = api.reservations.get(device["_reservation"])
    if reserved:
        reserved["_device"] = None
    else:
        catalogue.take(api, device["_facility"], device["_plan"], -1)
    addresses.forget(api, device)
    for one in [one for one, row in api.sessions.items() if row["_device"] == device["id"]]:
        del api.sessions[one]


def possible(device):
    """The actions that a device can take now."""
    return [kind for kind, (states, _next) in FROM.items() if device["state"] in states]


def progress(api, device):
    """How far a device's installation is, in per cent."""
    if device["state"] == "queued":
        return QUEUED
    whole = max(device["_at"] - device["_since"], 1e-6)
    return round(min(99.0, QUEUED + (100.0 - QUEUED) * (api.clock.now() - device["_since"]) / whole), 1)


def event(row):
    """An event as the API shows it."""
    return dict(shown(row), **href("events", row["id"]))


def _of_device(request):
    find(request.api.devices, request.parts["id"], "Device")
    return Paged("events", request.api.events.get(request.parts["id"], []), event)


def _of(kind, mine):
    """The events that `mine`(request) says are meant, the newest first."""

    def found(request):
        if kind:
            find(getattr(request.api, kind), request.parts["id"], kind[:-1].capitalize())
        rows = [row for rows in request.api.events.values() for row in rows if mine(request, row)]
        return Paged("events", sorted(rows, key=lambda row: row["created_at"], reverse=True), event)

    return found


def _of_organization(request, row):
    project = request.api.projects.get(row["_project"])
    return project is not None and organization_of(project) == request.parts["id"]


def one_event(api, one):
    """An event by its id."""
    rows = {row["id"]: row for rows in api.events.values() for row in rows}
    return event(find(rows, one, "Event"))


def _user_state(request):
    """What a device says of itself."""
    device, body = find(request.api.devices, request.parts["id"], "Device"), request.body
    if body.get("state") not in ("running", "succeeded", "failed") or not 1000 <= body.get("code", 1000) <= 1099:
        raise Problem(422, "state must be running, succeeded or failed, and code from 1000 to 1099")
    note(request.api, device, "user_state.%d" % body.get("code", 1000), body.get("message", ""), body["state"])
    return 204, None


LOOKUPS = {"events": one_event}
ROUTES = (
    ("GET", "/devices/{id}/events", _of_device),
    ("GET", "/projects/{id}/events", _of("projects", lambda request, row: row["_project"] == request.parts["id"])),
    ("GET", "/organizations/{id}/events", _of("organizations", _of_organization)),
    ("GET", "/events", _of("", lambda _request, _row: True)),
    ("GET", "/events/{id}", lambda request: one_event(request.api, request.parts["id"])),
    ("POST", DEVICE_ONLY + "{id}/user_state", _user_state),
)
