# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that modules share, as fields."""

from __future__ import annotations

from .errors import Refused
from .field import Field, argument_spec
from .plan import RECREATE
from .resource import Limits

OWNER = Field(
    "owner",
    help=(
        "Who these rows belong to: a name that is stamped on everything this task makes.",
        "Rows that bear another owner's stamp are refused, never taken over.",
    ),
)
PRUNE = Field(
    "prune",
    type="bool",
    default=False,
    help="Delete what bears the stamp of O(owner) and is not declared in this task. Nothing else is ever touched.",
)
LIMITS = Field(
    "limits",
    type="dict",
    help="How much one run may delete by O(prune) or change, in percent of what exists; more is refused.",
    options=(
        Field("deletes", type="int", help="Percent that prune may delete."),
        Field("changes", type="int", help="Percent that may be updated or replaced."),
        Field("above", type="int", help="The limits count only where at least this many rows exist."),
    ),
)
TIMEOUT = Field("timeout", type="int", default=600, help="Seconds to wait for everything in this task together.")


def recreate(default):
    """The option that says whether an object may be replaced by a new one."""
    return Field(
        "recreate",
        choices=RECREATE,
        default=default,
        help=(
            "What to do about a difference that cannot be changed in place.",
            "V(auto) replaces the object, V(never) refuses the task, V(always) replaces it whether it differs or not.",
        ),
    )


def limits_of(params, resource):
    """The Limits of a task: the resource's own, with what the user set."""
    given = {name: value for name, value in (params.get("limits") or {}).items() if value is not None}
    return Limits(**dict(vars(resource.limits), **given))


def owner_of_prune(params):
    """Raise Refused when a task prunes and does not say for whom."""
    if params.get("prune") and not params.get("owner"):
        raise Refused("prune deletes what bears the owner's stamp, so it needs the option owner")


def refuse_both(resource, rows, gone):
    """Raise Refused for keys that rows declare and that must not be there."""
    twice = sorted({resource.key(row) for row in rows} & set(gone))
    if twice:
        text = "%s %s: declared both as there and as absent; keep one"
        raise Refused([text % (resource.name, name) for name in twice])


def declared(resource, params, **more):
    """The canonical rows, each with `more`, and the canonical keys of what must not be there. Raises Refused."""
    rows, gone, name = [], [], resource.identity[0]
    for given in params[resource.plural]:
        if (given.get("state") or params["state"]) == "absent":
            gone.append({name: given[name]})
        else:
            rows.append(dict(given, **more))
    rows, gone = resource.normalise(rows), [resource.key(row) for row in resource.normalise(gone)]
    refuse_both(resource, rows, gone)
    return rows, gone


def provider_fields(drivers, several=False):
    """The `provider` option and one suboption for each driver. several: also `targets`, a list of the same."""
    names = sorted(drivers)
    text = "Which API to speak." + (" This or O(targets) is needed." if several else "")
    fields = [Field("provider", required=not several, choices=tuple(names), help=text)]
    for name in names:
        driver = drivers[name]
        text = "Options of the provider V(%s): %s." % (name, driver.TITLE)
        fields.append(Field(name, type="dict", options=tuple(driver.OPTIONS), help=text))
    if several:
        text = (
            "Several providers at once, in place of O(provider). Each is compared and changed on its own;",
            "what fails at one does not keep the others from being done.",
        )
        inner = provider_fields(drivers)
        fields.append(Field("targets", type="list", elements="dict", options=inner, help=text))
    return tuple(fields)


def provider_spec(drivers, meant=None, several=False):
    """The argument spec of `provider_fields`; environment fallbacks count even when the suboption is left out.

    meant: the providers whose options count, None for all. The options of the others are not looked at.
    """
    chosen = {name: drivers[name] for name in drivers if meant is None or name in meant}
    spec = argument_spec(provider_fields(chosen, several))
    for level in [spec] + ([spec["targets"]["options"]] if several else []):
        level["provider"]["choices"] = sorted(drivers)
        level.update((name, {"type": "dict"}) for name in drivers if name not in chosen)
        for name, driver in chosen.items():
            if driver.OPTIONS:
                level[name]["apply_defaults"] = True
                for option in level[name]["options"].values():
                    option.pop("required", None)  # only the chosen provider's options are required
    return spec
