# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done to a device: power, rescue, reinstallation."""

from __future__ import annotations

from . import making
from .life import FROM, enter, note
from .wire import Problem, find


def begin(_api):
    """Nothing to keep."""


def _act(request):
    api, body = request.api, request.body
    device = find(api.devices, request.parts["id"], "Device")
    kind = body.get("type")
    if kind not in FROM:
        raise Problem(422, "%s is not a valid action" % kind)
    states, state = FROM[kind]
    if device["state"] not in states:
        raise Problem(422, "Cannot %s a device that is %s" % (kind, device["state"]))
    if kind == "reinstall":
        _reinstall(api, device, body)
    device["_rescue"] = kind == "rescue"
    note(api, device, "instance.%s" % kind, kind, "succeeded")
    enter(api, device, state)
    return 202, None


def _reinstall(api, device, body):
    """Another system, or the same once more. Raises Problem."""
    if device["locked"]:
        raise Problem(422, "Cannot reinstall a locked item")
    wanted = {"operating_system": body.get("operating_system") or device["_os"], "plan": device["_plan"]}
    wanted["ipxe_script_url"] = body.get("ipxe_script_url") or device.get("ipxe_script_url")
    making.vet(api, dict(wanted, userdata=device["_userdata"]))
    device.update(_os=wanted["operating_system"], ipxe_script_url=wanted["ipxe_script_url"])
    device["_installs"] += 1
    device["_wiped"] = not (body.get("deprovision_fast") or body.get("preserve_data"))


ROUTES = (("POST", "/devices/{id}/actions", _act),)
