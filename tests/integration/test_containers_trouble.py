# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong: the error names the thing, the reason and the way out, and nothing half-made is left behind."""

from __future__ import annotations

import random
import socket
import threading
import time

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers import store
from contract.modules import start
from contract.proxy import Proxy, answer
from integration.containers_fixtures import PREFIX, SLEEP, SOCKET, fixtures
from integration.powerdns import free_port

engine, site = fixtures()
BAD = ["/no/such/program"]


@pytest.fixture
def listener():
    """A process of this machine that listens on a port."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock.getsockname()[1]


def test_a_new_container_that_does_not_start_leaves_nothing(site):
    result = site.task(site.row(command=BAD), site.row("good"), fails=True)
    assert "/no/such/program" in result["msg"] and "Check command and entrypoint" in result["msg"]
    assert list(result["failed_keys"]) == [PREFIX + "web"] and result["applied"] == [PREFIX + "good"]
    assert site.names() == ["good"]


def test_a_replacement_that_does_not_start_brings_the_old_one_back(site):
    site.task(site.row())
    before = site.seen()["Id"]
    result = site.task(site.row(command=BAD), fails=True)
    assert "The old one is in its place again and runs" in result["msg"] and not result["changed"]
    assert site.names() == ["web"] and site.seen()["Id"] == before and site.seen()["State"]["Running"]
    assert not site.task(site.row())["changed"]


def test_a_replacement_that_cannot_be_made_leaves_the_old_one_running(site):
    site.task(site.row())
    before = site.seen()["State"]["StartedAt"]
    result = site.task(
        site.row(user="nobody-of-that-name", volumes=[{"source": "/proc/none", "target": "/x"}]), fails=True
    )
    assert "volume source /proc/none does not exist" in result["msg"] and "create it first" in result["msg"]
    assert site.names() == ["web"] and site.seen()["State"]["StartedAt"] == before


def test_somebody_elses_container_is_never_touched(site):
    held = site.hold(start=True)
    site.hold("other")
    result = site.task(site.row(), site.row("new"), fails=True)
    assert (
        PREFIX + "web" in result["msg"]
        and "Rackwright did not make" in result["msg"]
        and "choose another name" in result["msg"]
    )
    gone = site.task({"name": PREFIX + "other"}, state="absent", fails=True)
    assert "not ours to delete" in gone["msg"]
    assert site.names() == ["other", "web"] and site.seen()["Id"] == held and site.seen()["State"]["Running"]


def test_a_taken_port_is_found_before_anything_changes(site, listener):
    site.hold(
        "holder", start=True, ports=[80], host_config=site.engine.create_host_config(port_bindings={80: ("127.0.0.1",)})
    )
    held = int(site.seen("holder")["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"])
    result = site.task(
        site.row("one", ports=[{"private": 80, "public": held, "address": "0.0.0.0"}]),
        site.row("two", ports=[{"private": 80, "public": listener}]),
        site.row("three", ports=[{"private": 80, "address": "192.0.2.1", "public": listener}]),
        site.row("four"),
        fails=True,
    )
    told = result["msg"].splitlines()
    assert len(told) == 3 and result["plan"] == [] and site.names() == ["holder"]
    assert "0.0.0.0:%d/tcp is taken: container %sholder publishes it" % (held, PREFIX) in told[0]
    assert "127.0.0.1:%d/tcp is taken: a process on the host listens there" % listener in told[1]
    assert "the host has no address 192.0.2.1" in told[2]


def test_a_port_moves_from_one_container_to_another(site):
    port = {"ports": [{"private": 80, "public": free_port()}]}
    site.made(site.row("one", **port))
    site.made(site.row("one"), site.row("two", **port))
    site.made(site.row("two", **port), {"name": PREFIX + "one", "state": "absent"})
    assert site.names() == ["two"]


def test_a_port_that_only_the_engine_finds_taken_is_explained(site, listener):
    row = site.row(ports=[{"private": 80, "public": listener}])
    result = site.task(row, docker={"url": site.url}, fails=True)  # through a door, as an engine far away is
    assert "address already in use" in result["msg"] and "Choose another public port" in result["msg"]
    assert site.names() == []


def test_a_missing_image_is_refused_or_named_with_the_way_out(site):
    result = site.task(site.row(image="127.0.0.1:9/none:1"), fails=True)
    assert "127.0.0.1:9/none:1" in result["msg"] and "rackwright.platform.container_image" in result["msg"]
    pulled = site.task(site.row(image="127.0.0.1:9/none:1"), pull="missing", fails=True)
    assert "cannot be pulled" in pulled["msg"] and "rackwright.platform.container_image" in pulled["msg"]
    ahead = site.task(site.row(image="127.0.0.1:9/none:1"), pull="missing", check=True)
    assert [line["verb"] for line in ahead["plan"]] == ["create", "create"]
    assert site.names() == []


def test_a_user_that_the_image_does_not_have_is_told_and_leaves_nothing(site):
    said = site.task(site.row(user="nobody-of-that-name"), fails=True)["msg"]
    assert "unable to find user" in said and "/etc/passwd" in said and site.names() == []


def test_a_folder_below_a_file_is_told_before_anything_is_made(site, tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    volume = {"source": "%s/data/web" % path, "target": "/data"}
    said = site.task(site.row(volumes=[volume]), fails=True)["msg"]
    assert "volume source %s/data/web cannot be there: %s is a file" % (path, path) in said and site.names() == []


def test_a_folder_on_a_file_is_explained_and_leaves_nothing(site, tmp_path):
    row = site.row(volumes=[{"source": str(tmp_path), "target": "/bin/busybox"}])
    assert "compare source and target" in site.task(row, fails=True)["msg"] and site.names() == []


def test_a_full_disk_is_told_and_the_others_are_done(site):
    full = answer(500, b'{"message": "write /var/lib/docker/x: no space left on device"}')
    site.door.fault(full, method="POST", path="/containers/create.name=%sweb$" % PREFIX, times=0)
    url = {"docker": {"url": site.url}}
    failed = site.task(site.row(), site.row("other"), fails=True, **url)
    assert "no space left on device. Make room" in failed["failed_keys"][PREFIX + "web"]
    assert failed["applied"] == [PREFIX + "other"] and site.names() == ["other"]


def test_an_engine_that_starts_anew_in_the_middle_is_waited_for(site, tmp_path):
    """It goes away with the first container under way, and is back a moment later; nothing is lost or made twice."""
    path, doors = str(tmp_path / "engine.sock"), []

    def restart(_link, _request):
        threading.Timer(1.0, lambda: doors.append(Proxy(SOCKET, at=path))).start()
        doors[0].close()

    doors.append(Proxy(SOCKET, at=path))
    doors[0].fault(restart, method="POST", path="/start", times=1)
    rows = [site.row("n%d" % number) for number in range(6)]
    result = site.task(*rows, docker={"url": "unix://" + path})
    assert len(result["applied"]) == 6 and site.names() == ["n%d" % number for number in range(6)]
    assert all(site.seen("n%d" % number)["State"]["Running"] for number in range(6)) and len(doors) == 2
    doors[1].close()
    assert not site.task(*rows)["changed"]


def test_a_missing_network_is_refused(site):
    result = site.task(site.row(networks=[{"name": PREFIX + "none"}]), fails=True)
    assert "there is no network %snone" % PREFIX in result["msg"] and site.names() == []


def test_check_mode_trusts_that_an_earlier_task_brings_what_is_not_there(site, capfd):
    row = site.row(image="none.invalid/x:1", networks=[{"name": PREFIX + "front"}])
    ahead = site.task(row, check=True)
    assert [line["verb"] for line in ahead["plan"]] == ["create"]
    warned = capfd.readouterr().err
    assert "image none.invalid/x:1: it is not on the engine yet" in warned
    assert "there is no network %sfront" % PREFIX in warned


def test_an_unhealthy_start_shows_its_last_words_without_secrets(site):
    row = site.row(
        command=["sh", "-c", "echo starting with $TOKEN; exec sleep 3600"],
        env={"TOKEN": "hunter22"},
        healthcheck={"test": "echo not yet; exit 3", "interval": 0.2, "retries": 1},
    )
    result = site.task(row, fails=True)
    assert "is unhealthy" in result["msg"] and "starting with ********" in result["msg"]
    assert "exit status 3: not yet" in result["msg"] and "hunter22" not in repr(result)
    assert result["applied"] == [PREFIX + "web"] and result["changed"]


def test_a_container_that_ends_at_once_is_told_with_its_exit_status(site, monkeypatch):
    monkeypatch.setattr(store, "STEADY", 10.0)  # a busy machine needs long to end it
    result = site.task(site.row(command=["sh", "-c", "echo cannot open the file; exit 7"]), fails=True)
    assert "has ended with exit status 7" in result["msg"] and "cannot open the file" in result["msg"]


def test_a_wait_that_is_too_long_says_who_is_stuck(site):
    row = site.row(command=["sh", "-c", "echo working; sleep 3600"], healthcheck={"test": "true", "interval": 60})
    result = site.task(row, timeout=1, fails=True)
    assert "container %sweb is in phase starting" % PREFIX in result["msg"] and "working" in result["msg"]


def test_input_that_cannot_be_is_refused_at_once(site):
    result = site.task(site.row(memory="lots"), site.row("two", restart="sometimes"), fails=True)
    assert len(result["msg"].splitlines()) == 2 and "512M" in result["msg"] and "unless-stopped" in result["msg"]
    twice = site.task(site.row(), site.row(), fails=True)
    assert "declared more than once" in twice["msg"]
    nobody = site.task(site.row(), docker={"url": "tcp://127.0.0.1:9"}, fails=True)
    assert "no engine answers at tcp://127.0.0.1:9" in nobody["msg"]
    never = site.task(site.row(), fails=False)
    assert never["changed"]
    fixed = site.task(site.row(command=["sleep", "7"]), recreate="never", fails=True)
    assert "command cannot be changed in place" in fixed["msg"] and "recreate: auto" in fixed["msg"]


def relabelled(site, fault, **which):
    """Another label at an engine that meets one request with a fault; returns the old container, and the result."""
    site.task(site.row(labels={"note": "one"}))
    old = site.seen()["Id"]
    site.door.fault(fault, **which)
    return old, site.task(site.row(labels={"note": "two"}), docker={"url": site.url}, fails=True)


def test_another_label_whose_container_does_not_start_is_started_by_the_next_run(site):
    old, result = relabelled(site, answer(500), method="POST", path="/start$")
    assert "does not start" in result["msg"] and "The next run starts it" in result["msg"]
    assert site.names() == ["web"] and site.seen()["Id"] != old and not site.seen()["State"]["Running"]
    found = site.made(site.row(labels={"note": "two"}))
    assert [(line["verb"], line["fields"]) for line in found["plan"]] == [("update", ["state"])]
    assert site.names() == ["web"] and site.seen()["State"]["Running"]


def test_another_label_whose_old_container_cannot_be_removed_leaves_that_running(site):
    old, result = relabelled(site, answer(500), method="DELETE")
    assert "the old one cannot be removed" in result["msg"] and "is in its place again and runs" in result["msg"]
    assert site.names() == ["web"] and site.seen()["Id"] == old and site.seen()["State"]["Running"]


@pytest.mark.parametrize("swap", [False, True], ids=["gone", "swapped"])
@pytest.mark.parametrize("state", ["started", "present"])
def test_an_interrupted_change_of_a_label_is_finished(site, swap, state):
    site.task(site.row(labels={"note": "one"}, state=state))
    old = site.seen()
    body = dict(old["Config"], HostConfig=old["HostConfig"], Labels=dict(old["Config"]["Labels"], note="two"))
    new = site.engine.create_container_from_config(body, PREFIX + "web.rackwright-new")["Id"]
    site.engine.remove_container(old["Id"], force=True)
    if swap:
        site.engine.rename(new, PREFIX + "web")
    result = site.made(site.row(labels={"note": "two"}, state=state))
    assert [line["verb"] for line in result["plan"]] == ["update"]
    assert site.names() == ["web"] and site.seen()["Id"] == new and site.seen()["State"]["Running"]


def test_a_change_of_a_label_that_is_killed_at_any_write_is_finished_by_the_next_run(site):
    assert site.killed(site.row(labels={"note": "one"}), site.row(labels={"note": "two"})) == 4
    assert site.seen()["Config"]["Labels"]["note"] == "two"


def test_what_was_made_stopped_stays_so_where_it_is_only_to_be_present(site):
    site.made(site.row(state="stopped"))
    assert not site.task(site.row(state="present"))["changed"]
    site.made(site.row(state="present", env={"A": "1"}))
    assert site.seen()["State"]["Status"] == "created"


def interrupted(site, *steps):
    """Leave a replacement half-way, as a run does that is killed after these steps."""
    site.task(site.row(env={"A": "1"}))
    old = site.seen()
    labels = dict(old["Config"]["Labels"])
    new = site.engine.create_container(site.image, SLEEP, name=PREFIX + "web.rackwright-new", labels=labels)["Id"]
    for step in steps:
        if step == "stop":
            site.engine.stop(old["Id"], timeout=0)
        elif step == "aside":
            site.engine.rename(old["Id"], PREFIX + "web.rackwright-old")
        elif step == "swap":
            site.engine.rename(new, PREFIX + "web")
        elif step == "start":
            site.engine.start(new)
    return old["Id"]


@pytest.mark.parametrize("steps", [(), ("stop",), ("stop", "aside"), ("stop", "aside", "swap")], ids=len)
@pytest.mark.parametrize("value", ["1", "2"], ids=["back", "on"])
def test_an_interrupted_replacement_is_finished_or_undone(site, steps, value):
    old = interrupted(site, *steps)
    site.made(site.row(env={"A": value}))
    assert site.names() == ["web"] and "A=" + value in site.seen()["Config"]["Env"]
    assert (site.seen()["Id"] == old) == (value == "1")


def test_only_the_old_one_is_left_to_remove_once_the_new_one_runs(site):
    interrupted(site, "stop", "aside", "swap", "start")
    new = site.seen()["Id"]
    result = site.task({"name": PREFIX + "web"})
    assert [line["verb"] for line in result["plan"]] == ["delete"]
    assert site.names() == ["web"] and site.seen()["Id"] == new


def test_killed_at_any_moment_and_run_again_it_ends_as_declared(site):
    chance = random.Random(7)
    wanted = [site.row("n%d" % number) for number in range(3)]
    for turn in range(8):
        wanted = [dict(row, env={"TURN": str(turn)}) for row in wanted]
        process = start("container", site.args(*wanted))
        time.sleep(0.4 + chance.random() * 1.6)
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()
    site.made(*wanted)
    assert site.names() == ["n0", "n1", "n2"]
    assert all(
        "TURN=7" in site.seen(name)["Config"]["Env"] and site.seen(name)["State"]["Running"] for name in site.names()
    )
