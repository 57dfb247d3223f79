# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules for the things around servers share: one way to declare them, and one to list them."""

from __future__ import annotations

from ..core.errors import Refused
from ..core.field import Field
from ..core.options import LIMITS, OWNER, PRUNE, owner_of_prune
from .resource import lacking

STATE = Field(
    "state",
    choices=("present", "absent"),
    default="present",
    help="Whether they shall be there. With V(absent) only what tells one from another is looked at.",
)
NAMES = Field("names", type="list", elements="str", help="Only those of these names.")


def options(resource, option, text, *more):
    """The options of a module that declares rows of `resource` under the name `option`."""
    rows = Field(
        option,
        type="list",
        elements="dict",
        required=True,
        options=tuple(field for field in resource.fields if field.given),
        help=text,
    )
    return (rows, STATE, *more, OWNER, PRUNE, LIMITS)


def manage(task, resource, option, store=None):
    """Make the declared rows so; returns what the module adds to its result. Raises Failure.

    store: in place of a provider's, where there is no provider.
    """
    params = task.params
    owner_of_prune(params)
    driver = None if store else task.driver()
    store = store or driver.store(resource, params)
    gone = params["state"] == "absent"
    rows = resource.normalise([_stamped(row, params, store, gone) for row in params[option]])
    keys = [resource.key(row) for row in rows]
    if driver:
        driver.refuse(resource, rows)
    if params["prune"] and not store.STAMPS:
        raise Refused(
            "provider %s has no place for an owner's stamp on %s, so it cannot prune them"
            % (driver.NAME, resource.plural)
        )
    current = list(store.read())
    if not gone:
        problems = lacking(rows, current, store.NEEDS, resource) + list(store.vet(rows, current))
        if problems:
            raise Refused(problems)
    outcome = task.reconcile(
        store,
        resource,
        [] if gone else rows,
        absent=keys if gone else (),
        prune=(lambda row: row.get("owner") == params["owner"]) if params["prune"] else None,
        current=current,
    )
    return {option: outcome.shown(keys)}


def _stamped(row, params, store, gone):
    """The row with its owner, where there is a place for it."""
    return dict(row, owner=params["owner"]) if store.STAMPS and not gone else row


def look(task, resource, option, fill=dict):
    """List the rows of `resource`, all or those of the option `names`; returns what the module adds to its result.

    fill: makes of a row one with more in it.
    """
    names = task.params.get("names")
    rows = [fill(row) for row in task.driver().store(resource, task.params).read()]
    if names is not None:
        rows = [row for row in rows if row.get("name") in names]
    return {option: [resource.shown(row) for row in sorted(rows, key=lambda row: resource.label(resource.key(row)))]}
