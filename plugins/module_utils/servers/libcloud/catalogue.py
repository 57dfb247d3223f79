# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Libcloud driver offers: locations, sizes and images, each by id or by name."""

from __future__ import annotations

from ..base import Store


class _Listed(Store):
    """One of Libcloud's lists. METHOD: what lists it."""

    METHOD = ""

    def read(self):
        """All of them."""
        return [self.row(one, str(one.id)) for one in self.driver.things(self.METHOD)]

    @staticmethod
    def row(one, word):
        """A thing as a row, under the word that declarations use."""
        return {"name": word, "title": one.name, "id": str(one.id)}


class Locations(_Listed):
    """Locations."""

    METHOD = "list_locations"

    @staticmethod
    def row(one, word):
        """A location as a row; where it names a zone, by that."""
        row = {"name": word, "title": one.name, "id": str(one.id), "country": one.country}
        return {name: value for name, value in row.items() if value}


class Sizes(_Listed):
    """Sizes."""

    METHOD = "list_sizes"

    @staticmethod
    def row(one, word):
        """A size as a row."""
        row = {"name": word, "title": one.name, "id": str(one.id), "memory": one.ram, "disk": one.disk}
        row.update(price=one.price or None, cpus=(one.extra or {}).get("cpu"))
        return {name: value for name, value in row.items() if value is not None}


class Images(_Listed):
    """Images."""

    METHOD = "list_images"


STORES = {"facility": Locations, "plan": Sizes, "image": Images}
