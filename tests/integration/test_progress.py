# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Live progress in real runs of ansible-playbook, with a made-up collection whose modules take as long as told."""

from __future__ import annotations

import os
import pathlib
import re

import pytest
import yaml
from ansible.plugins.loader import action_loader, module_loader
from integration.play import COLLECTIONS, ROOT, play

HERE = pathlib.Path(__file__).resolve().parent
PATHS = {"ANSIBLE_COLLECTIONS_PATH": "%s:%s" % (HERE / "collections", COLLECTIONS)}
LINE = r"^work: \d+/10 done, 0 failed, \d+s$"
NOBODY = 65534
PYTHON = "/usr/bin/python3"  # one that everybody may run
ROOT_USER = os.geteuid() == 0 and os.path.exists(PYTHON)  # who else may become nobody without a password


def lines(played):
    return re.findall(LINE, played.output, re.M)


@pytest.fixture(scope="module")
def long():
    """One run of everything that takes its time."""
    tasks = """
      - name: Long
        example.slow.work: {seconds: 8}
      - name: In check mode
        example.slow.work: {seconds: 4}
        check_mode: true
      - name: In a loop
        example.slow.work: {seconds: "{{ item }}"}
        loop: [4, 0]
      - name: As another user
        example.slow.work: {seconds: 4}
        become: true
        become_user: nobody
        become_method: ansible.builtin.su
        vars: {ansible_become_flags: -s /bin/sh, ansible_python_interpreter: "{{ python }}"}
        when: root
      - name: In the background
        example.slow.work: {seconds: 3.5}
        async: 20
        poll: 4
      - name: By its short name
        work: {seconds: 3.5}
        environment: {GREETING: hello}
    """
    return play(tasks, env=PATHS, vars={"root": ROOT_USER, "python": PYTHON}, collections=["example.slow"])


def section(played, name):
    """What was printed from one task's heading to the next."""
    return played.output.split("TASK [%s]" % name)[1].split("TASK [")[0].split("PLAY RECAP")[0]


def test_lines_come_between_the_heading_and_the_result(long):
    text = section(long, "Long")
    found = re.findall(LINE, text, re.M)
    assert 1 <= len(found) <= 2 and re.search(", [345]s$", found[0]), found  # three, and what a busy machine adds
    assert text.index(found[-1]) < text.index("changed: [localhost]")


@pytest.mark.parametrize("name", ["In check mode", "In a loop", "As another user", "By its short name"])
def test_lines_come_in_every_kind_of_run(long, name):
    if name == "As another user" and not ROOT_USER:
        pytest.skip("only root may become nobody without a password")
    assert 1 <= len(re.findall(LINE, section(long, name), re.M)) <= 2, long.output


def test_what_runs_in_the_background_is_silent(long):
    assert not re.findall(LINE, section(long, "In the background"), re.M)
    assert long["In the background"]["changed"]


def test_check_mode_and_become_are_those_of_the_task(long):
    assert long["In check mode"]["check"] is True and long["Long"]["check"] is False
    assert not ROOT_USER or long["As another user"]["user"] == NOBODY


def test_results_are_those_of_a_plain_run():
    tasks = []
    for name in ("work", "plain"):
        for label, args, keywords in (
            ("ok", {}, {}),
            ("failed", {"fails": True, "token": "s3cret-t0ken"}, {}),
            ("hidden", {"token": "s3cret-t0ken"}, {"no_log": True}),
            ("wrong", {"seconds": "soon"}, {}),
            ("skipped", {}, {"when": False}),
            ("retried", {"fails": True}, {"retries": 1, "delay": 0.1, "until": False}),
        ):
            tasks.append(
                {"name": "%s %s" % (name, label), "example.slow." + name: args, "ignore_errors": True, **keywords}
            )
    played = play(tasks, env=PATHS, secrets=["s3cret-t0ken"])
    assert lines(played) == []
    half = len(tasks) // 2
    for ours, plain in zip(played.lines[:half], played.lines[half:]):
        assert ours["status"] == plain["status"]
        for result in (ours["result"], plain["result"]):
            result.pop("exception", None)
        assert ours["result"] == plain["result"]
    assert [line["status"] for line in played.lines[:half]] == ["ok", "failed", "ok", "failed", "skipped", "failed"]
    assert "the work was hard" in played.output


def test_silent_on_another_connection_and_when_not_wanted():
    tasks = "[{name: Far, example.slow.work: {seconds: 3.6}, vars: {ansible_connection: example.slow.elsewhere}}]"
    assert lines(play(tasks, env=PATHS)) == []
    tasks = "[{name: Unwanted, example.slow.work: {seconds: 3.6}}]"
    assert lines(play(tasks, env=dict(PATHS, RACKWRIGHT_PROGRESS_LINES="false"))) == []


def routed():
    """The modules that meta/runtime.yml routes to the action plugin."""
    routing = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["plugin_routing"]["modules"]
    return sorted(name for name, to in routing.items() if to.get("action_plugin") == "rackwright.platform.progress")


def test_the_modules_with_providers_and_those_that_wait_are_routed():
    modules = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "plugins" / "modules").glob("*.py")}
    with_providers = sorted(name for name, text in modules.items() if ".registry import DRIVERS" in text)
    waiting = {"marathon_app", "mesos_maintenance"}  # whose service is none of several
    assert {"server", "server_info", "dns_zone", "container"} <= set(with_providers)
    assert routed() == sorted({*with_providers, *waiting})


@pytest.mark.parametrize("spelling", ["rackwright.platform.%s", "%s"])
def test_the_route_is_found_by_full_and_by_short_name(spelling):
    for name in routed():
        found = module_loader.find_plugin_with_context(spelling % name, collection_list=["rackwright.platform"])
        assert found.resolved and found.action_plugin == "rackwright.platform.progress"
        assert action_loader.has_plugin(found.action_plugin, collection_list=["rackwright.platform"])
