# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Organizations, projects and SSH keys."""

from __future__ import annotations

import base64
import binascii
import hashlib

from .wire import Paged, Problem, href, new_id, stamp

MOST_TAGS = 80
SAID = ("name", "description", "website", "twitter", "customdata")  # of an organization


def begin(api):
    """One organization with one project."""
    api.organizations, api.projects, api.keys = {}, {}, {}
    api.meant = {}  # id of a project's key -> ids of the devices that alone it is meant for
    api.user = new_id()
    api.organization = add_organization(api, {"name": "Example"})["id"]
    api.project = _add_project(api, {"name": "shop"}, api.organization)["id"]


def find(rows, one, kind):
    """A row by its id. Raises Problem."""
    if one not in rows:
        raise Problem(404, "%s not found" % kind)
    return rows[one]


def add_organization(api, body):
    """An organization."""
    made = {"id": new_id(), "created_at": stamp(api.clock.now()), "projects": [], "members": []}
    made.update({name: body[name] for name in SAID if name in body})
    api.organizations[made["id"]] = dict(made, **href("organizations", made["id"]))
    return api.organizations[made["id"]]


def _add_project(api, body, organization):
    made = {"id": new_id(), "created_at": stamp(api.clock.now()), "name": body["name"], "tags": body.get("tags") or []}
    made.update(organization=href("organizations", organization), customdata=body.get("customdata") or {})
    made.update(max_devices={}, bgp_config=None, devices=[], ssh_keys=[], **href("projects", made["id"]))
    api.projects[made["id"]] = made
    return made


def _project_out(request, row):
    shown = {name: value for name, value in row.items() if value is not None}
    if "organization" in request.wanted():
        shown["organization"] = request.api.organizations[row["organization"]["href"].rsplit("/", 1)[1]]
    return shown


def _projects(request):
    rows = list(request.api.projects.values())
    name = request.query.get("name")
    return Paged("projects", [_project_out(request, row) for row in rows if not name or name in row["name"]])


def _organization_projects(request):
    mine = href("organizations", request.parts["id"])
    rows = [row for row in request.api.projects.values() if row["organization"] == mine]
    return Paged("projects", [_project_out(request, row) for row in rows])


def _new_project(request):
    request.need("name")
    if len(request.body["name"]) > 80:
        raise Problem(422, "name is too long (maximum is 80 characters)")
    organization = request.parts.get("id") or request.body.get("organization_id") or request.api.organization
    find(request.api.organizations, organization, "Organization")
    return 201, _project_out(request, _add_project(request.api, request.body, organization))


def _project(request):
    return _project_out(request, find(request.api.projects, request.parts["id"], "Project"))


def _change_project(request):
    row = find(request.api.projects, request.parts["id"], "Project")
    row.update({name: request.body[name] for name in ("name", "tags", "customdata") if name in request.body})
    return _project_out(request, row)


def _end_project(request):
    row = find(request.api.projects, request.parts["id"], "Project")
    if any(device["_project"] == row["id"] for device in request.api.devices.values()):
        raise Problem(422, "Cannot delete a project that has devices")
    del request.api.projects[row["id"]]
    return 204, None


def _new_organization(request):
    request.need("name")
    return 201, add_organization(request.api, request.body)


def _organization(request):
    return find(request.api.organizations, request.parts["id"], "Organization")


def _change_organization(request):
    row = find(request.api.organizations, request.parts["id"], "Organization")
    row.update({name: request.body[name] for name in SAID if name in request.body})
    return row


def _end_organization(request):
    row = find(request.api.organizations, request.parts["id"], "Organization")
    if any(project["organization"]["href"] == row["href"] for project in request.api.projects.values()):
        raise Problem(422, "Cannot delete an organization that has projects")
    del request.api.organizations[row["id"]]
    return 204, None


def fingerprint(key):
    """The MD5 fingerprint of a public key line. Raises Problem."""
    try:
        blob = base64.b64decode(key.split()[1], validate=True)
    except (IndexError, binascii.Error):
        raise Problem(422, "Key is not a valid SSH public key") from None
    text = hashlib.md5(blob).hexdigest()
    return ":".join(text[i : i + 2] for i in range(0, 32, 2))


def add_key(api, body, owner):
    """A key of a user (owner /users/...), a project or a device. Raises Problem."""
    print_ = fingerprint(body["key"])
    if any(row["fingerprint"] == print_ and row["entity"] == owner for row in api.keys.values()):
        raise Problem(422, "Key has already been taken")
    made = {"id": new_id(), "label": body["label"], "key": body["key"], "fingerprint": print_, "entity": owner}
    made.update(tags=body.get("tags") or [], created_at=stamp(api.clock.now()), **href("ssh-keys", made["id"]))
    api.keys[made["id"]] = made
    return made


def keys_of(api, owner):
    """The keys of that owner."""
    return [row for row in api.keys.values() if row["entity"] == owner]


def _new_key(request):
    request.need("label", "key")
    if "id" in request.parts:
        find(request.api.projects, request.parts["id"], "Project")
        made = add_key(request.api, request.body, href("projects", request.parts["id"]))
        request.api.meant[made["id"]] = request.body.get("instances_ids") or []
        return 201, made
    return 201, add_key(request.api, request.body, href("users", request.api.user))


def _keys(kind):
    def found(request):
        owner = href("users", request.api.user) if kind == "users" else href(kind, request.parts["id"])
        meant = [
            key for one, key in request.api.keys.items() if request.parts.get("id") in request.api.meant.get(one, ())
        ]
        return {"ssh_keys": keys_of(request.api, owner) + (meant if kind == "devices" else [])}

    return found


def _change_key(request):
    row = find(request.api.keys, request.parts["id"], "SSH key")
    row.update({name: request.body[name] for name in ("label", "key", "tags") if name in request.body})
    return row


def _end_key(request):
    find(request.api.keys, request.parts["id"], "SSH key")
    del request.api.keys[request.parts["id"]]
    return 204, None


ROUTES = (
    (
        "GET",
        "/user",
        lambda request: {"id": request.api.user, "full_name": "Example User", "email": "user@example.org"},
    ),
    ("GET", "/organizations", lambda request: Paged("organizations", list(request.api.organizations.values()))),
    ("POST", "/organizations", _new_organization),
    ("GET", "/organizations/{id}", _organization),
    ("PUT", "/organizations/{id}", _change_organization),
    ("DELETE", "/organizations/{id}", _end_organization),
    ("GET", "/organizations/{id}/projects", _organization_projects),
    ("POST", "/organizations/{id}/projects", _new_project),
    ("GET", "/projects", _projects),
    ("POST", "/projects", _new_project),
    ("GET", "/projects/{id}", _project),
    ("PUT", "/projects/{id}", _change_project),
    ("DELETE", "/projects/{id}", _end_project),
    ("GET", "/ssh-keys", _keys("users")),
    ("POST", "/ssh-keys", _new_key),
    ("GET", "/ssh-keys/{id}", lambda request: find(request.api.keys, request.parts["id"], "SSH key")),
    ("PUT", "/ssh-keys/{id}", _change_key),
    ("DELETE", "/ssh-keys/{id}", _end_key),
    ("GET", "/projects/{id}/ssh-keys", _keys("projects")),
    ("POST", "/projects/{id}/ssh-keys", _new_key),
    ("GET", "/devices/{id}/ssh-keys", _keys("devices")),
)
