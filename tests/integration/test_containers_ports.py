# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports without a number, on the real engine: found, told to the program, kept, and given up."""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.request

import pytest
from contract.modules import run, start
from integration.containers_fixtures import PREFIX, fixtures

engine, site = fixtures()
PEER = {"name": "peer", "public": "auto", "private": "auto"}
SERVE = ["sh", "-c", 'echo "$ADVERTISE_PEER" > /tmp/index.html; exec httpd -f -p "$PORT_PEER" -h /tmp']
PLAYS, EACH = 4, 5


def port(result, index=0):
    """The public number of a container in a result."""
    (published,) = result["containers"][index]["published"]
    return published["public"]


def fetched(number):
    """What a server says that may still be starting."""
    for _attempt in range(50):
        try:
            with urllib.request.urlopen("http://127.0.0.1:%d/" % number, timeout=5) as answer:
                return answer.read().decode().strip()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    return pytest.fail("nothing answers on port %d" % number)


def test_a_program_learns_the_number_at_which_others_reach_it(site):
    result = site.made(site.row(command=SERVE, ports=[PEER]))
    number = port(result)
    assert result["containers"][0]["published"][0]["private"] == number
    assert fetched(number) == "127.0.0.1:%d" % number


def test_the_number_stays_until_the_container_goes(site):
    number = port(site.made(site.row(ports=[PEER])))
    assert port(site.made(site.row(ports=[PEER], env={"A": "1"}))) == number
    site.made(site.row(ports=[PEER], env={"A": "1"}), state="stopped")
    other = site.made(site.row("other", ports=[{"public": "%d-%d" % (number, number + 1), "private": 80}]))
    assert port(other) == number + 1, "a stopped container keeps its number"
    assert port(site.task(site.row(ports=[PEER], env={"A": "1"}))) == number
    site.task({"name": PREFIX + "web"}, state="absent")
    third = site.made(site.row("third", ports=[{"public": "%d-%d" % (number, number), "private": 80}]))
    assert port(third) == number


def test_check_mode_makes_nothing_and_the_run_finds_the_same(site):
    ahead = site.task(site.row(ports=[PEER]), check=True)
    assert site.names() == []
    told = re.search(r"env\.PORT_PEER: (\d+)", ahead["diff"][0]["after"])
    assert port(site.made(site.row(ports=[PEER]))) == int(told.group(1))


def test_a_range_that_is_used_up_is_refused_before_anything_is_made(site):
    number = port(site.made(site.row("one", ports=[PEER])))
    rows = [site.row(name, ports=[{"public": "%d-%d" % (number, number), "private": 80}]) for name in ("two", "three")]
    result = site.task(*rows, fails=True)
    assert result["msg"].count("every port of %d-%d is taken" % (number, number)) == 2 and site.names() == ["one"]


def test_an_engine_elsewhere_cannot_be_tried(site):
    result = run("container", site.args(site.row(ports=[PEER]), docker={"url": site.url}), fails=True)
    assert "only on the engine's own host can it be tried" in result["msg"] and site.names() == []


def test_plays_at_the_same_time_never_get_the_same(site):
    tasks = []
    for play in range(PLAYS):
        rows = [site.row("p%d-%d" % (play, turn), ports=[dict(PEER, public="22000-22099")]) for turn in range(EACH)]
        tasks.append(start("container", site.args(*rows)))
    assert [task.wait(120) for task in tasks] == [0] * PLAYS
    numbers = [item["Ports"][0]["PublicPort"] for item in site.ours()]
    assert len(set(numbers)) == PLAYS * EACH, sorted(numbers)
