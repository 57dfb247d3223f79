# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user, organizations and projects."""

from __future__ import annotations

from .keys import add as add_key  # noqa: F401 - a test gives a project a key
from .wire import BASE, Paged, Problem, find, href, new_id, shown, stamp

LONGEST_NAME = 80
OF_ORGANIZATION = ("name", "description", "website", "twitter", "customdata", "address", "billing_address")
OF_PROJECT = ("name", "tags", "customdata", "backend_transfer_enabled", "payment_method_id")


def begin(api):
    """One user, who has one organization with one project."""
    api.organizations, api.projects = {}, {}
    api.user = new_id()
    api.organization = add_organization(api, {"name": "Example"})["id"]
    api.project = add_project(api, {"name": "shop"}, api.organization)["id"]


def add_organization(api, body):
    """An organization of the user's."""
    made = {"id": new_id(), "customdata": {}, "created_at": stamp(api.clock.now())}
    made.update({name: body[name] for name in OF_ORGANIZATION if name in body})
    api.organizations[made["id"]] = made
    return made


def add_project(api, body, organization):
    """A project of an organization."""
    made = {"id": new_id(), "name": body["name"], "tags": [], "customdata": {}, "type": "default"}
    made.update(
        {name: body[name] for name in OF_PROJECT if body.get(name) is not None},
        organization=href("organizations", organization),
    )
    made.update(_project=made["id"], created_at=stamp(api.clock.now()), backend_transfer_enabled=False)
    api.projects[made["id"]] = made
    return made


def organization_of(row):
    """The id of a project's organization."""
    return row["organization"]["href"].rsplit("/", 1)[1]


def organization(api, one):
    """An organization as the API shows it."""
    row = find(api.organizations, one, "Organization")
    mine = [href("projects", project["id"]) for project in api.projects.values() if organization_of(project) == one]
    return dict(shown(row), projects=mine, members=[href("users", api.user)], **href("organizations", one))


def project(api, one):
    """A project as the API shows it."""
    row = find(api.projects, one, "Project")
    found = dict(shown(row), **href("projects", one))
    found.pop("payment_method_id", None)
    found["devices"] = [href("devices", device["id"]) for device in api.devices.values() if device["_project"] == one]
    found["ssh_keys"] = [href("ssh-keys", key["id"]) for key in api.keys.values() if key["_project"] == one]
    found["members"] = [href("users", api.user)]
    if one in api.bgp:
        found["bgp_config"] = {"href": "%s/projects/%s/bgp-config" % (BASE, one)}
    return found


def user(api, one):
    """The user as the API shows them."""
    find({api.user: True}, one, "User")
    found = {"id": api.user, "full_name": "Example User", "first_name": "Example", "last_name": "User"}
    found.update(email="user@example.org", short_id=api.user[:8], default_organization_id=api.organization)
    return dict(found, default_project_id=api.project, **href("users", api.user))


def _named(rows, request):
    """Rows with the name that the query asks for, all when it asks for none."""
    name = request.query.get("name")
    return [row for row in rows if not name or name in row["name"]]


def _projects(request):
    rows = [row for row in request.api.projects.values() if request.scope in (None, row["id"])]
    return Paged("projects", _named(rows, request), lambda row: project(request.api, row["id"]))


def _organization_projects(request):
    find(request.api.organizations, request.parts["id"], "Organization")
    rows = [row for row in request.api.projects.values() if organization_of(row) == request.parts["id"]]
    return Paged("projects", _named(rows, request), lambda row: project(request.api, row["id"]))


def _named_well(body):
    if len(body.get("name") or "") > LONGEST_NAME:
        raise Problem(422, "name is too long (maximum is %d characters)" % LONGEST_NAME)


def _new_project(request):
    request.need("name")
    _named_well(request.body)
    where = request.body.get("organization_id") or request.api.organization
    if "id" in request.parts:
        where = request.parts["id"]
        find(request.api.organizations, where, "Organization")
    if where not in request.api.organizations:
        raise Problem(422, "Organization not found")
    return 201, project(request.api, add_project(request.api, request.body, where)["id"])


def _change_project(request):
    row = find(request.api.projects, request.parts["id"], "Project")
    _named_well(request.body)
    row.update({name: request.body[name] for name in OF_PROJECT if name in request.body})
    row["updated_at"] = stamp(request.api.clock.now())
    return project(request.api, row["id"])


def _end_project(request):
    api, row = request.api, find(request.api.projects, request.parts["id"], "Project")
    for table, words in ((api.devices, "devices"), (api.reservations, "hardware reservations")):
        if any(one["_project"] == row["id"] for one in table.values()):
            raise Problem(422, "Cannot delete a project that has %s" % words)
    for name, table in api.tables().items():
        for one in [one for one, its in table.items() if its.get("_project") == row["id"] and name != "projects"]:
            del table[one]
    api.bgp.pop(row["id"], None)
    del api.projects[row["id"]]
    return 204, None


def _organizations(request):
    rows = list(request.api.organizations)
    if request.query.get("without_projects") == "only":
        rows = [one for one in rows if not organization(request.api, one)["projects"]]
    return Paged("organizations", rows, lambda one: organization(request.api, one))


def _new_organization(request):
    request.need("name")
    return 201, organization(request.api, add_organization(request.api, request.body)["id"])


def _change_organization(request):
    row = find(request.api.organizations, request.parts["id"], "Organization")
    row.update({name: request.body[name] for name in OF_ORGANIZATION if name in request.body})
    row["updated_at"] = stamp(request.api.clock.now())
    return organization(request.api, row["id"])


def _end_organization(request):
    if organization(request.api, request.parts["id"])["projects"]:
        raise Problem(422, "Cannot delete an organization that has projects")
    del request.api.organizations[request.parts["id"]]
    return 204, None


def _customdata(kind, table):
    return lambda request: find(getattr(request.api, table), request.parts["id"], kind)["customdata"]


LOOKUPS = {"organizations": organization, "projects": project, "users": user}
ROUTES = (
    ("GET", "/user", lambda request: user(request.api, request.api.user)),
    ("GET", "/users", lambda request: Paged("users", [user(request.api, request.api.user)])),
    ("GET", "/users/{id}", lambda request: user(request.api, request.parts["id"])),
    ("GET", "/organizations", _organizations),
    ("POST", "/organizations", _new_organization),
    ("GET", "/organizations/{id}", lambda request: organization(request.api, request.parts["id"])),
    ("PUT", "/organizations/{id}", _change_organization),
    ("DELETE", "/organizations/{id}", _end_organization),
    ("GET", "/organizations/{id}/customdata", _customdata("Organization", "organizations")),
    ("GET", "/organizations/{id}/projects", _organization_projects),
    ("POST", "/organizations/{id}/projects", _new_project),
    ("GET", "/projects", _projects),
    ("POST", "/projects", _new_project),
    ("GET", "/projects/{id}", lambda request: project(request.api, request.parts["id"])),
    ("PUT", "/projects/{id}", _change_project),
    ("DELETE", "/projects/{id}", _end_project),
    ("GET", "/projects/{id}/customdata", _customdata("Project", "projects")),
)
