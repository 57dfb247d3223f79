# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports of a device: eth0 and eth1, bonded to bond0 or not, on layer 3 or 2, and the networks they are in."""

from __future__ import annotations

from . import addresses, catalogue, networks
from .wire import Problem, find, href, new_id, shown, stamp

BOND = "bond0"
NAMES = (BOND, "eth0", "eth1")


def begin(api):
    """No batches of assignments."""
    api.port_batches = {}


def fresh(device):
    """The ports of a new device, {id: dict}: bonded, layer 3."""
    made = {}
    for number, name in enumerate(NAMES):
        one = catalogue.ident(device, name)
        mac = "02:" + ":".join(catalogue.ident(device)[i : i + 2] for i in (0, 2, 4, 6)) + ":%02x" % number
        made[one] = {"id": one, "name": name, "mac": mac, "bonded": True, "vlans": [], "native": None}
    made[catalogue.ident(device, BOND)]["layer"] = 3
    return made


def bond_of(device):
    """The bond among a device's ports."""
    return next(port for port in device["_ports"].values() if port["name"] == BOND)


def kind(device):
    """The network type of a device."""
    bond, *nics = device["_ports"].values()
    if not any(nic["bonded"] for nic in nics):
        return "layer2-individual"
    if not all(nic["bonded"] for nic in nics):
        return "hybrid"
    return "layer2-bonded" if bond["layer"] == 2 else "hybrid-bonded" if bond["vlans"] else "layer3"


def port(device, row):
    """A port as the API shows it."""
    bond = bond_of(device)
    found = {"id": row["id"], "name": row["name"], "network_type": kind(device), "disbond_operation_supported": True}
    found["type"] = "NetworkBondPort" if row is bond else "NetworkPort"
    found["data"] = {"bonded": row["bonded"]} if row is bond else {"bonded": row["bonded"], "mac": row["mac"]}
    if row is not bond and row["bonded"]:
        found["bond"] = {"id": bond["id"], "name": BOND}
    found["virtual_networks"] = [href("virtual-networks", one) for one in row["vlans"]]
    if row["native"]:
        found["native_virtual_network"] = href("virtual-networks", row["native"])
    return dict(found, **href("ports", row["id"]))


def of_device(device):
    """All ports of a device as the API shows them."""
    return [port(device, row) for row in device["_ports"].values()]


def _found(request):
    """(device, port) of the request."""
    for device in request.api.devices.values():
        if request.parts["id"] in device["_ports"]:
            return device, device["_ports"][request.parts["id"]]
    raise Problem(404, "Port not found")


def _look(api, one):
    rows = {one: (device, row) for device in api.devices.values() for one, row in device["_ports"].items()}
    return port(*find(rows, one, "Port"))


# Networks on ports


def _network(api, word, device):
    """The id of a network of the device's metro, by its id or number. Raises Problem."""
    for row in api.vlans.values():
        near = networks.metro_of(row) == catalogue.FACILITIES[device["_facility"]]
        if row["_project"] == device["_project"] and near and str(word) in (row["id"], str(row["vxlan"])):
            return row["id"]
    raise Problem(422, "Virtual network %s is not in the metro of the device" % word)


def _put(device, row, one):
    """Put a port into a network. Raises Problem."""
    if (row["name"] == BOND) != row["bonded"]:
        raise Problem(422, "Port %s is %s" % (row["name"], "bonded" if row["bonded"] else "not bonded"))
    if one in row["vlans"]:
        raise Problem(422, "Virtual network is already assigned")
    row["vlans"].append(one)


def _take(row, one):
    """Take a port out of a network. Raises Problem."""
    if one not in row["vlans"]:
        raise Problem(422, "Virtual network is not assigned")
    row["vlans"].remove(one)
    row["native"] = None if row["native"] == one else row["native"]


def _make_native(row, one):
    if one not in row["vlans"] or len(row["vlans"]) < 2:
        raise Problem(422, "A native network is one of at least two that are assigned")
    row["native"] = one


def _assign(request):
    request.need("vnid")
    device, row = _found(request)
    _put(device, row, _network(request.api, request.body["vnid"], device))
    return port(device, row)


def _unassign(request):
    request.need("vnid")
    device, row = _found(request)
    _take(row, _network(request.api, request.body["vnid"], device))
    return port(device, row)


def _native(request):
    device, row = _found(request)
    word = request.query.get("vnid") or request.body.get("vnid")
    _make_native(row, _network(request.api, word, device))
    return port(device, row)


def _no_native(request):
    device, row = _found(request)
    row["native"] = None
    return port(device, row)


# Bonds and layers


def _changeable(request):
    """(device, port) that may get another shape. Raises Problem."""
    device, row = _found(request)
    if device["network_frozen"]:
        raise Problem(422, "The network of this device is frozen")
    if any(one["vlans"] for one in device["_ports"].values()):
        raise Problem(422, "Virtual networks must be unassigned first")
    return device, row


def _rebond(bonded, word):
    def act(request):
        device, row = _changeable(request)
        every = request.flag(word) or row["name"] == BOND  # of the bond alone means of all; our assumption
        nics = [one for one in device["_ports"].values() if one["name"] != BOND]
        for nic in nics if every else [row]:
            nic["bonded"] = bonded
        bond = bond_of(device)
        bond["bonded"] = any(nic["bonded"] for nic in nics)
        if not bond["bonded"]:
            _to_layer_2(request.api, device)
        return port(device, row)

    return act


def _to_layer_2(api, device):
    """The management addresses are gone for good."""
    bond_of(device)["layer"] = 2
    device["_own"] = []
    for block in api.ips.values():
        mine = [one for one in block["_assigned"] if one["_device"] == device["id"] and one["management"]]
        block["_assigned"] = [one for one in block["_assigned"] if one not in mine]


def _layer_2(request):
    device, row = _changeable(request)
    if row["name"] != BOND or not row["bonded"]:
        raise Problem(422, "Only a bond can be converted")
    given = [one for block in request.api.ips.values() for one in block["_assigned"] if one["_device"] == device["id"]]
    if not all(one["management"] for one in given):
        raise Problem(422, "Elastic addresses must be unassigned first")
    net = request.body.get("vnid")
    net = _network(request.api, net, device) if net else None
    _to_layer_2(request.api, device)
    if net:
        _put(device, row, net)
    return port(device, row)


def _layer_3(request):
    device, row = _changeable(request)
    if row["name"] != BOND or not row["bonded"] or row["layer"] == 3:
        raise Problem(422, "Only a bond on layer 2 can be converted")
    device["_own"] = addresses.own(request.api, device, {"ip_addresses": request.body.get("request_ips")})
    row["layer"] = 3
    return port(device, row)


# Batches of assignments


def live(api):
    """Work on the batches whose time has come."""
    for made in api.port_batches.values():
        if made["state"] != "queued" or made["_at"] > api.clock.now():
            continue
        device = api.devices.get(made["_device"])
        made["state"] = "completed"
        try:
            for asked in made["_rows"] if device else ():
                _change(api, device, device["_ports"][made["_port"]], asked)
        except Problem as problem:
            made.update(state="failed", error_messages=problem.errors)


def _change(api, device, row, asked):
    one = _network(api, asked.get("vlan"), device)
    if asked.get("state", "assigned") == "unassigned":
        if one in row["vlans"]:  # a batch says what shall be, so what is so already is no mistake
            _take(row, one)
    elif one not in row["vlans"]:
        _put(device, row, one)
    if asked.get("native"):
        _make_native(row, one)


def _new_batch(request):
    api, (device, row) = request.api, _found(request)
    rows = request.body.get("vlan_assignments") or []
    if not rows:
        raise Problem(422, "vlan_assignments can't be blank")
    made = {"id": new_id(), "state": "queued", "quantity": len(rows), "error_messages": [], "_rows": rows}
    made.update(
        _at=api.clock.now() + api.pause("vlan_batch"),
        _device=device["id"],
        _port=row["id"],
        created_at=stamp(api.clock.now()),
    )
    made["vlan_assignments"] = [
        {"id": new_id(), "state": one.get("state", "assigned"), "native": bool(one.get("native"))}
        | {"vlan": api.vlans[_network(api, one.get("vlan"), device)]["vxlan"]}
        for one in rows
    ]
    api.port_batches[made["id"]] = made
    return 201, _batch(device, row, made)


def _batch(device, row, made):
    found = dict(shown(made), port=port(device, row), project=href("projects", device["_project"]))
    return dict(found, **href("ports/%s/vlan-assignments/batches" % row["id"], made["id"]))


def _batches(request):
    device, row = _found(request)
    mine = [made for made in request.api.port_batches.values() if made["_port"] == row["id"]]
    return {"batches": [_batch(device, row, made) for made in mine]}


def _one_batch(request):
    device, row = _found(request)
    return _batch(device, row, find(request.api.port_batches, request.parts["batch"], "Batch"))


def _assignments(request):
    device, row = _found(request)
    return {"vlan_assignments": [_assignment(request.api, row, one) for one in row["vlans"]]}


def _assignment(api, row, one):
    found = {"id": catalogue.ident(row["id"], one), "native": row["native"] == one, "state": "assigned"}
    found.update(vlan=api.vlans[one]["vxlan"], virtual_network=networks.vlan(api, one), port=href("ports", row["id"]))
    return dict(found, **href("ports/%s/vlan-assignments" % row["id"], found["id"]))


def _one_assignment(request):
    rows = {row["id"]: row for row in _assignments(request)["vlan_assignments"]}
    return find(rows, request.parts["assignment"], "VLAN assignment")


LOOKUPS = {"ports": _look}
ROUTES = (
    ("GET", "/ports/{id}", lambda request: port(*_found(request))),
    ("POST", "/ports/{id}/assign", _assign),
    ("POST", "/ports/{id}/unassign", _unassign),
    ("POST", "/ports/{id}/native-vlan", _native),
    ("DELETE", "/ports/{id}/native-vlan", _no_native),
    ("POST", "/ports/{id}/bond", _rebond(True, "bulk_enable")),
    ("POST", "/ports/{id}/disbond", _rebond(False, "bulk_disable")),
    ("POST", "/ports/{id}/convert/layer-2", _layer_2),
    ("POST", "/ports/{id}/convert/layer-3", _layer_3),
    ("GET", "/ports/{id}/vlan-assignments", _assignments),
    ("GET", "/ports/{id}/vlan-assignments/batches", _batches),
    ("POST", "/ports/{id}/vlan-assignments/batches", _new_batch),
    ("GET", "/ports/{id}/vlan-assignments/batches/{batch}", _one_batch),
    ("GET", "/ports/{id}/vlan-assignments/{assignment}", _one_assignment),
)
