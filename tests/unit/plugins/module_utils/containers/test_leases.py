# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports that nobody has given: kept by their container, told to its program, and never found twice."""

from __future__ import annotations

import json
import multiprocessing
import os
import socket

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers import leases
from ansible_collections.rackwright.platform.plugins.module_utils.containers.forms import ports
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused

PROCESSES, EACH = 8, 25


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The ledger lies in a folder of the test's."""
    monkeypatch.setattr(leases, "FOLDERS", (str(tmp_path),))
    return tmp_path


def find(given, have=None, held=(), local=True, **row):
    """One container's ports with their numbers, and its variables."""
    current = [dict(have, name="web")] if have else []
    rows = [dict({"name": "web", "image": "i", "ports": ports(given)}, **row)]
    (done,) = leases.numbered(rows, current, lambda: list(held), local, lambda: "192.0.2.7")
    return done["ports"], done.get("env")


def number(have, private=80):
    """A container that has a port."""
    return {"ports": ports([{"public": have, "private": private}])}


def test_a_free_number_is_found_and_the_same_whenever_it_is_asked_for():
    (first,), env = find([{"public": "auto", "private": 80}])
    assert 20000 <= first["public"] <= 32767 and first["private"] == 80 and env is None
    os.unlink(leases.Ledger().path)
    assert find([{"public": "auto", "private": 80}])[0] == [first]


def test_what_a_container_has_it_keeps():
    assert find([{"public": "auto", "private": 80}], number(40000))[0][0]["public"] == 40000
    assert find([{"public": "40000-40009", "private": 80}], number(40000))[0][0]["public"] == 40000
    assert find([{"public": "41000-41009", "private": 80}], number(40000))[0][0]["public"] in range(41000, 41010)
    assert find([{"public": "auto", "private": 80}], number(40000, private=81))[0][0]["public"] != 40000


def test_the_same_number_inside_and_outside_is_told_to_the_program():
    given = [{"name": "peer-to-peer", "private": "auto", "address": "0.0.0.0"}]
    (port,), env = find(given, env={"A": "1"})
    assert port["public"] == port["private"] and "name" not in port
    told = {"PORT_PEER_TO_PEER": str(port["private"]), "ADVERTISE_PEER_TO_PEER": "192.0.2.7:%d" % port["public"]}
    assert env == dict(told, A="1")
    again, env = find(given, {"ports": [port], "env": env}, env={"A": "1"})
    assert again == [port] and env == dict(told, A="1")


def test_a_row_that_changes_a_part_keeps_the_other_variables():
    (_port,), env = find(
        [{"name": "http", "public": 80, "private": 8080}], {"ports": [], "env": {"B": "2"}}, image=None
    )
    assert env == {"B": "2", "PORT_HTTP": "8080", "ADVERTISE_HTTP": "127.0.0.1:80"}


def test_a_number_that_the_engine_chooses_later_is_not_told():
    assert find([{"name": "http", "private": 8080}])[1] == {"PORT_HTTP": "8080"}


def test_variables_are_not_set_twice():
    with pytest.raises(Refused, match="env sets PORT_HTTP"):
        find([{"name": "http", "private": 80}], env={"PORT_HTTP": "1"})


def test_elsewhere_nothing_can_be_tried():
    with pytest.raises(
        Refused, match="container web: no number can be found for its port 80: only on the engine's own"
    ):
        find([{"public": "auto", "private": 80}], local=False)
    assert find([{"public": "auto", "private": 80}], number(40000), local=False)[0][0]["public"] == 40000


def neighbours():
    """(a socket that listens, the port above it, which is free)."""
    for port in range(23000, 24000):
        try:
            with socket.create_server(("127.0.0.1", port + 1)):
                return socket.create_server(("127.0.0.1", port)), port + 1
        except OSError:
            continue
    raise AssertionError("no two free ports beside each other")


def test_what_others_hold_is_passed_over():
    listener, above = neighbours()
    with listener:
        low = above - 1
        held = [("other", {"address": "0.0.0.0", "public": low + 1, "protocol": "tcp"})]
        given = [{"public": "%d-%d" % (low, low + 1), "private": 80}]
        with pytest.raises(Refused, match="every port of %d-%d is taken" % (low, low + 1)):
            find(given, held=held)
        assert find(given, held=[("web", held[0][1])])[0][0]["public"] == low + 1


def test_a_process_that_has_ended_holds_nothing(folder):
    entry = {"port": {"address": "127.0.0.1", "public": 30000, "protocol": "tcp"}, "pid": os.getpid(), "began": "1"}
    path = folder / leases.FILE
    path.write_text(json.dumps([entry]), encoding="utf-8")
    assert find([{"public": "30000-30000", "private": 80}])[0][0]["public"] == 30000
    path.write_text("[{", encoding="utf-8")
    assert find([{"public": "30000-30000", "private": 80}])[0][0]["public"] == 30000


def take(folder, begin, end, answers):
    """A play that takes ports, and lives until all others have taken theirs."""
    leases.FOLDERS = (folder,)
    begin.wait()
    found, _env = find([{"public": "21000-21299", "private": 1 + turn} for turn in range(EACH)])
    for port in found:
        answers.put(port["public"])
    end.wait()


def test_two_hundred_from_eight_processes_at_once(folder):
    fork = multiprocessing.get_context("fork")
    begin, end, answers = fork.Barrier(PROCESSES), fork.Barrier(PROCESSES), fork.Queue()
    work = [fork.Process(target=take, args=(str(folder), begin, end, answers)) for _ in range(PROCESSES)]
    for process in work:
        process.start()
    found = [answers.get(timeout=60) for _ in range(PROCESSES * EACH)]
    for process in work:
        process.join(60)
    assert len(set(found)) == PROCESSES * EACH and set(found) <= set(range(21000, 21300))
