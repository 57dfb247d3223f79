# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Projects and organizations, bearing their owner: projects in their tags, organizations in their custom data."""

from __future__ import annotations

from ...core.errors import NotFound
from ..base import Store
from ..resource import mark_twins
from .api import ident
from .rows import joined_tags, retagged, split_tags

OURS = "rackwright"  # our part of custom data


def _noted(one):
    """What we have noted in something's custom data."""
    noted = (one.get("customdata") or {}).get(OURS)
    return noted if isinstance(noted, dict) else {}


class Accounts(Store):
    """What both have in common. KIND: the API's word."""

    TWICE = True
    KIND = ""

    def read(self):
        """Every one that the token may see."""
        rows = [dict(self._row(one), _created=one.get("created_at")) for one in getattr(self.driver.api, self.KIND)()]
        return mark_twins(rows, lambda row: row.get("owner"))

    def vet(self, rows, current):
        """They cannot be turned off."""
        text = "%s %s: provider packet cannot do enabled: they are enabled as long as they are there"
        return [text % (self.KIND[:-1], row["name"]) for row in rows if row.get("enabled") is not None]

    def create(self, change):
        """Make one."""
        return self._row(self.driver.api.send("POST", "/" + self.KIND, self._body(change)))

    def update(self, change):
        """Change what differs."""
        self.driver.api.send("PUT", "/%s/%s" % (self.KIND, change.before["id"]), self._body(change))

    def delete(self, change):
        """Remove it; the API refuses one that is in use."""
        try:
            self.driver.api.send("DELETE", "/%s/%s" % (self.KIND, change.before["id"]))
        except NotFound:
            return

    def _custom(self, change, **noted):
        """Its custom data with our part renewed."""
        kept = dict((change.before or {}).get("_custom") or {})
        kept[OURS] = {name: value for name, value in noted.items() if value is not None}
        return kept


class Projects(Accounts):
    """Projects, of one organization where the options name one."""

    KIND = "projects"
    known = {}  # organizations, name to id

    def _row(self, one):
        _tags, stamps = split_tags(one.get("tags"))
        owner = one.get("organization") or {}
        row = {"name": one["name"], "id": one["id"], "owner": stamps.get("owner")}
        row.update(organization=owner.get("name") or ident(owner), payment_method=ident(one.get("payment_method")))
        row.update(description=_noted(one).get("description"), _tags=one.get("tags"), _custom=one.get("customdata"))
        return {name: value for name, value in row.items() if value is not None}

    def vet(self, rows, current):
        """Organizations must be there; they are told by name."""
        problems = super().vet(rows, current)
        asked = [row for row in rows if row.get("organization")]
        there = {one["id"]: one["name"] for one in self.driver.api.organizations()} if asked else {}
        self.known = {name: one for one, name in there.items()}
        for row in asked:
            row["organization"] = there.get(row["organization"], row["organization"])
            if row["organization"] not in there.values():
                text = "project %s: there is no organization %s; it may be in %s"
                problems.append(text % (row["name"], row["organization"], ", ".join(sorted(there.values())) or "none"))
        return problems

    def _body(self, change):
        row, body = change.after, {"name": change.after["name"]}
        if change.before is None:
            body["organization_id"] = self._organization(row)
            body["tags"] = joined_tags({}, {"owner": row.get("owner")})
        else:
            body["tags"] = retagged(change.before.get("_tags"), change)
        if row.get("payment_method"):
            body["payment_method_id"] = row["payment_method"]
        if row.get("description") is not None:
            body["customdata"] = self._custom(change, description=row["description"])
        return {name: value for name, value in body.items() if value is not None}

    def _organization(self, row):
        """The id of the organization that a project is made in; None leaves it to the API."""
        return self.known[row["organization"]] if row.get("organization") else self.driver.api.organization


class Organizations(Accounts):
    """Organizations."""

    KIND = "organizations"

    def _row(self, one):
        row = {"name": one["name"], "id": one["id"], "owner": _noted(one).get("owner")}
        row.update(description=one.get("description"), website=one.get("website"), _custom=one.get("customdata"))
        return {name: value for name, value in row.items() if value is not None}

    def _body(self, change):
        row = change.after
        body = {name: row[name] for name in ("name", "description", "website") if row.get(name) is not None}
        return dict(body, customdata=self._custom(change, owner=row.get("owner")))


STORES = {"project": Projects, "organization": Organizations}
