# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices: made one by one or in batches, living through their states as time passes, acted upon, and removed."""

from __future__ import annotations

import base64
import re

from . import catalogue
from .projects import add_key, find, keys_of
from .wire import Paged, Problem, href, new_id, page, stamp

USERDATA = 65536  # bytes; the documents name no number, this is our assumption
NOTICE = 120  # seconds between the announcement that a spot device is taken back, and its end
STEPS = {  # state: (the next one, what the device's timeline says of it)
    "queued": ("provisioning", "Device is being provisioned"),
    "provisioning": ("active", "Provision complete! Your device is ready to go."),
    "powering_off": ("inactive", "Device has been powered off"),
    "powering_on": ("active", "Device has been powered on"),
    "reinstalling": ("active", "Device has been reinstalled"),
    "deprovisioning": (None, "Device has been removed"),
}
FROM = {  # action: (states it may start in, the state that follows)
    "power_on": (("inactive",), "powering_on"),
    "power_off": (("active",), "powering_off"),
    "reboot": (("active",), "powering_on"),
    "rescue": (("active", "inactive"), "powering_on"),
    "reinstall": (("active", "inactive", "failed"), "reinstalling"),
}
SETTABLE = ("hostname", "description", "tags", "customdata", "locked", "billing_cycle", "always_pxe", "ipxe_script_url")


def begin(api):
    """No devices."""
    api.devices, api.batches, api.events, api.reservations = {}, {}, {}, {}
    api.numbers = iter(range(2, 10**6))


def advance(api):
    """Let the world move on to now."""
    now = api.clock.now()
    for batch in [one for one in api.batches.values() if one["_at"] is not None and one["_at"] <= now]:
        batch["_work"](api, batch)
    for device in list(api.devices.values()):
        while device["_at"] is not None and device["_at"] <= now:
            _step(api, device)
        ends = device.get("termination_time")
        if ends and ends <= stamp(now) and device["state"] != "deprovisioning":
            enter(api, device, "deprovisioning")
        price, offer = catalogue.spot_price(api, device["_plan"]), device.get("spot_price_max")
        if device.get("spot_instance") and offer is not None and offer < price and not ends:
            device["termination_time"] = stamp(now + NOTICE)
            note(api, device, "instance.marked_for_termination", "Spot market instance outbid", "succeeded")


def note(api, device, kind, text, state):
    """An event of a device's timeline."""
    made = {"id": new_id(), "type": kind, "state": state, "body": text, "interpolated": text, "ip": ""}
    made.update(created_at=stamp(api.clock.now()), **href("events", made["id"]))
    api.events.setdefault(device["id"], []).insert(0, made)


def enter(api, device, state):
    """Put a device into a state."""
    device["state"] = state
    device["_at"] = device.get("_at") or api.clock.now()
    device["_at"] = api.clock.now() + api.delay if state in STEPS else None


def _step(api, device):
    state, text = STEPS[device["state"]]
    note(api, device, "provisioning.%s" % device["state"], text, "succeeded")
    if state is None:
        key = (device["_facility"], device["_plan"])
        api.used[key] = api.used.get(key, 0) - 1
        del api.devices[device["id"]]
        for row in [row for row in api.keys.values() if row["entity"] == href("devices", device["id"])]:
            del api.keys[row["id"]]
        for block in api.ips.values():
            block["_assigned"] = [one for one in block["_assigned"] if one["_device"] != device["id"]]
        device["_at"] = None
    elif state == "active" and device["_os"] in api.broken:
        enter(api, device, "failed")
        note(api, device, "provisioning.failed", "The operating system could not be installed", "failed")
    else:
        enter(api, device, state)


def _place(api, body):
    """The facility for a request: the first of the places that has a machine left. Raises Problem."""
    asked = body.get("facility") or body.get("metro")
    if asked is None:
        raise Problem(422, "must provide either a facility or metro")
    words = asked if isinstance(asked, list) else [asked]
    for word in words:
        codes = list(catalogue.FACILITIES) if word == "any" else catalogue.places(word)
        codes.sort(key=lambda code: -catalogue.left(api, code, body["plan"]))
        if catalogue.left(api, codes[0], body["plan"]) > 0:
            return codes[0]
    raise Problem(
        422, "The facility %s has no provisionable %s servers matching your criteria." % (asked, body["plan"])
    )


def vet(api, body):
    """Raise Problem for a request that no device can come of."""
    problems = ["%s can't be blank" % name for name in ("plan", "operating_system") if not body.get(name)]
    if body.get("plan") not in (None, *catalogue.PLANS):
        problems.append("%s is not a valid plan" % body["plan"])
    if body.get("operating_system") not in (None, *catalogue.SYSTEMS):
        problems.append("%s is not a valid operating system" % body["operating_system"])
    if len((body.get("userdata") or "").encode()) > USERDATA:
        problems.append("Userdata is too long (maximum is %d bytes)" % USERDATA)
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,253}", (body.get("hostname") or "x").replace("{{index}}", "1")):
        problems.append("Hostname is not valid")
    boots = body.get("ipxe_script_url") or (body.get("userdata") or "").startswith("#!ipxe")
    if body.get("operating_system") == "custom_ipxe" and not boots:
        problems.append("ipxe_script_url can't be blank")
    if body.get("spot_instance") and (body.get("spot_price_max") or 0) < catalogue.spot_price(api, body["plan"]):
        problems.append("Spot price max is below the current market price")
    if problems:
        raise Problem(422, *problems)


def add(api, project, body):
    """Make one device. Raises Problem."""
    vet(api, body)
    code = _place(api, body)
    number = next(api.numbers)
    made = {"id": new_id(), "hostname": body.get("hostname") or "device-%d" % number, "tags": body.get("tags") or []}
    made.update(_project=project, _plan=body["plan"], _os=body["operating_system"], _facility=code, _n=number)
    made.update(_userdata=body.get("userdata") or "", _at=None, created_at=stamp(api.clock.now()))
    for name in SETTABLE[1:2] + SETTABLE[3:]:
        made[name] = body.get(name)
    made.update(locked=bool(body.get("locked")), always_pxe=bool(body.get("always_pxe")), user="root")
    made.update(spot_instance=bool(body.get("spot_instance")), spot_price_max=body.get("spot_price_max"))
    made.update(termination_time=body.get("termination_time"), hardware_reservation=_reserve(api, body))
    made.update(_bonded=True, _vlans=[], _native=None, short_id=made["id"][:8])
    api.devices[made["id"]] = made
    api.used[(code, made["_plan"])] = api.used.get((code, made["_plan"]), 0) + 1
    for key in body.get("ssh_keys") or []:
        add_key(api, {"label": key.get("label") or "key", "key": key["key"]}, href("devices", made["id"]))
    enter(api, made, "queued")
    return made


def _reserve(api, body):
    """The hardware reservation that a device takes, or None. Raises Problem."""
    asked = body.get("hardware_reservation_id")
    if not asked:
        return None
    free = [one for one in api.reservations.values() if one["plan"] == body["plan"] and not one["device"]]
    chosen = free if asked == "next-available" else [one for one in free if one["id"] == asked]
    if not chosen:
        raise Problem(422, "Hardware reservation %s is not available" % asked)
    chosen[0]["device"] = True
    return href("hardware-reservations", chosen[0]["id"])


def addresses(api, device):
    """A device's addresses: its own three, then the elastic ones."""
    n, site = device["_n"], list(catalogue.FACILITIES).index(device["_facility"])
    own = (
        ("198.18.%d.%d" % (n // 120 % 250, n % 120 * 2 + 1), 31, 4, True),
        ("2001:db8:%x:%x::1" % (site + 1, n), 127, 6, True),
        ("10.%d.%d.%d" % (site + 64, n // 120 % 250, n % 120 * 2 + 1), 31, 4, False),
    )
    found = [
        {"id": catalogue.ident(device["id"], text), "address": text, "cidr": size, "address_family": family}
        | {"public": public, "management": True, "enabled": True, "assigned_to": href("devices", device["id"])}
        for text, size, family, public in own
    ]
    return found + [shown(one) for ip in api.ips.values() for one in ip["_assigned"] if one["_device"] == device["id"]]


def shown(row):
    """A row without what is the simulator's own, or is not set."""
    return {name: value for name, value in row.items() if not name.startswith("_") and value is not None}


def out(api, device, wanted=()):
    """A device as the API shows it; what is not `wanted` is a reference."""
    found = dict(shown(device), **href("devices", device["id"]))
    code, slug = device["_facility"], device["_plan"]
    whole = {"facility": lambda: catalogue.facility(code), "plan": lambda: catalogue.plan(slug)}
    whole["metro"] = lambda: catalogue.metro(catalogue.FACILITIES[code])
    whole["operating_system"] = lambda: catalogue.system(device["_os"])
    whole["project"] = lambda: shown(api.projects[device["_project"]])
    references = {
        "facility": href("facilities", catalogue.ident("facility", code)),
        "plan": href("plans", catalogue.ident("plan", slug)),
        "metro": href("locations/metros", catalogue.ident("metro", catalogue.FACILITIES[code])),
        "operating_system": href("operating-systems", catalogue.ident("os", device["_os"])),
        "project": href("projects", device["_project"]),
    }
    found.update({name: whole[name]() if name in wanted else reference for name, reference in references.items()})
    found["ip_addresses"] = addresses(api, device)
    keys = keys_of(api, href("devices", device["id"]))
    found["ssh_keys"] = keys if "ssh_keys" in wanted else [href("ssh-keys", key["id"]) for key in keys]
    found["network_ports"] = [_port(device)]
    found["userdata"] = device["_userdata"]
    found["iqn"] = "iqn.2026-11.net.example:device.%s" % device["short_id"]
    if device["state"] in ("queued", "provisioning"):
        found["provisioning_percentage"] = 10.0 if device["state"] == "queued" else 60.0
        found["provisioning_events"] = [shown(one) for one in api.events.get(device["id"], [])]
    return found


def _port(device):
    """The bonded port of a device."""
    made = {"id": catalogue.ident(device["id"], "bond0"), "name": "bond0", "type": "NetworkBondPort"}
    made.update(data={"bonded": device["_bonded"]}, network_type="hybrid-bonded" if device["_vlans"] else "layer3")
    made["virtual_networks"] = [href("virtual-networks", one) for one in device["_vlans"]]
    if device["_native"]:
        made["native_virtual_network"] = href("virtual-networks", device["_native"])
    return made


def _list(request):
    advance(request.api)
    find(request.api.projects, request.parts["id"], "Project")
    rows = [one for one in request.api.devices.values() if one["_project"] == request.parts["id"]]
    query = request.query
    tests = {
        "hostname": lambda one, text: text in one["hostname"],
        "search": lambda one, text: text in one["hostname"] or text in one["tags"],
        "tag": lambda one, text: text in one["tags"],
        "facility": lambda one, text: text == one["_facility"],
        "metro": lambda one, text: text == catalogue.FACILITIES[one["_facility"]],
    }
    for name, test in tests.items():
        if name in query:
            rows = [one for one in rows if test(one, query[name])]
    rows = page(request, Paged("devices", rows))
    return dict(rows, devices=[out(request.api, one, request.wanted()) for one in rows["devices"]])


def _new(request):
    advance(request.api)
    find(request.api.projects, request.parts["id"], "Project")
    return 201, out(request.api, add(request.api, request.parts["id"], request.body or {}), request.wanted())


def _one(request):
    advance(request.api)
    return find(request.api.devices, request.parts["id"], "Device")


def _change(request):
    device = _one(request)
    body = request.body or {}
    device.update({name: body[name] for name in SETTABLE if name in body})
    if "userdata" in body:
        device["_userdata"] = body["userdata"] or ""
    if body.get("spot_instance") is False:
        device.update(spot_instance=False, spot_price_max=None, termination_time=None)
    if "termination_time" in body:
        device["termination_time"] = body["termination_time"]
    return out(request.api, device, request.wanted())


def _end(request):
    device = _one(request)
    if device["locked"]:
        raise Problem(422, "Cannot delete a locked item")
    if device["state"] in ("queued", "provisioning") and request.query.get("force_delete") != "true":
        raise Problem(422, "Cannot delete a device while it is provisioning")
    if device["state"] != "deprovisioning":
        enter(request.api, device, "deprovisioning")
    return 204, None


def _act(request):
    device, body = _one(request), request.body or {}
    kind = body.get("type")
    if kind not in FROM:
        raise Problem(422, "%s is not a valid action" % kind)
    states, state = FROM[kind]
    if device["state"] not in states:
        raise Problem(422, "Cannot %s a device that is %s" % (kind, device["state"]))
    if kind == "reinstall" and device["locked"]:
        raise Problem(422, "Cannot reinstall a locked item")
    if kind == "reinstall" and body.get("operating_system"):
        vet(request.api, dict(plan=device["_plan"], **body))
        device["_os"] = body["operating_system"]
    device["_rescue"] = kind == "rescue"
    device["_installs"] = device.get("_installs", 1) + (kind == "reinstall")
    note(request.api, device, "instance.%s" % kind, kind, "succeeded")
    enter(request.api, device, state)
    return 202, None


def _project_events(request):
    """The timelines of all devices as one, the latest first."""
    rows = []
    for device in request.api.devices.values():
        if device["_project"] == request.parts["id"]:
            about = [href("devices", device["id"])]
            rows += [dict(event, relationships=about) for event in request.api.events.get(device["id"], [])]
    return Paged("events", sorted(rows, key=lambda event: event["created_at"], reverse=True))


def _events(request):
    device = _one(request)
    return Paged("events", request.api.events.get(device["id"], []))


def _user_state(request):
    """What a device says of itself: outside the API's document, without a token."""
    device, body = _one(request), request.body or {}
    note(request.api, device, "user_state.%s" % body.get("code", 1000), body.get("message", ""), body["state"])
    return 204, None


def _checked_userdata(request):
    text = request.query.get("userdata", "")
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        pass
    if not text.startswith(("#!", "#cloud-config", "#ps1")):
        raise Problem(422, "Userdata is not valid")
    return 204, None


ROUTES = (
    ("GET", "/projects/{id}/devices", _list),
    ("POST", "/projects/{id}/devices", _new),
    ("GET", "/devices/{id}", lambda request: out(request.api, _one(request), request.wanted())),
    ("PUT", "/devices/{id}", _change),
    ("DELETE", "/devices/{id}", _end),
    ("POST", "/devices/{id}/actions", _act),
    ("GET", "/devices/{id}/events", _events),
    ("GET", "/projects/{id}/events", _project_events),
    ("GET", "/devices/{id}/userdata", lambda request: {"userdata": _one(request)["_userdata"]}),
    ("POST", "/userdata/validate", _checked_userdata),
    ("POST", "/device-only/{id}/user_state", _user_state),
)
