# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many files in one call: each so in the end, told once, and nothing half-made."""

from __future__ import annotations

import os

import pytest
from contract.modules import run as module_run


def run(*rows, check=False, fails=False):
    return module_run("host_files", {"files": list(rows)}, check=check, diff=True, fails=fails)


def mode(path):
    return os.stat(path).st_mode & 0o7777


def test_all_kinds_at_once_and_nothing_the_second_time(tmp_path):
    old = tmp_path / "old"
    old.write_text("x")
    rows = [
        {"path": str(tmp_path / "a" / "b"), "state": "directory", "mode": "0750"},
        {"path": str(tmp_path / "a" / "b" / "conf"), "content": "é\n"},
        {"path": str(tmp_path / "key"), "secret": "hunter2\n", "mode": "0640"},
        {"path": str(tmp_path / "zone"), "state": "kept", "content": "first\n"},
        {"path": str(old), "state": "absent"},
    ]
    foretold = run(*rows, check=True)
    assert foretold["paths"] == [row["path"] for row in rows] and sorted(os.listdir(tmp_path)) == ["old"]
    made = run(*rows)
    assert made["paths"] == foretold["paths"] and made["diff"] == foretold["diff"]
    assert "hunter2" not in str(made) and "+" not in made["diff"][2]["after"]
    assert sorted(os.listdir(tmp_path)) == ["a", "key", "zone"] and (tmp_path / "a/b/conf").read_text() == "é\n"
    assert [mode(tmp_path / name) for name in ("a/b", "a/b/conf", "key")] == [0o750, 0o644, 0o640]
    (tmp_path / "zone").write_text("of the server\n")
    again = run(*rows)
    assert not again["changed"] and again["paths"] == again["diff"] == []
    assert (tmp_path / "zone").read_text() == "of the server\n"


def test_what_is_there_can_be_told(tmp_path):
    row = {"path": str(tmp_path / "key"), "state": "kept", "content": "first", "read": True}
    assert run(row, check=True)["contents"] == {}
    assert run(row)["contents"] == run(dict(row, content="second"), check=True)["contents"] == {row["path"]: "first"}
    assert run(dict(row, state="file", content="second"), check=True)["contents"] == {}


def test_lines_of_a_file_that_others_write_too(tmp_path):
    path = tmp_path / "subuid"
    row = {"path": str(path), "lines": {"anna:": "anna:2:3", "ben:": "ben:5:6"}}
    assert run(row, check=True)["changed"] and run(row)["changed"] and path.read_text() == "anna:2:3\nben:5:6\n"
    path.write_text("ann:0:1\nben:0:1\nzoe:7:8\nben:9:9")
    (diff,) = run(row)["diff"]
    assert path.read_text() == diff["after"] == "ann:0:1\nben:5:6\nzoe:7:8\nanna:2:3\n"
    assert not run(row)["changed"]
    path.write_text("ben:5:6\nanna:2:3")
    assert not run(row)["changed"], "a last line without an end is a line, too"


def test_permissions_alone_are_a_change(tmp_path):
    row = {"path": str(tmp_path / "conf"), "content": "a\n", "mode": "0600"}
    run(row)
    os.chmod(row["path"], 0o644)
    assert run(row, check=True)["changed"] and mode(row["path"]) == 0o644
    (diff,) = run(row)["diff"]
    assert "0644" in diff["before"] and "0600" in diff["after"] and mode(row["path"]) == 0o600
    assert not run(row)["changed"]


def test_what_the_program_does_not_take_leaves_the_old_text(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    good = {"path": str(second), "content": "good\n", "validate": "grep -q good %s"}
    run(good)
    told = run({"path": str(first), "content": "a\n"}, dict(good, content="bad\n"), fails=True)
    assert "%s: grep does not take the new text" % second in told["msg"]
    assert told["changed"] and told["paths"] == [str(first)], "what was done is told"
    assert second.read_text() == "good\n" and sorted(os.listdir(tmp_path)) == ["first", "second"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"path": "a", "content": ""}, "a: the path must be absolute"),
        ({"path": "/a"}, "/a: a file wants either content, secret or lines"),
        ({"path": "/a", "content": "", "secret": ""}, "a file wants either content, secret or lines"),
        ({"path": "/a", "content": "", "state": "absent"}, "state absent takes no content"),
        ({"path": "/a", "lines": {"b:": "a:1"}}, "the line of 'b:' must be one line that begins so"),
        ({"path": "/a", "lines": {"b:": "b:1\n"}}, "the line of 'b:' must be one line that begins so"),
        ({"path": "/a", "content": "", "validate": "check"}, "validate needs %s"),
        ({"path": "/a", "content": "", "mode": "u=rw"}, "the mode 'u=rw' is no octal number"),
        ({"path": "/b", "content": ""}, "/b: it is declared twice"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_made(tmp_path, row, words):
    first = {"path": str(tmp_path / "first"), "content": "x"}
    rows = [first, {"path": "/b", "state": "absent"}, row]
    assert words in run(*rows, fails=True)["msg"] and os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"path": "folder", "content": "x"}, "is a folder; choose another path"),
        ({"path": "folder", "state": "absent"}, "is a folder; only files are removed"),
        ({"path": "file", "state": "directory"}, "is there and is no folder"),
        ({"path": "none/file", "content": "x"}, "there is no folder"),
        ({"path": "file", "content": "x", "group": "no-such-group"}, "no-such-group"),
    ],
)
def test_what_is_in_the_way_is_told(tmp_path, row, words):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine")
    assert words in run(dict(row, path=str(tmp_path / row["path"])), fails=True)["msg"]
