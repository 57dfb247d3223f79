# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Profiles in a real folder: made, changed, edited by hand, pruned, killed; and never shown."""

from __future__ import annotations

import json
import os

import pytest
from contract.modules import run

BASE = "#cloud-config\npackages: [hunter2]\n"
READY = "#!/bin/sh\ntouch /hunter2\n"


@pytest.fixture
def task(tmp_path):
    """Run the module on a folder; its secrets are in no result."""

    def runner(*rows, module="user_data_profile", **more):
        how = {name: more.pop(name) for name in ("check", "fails") if name in more}
        args = dict({"path": str(tmp_path / "profiles"), "user_data_profiles": list(rows)}, **more)
        result = run(module, args, diff=True, **how)
        assert "hunter2" not in json.dumps(result)
        return result

    return runner


@pytest.fixture
def file(tmp_path):
    """The path of a file in the folder."""
    return lambda name: tmp_path / "profiles" / name


def row(name="base", content=BASE, **more):
    """One profile."""
    return dict({"name": name, "content": content}, **more)


def test_made_once_and_for_its_user_alone(task, file):
    assert task(row(), row("ready", READY), check=True)["changed"] and not file("base.yml").exists()
    made = task(row(), row("ready", READY), owner="me")
    assert made["changed"] and [one["format"] for one in made["user_data_profiles"]] == ["cloud-config", "shell"]
    assert file("base.yml").read_text() == BASE and file("ready.sh").read_text() == READY
    assert file("base.yml").stat().st_mode & 0o777 == 0o600 and file(".").stat().st_mode & 0o777 == 0o700
    again = task(row(), row("ready", READY), owner="me")
    assert not again["changed"] and again["user_data_profiles"][1]["format"] == "shell"


def test_what_was_edited_by_hand_is_seen_and_put_right(task, file):
    task(row())
    file("base.yml").write_text(BASE + "# mine\n")
    seen = task(row())
    assert seen["plan"] == [{"verb": "update", "key": "base", "fields": ["content"]}] and seen["diff"]
    assert file("base.yml").read_text() == BASE


def test_another_kind_is_another_file(task, file):
    task(row())
    task(row(content=READY))
    assert file("base.sh").exists() and not file("base.yml").exists()
    assert not task(row(content=READY))["changed"]


@pytest.mark.parametrize("noted", [True, False])
def test_a_run_that_was_killed_while_it_changed_the_kind(task, file, noted):
    task(row())
    file("base.sh").write_text(READY)
    if noted:  # the new file is noted, the old one is not gone yet
        notes = json.loads(file(".rackwright.json").read_text())
        file(".rackwright.json").write_text(json.dumps({"base": dict(notes["base"], file="base.sh")}))
    assert task(row(content=READY))["changed"]
    assert file("base.sh").read_text() == READY and not file("base.yml").exists()
    assert not task(row(content=READY))["changed"]


def test_prune_takes_the_owners_alone(task, file):
    task(row("mine"), owner="me")
    task(row("theirs"), owner="they")
    task(row("nobodys"))
    pruned = task(owner="me", prune=True)
    assert [line["key"] for line in pruned["plan"]] == ["mine"]
    assert sorted(os.listdir(file("."))) == [".rackwright.json", ".rackwright.json.lock", "nobodys.yml", "theirs.yml"]
    assert task({"name": "theirs"}, state="absent", owner="me", fails=True)["msg"].count("belongs to owner 'they'") == 1
    task({"name": "theirs"}, state="absent")
    assert not file("theirs.yml").exists()


def test_a_run_that_was_killed_before_it_noted_whose_it_is(task, file):
    task(row(), owner="me")
    file(".rackwright.json").unlink()
    again = task(row(), owner="me")
    assert again["plan"][0]["fields"] == ["owner"] and not task(row(), owner="me")["changed"]


@pytest.mark.parametrize(("text", "why"), [("{ cut off", "it is damaged"), ('{"mine": 1}', "it is no index"), ("", "")])
def test_an_index_that_cannot_be_read_gives_nobodys_profile_away(task, file, text, why):
    task(row("mine"), owner="me")
    task(row("theirs"), owner="they")
    kept = file(".rackwright.json").read_text()
    file(".rackwright.json").write_text(text)
    for state in ("present", "absent"):
        result = task(row("theirs", READY), owner="me", state=state, fails=True)
        assert (
            ".rackwright.json cannot be read: " + why in result["msg"] and "restore it, or remove it" in result["msg"]
        )
    assert file("theirs.yml").read_text() == BASE and file(".rackwright.json").read_text() == text
    file(".rackwright.json").write_text(kept)
    assert "belongs to owner 'they'" in task(row("theirs", READY), owner="me", fails=True)["msg"]


def test_what_a_killed_run_has_half_written_is_taken_away(task, file):
    task(row())
    file(".rackwright-hunter2").write_text(READY)
    task(row(), check=True)
    assert file(".rackwright-hunter2").exists()
    task(row("ready", READY))
    assert sorted(os.listdir(file("."))) == [".rackwright.json", ".rackwright.json.lock", "base.yml", "ready.sh"]


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (row(content="hunter2"), "user_data_profile base: it must begin with"),
        (row(content="#cloud-config\npakages: [hunter2]\n"), "cloud-init knows no key pakages; is it packages"),
        (row("../base"), "is no name of a profile"),
        ({"name": "base"}, "to make it content must be given"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_written(task, file, one, words):
    result = task(one, fails=True)
    assert words in result["msg"] and not file(".").exists()


def test_info_tells_hashes_and_contents_only_when_asked(task, tmp_path):
    task(row())
    args = {"path": str(tmp_path / "profiles")}
    assert run("user_data_profile_info", args)["user_data_profiles"][0]["content"].startswith("sha256:")
    assert run("user_data_profile_info", dict(args, content=True))["user_data_profiles"][0]["content"] == BASE
