# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the things beside containers share, networks and volumes: how they are declared, made so, and listed."""

from __future__ import annotations

from functools import partial

from ..core.errors import NotFound
from ..core.field import Field
from ..core.options import LIMITS, OWNER, PRUNE, owner_of_prune, recreate, refuse_both
from . import forms

STATE = Field("state", choices=("present", "absent"), help="Whether it shall be there.")


def named(what):
    """The `normal` of a name; what: of which thing it is, for errors."""
    return partial(forms.name, what=what)


def options(resource, text, default, state=STATE, usual="present"):
    """The options of a module that declares rows of `resource`. default: of the option recreate. state: the field of
    that name, of which `usual` is the default."""
    own = tuple(field for field in resource.fields if field.given and field.name != state.name)
    rows = Field(resource.plural, type="list", elements="dict", required=True, options=(*own, state), help=text)
    every = "The state of every %s that names none itself." % resource.name
    return (
        rows,
        Field(**dict(vars(state), default=usual, help=every)),
        OWNER,
        PRUNE,
        recreate(default),
        LIMITS,
    )


def reading(resource):
    """The options of a module that lists rows of `resource`."""
    return (
        Field(
            "names",
            type="list",
            elements="str",
            help="Only the %s of these names, whoever has made them." % resource.plural,
        ),
        Field("owner", help="Only the %s of this owner." % resource.plural),
    )


def declared(resource, params):
    """The canonical rows and the names that must not be there, from the options of a module. Raises Refused."""
    owner_of_prune(params)
    rows, gone = [], []
    for given in params[resource.plural]:
        state = given.get("state") or params["state"]
        if state == "absent":
            gone.append(given["name"])
        else:
            rows.append(dict(given, owner=params["owner"], state=None if state == "present" else state))
    refuse_both(resource, rows, gone)
    return resource.normalise(rows), gone


def manage(task, resource, store, fit):
    """Make the declared rows so; returns what the module adds to its result. Raises Failure.

    store: takes a driver. fit: makes of the rows what they mean in the light of what is there.
    """
    params = task.params
    rows, gone = declared(resource, params)
    driver = task.driver()
    driver.refuse(resource, rows)
    kept = store(driver)
    current = list(kept.read())
    rows = fit(rows, current, params["recreate"])
    owner = params["owner"] if params["prune"] else None
    prune = (lambda row: row["owner"] == owner) if owner else None
    outcome = task.reconcile(kept, resource, rows, gone, prune, params["recreate"], current)
    return {resource.plural: outcome.shown([row["name"] for row in rows])}


def look(task, resource, store):
    """List the rows of `resource`: ours, an owner's, or anybody's by name; returns the module's result."""
    names, owner = task.params["names"], task.params["owner"]
    rows = [row for row in store.read() if not row.get("_debris") and owner in (None, row["owner"])]
    rows = [row for row in rows if ("_foreign" not in row if names is None else row["name"] in names)]
    shown = [dict(resource.shown(row), foreign="_foreign" in row) for row in sorted(rows, key=resource.key)]
    return {resource.plural: shown}


class Things:
    """A store on one engine. client: a clients.docker.DockerClient. owner: who asks."""

    WORKERS = 8

    def __init__(self, client, owner=None):
        self.client, self.owner = client, owner

    def quietly(self, method, *args, **kwargs):
        """Call what takes something away; that it is gone already is as well."""
        try:
            self.client.call(method, *args, write=True, **kwargs)
        except NotFound:
            pass

    def containers(self):
        """The engine's list of all containers, also of those that do not run."""
        return self.client.call("containers", all=True)

    def is_stranger(self, labels):
        """Whether a container with these labels is none of the asking owner's."""
        labels = labels or {}
        theirs, ours = labels.get(forms.OURS["owner"]), (forms.OURS["container"], forms.OURS["pod"])
        return not any(mark in labels for mark in ours) or bool(self.owner and theirs not in (None, self.owner))


def mounted(item):
    """The names of the volumes that a container of the engine's list has."""
    return {mount.get("Name") for mount in item.get("Mounts") or () if mount.get("Type") == "volume"}
