# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what: a user's token all, a read-only one reads, a project's one sees its project and the catalogue."""

from __future__ import annotations

from .wire import DEVICE_ONLY, Problem

OPEN = ("facilities", "locations", "plans", "operating-systems", "operating-system-versions", "capacity", "market")
OPEN += ("userdata",)  # what a project's token may ask for as well


def permit(api, token, request):
    """Set the request's scope. Raises Problem."""
    if request.path.startswith(DEVICE_ONLY):
        return
    if token == api.token:
        return
    found = {"read_only": True} if token == api.read_only else api.tokens.get(token)
    if found is None:
        raise Problem(401, "Invalid authentication token")
    if found["read_only"] and request.method != "GET":
        raise Problem(403, "You are not authorized to perform this action")
    request.scope = found.get("_project")
    if request.scope and not _mine(api, request):
        raise Problem(403, "You are not authorized to view this")


def _mine(api, request):
    """Whether a path lies in the project of the token."""
    first = request.path.split("/")[1]
    if first in OPEN or request.path == "/projects" and request.method == "GET":
        return True
    if first == "projects":
        return request.parts.get("id") == request.scope
    rows = [table[one] for one in request.parts.values() for table in api.tables().values() if one in table]
    if first == "ports":
        rows = [one for one in api.devices.values() if request.parts["id"] in one["_ports"]]
    if any(row.get("_project") == request.scope for row in rows):
        return True
    return not rows and bool(request.parts) and first not in ("user", "organizations")  # unknown: 404, not 403
