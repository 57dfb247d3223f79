# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Redfish system as a row of SERVER, and a row's fields as Redfish says them; pure."""

from __future__ import annotations

from ..resource import hostname
from .controller import RESET

DEVICES = {"disk": "Hdd", "network": "Pxe", "cdrom": "Cd", "usb": "Usb", "bios": "BiosSetup"}
LIGHTS = {"on": "Lit", "off": "Off", "blinking": "Blinking"}
STATES = {"On": "active", "Off": "off", "PoweringOn": "booting", "PoweringOff": "active", "Paused": "active"}
ALLOWABLE = "@Redfish.AllowableValues"
WAYS = {  # what is done, by the resets that do it, the best first; a further word of a pair follows once it is off
    "power_on": ("On", "ForceOn"),
    "power_off": ("GracefulShutdown", "ForceOff"),
    "force_off": ("ForceOff",),
    "reboot": ("GracefulRestart", "GracefulShutdown", "ForceRestart", "PowerCycle"),
    "power_cycle": ("ForceRestart", "PowerCycle", "FullPowerCycle", "ForceOff"),
}


def server_name(system):
    """What a system is called that no option names: its own name, else its id."""
    for word in (system.get("Name"), system.get("Id")):
        try:
            return hostname(word or "")
        except ValueError:
            continue
    raise ValueError("%r is no host name, nor is its id; name it in redfish.machines" % system.get("Name"))


def row(machine, system):
    """A system as a row. machine: what the options say of it."""
    power = system.get("PowerState")
    done = {
        "name": machine.get("name") or server_name(system),
        "provider": "redfish",
        "id": system.get("UUID") or system.get("@odata.id"),
        "machine": system.get("Id"),
        "state": STATES.get(power, "failed"),
        "power": "off" if power == "Off" else "on",
        "boot": boot(system),
        "indicator": indicator(system),
        "installed": True,
        "_system": system,
    }
    if machine.get("facility"):
        done["facility"] = machine["facility"]
    if machine.get("address"):
        done["access"] = {"host": machine["address"], "port": 22, "user": machine.get("user") or "root"}
        done["addresses"] = [{"address": machine["address"], "family": 6 if ":" in machine["address"] else 4}]
        done["addresses"][0].update(public=False, network=None)
    return {name: value for name, value in done.items() if value is not None}


def boot(system):
    """The override that a system boots by; {} where it has none."""
    said = system.get("Boot") or {}
    device = next((d for d, word in DEVICES.items() if word == said.get("BootSourceOverrideTarget")), None)
    enabled = said.get("BootSourceOverrideEnabled")
    if device is None or enabled == "Disabled":
        return {}
    return {"device": device, "once": enabled == "Once"}


def indicator(system):
    """How the light is, or None where there is none."""
    led = next((name for name, word in LIGHTS.items() if word == system.get("IndicatorLED")), None)
    if led is None and isinstance(system.get("LocationIndicatorActive"), bool):
        return "on" if system["LocationIndicatorActive"] else "off"
    return led


def boot_body(want, have):
    """What to change so that a system boots as wanted."""
    device = want.get("device") or have.get("device")
    once = want["once"] if "once" in want else have.get("once", False)
    body = {"BootSourceOverrideEnabled": "Once" if once else "Continuous"}
    if device:
        body["BootSourceOverrideTarget"] = DEVICES[device]
    return {"Boot": body}


def light_body(want, system):
    """What to change so that the light is as wanted."""
    if "IndicatorLED" in system:
        return {"IndicatorLED": LIGHTS[want]}
    return {"LocationIndicatorActive": want == "on"}


def allowed(system, verb):
    """The resets of a system that do `verb`, the best first."""
    action = (system.get("Actions") or {}).get(RESET) or {}
    have = action.get("ResetType" + ALLOWABLE)
    return [word for word in WAYS[verb] if have is None or word in have]


def problems(want, have):
    """Why a system cannot be made as wanted, one sentence each."""
    system, found = have["_system"], []
    text = "server %s: " % want["name"]
    if want.get("facility") not in (None, have.get("facility")):
        found.append(text + "its facility is %s, by the options; a machine is not moved" % have.get("facility"))
    if want.get("indicator") and want["indicator"] != have.get("indicator"):
        if have.get("indicator") is None:
            found.append(text + "its controller has no indicator light")
        elif want["indicator"] == "blinking" and "IndicatorLED" not in system:
            found.append(text + "its light does not blink; it can be on or off")
    device = (want.get("boot") or {}).get("device")
    have_words = (system.get("Boot") or {}).get("BootSourceOverrideTarget" + ALLOWABLE)
    if device and have_words is not None and DEVICES[device] not in have_words:
        names = [name for name, word in DEVICES.items() if word in have_words]
        found.append(text + "it cannot boot from %s; it can from %s" % (device, ", ".join(names) or "nothing here"))
    verb = {"on": "power_on", "off": "power_off"}.get(want.get("power"))
    if verb and want["power"] != have["power"] and not allowed(system, verb):
        found.append(text + "its controller does not turn it %s" % want["power"])
    return found
