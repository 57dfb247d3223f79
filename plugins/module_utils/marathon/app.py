# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an app and a group of Marathon are; pure."""

from __future__ import annotations

from ..core.field import Field
from ..core.resource import Resource
from . import forms


def _nested(name, kind, text, normal=None):
    """A field in Marathon's own words, of which what is left out is not managed."""
    elements = {"elements": "dict"} if kind == "list" else {}
    return Field(name, type=kind, mask=forms.shown, normal=normal, help=text, **elements)


PROBES = ("HTTP", "HTTPS", "TCP", "COMMAND", "MESOS_HTTP", "MESOS_HTTPS", "MESOS_TCP")
KIND, PROTOCOL = forms.worded("type", "MESOS", "DOCKER"), forms.worded("protocol", *PROBES)
MODE = forms.worded("mode", "host", "container", "container/bridge")


NESTED = (
    _nested("container", "dict", "The container. What is left out stays as it is; null takes a key away.", KIND),
    _nested("networks", "list", "Networks, such as V([{mode: container/bridge}]).", MODE),
    _nested("port_definitions", "list", "Ports of an app on its host's network, such as V([{port: 0, name: http}])."),
    _nested("health_checks", "list", "Health checks.", PROTOCOL),
    _nested("readiness_checks", "list", "Readiness checks."),
    _nested("check", "dict", "A check that Mesos does."),
    _nested(
        "fetch", "list", "What is fetched before a task starts, such as V([{uri: https://files.example/web.tgz}])."
    ),
    _nested("upgrade_strategy", "dict", "How many old and new tasks run at once during a deployment."),
    _nested("unreachable_strategy", "raw", "What becomes of tasks on agents that are lost, or V(disabled)."),
    _nested("residency", "dict", "How tasks with volumes of their own come back."),
    _nested("secrets", "dict", "References to secrets, by the names that C(env) and volumes use."),
)
DECLARED = (
    Field("id", required=True, normal=forms.path, help="The app's path, such as V(/shop/web); groups come by it."),
    Field("cmd", help="The command, for a shell."),
    Field("args", type="list", elements="str", normal=forms.words, help="The command as words, in place of a shell's."),
    Field("instances", type="int", normal=forms.number, help="How many tasks run. Alone, it restarts nothing."),
    Field("cpus", type="float", normal=forms.number, help="Processors of each task."),
    Field("mem", type="float", normal=forms.number, help="Memory of each task in MiB."),
    Field("disk", type="float", normal=forms.number, help="Disk of each task in MiB."),
    Field("gpus", type="int", normal=forms.number, help="GPUs of each task."),
    Field("user", help="The account that tasks run as."),
    Field("role", help="The Mesos role that resources are taken for."),
    Field("executor", help="The executor."),
    Field(
        "env",
        type="dict",
        normal=forms.env,
        mask=forms.shown,
        help="All environment variables. Values whose name looks secret are masked.",
    ),
    Field("labels", type="dict", normal=forms.labels, mask=forms.shown, help="All labels of your own."),
    Field(
        "constraints",
        type="list",
        elements="list",
        normal=forms.constraints,
        compare="set",
        help="Where tasks may run, such as V([[hostname, UNIQUE]]).",
    ),
    Field(
        "dependencies",
        type="list",
        elements="str",
        normal=forms.paths,
        compare="set",
        help="Apps and groups that must be deployed before.",
    ),
    Field(
        "accepted_resource_roles", type="list", elements="str", compare="set", help="Roles whose resources are taken."
    ),
    Field("require_ports", type="bool", help="Whether the ports on the host must be those that are named."),
    Field("kill_selection", choices=("YOUNGEST_FIRST", "OLDEST_FIRST"), help="Which tasks go first."),
    Field("backoff_seconds", type="float", normal=forms.number, help="Seconds before a failed task starts again."),
    Field("backoff_factor", type="float", normal=forms.number, help="By how much that grows."),
    Field("max_launch_delay_seconds", type="float", normal=forms.number, help="How far it grows."),
    Field(
        "task_kill_grace_period_seconds",
        type="float",
        normal=forms.number,
        help="Seconds that a task has between being asked to end and being killed.",
    ),
    Field("tty", type="bool", help="Whether tasks have a terminal."),
    *NESTED,
)
REPORTED = (
    Field("owner", given=False, help="Who it belongs to."),
    Field("version", given=False, compare="ignore", help="When it was changed last."),
    Field("tasks_staged", type="int", given=False, compare="ignore", help="Tasks that are being started."),
    Field("tasks_running", type="int", given=False, compare="ignore", help="Tasks that run."),
    Field("tasks_healthy", type="int", given=False, compare="ignore", help="Of these, the healthy ones."),
    Field("tasks_unhealthy", type="int", given=False, compare="ignore", help="Of these, the unhealthy ones."),
    Field("deployments", type="list", given=False, compare="ignore", help="Deployments that are at it."),
    Field("last_failure", type="dict", given=False, compare="ignore", help="The task that failed last."),
)
NOTHING = {"list": [], "dict": {}, "bool": False, "int": 0, "float": 0}  # what Marathon leaves out
RUNNABLE = ("cmd", "args", "container")  # a new app has one of these
COUNTED = ("tasks_staged", "tasks_running", "tasks_healthy", "tasks_unhealthy")
IN_DIFFS = tuple(field.name for field in DECLARED) + ("owner",)


def check(rows):
    """What excludes each other in a row, as a list of problems."""
    both = [row["id"] for row in rows if row.get("cmd") and row.get("args")]
    return ["app %s: cmd and args exclude each other; keep one" % one for one in both]


def as_text(row):
    """An app for a diff: what can be declared of it, one line each."""
    seen = APP.shown(row)
    return "".join("%s: %s\n" % (name, _line(seen[name])) for name in IN_DIFFS if seen.get(name) not in (None, [], {}))


def _line(value):
    if isinstance(value, dict):
        return "{%s}" % ", ".join("%s: %s" % (key, _line(value[key])) for key in sorted(value))
    if isinstance(value, list):
        return "[%s]" % ", ".join(map(_line, value))
    return str(value)


APP = Resource("app", "apps", fields=DECLARED + REPORTED, identity=("id",), check=check, text=as_text)
GROUP = Resource(
    "group",
    "groups",
    fields=(
        Field("id", required=True, normal=forms.path, help="The group's path."),
        Field(
            "dependencies",
            type="list",
            elements="str",
            normal=forms.paths,
            compare="set",
            help="Apps and groups that must be deployed before.",
        ),
        Field("enforce_role", type="bool", help="Whether its apps take the group's role, from Marathon 1.9 on."),
        Field("apps", type="list", given=False, compare="ignore", help="The apps directly in it."),
    ),
    identity=("id",),
)


def seen(answer):
    """An app as Marathon tells it, as a row."""
    row = {field.name: answer.get(forms.camel(field.name)) or NOTHING.get(field.type) for field in DECLARED}
    row.update({name: answer.get(forms.camel(name)) for name in COUNTED})
    told = answer.get("labels") or {}
    row.update(labels=forms.others(told), owner=told.get(forms.OWNER), version=answer.get("version"))
    row["constraints"] = forms.constraints(answer.get("constraints") or [])
    row["deployments"] = [one["id"] for one in answer.get("deployments") or ()]
    row["last_failure"] = answer.get("lastTaskFailure")
    row["_tasks"] = answer.get("tasks") or []
    return row


def body(row, names):
    """What tells Marathon these fields of a row."""
    done = {forms.camel(name): row[name] for name in names if name not in ("owner", "labels") and name in row}
    if "owner" in names or "labels" in names:
        stamp = {forms.OWNER: row["owner"]} if row.get("owner") else {}
        done["labels"] = dict(row.get("labels") or {}, **stamp)
    return done


def empty(rows, current):
    """What shall be new and run nothing, as a list of problems."""
    there = {row["id"] for row in current}
    found = [row["id"] for row in rows if row["id"] not in there and not any(row.get(name) for name in RUNNABLE)]
    return ["app %s: it is new, so it needs cmd, args or a container to run" % key for key in found]


def fit(rows, current):
    """The declared rows, with what is left out of nested fields as it is there."""
    there = {row["id"]: row for row in current}
    names = [field.name for field in NESTED]
    done = []
    for row in rows:
        have = there.get(row["id"], {})
        nested = {name: forms.overlaid(have.get(name), row[name]) for name in names if name in row}
        done.append(dict(row, **nested))
    return done


def secrets(rows):
    """The texts in rows as they are given that must not be seen anywhere."""
    done = set()
    for row in rows:
        for name in ("env", "labels", *(field.name for field in NESTED)):
            done |= set(forms.hidden_in(row.get(name)))
    return done
