# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several containers in one pod of rkt, on a replay of recorded answers, or on the real one where it is on the PATH."""

from __future__ import annotations

import json
import subprocess

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible_collections.rackwright.platform.plugins.module_utils.containers import store
from contract.modules import run
from contract.names import SELDOM
from integration.rkt import REAL, Host, aci
from integration.test_containers_rkt import IMAGE, SLEEP, Killed, connection, container, kill_at, sh

replay = pytest.mark.skipif(bool(REAL), reason="looks into the replay's own files, or runs programs of this host")
PLAIN = "example.com/plain:1.0.0"  # names no port
WEB = {"name": "shop-web", "pod": "shop", "command": SLEEP, "env": {"WORD": "web"}}
CACHE = {"name": "shop-cache", "pod": "shop", "command": SLEEP, "image": PLAIN, "env": {"TOKEN": "hunter22"}}


@pytest.fixture(scope="module")
def host():
    """A host with two images."""
    with Host() as found:
        found.rkt("fetch", aci(found.folder / "hello.aci"))
        found.rkt("fetch", aci(found.folder / "plain.aci", name="example.com/plain", ports=()))
        yield found


@pytest.fixture
def clean(host):
    """The same, with nothing on it."""
    host.fresh()
    yield host
    host.fresh()


def pods(host, *rows, fails=False, check=False, **more):
    """The result of a task of container_pod."""
    args = dict({"provider": "rkt", "rkt": host.options(), "pods": list(rows)}, **more)
    return run("container_pod", args, fails=fails, check=check, diff=True)


def shop(host, **more):
    """A pod with two containers that run; returns its row."""
    row = dict({"name": "shop", "hostname": "shop"}, **more)
    assert pods(host, row)["changed"]
    assert container(host, WEB, CACHE)["changed"]
    return row


def unit(host):
    """The text of the pod's unit."""
    return (host.folder / "units" / "rackwright-rkt-pod:shop.service").read_text()


def told(host):
    """The containers by name, as container_info has them."""
    rows = run("container_info", {"provider": "rkt", "rkt": host.options()})["containers"]
    return {row["name"]: row for row in rows}


def uuid(host):
    """The UUID of the one pod that runs."""
    (found,) = [pod for pod in host.pods() if pod["state"] == "running"]
    return found["name"]


def test_containers_of_a_pod_are_apps_of_one_pod(clean):
    row = shop(clean, ports=[{"public": 18080, "private": 8080}])
    (pod,) = clean.pods()
    assert pod["app_names"] == ["shop-cache", "shop-web"] and len(clean.units()) == 1
    found = told(clean)
    assert {one["id"] for one in found.values()} == {pod["name"]} and {one["pod"] for one in found.values()} == {"shop"}
    assert found["shop-web"]["env"] == {"WORD": "web"} and "hunter" not in unit(clean)
    listed = run("container_pod_info", {"provider": "rkt", "rkt": clean.options()})["pods"][0]
    assert (listed["containers"], listed["share"]) == (["shop-cache", "shop-web"], ["ipc", "net", "pid", "uts"])
    assert listed["ports"][0]["public"] == 18080 and listed["addresses"] == {"default": "172.16.28.2"}
    assert not pods(clean, row)["changed"] and not container(clean, WEB, CACHE)["changed"]
    assert uuid(clean) == pod["name"]


@replay
def test_commands_and_playbooks_get_into_the_right_app(clean):
    shop(clean)
    args = {"provider": "rkt", "rkt": clean.options(), "names": ["shop-cache"], "command": sh("echo $AC_APP_NAME")}
    assert run("container_exec", args)["stdout"] == "shop-cache"
    inside = connection(clean, "shop-cache")
    inside._connect()
    assert inside.exec_command("echo $AC_APP_NAME")[1] == b"shop-cache\n"
    with pytest.raises(AnsibleConnectionFailure):
        connection(clean, "shop")._connect()


@pytest.mark.parametrize("check", [True, False])
def test_the_diff_says_who_begins_anew_with_a_change(clean, check):
    shop(clean)
    before = uuid(clean)
    done = container(clean, dict(WEB, env={"WORD": "else"}), check=check)
    why = "env cannot be changed in place; pod shop is made anew, and with it shop-cache"
    assert [(line["verb"], line["why"]) for line in done["plan"]] == [("replace", why)]
    assert why in done["diff"][0]["after_header"]
    assert (uuid(clean) == before) is check
    if not check:
        assert not container(clean, dict(WEB, env={"WORD": "else"}), CACHE)["changed"]


def test_containers_come_and_go_and_a_pod_without_any_runs_nothing(clean):
    row = shop(clean)
    assert "shop-cache, shop-web is in it" in pods(clean, row, state="absent", fails=True)["msg"]
    done = container(clean, {"name": "shop-web"}, state="absent")
    assert done["plan"][0]["why"] == "pod shop is made anew, and with it shop-cache"
    assert list(told(clean)) == ["shop-cache"] and clean.pods()[0]["app_names"] == ["shop-cache"]
    container(clean, {"name": "shop-cache"}, state="absent")
    assert clean.pods() == [] and not pods(clean, row)["changed"]
    assert pods(clean, row, state="absent")["changed"] and clean.units() == []
    assert not pods(clean, row, state="absent")["changed"]


def test_a_pod_that_differs_is_a_new_one_with_all_that_is_in_it(clean):
    row = shop(clean)
    before = uuid(clean)
    assert pods(clean, dict(row, hostname="other"), check=True)["changed"] and uuid(clean) == before
    assert pods(clean, dict(row, hostname="other"))["plan"][0]["verb"] == "replace"
    assert uuid(clean) != before and "--hostname=other" in unit(clean)
    assert not container(clean, WEB, CACHE)["changed"]


def test_a_pod_stops_and_starts_with_all_that_is_in_it(clean):
    row = shop(clean)
    assert pods(clean, dict(row, state="stopped"))["changed"]
    assert {one["state"] for one in told(clean).values()} == {"stopped"}
    assert not pods(clean, dict(row, state="stopped"))["changed"]
    assert "pod shop is stopped" in container(clean, WEB, fails=True)["msg"]
    assert not container(clean, dict(WEB, state="present"))["changed"]
    assert container(clean, dict(WEB, state="present", user="1"))["changed"] and "--user=1" in unit(clean)
    assert not [pod for pod in clean.pods() if pod["state"] == "running"]
    assert pods(clean, dict(row, state="started"))["changed"]
    assert {one["status"] for one in told(clean).values()} == {"running"}
    assert "stops no app of a pod alone" in container(clean, dict(WEB, state="stopped"), fails=True)["msg"]


@replay
def test_what_ended_alone_is_seen_and_begins_anew(clean):
    container_pod = {"name": "shop"}
    pods(clean, container_pod)
    container(clean, WEB, dict(CACHE, command=sh("exit 0")), wait=False)
    subprocess.run(["sleep", "0.3"], check=True)
    assert {name: row["status"] for name, row in told(clean).items()} == {"shop-web": "running", "shop-cache": "exited"}
    before = uuid(clean)
    done = container(clean, WEB, dict(CACHE, command=SLEEP))
    assert [line["verb"] for line in done["plan"]] == ["replace"] and uuid(clean) != before


@replay
def test_one_that_fails_ends_the_pod_and_is_named(clean, monkeypatch):
    monkeypatch.setattr(store, "STEADY", 2)  # on a busy machine it may take a while to fail
    pods(clean, {"name": "shop"})
    bad = dict(CACHE, command=sh("echo no $TOKEN; sleep 0.2; exit 3"))
    done = container(clean, WEB, bad, fails=True)
    assert "container shop-cache has ended with exit status 3" in done["msg"] and "hunter22" not in done["msg"]
    assert {name: row["exit_code"] for name, row in told(clean).items()} == {"shop-web": 0, "shop-cache": 3}


def test_where_the_new_one_does_not_start_the_old_one_is_back(clean):
    shop(clean)
    before = unit(clean)
    new = dict(WEB, name="shop-bad", command=["/bin/nosuch"])
    for rows in ([dict(WEB, command=["/bin/nosuch"])], [new]):
        done = container(clean, *rows, fails=True)
        assert "The old one is in its place again and runs" in done["msg"]
        assert unit(clean) == before and not container(clean, WEB, CACHE)["changed"]
    assert sorted(told(clean)) == ["shop-cache", "shop-web"]


def test_a_pod_goes_back_to_its_old_form_as_well(clean):
    row, before = shop(clean), None
    before = unit(clean)
    clean.rkt("image", "rm", IMAGE)
    done = pods(clean, dict(row, hostname="other"), fails=True)
    assert "cannot find aci" in done["msg"] and unit(clean) == before
    clean.rkt("fetch", aci(clean.folder / "hello.aci"))


def test_what_cannot_be_in_one_pod_is_refused_before_anything_is_done(clean):
    shop(clean)
    before = unit(clean)
    for row, words in (
        ({"env": {"WORD": "else"}}, "shop-more: provider rkt cannot do another variable WORD than container shop-web"),
        ({"restart": "always"}, "another restart than container shop-cache"),
        ({"name": "shop_web"}, "its name, as appc spells it, is that of container shop-web"),
        ({"memory": "64M"}, "memory: in a pod the unit's limits"),
        ({"run_once": True}, "run_once: rkt ends the whole pod"),
        ({"dns_mode": "none"}, "dns_mode: the pod has one resolver"),
        ({"pod": "nowhere"}, "there is no pod nowhere"),
        ({"hostname": "x"}, "hostname is that one's"),
        ({"state": "stopped"}, "stops no app of a pod alone"),
        ({"runtime": "fly"}, "stage1-fly runs no more than one app in a pod"),
        ({"name": "shop-web", "pod": ""}, "rkt moves nothing"),
    ):
        assert words in container(clean, dict(CACHE, **dict({"name": "shop-more"}, **row)), fails=True)["msg"]
    assert unit(clean) == before


def test_what_no_pod_of_rkt_has_is_refused(clean):
    for row, words in (
        ({"share": ["net"]}, "always share ipc, net, pid, uts"),
        ({"image": IMAGE}, "image: the pod is held by its stage1 image"),
        ({"labels": {"a": "b"}}, "labels: its labels are of apps"),
        ({"sysctls": {"a": "b"}}, "sysctls: it has no option"),
        ({"hosts": {"h": "host-gateway"}}, "host-gateway"),
        ({"networks": [{"name": "nowhere"}]}, "no network nowhere"),
    ):
        assert words in pods(clean, dict(row, name="shop"), fails=True)["msg"]
    assert clean.units() == []


def test_images_name_the_ports_and_no_two_the_same(clean):
    pods(clean, {"name": "shop", "ports": [{"public": 18080, "private": 8080}]})
    assert "no name for the port 8080/tcp" in container(clean, CACHE, fails=True)["msg"]
    twin = {"name": "shop-twin", "pod": "shop", "command": SLEEP}
    assert "two images of the pod name a port http" in container(clean, WEB, twin, fails=True)["msg"]
    assert clean.pods() == [] and container(clean, WEB, CACHE)["changed"]
    taken = {"name": "alone", "command": SLEEP, "ports": [{"public": 18080, "private": 8080}]}
    assert "container shop publishes it" in container(clean, taken, fails=True)["msg"]


def test_what_is_somebody_elses_is_not_ended(clean):
    pods(clean, {"name": "shop"}, owner="a")
    container(clean, WEB, owner="a")
    done = container(clean, CACHE, owner="b", fails=True)
    assert "container shop-web in pod shop belongs to owner 'a'" in done["msg"] and list(told(clean)) == ["shop-web"]
    (clean.folder / "units" / "rackwright-rkt-pod:alien.service").write_text("[Service]\nExecStart=/bin/true\n")
    assert "Rackwright did not make it" in pods(clean, {"name": "alien"}, fails=True)["msg"]


def test_what_rkt_leaves_of_a_pod_is_removed(clean):
    row = shop(clean)
    folder, ident = clean.folder / "data" / "pods", "43729e5b-1f80-4d51-a69f-7acc4b24a713"
    facts = json.loads((folder / (uuid(clean) + ".json")).read_text())
    (folder / (ident + ".json")).write_text(json.dumps(dict(facts, name=ident, state="exited")))
    assert not container(clean, WEB, CACHE)["changed"]
    assert [line["verb"] for line in pods(clean, row)["plan"]] == ["delete"]
    assert [pod["name"] for pod in clean.pods()] == [uuid(clean)] and not pods(clean, row)["changed"]


def test_volumes_are_those_of_the_app_that_has_them(clean):
    clean.rkt("fetch", aci(clean.folder / "data.aci", name="example.com/data", mounts=[{"name": "d", "path": "/data"}]))
    pods(clean, {"name": "shop"})
    bind = [{"source": str(clean.folder), "target": "/data"}]
    rows = [dict(WEB, image="example.com/data:1.0.0", volumes=bind)]
    rows += [dict(CACHE, image="example.com/data:1.0.0", volumes=bind)]
    container(clean, *rows)
    for app in ("shop-web", "shop-cache"):
        assert "--volume=rackwright-%s-0,kind=host,source=%s" % (app, clean.folder) in unit(clean)
        assert "--mount=volume=rackwright-%s-0,target=/data" % app in unit(clean)


@replay
@SELDOM
@pytest.mark.parametrize("scene", ["create", "replace", "delete", "stop"])
def test_a_run_that_ends_between_any_two_steps_is_made_good_by_the_next(clean, monkeypatch, scene):
    def last():
        row = {"name": "shop", "hostname": "other" if scene == "replace" else "shop"}
        if scene == "stop":
            return [pods(clean, dict(row, state="stopped"))]
        done = [pods(clean, row)]
        if scene == "delete":
            return [*done, container(clean, {"name": "shop-cache"}, state="absent")]
        return [*done, container(clean, WEB, CACHE if scene == "create" else dict(CACHE, env={"TOKEN": "new"}))]

    step, killed = 0, True
    while killed:
        clean.fresh()
        if scene != "create":
            shop(clean)
        with monkeypatch.context() as patched:
            kill_at(patched, step)
            try:
                last()
                killed = False
            except Killed:
                step += 1
        last()
        assert not any(done["changed"] for done in last())
        assert len(clean.units()) == 1 and len(clean.pods()) == 1
        assert (clean.pods()[0]["state"] == "running") == (scene != "stop")
    assert step >= 3
