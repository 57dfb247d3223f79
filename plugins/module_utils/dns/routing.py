# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that the provider chooses by who asks, and aliases of the provider's own things, as fields of a row; pure.

Several sets of one name and type are told apart by their `set`; `routing` says when which of them is the answer.
"""

from __future__ import annotations

from ..core.field import Field
from . import names

POLICIES = ("weight", "region", "failover", "geo", "multivalue")  # a routed set has one of them
HEAVIEST = 255

ROUTING = Field(
    "routing",
    type="dict",
    help="When the set is the answer: one of C(weight), C(region), C(failover), C(geo) and C(multivalue).",
    options=(
        Field("weight", type="int", help="Its share of the answers, from 0 to 255."),
        Field("region", help="The region that it is near to, such as V(eu-west-1); the nearest answers."),
        Field(
            "failover",
            choices=("primary", "secondary"),
            help="Whether it answers while it is healthy, or when the other is not.",
        ),
        Field(
            "geo",
            type="dict",
            help='Where those are whom it answers. C(country: "*") is everywhere else.',
            options=(
                Field("continent", help="Two letters, such as V(EU)."),
                Field("country", help="Two letters, such as V(FR)."),
                Field("subdivision", help="Of the country, such as V(CA) of V(US)."),
            ),
        ),
        Field("multivalue", type="bool", help="Whether it is one of up to eight healthy ones that are the answer."),
        Field("health_check", help="The id of the health check that says whether it is healthy."),
    ),
)
FIELDS = (
    Field("set", help="The name that tells sets of one name and type apart where O(records[].routing) is given."),
    ROUTING,
    Field(
        "alias",
        type="dict",
        compare="subset",  # a zone that is not declared is the set's own
        help="What the provider answers in place of values: the addresses of one of its own things. It has no TTL.",
        options=(
            Field("name", required=True, help="The thing's name in DNS, or the name of another set of this zone."),
            Field("zone_id", help="The id of the zone that the thing is in. Without it, that is this zone."),
            Field(
                "evaluate_health",
                type="bool",
                default=False,
                help="Whether the set counts as unhealthy when the thing does.",
            ),
        ),
    ),
)
NAMES = tuple(field.name for field in FIELDS)


def canonical(row, resolve, whole=True):
    """Those of FIELDS that a declared row has, in canonical spelling. Raises ValueError.

    resolve: how names of the zone are read. whole: the row says all there is of its set.
    """
    if all(row.get(name) is None for name in NAMES):
        return {}
    done = {}
    if row.get("set") is not None:
        done["set"] = _text("set", row["set"])
    if row.get("routing") is not None:
        done["routing"] = _routing(_dict("routing", row["routing"]))
    if row.get("alias") is not None:
        done["alias"] = _alias(_dict("alias", row["alias"]), resolve)
        if row.get("values") is not None or row.get("ttl") is not None:
            raise ValueError("an alias has neither values nor a ttl; leave them out")
    if "routing" in done and "set" not in done:
        raise ValueError("routing is told of one set of several; give it a name with `set`")
    if whole and "set" in done and "routing" not in done:
        raise ValueError("a row with `set` needs `routing`; say when it is the answer")
    return done


def _dict(name, value):
    if not isinstance(value, dict):
        raise ValueError("%s is no dictionary" % name)
    return {key: one for key, one in value.items() if one is not None}


def _text(name, value):
    if not isinstance(value, str) or not value:
        raise ValueError("%s is no text; put it in quotes" % name)
    return value


def _known(name, value, field):
    unknown = sorted(str(key) for key in value if key not in [option.name for option in field.options])
    if unknown:
        known = ", ".join(option.name for option in field.options)
        raise ValueError("%s has no %s; it has %s" % (name, ", ".join(unknown), known))


def _routing(given):
    _known("routing", given, ROUTING)
    if not given.get("multivalue"):
        given.pop("multivalue", None)
    said = [name for name in POLICIES if name in given]
    if len(said) != 1:
        raise ValueError("routing needs one of %s; here are %s" % (", ".join(POLICIES), ", ".join(said) or "none"))
    done = {said[0]: _READERS[said[0]](given[said[0]])}
    if "health_check" in given:
        done["health_check"] = _text("health_check", given["health_check"])
    return done


def _weight(value):
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= HEAVIEST:
        raise ValueError("weight %s is no number from 0 to %d" % (value, HEAVIEST))
    return value


def _failover(value):
    if value not in ("primary", "secondary"):
        raise ValueError("failover is primary or secondary, not %s" % (value,))
    return value


def _geo(value):
    field = next(option for option in ROUTING.options if option.name == "geo")
    value = {name: _text(name, one).upper() for name, one in _dict("geo", value).items()}
    _known("geo", value, field)
    if ("continent" in value) == ("country" in value) or ("subdivision" in value and "country" not in value):
        raise ValueError("geo takes a continent, or a country with or without a subdivision")
    return value


_READERS = {
    "weight": _weight,
    "region": lambda value: _text("region", value).lower(),
    "failover": _failover,
    "geo": _geo,
    "multivalue": bool,
}


def _alias(given, resolve):
    _known("alias", given, FIELDS[2])
    name = _text("alias.name", given.get("name"))
    done = {"name": names.absolute(name) if "zone_id" in given else names.target(name, resolve)}
    if "zone_id" in given:
        done["zone_id"] = _text("alias.zone_id", given["zone_id"])
    done["evaluate_health"] = given.get("evaluate_health") or False
    if not isinstance(done["evaluate_health"], bool):
        raise ValueError("alias.evaluate_health is true or false")
    return done


def policy(row):
    """The word of POLICIES by which the set is chosen, None for one that always is the answer."""
    return next((name for name in POLICIES if name in (row.get("routing") or ())), None)


def is_special(row):
    """Whether the row is more than values: one of several sets, or an alias."""
    return "set" in row or "alias" in row


def conflicts(rows):
    """Why rows of one name and type cannot stand together: [(row, reason)]."""
    if len(rows) < 2:
        return []
    plain = [row for row in rows if "set" not in row]
    if plain:
        others = ", ".join(row["set"] for row in rows if "set" in row)
        return [(row, "it also has the sets %s, and a set without a name stands alone" % others) for row in plain]
    kinds = sorted({str(policy(row)) for row in rows})
    if len(kinds) > 1:
        return [(rows[-1], "sets of one name and type are chosen in one way; here by %s" % " and by ".join(kinds))]
    if kinds != ["failover"]:
        return []
    roles = [row["routing"]["failover"] for row in rows]
    return [(rows[-1], "there is more than one %s" % role) for role in sorted(set(roles)) if roles.count(role) > 1]


def written(row):
    """What a zone file cannot say of the row, as the text of a comment; empty for ordinary sets."""
    parts = []
    alias = row.get("alias")
    if alias:
        where = " in zone %s" % alias["zone_id"] if alias.get("zone_id") else ""
        health = " with its health" if alias.get("evaluate_health") else ""
        parts.append("alias of %s%s%s" % (alias["name"], where, health))
    if "set" in row:
        parts.append("set %s" % row["set"])
    for name, value in (row.get("routing") or {}).items():
        if isinstance(value, dict):
            value = " ".join("%s %s" % pair for pair in value.items())
        parts.append(name if value is True else "%s %s" % (name.replace("_", " "), value))
    return ", ".join(parts)
