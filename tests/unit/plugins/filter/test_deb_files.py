# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib

from ansible_collections.rackwright.platform.plugins.filter.deb_files import deb_files


def test_packages_and_nothing_else(tmp_path):
    (tmp_path / "tool_1.0_all.deb").write_bytes(b"x")
    (tmp_path / "SHA256SUMS").write_text("")
    assert deb_files(str(tmp_path)) == {"tool_1.0_all.deb": hashlib.sha256(b"x").hexdigest()}


def test_a_folder_that_is_not_there():
    assert deb_files("/nosuch") == {}
