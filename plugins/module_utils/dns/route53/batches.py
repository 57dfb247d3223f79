# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes as Route 53 takes them, each `{"Action", "ResourceRecordSet"}`, and how many go into one batch; pure.

A batch is all or nothing.
"""

from __future__ import annotations

from .. import routing
from .spelling import record_set

RECORDS, CHARACTERS = 1000, 32000  # values, and characters of values, of one batch; those of an UPSERT count twice
UPSERTED = ("NS", "SOA")  # of the zone's own name; they are there from the start and never away


def actions(change, zone, zone_id, wire):
    """The API's changes of one Change.

    zone: the canonical name. wire: {key: the record set as the API has it}, as a deletion repeats it exactly.
    """
    if change.verb == "delete":
        return [_action("DELETE", wire[change.key])]
    if change.verb == "update" and set(change.fields) == {"owner"}:
        return []
    made = record_set(change.after, zone_id)
    if change.key[0] == zone and change.key[1] in UPSERTED:
        return [_action("UPSERT", made)]
    if change.verb == "create":
        return [_action("CREATE", made)]
    if routing.policy(change.before) != routing.policy(change.after):  # Route 53 refuses that of an UPSERT
        return [_action("DELETE", wire[change.key]), _action("CREATE", made)]
    return [_action("UPSERT", made)]


def _action(word, made):
    return {"Action": word, "ResourceRecordSet": made}


def ordered(found):
    """The API's changes in an order that it takes: deletions first, aliases before what they point to; then what is
    new or changed, aliases after it."""
    return sorted(found, key=_rank)


def _rank(action):
    alias = "AliasTarget" in action["ResourceRecordSet"]
    return (1 - alias) if action["Action"] == "DELETE" else 2 + alias


def load(found):
    """(values, characters) that the API's changes count as."""
    count = size = 0
    for action in found:
        twice = 2 if action["Action"] == "UPSERT" else 1
        values = action["ResourceRecordSet"].get("ResourceRecords", ())
        count += twice * max(1, len(values))
        size += twice * sum(len(value["Value"]) for value in values)
    return count, size


def chunks(changes, sent):
    """Cut a plan into batches; the changes of one name stay together unless they are too many for one.

    sent: a function that says what the API's changes of some Changes are.
    """
    groups = {}
    for change in changes:
        groups.setdefault(change.key[0], []).append(change)
    units = []
    for group in groups.values():
        made = sent(group)
        if fits(*load(made)):
            units.append((group, made))
        else:
            units += [([change], sent([change])) for change in sorted(group, key=lambda one: one.verb != "delete")]
    units.sort(key=lambda unit: _turn(unit[1]))
    for some in _filled(units):
        yield [change for group, _made in some for change in group]


def cut(found):
    """Cut the API's changes into batches, in their order."""
    for some in _filled((one, [one]) for one in found):
        yield [one for one, _made in some]


def _filled(units):
    """Units, each with the API's changes that it is, put together in their order, as many as one batch takes."""
    some, count, size = [], 0, 0
    for unit in units:
        more, longer = load(unit[1])
        if some and not fits(count + more, size + longer):
            yield some
            some, count, size = [], 0, 0
        some.append(unit)
        count, size = count + more, size + longer
    if some:
        yield some


def fits(count, size):
    """Whether one batch takes as much."""
    return count <= RECORDS and size <= CHARACTERS


def _turn(made):
    """When what belongs together is sent: deletions alone first, and aliases after all they may point to."""
    ranks = {_rank(action) for action in made}
    return min(max(ranks, default=2), 3)
