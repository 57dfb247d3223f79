# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the engine's list to rows, as data cases."""

from __future__ import annotations

import json
import pathlib

import pytest
import yaml
from ansible_collections.rackwright.platform.plugins.module_utils.servers.lab import rows

CASES = yaml.safe_load((pathlib.Path(__file__).parents[4] / "cases/servers/rows.yml").read_text(encoding="utf-8"))


def item(short):
    """An entry of the engine's list from its short form."""
    labels = {rows.SPEC: json.dumps(short.get("spec", {}))}
    for name, label in (("lab", rows.LAB), ("server", rows.SERVER), ("note", rows.NOTE)):
        value = short.get(name, "t" if name == "lab" else None)
        if value is not None:
            labels[label] = value
    nets = {name: {"IPAMConfig": {"IPv4Address": address}} for name, address in short.get("nets", {}).items()}
    return {
        "Id": short.get("id", short["name"]),
        "Names": ["/" + short["name"], "/linked/alias"],
        "ImageID": "sha256:0",
        "Labels": labels if short.get("lab", "t") else {},
        "State": short["state"],
        "Status": short.get("status", ""),
        "Created": 0,
        "NetworkSettings": {"Networks": nets},
    }


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_rows(case):
    items = [item(short) for short in case["list"]]
    found = rows.read(items, "t")
    assert [row["name"] for row in found] == [row["name"] for row in case["rows"]]
    for row, expected in zip(found, case["rows"]):
        assert {name: row.get(name) for name in expected} == expected
        assert ("_debris" in row, "_foreign" in row) == ("_debris" in expected, "_foreign" in expected)
    assert rows.stale_notes(items, "t") == case.get("stale", [])
