# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of containers by real ansible-playbook on the real engine; in check mode nothing is written."""

from __future__ import annotations

import urllib.request

import pytest
from contract.modules import run
from integration.containers_fixtures import PREFIX, SLEEP, fixtures
from integration.play import play

engine, site = fixtures()
SECRET = "hunter22-and-more"
LIFE = """
- name: Look ahead at nothing
  rackwright.platform.container: {containers: "{{ web }}"}
  check_mode: true
- name: Make it
  rackwright.platform.container: {containers: "{{ web }}"}
- name: Make it again
  rackwright.platform.container: {containers: "{{ web }}"}
- name: Look ahead at a change
  rackwright.platform.container:
    containers: ["{{ web[0] | combine({'env': {'DB_PASSWORD': 'another one', 'A': '2'}}) }}"]
  check_mode: true
- name: Change it in place
  rackwright.platform.container: {containers: ["{{ web[0] | combine({'memory': '48M'}) }}"]}
- name: Replace it
  rackwright.platform.container: {containers: "{{ other }}"}
- name: Replace it again
  rackwright.platform.container: {containers: "{{ other }}"}
- name: Stop it
  rackwright.platform.container: {containers: [{name: "{{ web[0].name }}"}], state: stopped}
- name: Start it
  rackwright.platform.container: {containers: [{name: "{{ web[0].name }}"}], state: started}
- name: Read it
  rackwright.platform.container_info: {names: ["{{ web[0].name }}"]}
- name: Look ahead at its end
  rackwright.platform.container: {containers: [{name: "{{ web[0].name }}"}], state: absent}
  check_mode: true
- name: End it
  rackwright.platform.container: {containers: [{name: "{{ web[0].name }}"}], state: absent}
- name: End it again
  rackwright.platform.container: {containers: [{name: "{{ web[0].name }}"}], state: absent}
"""
CHANGED = {
    "Look ahead at nothing": True,
    "Make it": True,
    "Make it again": False,
    "Look ahead at a change": True,
    "Change it in place": True,
    "Replace it": True,
    "Replace it again": False,
    "Stop it": True,
    "Start it": True,
    "Look ahead at its end": True,
    "End it": True,
    "End it again": False,
}


@pytest.fixture(scope="module")
def life(engine):
    """One playbook that goes through the whole life of a container."""
    engine.clean()
    health = {"test": "wget -q -O /dev/null http://127.0.0.1:8080/", "interval": 0.5, "retries": 20}
    web = engine.row(command="httpd -f -p 8080 -h /www", env={"A": 1, "DB_PASSWORD": SECRET}, memory="32M")
    web.update(ports=[{"private": 8080}], healthcheck=health, labels={"tier": "web"})
    other = dict(web, env={"A": "2", "DB_PASSWORD": SECRET}, labels={})
    defaults = {"group/rackwright.platform.containers": {"provider": "docker"}, "rackwright.platform.container": {}}
    defaults["rackwright.platform.container"] = {"owner": "tests", "pull": "never"}
    names = {"web": [web], "other": [other]}
    return play(LIFE, vars=names, diff=True, secrets=[SECRET], args=["-vvv"], module_defaults=defaults)


def test_each_step_says_whether_it_changed_anything(life):
    assert {step: life[step]["changed"] for step in CHANGED} == CHANGED


def test_check_mode_says_what_would_be_and_leaves_what_is(life):
    ahead, made = life["Look ahead at nothing"], life["Make it"]
    assert ahead["plan"] == made["plan"] == [{"verb": "create", "key": PREFIX + "web", "fields": []}]
    assert "id" not in ahead["containers"][0]
    assert life["Look ahead at a change"]["plan"][0]["fields"] == ["env"]
    assert life["Change it in place"]["containers"][0]["env"]["A"] == "1"


def test_it_is_healthy_when_the_task_ends(life):
    row = life["Make it"]["containers"][0]
    assert (row["status"], row["health"], row["state"], row["owner"]) == ("running", "healthy", "started", "tests")
    assert row["published"][0]["address"] == "127.0.0.1" and row["published"][0]["public"] > 1024


def test_a_limit_changes_in_place_and_a_variable_needs_a_new_container(life):
    first, second, third = (life[step]["containers"][0] for step in ("Make it", "Change it in place", "Replace it"))
    assert first["id"] == second["id"] != third["id"]
    assert life["Change it in place"]["plan"][0]["verb"] == "update" and second["memory"] == "48M"
    change = life["Replace it"]["plan"][0]
    assert (change["verb"], change["fields"]) == ("replace", ["memory", "env", "labels"])
    assert change["why"] == "env, labels cannot be changed in place"
    diff = life["Replace it"]["diff"][0]
    assert "env.A: 1\n" in diff["before"] and "env.A: 2\n" in diff["after"] and "labels.tier: web\n" in diff["before"]


def test_it_can_be_read_with_what_was_declared(life):
    row = life["Read it"]["containers"][0]
    assert row["command"] == ["httpd", "-f", "-p", "8080", "-h", "/www"]
    assert row["env"]["A"] == "2" and row["env"]["DB_PASSWORD"].startswith("********") and not row["foreign"]


def test_nothing_is_left(life, engine):
    assert engine.names() == []


def test_check_mode_writes_nothing(site):
    site.task(site.row(), site.row("kept"))
    site.door.read_only = True
    try:
        rows = (site.row(command=["sleep", "7"]), site.row("new"), site.row("kept", memory="16M"))
        result = site.task(*rows, check=True, docker={"url": site.url})
        gone = site.task({"name": PREFIX + "kept"}, check=True, state="absent", docker={"url": site.url})
    finally:
        site.door.read_only = False
    assert [line["verb"] for line in result["plan"]] == ["replace", "create", "update"]
    assert [line["verb"] for line in gone["plan"]] == ["delete"]
    assert site.door.count("GET") > 4 and not site.door.writes


def test_unchanged_is_one_list_and_one_look_at_each(site):
    rows = [site.row("n%d" % number) for number in range(4)]
    site.task(*rows)
    site.door.clear()
    site.task(*rows, docker={"url": site.url})
    assert site.door.count("GET", r"/containers/json") == 1
    assert site.door.count("GET", r"/containers/[0-9a-f]+/json") == 4
    assert site.door.count() == 1 + 4 + 1 + 1  # and the version, and the image


def test_prune_touches_only_what_bears_the_owners_stamp(site):
    site.task(site.row("a1"), site.row("a2"), owner=PREFIX + "a")
    site.task(site.row("b1"), owner=PREFIX + "b")
    site.task(site.row("nobody"))
    site.hold("theirs")
    result = site.task(site.row("a1"), owner=PREFIX + "a", prune=True)
    assert [(line["verb"], line["key"], line["why"]) for line in result["plan"]] == [("delete", PREFIX + "a2", "prune")]
    assert site.names() == ["a1", "b1", "nobody", "theirs"]
    assert "it belongs to owner" in site.task(site.row("b1"), owner=PREFIX + "a", fails=True)["msg"]


def test_info_finds_ours_by_owner_and_anybodys_by_name(site):
    site.task(site.row("a1", env={"A": "1"}), owner=PREFIX + "a")
    site.hold("theirs", environment={"B": "2"})
    ours = run("container_info", {"provider": "docker", "owner": PREFIX + "a"})["containers"]
    assert [(row["name"], row["env"], row["foreign"]) for row in ours] == [(PREFIX + "a1", {"A": "1"}, False)]
    theirs = run("container_info", {"provider": "docker", "names": [PREFIX + "theirs"]})["containers"]
    assert [(row["env"]["B"], row["command"], row["foreign"]) for row in theirs] == [("2", SLEEP, True)]
    assert PREFIX + "theirs" not in [row["name"] for row in run("container_info", {"provider": "docker"})["containers"]]


def test_present_leaves_a_stopped_container_stopped(site):
    site.task(site.row(state="stopped"))
    assert not site.seen()["State"]["Running"]
    assert not site.task(site.row(), state="present")["changed"]
    site.task(site.row("new"), state="present")
    assert site.seen("new")["State"]["Running"]


def test_a_published_port_answers_where_it_was_asked_for(site):
    row = site.row(command="httpd -f -p 8080 -h /www", ports=[{"private": 8080}], networks=[])
    port = site.made(row)["containers"][0]["published"][0]["public"]
    with urllib.request.urlopen("http://127.0.0.1:%d/" % port, timeout=5) as answer:
        assert answer.read() == b"hello\n"


def test_volumes_that_an_image_asks_for_outlive_a_replacement_and_go_with_the_container(site):
    tag = PREFIX + "image:1"
    made = site.engine.create_container(site.image, SLEEP)
    site.engine.commit(made["Id"], repository=PREFIX + "image", tag="1", changes="VOLUME /data")
    site.engine.remove_container(made["Id"])
    site.task(site.row(image=tag, command="sh -c 'echo kept > /data/file; sleep 3600'"))
    volume = site.seen()["Mounts"][0]["Name"]
    site.made(site.row(image=tag))
    site.made(site.row(image=tag, labels={"note": "new"}))
    run_id = site.engine.exec_create(PREFIX + "web", ["cat", "/data/file"])
    assert site.engine.exec_start(run_id) == b"kept\n"
    assert site.seen()["Mounts"][0]["Name"] == volume
    site.task(site.row(image=tag, volumes=[{"source": PREFIX + "data", "target": "/data"}]))
    site.task({"name": PREFIX + "web"}, state="absent")
    left = [one["Name"] for one in site.engine.volumes()["Volumes"] or ()]
    assert volume not in left and PREFIX + "data" in left


def test_the_name_leads_to_the_new_container_in_its_networks(site):
    site.engine.create_network(PREFIX + "front")
    server = site.row(command="httpd -f -p 8080 -h /www", networks=[{"name": PREFIX + "front"}])
    client = site.row("client", networks=[{"name": PREFIX + "front"}])
    site.task(dict(server, env={"TURN": "1"}))
    for more in ({}, {"strategy": {}}):  # one after the other, and one beside the other
        site.made(dict(server, env={"TURN": str(more)}), client, **more)
        ident = site.engine.exec_create(PREFIX + "client", ["wget", "-q", "-O", "-", "http://%sweb:8080/" % PREFIX])
        assert site.engine.exec_start(ident) == b"hello\n"
