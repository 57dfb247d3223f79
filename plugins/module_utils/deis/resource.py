# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an app on a Deis platform is, whichever family it runs on; pure."""

from __future__ import annotations

import json

from ..core.field import Field
from ..core.options import LIMITS, OWNER, PRUNE, owner_of_prune, refuse_both
from ..core.resource import Resource
from ..core.secrets import hidden, masked
from . import forms

STATE = Field("state", choices=("present", "absent"), help="Whether it shall be there.")
WAIT = (
    Field("wait", type="bool", default=True, help="Wait until all processes that shall run are up."),
    Field("timeout", type="int", default=600, help="Seconds to wait for all apps of this task together."),
)
UNSET = "Null takes one away; what is not named is left alone."
CERTIFICATE = (
    Field("name", required=True, help="The certificate's name."),
    Field("certificate", help="Itself and what it was signed with, as PEM. Left out, it must be there already."),
    Field("key", secret=True, help="Its private key, as PEM."),
    Field("domains", type="list", elements="str", help="The app's domains that it is for, and no others of them."),
    Field("state", choices=("present", "absent"), default="present", help="V(absent) takes the certificate away."),
)
DOMAIN = (
    Field("name", required=True, help="The domain, or V(*.example.com)."),
    Field("type", help="The process type that answers, by default V(web). With O(provider=drycc) only."),
)
DECLARED = (
    Field("name", required=True, normal=forms.name, help="The app's name."),
    Field("account", help="The user that it belongs to. A difference transfers it, as the last thing."),
    Field("workspace", mutable="create_only", help="The workspace that it is made in."),
    Field(
        "config",
        type="dict",
        normal=forms.config,
        mask=masked,
        help=(
            "Its environment variables. " + UNSET,
            "Values are masked in all output where the name looks secret, as in C(DB_PASSWORD).",
        ),
    ),
    Field(
        "image",
        help=(
            "The image that it is built from. Another one than that of the running release is deployed.",
            "A tag that moves is not looked into: use tags of versions, or digests.",
        ),
    ),
    Field(
        "procfile",
        type="dict",
        normal=forms.procfile,
        help="The process types of the image and their commands. Left out, it stays as it is; C({}) is none.",
    ),
    Field("scale", type="dict", normal=forms.scale, help="How many of each process type run."),
    Field(
        "domains",
        type="list",
        elements="dict",
        options=DOMAIN,
        normal=forms.domains,
        mask=forms.domains_shown,
        help="Its domains, and no others. The one that has the app's own name is always there.",
    ),
    Field(
        "certificates",
        type="list",
        elements="dict",
        options=CERTIFICATE,
        normal=forms.certificates,
        mask=forms.certificates_shown,
        help=(
            "Certificates of TLS for its domains. Others are left alone.",
            "One that differs by its fingerprint is taken away and made anew, since none can be changed.",
        ),
    ),
    Field(
        "permissions", type="list", elements="str", compare="set", help="The users who may work on it, and no others."
    ),
    Field(
        "memory",
        type="dict",
        normal=forms.by_type(forms.memory),
        help="Limits of memory by process type, such as V(512M) or V(256M/512M) (request and limit). " + UNSET,
    ),
    Field(
        "cpu",
        type="dict",
        normal=forms.by_type(forms.cpu),
        help="Limits of processor time by process type, such as V(500m) or V(250m/500m). " + UNSET,
    ),
    Field(
        "plans",
        type="dict",
        normal=forms.by_type(forms.text),
        help="Limits by process type, as the platform's plans, such as V(std1.large.c1m1). " + UNSET,
    ),
    Field(
        "tags",
        type="dict",
        normal=forms.nested,
        help=("Labels of the nodes that it runs on. " + UNSET, "With O(provider=drycc), by process type."),
    ),
    Field(
        "registry",
        type="dict",
        normal=forms.registry,
        mask=forms.registry_shown,
        help=(
            "How to log in to the image's registry: username and password. " + UNSET,
            "With O(provider=drycc), by process type.",
        ),
    ),
    Field(
        "health",
        type="dict",
        normal=forms.by_type(forms.health),
        help=(
            "Health checks by process type: C(liveness) and C(readiness), each as Kubernetes spells a probe. " + UNSET,
            "A check is replaced as a whole.",
        ),
    ),
    Field(
        "grace",
        type="dict",
        normal=forms.by_type(forms.grace),
        help="Seconds by process type that a process has to end in. " + UNSET,
    ),
    Field(
        "autoscale",
        type="dict",
        normal=forms.by_type(forms.autoscale),
        help="Bounds by process type, C(min), C(max) and C(cpu_percent), in place of a number in scale. " + UNSET,
    ),
    Field("labels", type="dict", normal=forms.labels, help="Labels of your own. " + UNSET),
    Field(
        "whitelist",
        type="list",
        elements="str",
        normal=forms.addresses,
        help="The addresses and networks that are let in, and no others; empty lets in all.",
    ),
    Field("maintenance", type="bool", help="Whether a page tells that the app is being worked on."),
    Field("routable", type="bool", help="Whether it is reached from outside at all."),
    Field("https_only", type="bool", help="Whether plain HTTP is sent on to HTTPS."),
)
REPORTED = (
    Field("owner", given=False, help="Who it belongs to, by the label that this collection stamps on it."),
    Field("release", given=False, compare="ignore", help="The release that is in force."),
    Field("processes", type="list", given=False, compare="ignore", help="What runs of it."),
    Field("id", given=False, compare="ignore", help="The platform's own name for it."),
    Field("created", given=False, compare="ignore", help="When it was made (ISO 8601, UTC)."),
)
DEPTH = {"health": 2, "tags": 2, "registry": 2}  # how deep mappings are merged, where it is not one level
MAPPINGS = ("config", "memory", "cpu", "plans", "tags", "registry", "health", "grace", "autoscale", "labels", "scale")
LISTS = ("domains", "certificates", "permissions", "whitelist")


def check(rows):
    """Relations within apps, as a list of problems."""
    problems = []
    for row in rows:
        both = sorted(set(row.get("scale") or ()) & {key for key, one in (row.get("autoscale") or {}).items() if one})
        if both:
            text = "app %s: type %s has a number in scale and bounds in autoscale; keep one"
            problems.append(text % (row["name"], both[0]))
    return problems


def as_text(row):
    """An app for a diff: what is set, a line each, mappings by their keys."""
    lines = []
    for name, value in APP.shown(row).items():
        if name not in IN_DIFFS or value in ("", [], {}):
            continue
        if isinstance(value, dict):
            lines += ["%s.%s: %s" % (name, key, _plain(one)) for key, one in sorted(value.items())]
        elif isinstance(value, list):
            lines += ["%s: %s" % (name, _plain(one)) for one in value]
        else:
            lines.append("%s: %s" % (name, _plain(value)))
    return "".join(line + "\n" for line in lines)


def _plain(value):
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


IN_DIFFS = {field.name for field in DECLARED} | {"owner"}
APP = Resource("app", "apps", fields=DECLARED + REPORTED, check=check, text=as_text)
MANAGE = (
    Field(
        "apps",
        type="list",
        elements="dict",
        required=True,
        options=(*DECLARED, STATE),
        help="The apps. What is left out is not managed.",
    ),
    Field(**dict(vars(STATE), default="present", help="The state of every app that names none itself.")),
    OWNER,
    PRUNE,
    LIMITS,
    *WAIT,
)
READ = (
    Field("names", type="list", elements="str", help="Only the apps of these names."),
    Field("owner", help="Only the apps of this owner."),
)


def declared(params):
    """The canonical rows and the names that must not be there, from the options of `deis_app`. Raises Refused."""
    owner_of_prune(params)
    rows, gone = [], []
    for given in params["apps"]:
        if (given.get("state") or params["state"]) == "absent":
            gone.append(given["name"])
        else:
            rows.append(dict({key: given[key] for key in given if key != "state"}, owner=params["owner"]))
    refuse_both(APP, rows, gone)
    return APP.normalise(rows), gone


def secrets(rows):
    """The texts in rows that must not be seen anywhere."""
    done = set()
    for row in rows:
        done |= hidden({key: text for key, text in (row.get("config") or {}).items() if text})
        for login in [row.get("registry") or {}, *_inner(row.get("registry"))]:
            done |= {text for key, text in login.items() if key != "username" and isinstance(text, str) and text}
        done |= {one["key"] for one in row.get("certificates") or () if one.get("key")}
    return {text for text in done if len(text) > 3}  # what is shorter is part of many words


def _inner(mapping):
    return [value for value in (mapping or {}).values() if isinstance(value, dict)]


def fit(row, have, known):
    """A declared row in the light of what is there: mappings whole, so that the diff tells what will be.

    have: the app's row, or {}. known: {name: answer} of the certificates that it may use. What was declared of `scale`
    and `certificates` goes along, as `_scale` and `_certificates`. Raises ValueError.
    """
    want = dict(row, _scale=row.get("scale") or {}, _certificates=row.get("certificates") or [])
    for field in MAPPINGS:
        if field in row:
            want[field] = forms.merged(have.get(field) or {}, row[field], DEPTH.get(field, 1))
    if "scale" in row:
        want["scale"] = {key: number for key, number in want["scale"].items() if number or key in have.get("scale", {})}
    if "certificates" in row:
        want["certificates"] = _certificates(row, have, known)
    return want


def _certificates(row, have, known):
    """What the certificates of an app will be."""
    there = {one["name"]: one for one in have.get("certificates") or ()}
    domains = {one["name"] for one in row.get("domains", have.get("domains") or ())}
    for one in row["certificates"]:
        before = there.pop(one["name"], {})
        fingerprint = one.get("fingerprint") or known.get(one["name"], {}).get("fingerprint")
        if one.get("state") == "absent":
            continue
        if not fingerprint:
            raise ValueError("certificate %s is not there; give certificate and key" % one["name"])
        wrong = sorted(set(one.get("domains") or ()) - domains)
        if wrong:
            raise ValueError("certificate %s: %s is no domain of the app; declare it" % (one["name"], wrong[0]))
        target = one.get("domains", before.get("domains") or [])
        there[one["name"]] = {"name": one["name"], "fingerprint": fingerprint, "domains": target}
    kept = [dict(one, domains=[name for name in one["domains"] if name in domains]) for one in there.values()]
    return sorted((one for one in kept if one["domains"] or _is_declared(row, one)), key=lambda one: one["name"])


def _is_declared(row, certificate):
    return any(one["name"] == certificate["name"] for one in row["certificates"])
