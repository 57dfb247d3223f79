# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices as the API shows and lists them, changes and removes them, and what they carry for their own use."""

from __future__ import annotations

import base64
import binascii

from . import addresses, catalogue, keys, life, making, ports
from .making import add
from .projects import organization_of
from .wire import DEVICE_ONLY, Paged, Problem, find, href, in_utc, shown

SETTABLE = ("hostname", "description", "tags", "customdata", "locked", "billing_cycle", "always_pxe", "ipxe_script_url")
SETTABLE += ("network_frozen", "termination_time")
INSTALLING = ("queued", "provisioning")
PASSWORD = 24 * 3600  # seconds that the root password is shown


def advance(api):
    """Let the world move on to now."""
    api.advance()


def begin(api):
    """No devices."""
    api.devices = {}


def device(api, one):
    """A device as the API shows it."""
    row = find(api.devices, one, "Device")
    found = dict(shown(row), **href("devices", one))
    found["plan"] = catalogue.reference("plan", row["_plan"])
    found["facility"] = catalogue.reference("facility", row["_facility"])
    found["metro"] = catalogue.reference("metro", catalogue.FACILITIES[row["_facility"]])
    found["operating_system"] = catalogue.reference("os", row["_os"])
    found["project"] = href("projects", row["_project"])
    found["ip_addresses"] = addresses.of_device(api, row)
    found["ssh_keys"] = [href("ssh-keys", key) for key in keys.of_device(api, row)]
    found["network_ports"] = ports.of_device(row)
    found["userdata"], found["iqn"] = row["_userdata"], "iqn.2026-11.net.example:device.%s" % row["short_id"]
    found["sos"] = "%s@sos.%s.platformequinix.com" % (one, row["_facility"])
    found["actions"] = [{"type": kind, "name": kind} for kind in life.possible(row)]
    if row["state"] in INSTALLING:
        found["provisioning_percentage"] = life.progress(api, row)
        found["provisioning_events"] = [life.event(one) for one in api.events.get(one, [])]
    elif row["state"] == "active" and api.clock.now() < row["_born"] + PASSWORD:
        found["root_password"] = catalogue.ident("password", one, str(row["_installs"]))[:12]
    return found


def _kind(row):
    return "reserved" if row["_reservation"] else "spot" if row["spot_instance"] else "ondemand"


def _mac(row, text):
    return any(port["mac"] == text.lower() for port in row["_ports"].values())


FILTERS = {
    "hostname": lambda row, text: text in row["hostname"],
    "search": lambda row, text: text in " ".join([row["hostname"], row.get("description") or "", *row["tags"]]),
    "tag": lambda row, text: text in row["tags"],
    "facility": lambda row, text: text == row["_facility"],
    "metro": lambda row, text: text == catalogue.FACILITIES[row["_facility"]],
    "type": lambda row, text: text == _kind(row),
    "reserved": lambda row, text: (text == "true") == bool(row["_reservation"]),
    "has_termination_time": lambda row, text: (text == "true") == bool(row["termination_time"]),
    "mac_address": _mac,
    "categories": lambda _row, text: "compute" in text.split(","),
}


def _listed(request, rows):
    for name, test in FILTERS.items():
        if name in request.query:
            rows = [row for row in rows if test(row, request.query[name])]
    return Paged("devices", rows, lambda row: device(request.api, row["id"]))


def _of_project(request):
    find(request.api.projects, request.parts["id"], "Project")
    return _listed(request, [row for row in request.api.devices.values() if row["_project"] == request.parts["id"]])


def _of_organization(request):
    find(request.api.organizations, request.parts["id"], "Organization")
    mine = [one for one, row in request.api.projects.items() if organization_of(row) == request.parts["id"]]
    return _listed(request, [row for row in request.api.devices.values() if row["_project"] in mine])


def _new(request):
    find(request.api.projects, request.parts["id"], "Project")
    return 201, device(request.api, add(request.api, request.parts["id"], request.body)["id"])


def _row(request):
    return find(request.api.devices, request.parts["id"], "Device")


def _change(request):
    row, body = _row(request), request.body
    wanted = {name: body[name] for name in SETTABLE if name in body}
    userdata = body["userdata"] or "" if "userdata" in body else row["_userdata"]
    making.vet(request.api, {"plan": row["_plan"], "operating_system": "debian_12", "userdata": userdata, **wanted})
    if "termination_time" in wanted:
        wanted["termination_time"] = in_utc(wanted["termination_time"])
    row.update(wanted, _userdata=userdata, tags=wanted.get("tags", row["tags"]) or [])
    if body.get("spot_instance") is False:
        row.update(spot_instance=False, spot_price_max=None, termination_time=None)
    life.note(request.api, row, "instance.updated", "Device was updated", "succeeded")
    return device(request.api, row["id"])


def _end(request):
    row = _row(request)
    if row["locked"]:
        raise Problem(422, "Cannot delete a locked item")
    if row["state"] in INSTALLING and not request.flag("force_delete"):
        raise Problem(422, "Cannot delete a device while it is provisioning")
    if row["state"] != "deprovisioning":
        life.enter(request.api, row, "deprovisioning")
    return 204, None


def metadata(api, one, inside=False):
    """What the metadata service says; to the device itself it also says where to call."""
    row, code = find(api.devices, one, "Device"), find(api.devices, one, "Device")["_facility"]
    found = {name: row[name] for name in ("id", "hostname", "tags", "state", "customdata")}
    found.update(plan=row["_plan"], facility=code, metro=catalogue.FACILITIES[code], reserved=bool(row["_reservation"]))
    found["class"], found["iqn"], found["volumes"] = row["_plan"], device(api, one)["iqn"], []
    found["operating_system"] = {name: catalogue.system(row["_os"])[name] for name in ("slug", "distro", "version")}
    found["ssh_keys"] = [api.keys[key]["key"] for key in keys.of_device(api, row)]
    found.update(private_subnets=["10.0.0.0/8"], switch_short_id=row["switch_uuid"])
    nics = [{"name": port["name"], "mac": port["mac"], "bond": "bond0"} for port in row["_ports"].values()]
    found["network"] = {"interfaces": nics[1:]}
    found["specs"] = catalogue.plan(row["_plan"])["specs"]
    if inside:
        where = "%s%s%s" % (api.url, DEVICE_ONLY, one)
        found.update(api_url=api.url, user_state_url=where + "/user_state", phone_home_url=where + "/phone-home")
        found["network"]["addresses"] = addresses.of_device(api, row)
        found["spot"] = {"termination_date": row["termination_time"]} if row["spot_instance"] else {}
    return found


def _phone_home(request):
    life.note(request.api, _row(request), "provisioning.109", "Device phoned home", "succeeded")
    return 204, None


def _checked_userdata(request):
    """Plain or base64."""
    text = request.query.get("userdata", "")
    try:
        text = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        pass
    if not text.startswith(("#!", "#cloud-config", "#ps1")) or len(text.encode()) > making.USERDATA:
        raise Problem(422, "Userdata is not valid")
    return 204, None


LOOKUPS = {"devices": device}
ROUTES = (
    ("GET", "/projects/{id}/devices", _of_project),
    ("POST", "/projects/{id}/devices", _new),
    ("GET", "/organizations/{id}/devices", _of_organization),
    ("GET", "/devices/{id}", lambda request: device(request.api, request.parts["id"])),
    ("PUT", "/devices/{id}", _change),
    ("DELETE", "/devices/{id}", _end),
    ("GET", "/devices/{id}/userdata", lambda request: {"userdata": _row(request)["_userdata"]}),
    ("GET", "/devices/{id}/customdata", lambda request: _row(request)["customdata"]),
    ("GET", "/devices/{id}/metadata", lambda request: metadata(request.api, request.parts["id"])),
    ("POST", "/userdata/validate", _checked_userdata),
    ("GET", DEVICE_ONLY + "{id}/metadata", lambda request: metadata(request.api, request.parts["id"], inside=True)),
    ("POST", DEVICE_ONLY + "{id}/phone-home", _phone_home),
)
