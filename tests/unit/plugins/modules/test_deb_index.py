# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib

from ansible_collections.rackwright.platform.plugins.modules.deb_index import lacking, unlike

INDEX = """Package: tool
Version: 1.0
Filename: ./tool_1.0_all.deb
Size: 812
SHA256: 4b5d

Package: other
Filename: ./other_2.0_all.deb
Size: 90
SHA256: 77aa
"""


def test_packages_that_were_meant():
    assert list(unlike(INDEX, {"tool_1.0_all.deb": "4B5D", "other_2.0_all.deb": "77aa"})) == []


def test_packages_that_were_not():
    assert list(unlike(INDEX, {"tool_1.0_all.deb": "0000"})) == [
        "tool_1.0_all.deb has the checksum 4b5d, not 0000",
        "other_2.0_all.deb is not among the checksums",
    ]


def test_files_that_are_still_to_be_brought(tmp_path):
    (tmp_path / "tool_1.0_all.deb").write_bytes(b"x")
    wanted = {"tool_1.0_all.deb": hashlib.sha256(b"x").hexdigest()}
    assert lacking(str(tmp_path), wanted) == []
    wanted.update({"other_2.0_all.deb": "77aa"})
    assert lacking(str(tmp_path), wanted) == ["other_2.0_all.deb"]
    (tmp_path / "tool_1.0_all.deb").write_bytes(b"y")
    assert lacking(str(tmp_path), wanted) == ["other_2.0_all.deb", "tool_1.0_all.deb"]
    assert lacking(str(tmp_path / "nosuch"), {"a.deb": "77aa"}) == ["a.deb"]
