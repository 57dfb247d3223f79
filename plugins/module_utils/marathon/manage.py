# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules for Marathon do: make apps and groups as declared, and list them."""

from __future__ import annotations

from ..clients import masters
from ..core.errors import Failure, NotFound, Refused
from ..core.field import Field
from ..core.options import LIMITS, OWNER, PRUNE, TIMEOUT, declared, owner_of_prune
from . import forms
from .app import APP, GROUP, empty, fit, secrets
from .store import Apps, Deployer, Groups, MarathonHttp

LOGIN = masters.options("Marathon", 8080)
STATE = Field("state", choices=("present", "absent"), help="Whether it shall be there.")


def _rows(resource, text):
    own = tuple(field for field in resource.fields if field.given)
    return Field(resource.plural, type="list", elements="dict", default=[], options=(*own, STATE), help=text)


MANAGE = (
    *LOGIN,
    _rows(APP, "The apps. What is left out is not managed, so that the defaults of Marathon are no differences."),
    _rows(GROUP, "Groups, where they are to have more than apps. One that goes must have no apps any more."),
    Field(**dict(vars(STATE), default="present", help="The state of every app and group that names none itself.")),
    OWNER,
    PRUNE,
    LIMITS,
    Field(
        "force",
        type="bool",
        default=False,
        help=(
            "Whether deployments that are in the way are cancelled. They leave the app as far as they have come.",
            "Otherwise they are waited for.",
        ),
    ),
    Field("wait", type="bool", default=True, help="Wait until deployments are over, and tasks run and are healthy."),
    TIMEOUT,
)
LOOK = (
    *LOGIN,
    Field("ids", type="list", elements="str", help="Only the apps of these paths, and those in groups of these paths."),
    Field("owner", help="Only the apps of this owner."),
)


def marathon(params):
    """The masters of Marathon."""
    return masters.Masters("Marathon", params, MarathonHttp)


def manage(task):
    """Make apps and groups as declared; returns what the module adds to its result. Raises Failure."""
    params = task.params
    owner_of_prune(params)
    task.conceal(secrets(params["apps"]))
    rows, gone = declared(APP, params, owner=params["owner"])
    groups, gone_groups = declared(GROUP, params)
    deployer = Deployer(marathon(params), params["force"], params["wait"], params["timeout"])
    apps, kept = Apps(deployer, task.progress("app")), Groups(deployer, task.progress("group"))
    current, there = list(apps.read()), kept.read() if groups or gone_groups else []
    refuse_empty(task, empty(rows, current))
    prune = (lambda row: row["owner"] == params["owner"]) if params["prune"] else None
    made = task.foresee(apps, APP, fit(rows, current), gone, prune, current=current)
    refuse_full(gone_groups, current, made)
    done = task.reconcile(kept, GROUP, groups, current=there) if groups else None
    outcome = task.carry_out(apps, made)
    if not task.dry:
        await_others(apps, [row["id"] for row in rows], gone, made)
    if gone_groups:
        task.reconcile(kept, GROUP, [], gone_groups, current=there)
    now = dict(outcome.rows, **{key: row for key, row in apps.latest.items() if key in outcome.rows})
    return {
        "apps": [APP.shown(now[row["id"]]) for row in rows if row["id"] in now],
        "groups": done.shown([row["id"] for row in groups]) if done else [],
        "deployments": {key: one for key, (one, _version) in sorted(deployer.begun.items()) if one},
    }


def refuse_empty(task, problems):
    """Raise Refused for new apps that run nothing. In check mode an earlier task may be the one that makes them."""
    if problems and not task.dry:
        raise Refused(problems)
    for text in problems:
        task.warn(text)


def await_others(apps, keys, gone, made):
    """Wait for what is as declared already, but still being deployed. Raises Failure."""
    changed = {change.key for change in made.changes}
    left = apps.unsettled([key for key in [*keys, *gone] if key not in changed])
    failed = apps.settle(left, set(gone)) if left else {}
    if failed:
        raise Failure("; ".join("app %s: %s" % (key, why) for key, why in failed.items()))


def refuse_full(groups, current, made):
    """Raise Refused for groups that shall go and still have apps when the plan is carried out."""
    leaving = {change.key for change in made.changes if change.verb == "delete"}
    staying = ({row["id"] for row in current} | {c.key for c in made.changes}) - leaving
    problems = []
    for group in groups:
        inside = sorted(key for key in staying if key.startswith(group + "/"))
        if inside:
            text = "group %s: it has the apps %s, which would go with it; declare them absent as well"
            problems.append(text % (group, ", ".join(inside[:10])))
    if problems:
        raise Refused(problems)


def look(task):
    """List apps, groups and deployments; returns the module's result."""
    params = task.params
    deployer = Deployer(marathon(params))
    ids = None if params["ids"] is None else [_path(one) for one in params["ids"]]
    rows = [row for row in Apps(deployer).read() if params["owner"] in (None, row["owner"])]
    info = deployer.masters.json("GET", "/v2/info")
    return {
        "apps": [_whole(row) for row in sorted(rows, key=APP.key) if _is_meant(row["id"], ids)],
        "groups": [GROUP.shown(row) for row in sorted(Groups(deployer).read(), key=GROUP.key)],
        "deployments": [_deployment(one) for one in deployer.deployments()],
        "leader": _leader(deployer),
        "version": info.get("version", ""),
    }


def _path(value):
    try:
        return forms.path(value)
    except ValueError as error:
        raise Refused("ids: %s" % error) from None


def _is_meant(key, ids):
    return ids is None or any(key == one or key.startswith(one + "/") for one in ids)


def _leader(deployer):
    try:
        return deployer.masters.json("GET", "/v2/leader")["leader"]
    except NotFound:
        return ""


def _whole(row):
    names = ("id", "state", "host", "ports", "version", "stagedAt", "startedAt")
    tasks = [{forms.snake(name): one.get(name) for name in names} for one in row["_tasks"]]
    return dict(APP.shown(row), tasks=sorted(tasks, key=lambda one: one["id"]))


def _deployment(one):
    names = ("id", "version", "affectedApps", "currentStep", "totalSteps", "currentActions")
    return {forms.snake(name): one.get(name) for name in names}
