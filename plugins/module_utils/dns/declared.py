# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task declares about one zone: rows from its options or a file, and what of the rest it may touch. Pure but
for reading the file."""

from __future__ import annotations

from fnmatch import fnmatchcase

from ..core.errors import Refused
from ..core.lib import absolute, need
from . import names, rdata, routing, zonefile
from .resource import APEX, RECORD_SET, TTL, aliased, clashes

_KEYS = ("name", "type", "ttl", "values", *routing.NAMES, "owner")


def zone(text):
    """The canonical name of the zone. Raises Refused."""
    try:
        return names.absolute(text.strip())
    except ValueError as error:
        raise Refused("zone %s: %s" % (text, error)) from None


def rows(params, zone):
    """The rows of a task, from `records` or `file`, as they are written there."""
    if params["records"] is not None:
        return params["records"]
    return read_file(params["file"], params["format"], zone, params["ttl"])


def known(store, wanted, zones):
    """The zone's row, in a list; with its metadata where some is declared, because that is asked for alone."""
    metadata = wanted[0].get("metadata")
    return store.detailed(zones, metadata) if metadata and zones else zones


def read_file(path, form, zone, ttl):
    """Rows of a zone file (canonical) or of a YAML file (as in a task). Raises Failure, Refused.

    form: `zone`, `yaml`, or `auto`, which goes by the file's ending. ttl: seconds for records without one.
    """
    if form == "auto":
        form = "yaml" if path.lower().endswith((".yaml", ".yml", ".json")) else "zone"
    return zonefile.read(path, zone, ttl) if form == "zone" else _yaml_rows(path)


def _yaml_rows(path):
    yaml = need("yaml", "PyYAML", wanted_for="record files in YAML")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        found = yaml.load(zonefile.contents(absolute(path), path), Loader=loader)
    except yaml.YAMLError as error:
        raise Refused("file %s: it is not YAML: %s" % (path, " ".join(str(error).split()))) from None
    rows = found.get("records") if isinstance(found, dict) else found
    if not isinstance(rows, list):
        raise Refused("file %s: it must hold a list of record sets, or a dictionary with `records`" % path)
    problems = [problem for number, row in enumerate(rows, 1) for problem in _faults(row, number)]
    if problems:
        raise Refused(["file %s, %s" % (path, problem) for problem in problems])
    return rows


def _faults(row, number):
    if not isinstance(row, dict):
        return ["record set %d: it is no dictionary with %s" % (number, ", ".join(_KEYS))]
    faults = ["record set %d: %s is missing" % (number, key) for key in ("name", "type") if not row.get(key)]
    unknown = ", ".join(str(key) for key in row if key not in _KEYS)
    if unknown:
        faults.append("record set %d: unknown: %s; known are %s" % (number, unknown, ", ".join(_KEYS)))
    wrong = [key for key in ("name", "type") if row.get(key) and not isinstance(row[key], str)]
    return faults + ["record set %d: %s is no text; put it in quotes" % (number, key) for key in wrong]


def settle(desired, current, owner=None, ttl=TTL):
    """Complete the declared rows from what is there: a TTL nobody gave, the serial number, the owner's stamp.

    A declared serial counts only when it is ahead of the server's, because the server raises it with every change.
    """
    found = {RECORD_SET.key(row): row for row in current}
    for row in desired:
        have = found.get(RECORD_SET.key(row))
        if "ttl" not in row and "alias" not in row:
            row["ttl"] = have["ttl"] if have and "ttl" in have else ttl
        if owner:
            row["owner"] = owner
        if row["type"] == "SOA" and have and have["values"] and row.get("values"):
            row["values"] = [_serial(have["values"][0], row["values"][0])]


def _serial(have, want):
    have, want = have.split(" "), want.split(" ")
    ahead = (int(want[2]) - int(have[2])) % 2**32
    if not 0 < ahead < 2**31:  # RFC 1982
        want[2] = have[2]
    return " ".join(want)


def without(rows, current, owner=None):
    """Declared absences as (rows that keep other values, keys that go whole). Raises Refused for other owners' sets."""
    found = {RECORD_SET.key(row): row for row in current}
    kept, gone, problems = [], [], []
    for row in rows:
        key = RECORD_SET.key(row)
        have = found.get(key, {})
        theirs = have.get("owner")
        left = [value for value in have.get("values", ()) if value not in row.get("values", have["values"])]
        if owner and theirs and theirs != owner:
            text = "record set %s: it belongs to owner %r, this task is %r"
            problems.append(text % (RECORD_SET.label(key), theirs, owner))
        elif left:
            kept.append(dict(row, **{name: have[name] for name in ("ttl", "routing") if name in have}, values=left))
        else:
            gone.append(key)
    if problems:
        raise Refused(problems)
    return kept, gone


def ignoring(patterns, zone):
    """A function that says of a row whether one of the patterns ({name, type}) leaves it alone.

    A name is matched as seen from the zone, or absolute where the pattern ends in a dot.
    """
    rules = [((p.get("name") or "*").lower(), (p.get("type") or "*").upper()) for p in patterns or ()]

    def ignored(row):
        seen = names.relative(row["name"], zone)
        return any(
            fnmatchcase(row["type"], kind) and fnmatchcase(row["name"] if name.endswith(".") else seen, name)
            for name, kind in rules
        )

    return ignored


def prunable(zone, owner, ignored):
    """A function that says of a row nobody declared whether `prune` may delete it.

    The zone's own SOA, NS and keys stay, so does what signs it, and what other owners have stamped. Aliases and routed
    sets go by their stamp only, as a list of records that knows nothing of them may come from elsewhere.
    """

    def prune(row):
        kind = row["type"]
        if kind in rdata.SIGNING or (kind not in rdata.TYPES and not kind.startswith("TYPE")):
            return False
        if (row["name"] == zone and kind in APEX) or "_foreign" in row:
            return False
        if routing.is_special(row) and not owner:
            return False
        return row.get("owner") == owner and not ignored(row)

    return prune


def refuse_ignored(rows, ignored):
    """Raise Refused for declared rows that `ignore` leaves alone."""
    both = [
        "record set %s %s: it is declared, and `ignore` leaves it alone; take one back" % (row["name"], row["type"])
        for row in rows
        if ignored(row)
    ]
    if both:
        raise Refused(both)


def refuse_secondary(wanted, zones):
    """Raise Refused when the zone is, or is to be, one whose records come from elsewhere."""
    kind = wanted.get("kind") or (zones[0].get("kind") if zones else None)
    if kind in ("Secondary", "Consumer"):
        name = zones[0]["name"] if zones else wanted["name"]
        raise Refused("zone %s: it is a %s, whose records come from its primary; declare them there" % (name, kind))


def examine(desired, current, prune=None, absent=()):
    """Compare declared rows with those on the server that stay. Raises Refused; returns warnings."""
    touched = {RECORD_SET.key(row) for row in desired}.union(absent)
    staying = [row for row in current if RECORD_SET.key(row) not in touched and not (prune is not None and prune(row))]
    problems = clashes(desired, staying)
    if problems:
        raise Refused(problems)
    return aliased(desired, staying)
