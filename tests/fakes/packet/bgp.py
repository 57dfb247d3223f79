# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BGP: a project's configuration, a device's sessions, and the ranges that a project announces."""

from __future__ import annotations

import re

from .wire import BASE, Problem, find, href, new_id, shown, stamp

MD5 = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9]{10,20}\Z")
LOCAL, PEER = 65000, 65530  # autonomous systems: a project's local one, and the other side
MOST_PREFIXES = 10
REVIEW = 24 * 3600  # seconds until a global configuration is enabled


def begin(api):
    """Nothing is configured; a test puts into `api.ranges` what a project may announce, {project id: [CIDR]}."""
    api.bgp, api.sessions, api.ranges = {}, {}, {}


def live(api):
    """What was reviewed long enough is enabled."""
    for row in api.bgp.values():
        if row["status"] == "requested" and row["_asked"] + REVIEW <= api.clock.now():
            row["status"] = "enabled"


def _new_config(request):
    request.need("deployment_type", "asn")
    api, body, project = request.api, request.body, request.parts["id"]
    find(api.projects, project, "Project")
    if project in api.bgp:
        raise Problem(422, "BGP is already configured for this project")
    if body.get("md5") and not MD5.match(body["md5"]):
        raise Problem(422, "md5 must be 10 to 20 letters and digits, with a lower, an upper and a digit")
    if body["deployment_type"] not in ("local", "global"):
        raise Problem(422, "deployment_type must be local or global")
    local = body["deployment_type"] == "local"
    if local and body["asn"] != LOCAL:
        raise Problem(422, "asn of local BGP must be %d" % LOCAL)
    made = {"id": new_id(), "deployment_type": body["deployment_type"], "md5": body.get("md5"), "asn": body["asn"]}
    made.update(status="enabled" if local else "requested", max_prefix=MOST_PREFIXES, _asked=api.clock.now())
    api.bgp[project] = dict(made, created_at=stamp(api.clock.now()), requested_at=stamp(api.clock.now()))
    return 204, None


def _config(request):
    api, project = request.api, request.parts["id"]
    find(api.projects, project, "Project")
    row = find(api.bgp, project, "BGP config")
    found = dict(shown(row), project=href("projects", project), ranges=_ranges(api, project))
    found["sessions"] = [session(api, one) for one, row in api.sessions.items() if row["_project"] == project]
    return dict(found, href="%s/projects/%s/bgp-config" % (BASE, project))


def _ranges(api, project):
    texts = api.ranges.get(project, [])
    rows = [{"id": new_id(), "range": text, "address_family": 6 if ":" in text else 4} for text in texts]
    return [dict(row, project=href("projects", project)) for row in rows]


def _global_ranges(request):
    find(request.api.projects, request.parts["id"], "Project")
    return {"global_bgp_ranges": _ranges(request.api, request.parts["id"])}


def session(api, one):
    """A session as the API shows it."""
    row = find(api.sessions, one, "BGP session")
    return dict(shown(row), device=href("devices", row["_device"]), **href("bgp/sessions", one))


def _new_session(request):
    api, body = request.api, request.body
    device = find(api.devices, request.parts["id"], "Device")
    if api.bgp.get(device["_project"], {}).get("status") != "enabled":
        raise Problem(422, "BGP is not enabled for this project")
    family = body.get("address_family", "ipv4")
    mine = [one for one in api.sessions.values() if one["_device"] == device["id"]]
    if any(one["address_family"] == family for one in mine):
        raise Problem(422, "The device has a session of this address family already")
    made = {"id": new_id(), "address_family": family, "default_route": bool(body.get("default_route"))}
    made.update(status="unknown", learned_routes=[], _device=device["id"], created_at=stamp(api.clock.now()))
    api.sessions[made["id"]] = dict(made, _project=device["_project"])
    return 201, session(api, made["id"])


def _of(kind, word):
    """The sessions of a project or a device."""

    def found(request):
        find(getattr(request.api, kind), request.parts["id"], kind[:-1].capitalize())
        mine = [one for one, row in request.api.sessions.items() if row[word] == request.parts["id"]]
        return {"bgp_sessions": [session(request.api, one) for one in mine]}

    return found


def _change_session(request):
    row = find(request.api.sessions, request.parts["id"], "BGP session")
    row["default_route"] = request.body is True
    return 200, None


def _end_session(request):
    find(request.api.sessions, request.parts["id"], "BGP session")
    del request.api.sessions[request.parts["id"]]
    return 204, None


def _neighbors(request):
    api, device = request.api, find(request.api.devices, request.parts["id"], "Device")
    config = api.bgp.get(device["_project"], {})
    rows = [one for one in api.sessions.values() if one["_device"] == device["id"]]
    return {"bgp_neighbors": [_neighbor(config, device, 4 if row["address_family"] == "ipv4" else 6) for row in rows]}


def _neighbor(config, device, family):
    """Both ends of a session; the device's is its private address, as its peers are in its rack."""
    own = [one["address"] for one in device["_own"] if one["address_family"] == family]
    peers = ["169.254.255.1", "169.254.255.2"] if family == 4 else ["fc00::e", "fc00::f"]
    found = {"address_family": family, "customer_as": config.get("asn", LOCAL), "customer_ip": own[-1] if own else ""}
    found.update(md5_enabled=bool(config.get("md5")), multihop=True, peer_as=PEER, peer_ips=peers)
    found["md5_password"] = config.get("md5") or ""
    return dict(found, routes_in=[], routes_out=[])


LOOKUPS = {"bgp/sessions": session}
ROUTES = (
    ("POST", "/projects/{id}/bgp-configs", _new_config),
    ("GET", "/projects/{id}/bgp-config", _config),
    ("GET", "/projects/{id}/global-bgp-ranges", _global_ranges),
    ("GET", "/projects/{id}/bgp/sessions", _of("projects", "_project")),
    ("GET", "/devices/{id}/bgp/sessions", _of("devices", "_device")),
    ("POST", "/devices/{id}/bgp/sessions", _new_session),
    ("GET", "/devices/{id}/bgp/neighbors", _neighbors),
    ("GET", "/bgp/sessions/{id}", lambda request: session(request.api, request.parts["id"])),
    ("PUT", "/bgp/sessions/{id}", _change_session),
    ("DELETE", "/bgp/sessions/{id}", _end_session),
)
