# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import os

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core import files
from ansible_collections.rackwright.platform.plugins.module_utils.core.files import Write


def test_files_are_made_replaced_and_removed(tmp_path):
    new, old, gone = (str(tmp_path / name) for name in ("deep/er/new", "old", "gone"))
    for path in (old, gone):
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("before\n")
    writes = [Write(new, None, "new\n"), Write(old, "before\n", "after\n"), Write(gone, "before\n", None)]
    files.carry_out(files.changes(writes))
    assert [files.read(path) for path in (new, old, gone)] == ["new\n", "after\n", None]
    assert os.stat(new).st_mode & 0o777 == 0o644
    assert sorted(os.listdir(str(tmp_path))) == ["deep", "old"]


def test_only_changes_are_changes():
    assert files.changes([Write("a", "x", "x"), Write("b", None, None), Write("c", None, "")]) == [Write("c", None, "")]


def test_a_bind_mount_is_written_in_place(tmp_path, monkeypatch):
    path = tmp_path / "resolv.conf"
    path.write_text("before\n")
    inode = path.stat().st_ino

    def busy(_source, _target):
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(os, "replace", busy)
    files.carry_out([Write(str(path), "before\n", "after\n")])
    assert path.read_text() == "after\n"
    assert path.stat().st_ino == inode
    assert os.listdir(str(tmp_path)) == ["resolv.conf"]


def test_other_errors_leave_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_text("before\n")

    def full(_source, _target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        files.carry_out([Write(str(path), "before\n", "after\n")])
    assert path.read_text() == "before\n"
    assert os.listdir(str(tmp_path)) == ["file"]


def test_a_file_that_a_check_refuses_is_not_there(tmp_path):
    path = tmp_path / "file"
    path.write_text("before\n")

    def check(candidate):
        seen.append((os.path.dirname(candidate), files.read(candidate), files.read(str(path))))
        if len(seen) == 1:
            raise ValueError("not good")

    seen = []
    with pytest.raises(ValueError, match="not good"):
        files.replace(str(path), "after\n", check=check)
    assert path.read_text() == "before\n" and os.listdir(str(tmp_path)) == ["file"]
    files.replace(str(path), "after\n", check=check)
    assert path.read_text() == "after\n" and seen == [(str(tmp_path), "after\n", "before\n")] * 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_a_file_stays_its_owners(tmp_path):
    path = tmp_path / "file"
    path.write_text("before\n")
    os.chown(str(path), 1, 2)
    files.replace(str(path), "after\n")
    assert (path.stat().st_uid, path.stat().st_gid) == (1, 2)


def test_a_diff_masks_what_it_is_told_to():
    (diff,) = files.diffs([Write("/f", None, "a secret\n")], lambda text: text.replace("secret", "***"))
    assert diff == {"before_header": "/f", "after_header": "/f", "before": "", "after": "a ***\n"}
