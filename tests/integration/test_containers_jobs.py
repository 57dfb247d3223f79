# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that run to their end, and what they are told by files, on the real engine."""

from __future__ import annotations

import pytest
from integration.containers_fixtures import PREFIX, fixtures

engine, site = fixtures()


def job(site, script, **more):
    """A container that runs a line of shell, once."""
    return site.row("job", command=["sh", "-c", script], run_once=True, **more)


def test_a_job_runs_once_and_its_output_is_shown(site):
    row = job(site, "echo $WORD; echo well >&2", env={"WORD": "done"})
    first = site.made(row)["containers"][0]
    assert (first["status"], first["exit_code"]) == ("exited", 0)
    assert sorted(first["output"].split()) == ["done", "well"]  # two streams have no order
    began = site.seen("job")["State"]["StartedAt"]
    assert not site.task(row)["changed"] and site.seen("job")["State"]["StartedAt"] == began
    again = site.made(dict(row, env={"WORD": "anew"}))["containers"][0]
    assert sorted(again["output"].split()) == ["anew", "well"] and site.names() == ["job"]


def test_a_job_that_fails_fails_the_task_and_runs_again(site):
    row = job(site, "echo the reason is $PASSWORD; exit 3", env={"PASSWORD": "hunter22"})
    failed = site.task(row, fails=True)
    assert "container %sjob has ended with exit status 3" % PREFIX in failed["msg"]
    assert "the reason is ********" in failed["msg"] and "hunter22" not in str(failed)
    began = site.seen("job")["State"]["StartedAt"]
    site.task(row, fails=True)
    assert site.seen("job")["State"]["StartedAt"] > began


def test_a_job_that_takes_too_long_is_named(site):
    failed = site.task(job(site, "sleep 60"), timeout=1, fails=True)
    assert "container %sjob is in phase running" % PREFIX in failed["msg"]


def test_a_replaced_job_that_cannot_start_leaves_the_old_one_ended(site):
    row = job(site, "true")
    site.made(row)
    began = site.seen("job")["State"]["StartedAt"]
    failed = site.task(dict(row, command=["/nothing"]), fails=True)
    assert "The old one is in its place again" in failed["msg"] and "and runs" not in failed["msg"]
    assert site.seen("job")["State"]["StartedAt"] == began


@pytest.mark.parametrize("other", [{"restart": "always"}, {"state": "stopped"}])
def test_what_contradicts_a_job_is_refused(site, other):
    assert "run_once and" in site.task(job(site, "true", **other), fails=True)["msg"]
    assert site.names() == []


def test_variables_come_from_files_and_the_row_wins(site, tmp_path, monkeypatch):
    monkeypatch.setenv("FROM_HERE", "here")
    first, second = tmp_path / "first.env", tmp_path / "second.env"
    first.write_text("# a comment\nA=1\nB=x = y\n\nFROM_HERE\nNOT_SET_ANYWHERE\n", encoding="utf-8")
    second.write_text("A=2\nC=3\nAPI_TOKEN=hunter22\n", encoding="utf-8")
    result = site.made(site.row(env_files=[str(first), str(second)], env={"C": "4"}))
    assert {"A=2", "B=x = y", "C=4", "FROM_HERE=here", "API_TOKEN=hunter22"} <= set(site.seen()["Config"]["Env"])
    assert not any(text.startswith("NOT_SET") for text in site.seen()["Config"]["Env"])
    assert "hunter22" not in str(result)
    second.write_text("A=2\n", encoding="utf-8")
    assert site.made(site.row(env_files=[str(first), str(second)], env={"C": "4"}))["plan"][0]["fields"] == ["env"]


def test_a_file_of_variables_that_is_wrong_is_named(site, tmp_path):
    bad = tmp_path / "bad.env"
    bad.write_text("A=1\nthis is no name=1\n", encoding="utf-8")
    said = site.task(site.row(env_files=[str(bad)]), fails=True)["msg"]
    assert said.startswith("container %sweb: env_files: %s, line 2: 'this is no name'" % (PREFIX, bad))
    missing = site.task(site.row(env_files=[str(tmp_path / "none")]), fails=True)["msg"]
    assert "none cannot be read: No such file" in missing and site.names() == []
