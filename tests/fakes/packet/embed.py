# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`include` puts what a reference points to in its place, up to three levels deep; `exclude` does the reverse."""

from __future__ import annotations

from .wire import BASE

DEEPEST = 3


class Embedder:
    """For one request. `lookups`: kind (as in a reference) -> function of (api, id), the object as the API shows it."""

    def __init__(self, api, lookups):
        self.api, self.lookups, self.known = api, lookups, {}

    def answer(self, body, include, exclude):
        """The answer `body`, a single object or a list with its name, as it was wished."""
        if not isinstance(body, dict) or not (include or exclude):
            return body
        lists = [name for name, value in body.items() if isinstance(value, list)]
        if "id" not in body and len(lists) == 1:
            return dict(body, **{lists[0]: [self._row(row, include, exclude) for row in body[lists[0]]]})
        return self._row(body, include, exclude)

    def _row(self, row, include, exclude):
        for path in include:
            row = self._put(row, path.split(".")[:DEEPEST])
        for name in exclude:
            if name in row:
                row = dict(row, **{name: _bare(row[name])})
        return row

    def _put(self, value, names):
        """`value` with the object at `names` embedded."""
        if isinstance(value, list):
            return [self._put(one, names) for one in value]
        if not names or not isinstance(value, dict) or names[0] not in value:
            return value
        return dict(value, **{names[0]: self._put(self._whole(value[names[0]]), names[1:])})

    def _whole(self, value):
        if isinstance(value, list):
            return [self._whole(one) for one in value]
        if not isinstance(value, dict) or set(value) != {"href"}:
            return value
        where = value["href"]
        if where not in self.known:
            kind, _, one = where[len(BASE) + 1 :].rpartition("/")
            look = self.lookups.get(kind)
            self.known[where] = look(self.api, one) if look else value
        return self.known[where]


def _bare(value):
    if isinstance(value, list):
        return [_bare(one) for one in value]
    return {"href": value["href"]} if isinstance(value, dict) and "href" in value else value
