# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What declared servers ask for in vain, beyond what every provider's catalogue tells; pure but for the catalogue."""

from __future__ import annotations

from ..resource import visible
from .rows import bad_tags

USER_DATA = 65536  # bytes; the API's documents name no number
IPXE = "custom_ipxe"


def problems(rows, current, catalogue):
    """One sentence each. Reservations that are there under another word are understood in `rows`."""
    there = {row["name"]: row for row in visible(current)}
    found = []
    for row in rows:
        have = there.get(row["name"])
        texts = _always(row) + (_new(row, catalogue) if have is None else _changed(row, have))
        found += ["server %s: %s" % (row["name"], text) for text in texts]
    return found


def _always(row):
    texts, size = bad_tags(row), len((row.get("_user_data") or "").encode("utf-8"))
    if size > USER_DATA:
        texts.append(
            "its user data has %d bytes, provider packet takes %d; let it fetch the rest when it boots"
            % (size, USER_DATA)
        )
    return texts


def _new(row, catalogue):
    texts, script = [], (row.get("_user_data") or "").startswith("#!ipxe")
    url = (row.get("ipxe") or {}).get("url")
    if row.get("image") == IPXE and not (url or script):
        texts.append("image custom_ipxe boots a script of yours; give ipxe.url")
    if row.get("ipxe") and row.get("image") not in (None, IPXE):
        texts.append("ipxe needs image custom_ipxe, it is %s" % row["image"])
    if row.get("spot") is not None and row["spot"].get("max_price") is None:
        texts.append("spot needs max_price, the most to pay for an hour")
    texts += _unfit(row, catalogue)
    if row.get("facility") and row.get("plan") and not row.get("reservation"):
        texts += _no_room(row["facility"], row["plan"], catalogue)
    return texts


def _unfit(row, catalogue):
    """An image that does not run on the plan."""
    image = next((one for one in catalogue.images() if one.get("slug") == row.get("image")), {})
    plans = image.get("provisionable_on")
    if (
        row.get("plan")
        and plans
        and row["plan"] not in plans
        and any(p.get("slug") == row["plan"] for p in catalogue.plans())
    ):
        return [
            "image %s does not run on plan %s, but on %s" % (row["image"], row["plan"], ", ".join(sorted(plans)[:20]))
        ]
    return []


def _no_room(facility, plan, catalogue):
    """A facility that has none of the plan left, while others have."""
    if catalogue.level(facility, plan) != "sold_out":
        return []
    levels = catalogue.levels()
    others = sorted(place for place, plans in levels.items() if plans.get(plan) in ("available", "limited"))
    return ["facility %s has no %s left; there are some in %s" % (facility, plan, ", ".join(others))] if others else []


def _changed(row, have):
    """What cannot be changed about a server that is there."""
    if row.get("reservation") == "next-available" and have.get("reservation"):
        row["reservation"] = have["reservation"]
    if row.get("ends_at") and row["ends_at"] != have.get("ends_at"):
        now = have.get("ends_at") or "not set"
        return ["ends_at is %s and cannot be changed on provider packet; declare that, or make the server anew" % now]
    return []
