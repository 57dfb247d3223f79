# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a record set is, for providers that have no place for it: TXT sets beside the zone's tree; pure.

`<name>._rackwright.<zone>` says of a name, in one value a type, who owns its sets: `"A fleet"`, and of a set with
a name of its own `"A/blue fleet"`. Neither a delegation nor a CNAME of that name hides it. `*` is written `_wildcard`;
the zone's own stamps are at `_rackwright.<zone>`.
"""

from __future__ import annotations

from urllib.parse import quote

from ..core.errors import Refused
from ..core.plan import Change
from . import names, text

LABEL, WILDCARD = "_rackwright", "_wildcard"
TTL = 3600  # seconds


def place(name, zone):
    """The name at which the stamps of `name` stand. Raises Refused when it would be too long."""
    seen = names.relative(name, zone)
    if seen == "@":
        return "%s.%s" % (LABEL, zone)
    if seen.startswith("*."):
        seen = WILDCARD + seen[1:]
    elif seen == "*":
        seen = WILDCARD
    try:
        return names.absolute("%s.%s.%s" % (seen, LABEL, zone))
    except ValueError:
        raise Refused(
            "record set %s: its owner's stamp would stand at a name that is too long; leave `owner` out for it" % name
        ) from None


def name_at(where, zone):
    """The name of which the stamps at a place tell; `place` the other way round."""
    end = "%s.%s" % (LABEL, zone)
    seen = where[: -len(end)]
    if seen.startswith(WILDCARD + "."):
        seen = "*" + seen[len(WILDCARD) :]
    return seen + zone


def what(key):
    """What a stamp calls the set of this key: its type, and the name that it has among several, without blanks."""
    return "/".join([key[1], *(quote(name, safe="") for name in key[2:])])


def is_place(name, zone):
    """Whether stamps stand at this name, so that nothing else may."""
    end = "%s.%s" % (LABEL, zone)
    return name == end or name.endswith("." + end)


def refuse_places(rows, zone):
    """Raise Refused for declared rows at names that are kept for stamps."""
    wrong = [row for row in rows if is_place(row["name"], zone)]
    if wrong:
        raise Refused(
            [
                "record set %s %s: names below %s.%s are kept for the stamps of owners; choose another"
                % (row["name"], row["type"], LABEL, zone)
                for row in wrong
            ]
        )


def fold(rows, zone):
    """(rows with their owners and without stamp sets, the stamps as {place: {type: owner}}).

    rows: canonical, as the server has them. A stamp of a set that is gone counts for nothing.
    """
    end = "%s.%s" % (LABEL, zone)
    stamps = {row["name"]: _read(row) for row in rows if row["type"] == "TXT" and row["name"].endswith(end)}
    if not stamps:
        return rows, {}
    stamps = {name: found for name, found in stamps.items() if is_place(name, zone)}
    kept = []
    for row in rows:
        if row["name"] in stamps and row["type"] == "TXT":
            continue
        owner = stamps.get(_place_or_none(row["name"], zone), {}).get(what(_key(row)))
        kept.append(dict(row, owner=owner) if owner else row)
    return kept, stamps


def _key(row):
    return (row["name"], row["type"], row["set"]) if "set" in row else (row["name"], row["type"])


def _place_or_none(name, zone):
    try:
        return place(name, zone)
    except Refused:
        return None


def _read(row):
    found = {}
    for value in row["values"]:
        parts = text.tokens(value) if '" "' in value else [value]  # beyond 255 bytes it takes several strings
        kind, _space, owner = b"".join(map(text.string, parts)).decode("utf-8", "replace").partition(" ")
        if owner:
            found[kind] = owner
    return found


def changed(changes, zone, stamps):
    """The changes of stamp sets that go with `changes`, and the stamps that they leave at the places they touch.

    stamps: as `fold` returns them. Raises Refused.
    """
    after = {}
    for change in changes:
        name, kind = change.key[0], what(change.key)
        row = change.after or {}
        if not row.get("owner") and not stamps:
            continue
        where = place(name, zone) if row.get("owner") else _place_or_none(name, zone)
        have = after.setdefault(where, dict(stamps.get(where, {})))
        if row.get("owner"):
            have[kind] = row["owner"]
        else:
            have.pop(kind, None)
    done = []
    for where, have in after.items():
        before = stamps.get(where, {})
        if have != before:
            verb = "delete" if not have else "update" if before else "create"
            done.append(Change(verb, (where, "TXT"), _row(where, before), _row(where, have), fields=("values",)))
    return done, {where: have for where, have in after.items() if where}


def _row(where, stamps):
    if not stamps:
        return None
    values = sorted(text.strings([("%s %s" % pair).encode("utf-8")]) for pair in stamps.items())
    return {"name": where, "type": "TXT", "ttl": TTL, "values": values}
