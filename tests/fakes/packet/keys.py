# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SSH keys of the user, of projects and of devices; and the tokens of the API."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets

from .wire import Problem, find, href, new_id, shown, stamp


def begin(api):
    """No keys, and no tokens but the two that the PacketAPI names."""
    api.keys, api.api_keys, api.tokens = {}, {}, {}
    api.meant = {}  # id of a key: ids of the devices that alone it is for


def fingerprint(key):
    """The MD5 fingerprint of a public key line. Raises Problem."""
    try:
        blob = base64.b64decode(key.split()[1], validate=True)
    except (AttributeError, IndexError, binascii.Error):
        raise Problem(422, "Key is not a valid SSH public key") from None
    text = hashlib.md5(blob).hexdigest()
    return ":".join(text[i : i + 2] for i in range(0, 32, 2))


def add(api, body, owner, instances=()):
    """A key of a user (`owner` is a reference), a project or a device. Raises Problem."""
    kind, one = owner["href"].split("/")[-2:]
    project = one if kind == "projects" else api.devices[one]["_project"] if one in api.devices else None
    print_ = fingerprint(body["key"])
    if any(row["fingerprint"] == print_ and row["entity"] == owner for row in api.keys.values()):
        raise Problem(422, "Key has already been taken")
    made = {"id": new_id(), "label": body["label"], "key": body["key"], "fingerprint": print_, "entity": owner}
    made.update(tags=body.get("tags") or [], created_at=stamp(api.clock.now()), _project=project)
    api.keys[made["id"]], api.meant[made["id"]] = made, list(instances)
    return made


def key(api, one):
    """A key as the API shows it."""
    row = find(api.keys, one, "SSH key")
    return dict(shown(row), **href("ssh-keys", one))


def installed(api, device, body):
    """The ids of the keys that a device gets. Raises Problem."""
    named, users = list(body.get("project_ssh_keys") or []), list(body.get("user_ssh_keys") or [])
    for one in named:
        if one not in api.keys or api.keys[one]["_project"] != device["_project"]:
            raise Problem(422, "project_ssh_keys: %s is not a key of this project" % one)
    if any(one != api.user for one in users):
        raise Problem(422, "user_ssh_keys: not all are members of this project")
    inline = body.get("ssh_keys") or []
    every = not (named or users or inline or body.get("no_ssh_keys"))
    owners = [href("users", api.user)] if users or every else []
    owners += [href("projects", device["_project"])] if every else []
    named += [row["id"] for row in api.keys.values() if row["entity"] in owners and not api.meant.get(row["id"])]
    owner = href("devices", device["id"])
    for given in inline:
        body = {"label": given.get("label") or "key", "key": given.get("key"), "tags": given.get("tags")}
        named.append(add(api, body, owner)["id"])
    return named


def of_device(api, device):
    """The ids of a device's keys: those it got, and those that were associated with it later."""
    later = [one for one, devices in api.meant.items() if device["id"] in devices]
    return [one for one in device["_keys"] + later if one in api.keys]


def forget(api, device):
    """The device is gone, and its own keys are."""
    for row in [row for row in api.keys.values() if row["entity"] == href("devices", device["id"])]:
        del api.keys[row["id"]]


def _new(request):
    request.need("label", "key")
    api, project = request.api, request.parts.get("id")
    owner = href("users", api.user)
    if project:
        find(api.projects, project, "Project")
        owner = href("projects", project)
    made = add(api, request.body, owner, request.body.get("instances_ids") or ())
    return 201, key(api, made["id"])


def _listed(request, ids, word):
    """The keys with these ids in which the query's word occurs."""
    text = (request.query.get(word) or "").lower()
    rows = [key(request.api, one) for one in ids]
    return {"ssh_keys": [row for row in rows if text in (row["label"] + row["key"] + row["fingerprint"]).lower()]}


def _owned(request, owner, word):
    return _listed(request, [one for one, row in request.api.keys.items() if row["entity"] == owner], word)


def _of_project(request):
    find(request.api.projects, request.parts["id"], "Project")
    return _owned(request, href("projects", request.parts["id"]), "query")


def _of_device(request):
    device = find(request.api.devices, request.parts["id"], "Device")
    return _listed(request, of_device(request.api, device), "Search string")


def _change(request):
    row = find(request.api.keys, request.parts["id"], "SSH key")
    if "key" in request.body:
        row.update(key=request.body["key"], fingerprint=fingerprint(request.body["key"]))
    row.update({name: request.body[name] for name in ("label", "tags") if name in request.body})
    row["updated_at"] = stamp(request.api.clock.now())
    return key(request.api, row["id"])


def _end(request):
    find(request.api.keys, request.parts["id"], "SSH key")
    del request.api.keys[request.parts["id"]]
    return 204, None


def _token(row):
    found = dict(shown(row), **href("user/api-keys", row["id"]))
    found["token"] = row["_token"]
    if row["_project"]:
        found["project"] = href("projects", row["_project"])
    return found


def _new_token(request):
    request.need("description")
    project = request.parts.get("id")
    if project:
        find(request.api.projects, project, "Project")
    made = {"id": new_id(), "description": request.body["description"], "created_at": stamp(request.api.clock.now())}
    made.update(read_only=bool(request.body.get("read_only")), _token="sim-" + secrets.token_hex(12), _project=project)
    request.api.api_keys[made["id"]] = request.api.tokens[made["_token"]] = made
    return 201, _token(made)


def _tokens(request):
    mine = [row for row in request.api.api_keys.values() if row["_project"] == request.parts.get("id")]
    text = request.query.get("search", "")
    return {"api_keys": [_token(row) for row in mine if text in row["description"]]}


def _end_token(request):
    row = find(request.api.api_keys, request.parts["id"], "API key")
    del request.api.api_keys[row["id"]], request.api.tokens[row["_token"]]
    return 204, None


LOOKUPS = {"ssh-keys": key}
ROUTES = (
    ("GET", "/ssh-keys", lambda request: _owned(request, href("users", request.api.user), "search")),
    ("POST", "/ssh-keys", _new),
    ("GET", "/ssh-keys/{id}", lambda request: key(request.api, request.parts["id"])),
    ("PUT", "/ssh-keys/{id}", _change),
    ("DELETE", "/ssh-keys/{id}", _end),
    ("GET", "/projects/{id}/ssh-keys", _of_project),
    ("POST", "/projects/{id}/ssh-keys", _new),
    ("GET", "/devices/{id}/ssh-keys", _of_device),
    ("GET", "/user/api-keys", _tokens),
    ("POST", "/user/api-keys", _new_token),
    ("DELETE", "/user/api-keys/{id}", _end_token),
    ("GET", "/projects/{id}/api-keys", _tokens),
    ("POST", "/projects/{id}/api-keys", _new_token),
    ("DELETE", "/api-keys/{id}", _end_token),
)
