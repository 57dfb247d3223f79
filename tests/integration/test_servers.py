# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of two real lab servers by real playbooks, reached over SSH with verified host keys."""

from __future__ import annotations

import pytest
import yaml
from integration.play import play, program
from integration.servers_fixtures import TestLab, door

SECRET = "hunter22-and-more"
FLEET = """
  - name: tri
    facility: ams1
    plan: lab.small
    image: debian-13
    tags: {role: web}
    user_data: "#!/bin/sh\\necho 'hunter22-and-more' > /root/said"
  - {name: "deb%d", count: 1, facility: ewr1, plan: lab.small, image: debian-12}
"""
SSH = "ssh -i {{ key }} -o UserKnownHostsFile={{ known_hosts }} -o StrictHostKeyChecking=yes -o BatchMode=yes"
MAKE = (
    """
- name: Look ahead at nothing
  rackwright.platform.server: "{{ task }}"
  check_mode: true
- name: See that nothing was made
  rackwright.platform.server_info:
- name: Make them
  rackwright.platform.server: "{{ task }}"
  register: made
- name: Log in
  ansible.builtin.command: "%s root@{{ item.access.host }} 'hostname; wc -c < /root/said || true'"
  loop: "{{ made.servers }}"
  changed_when: false
- name: Make them again
  rackwright.platform.server: "{{ task }}"
"""
    % SSH
)
CHANGE = """
- name: Look ahead at a change
  rackwright.platform.server: {servers: [{name: tri, tags: {role: db}, plan: lab.medium}]}
  check_mode: true
- name: Change it
  rackwright.platform.server: {servers: [{name: tri, tags: {role: db}, plan: lab.medium}]}
- name: Change it again
  rackwright.platform.server: {servers: [{name: tri, tags: {role: db}, plan: lab.medium}]}
- name: Turn it off
  rackwright.platform.server: {servers: [{name: tri}], state: "off"}
- name: Turn it off again
  rackwright.platform.server: {servers: [{name: tri}], state: off}
- name: Turn it on
  rackwright.platform.server: {servers: [{name: tri, power: on}]}
- name: Leave a mark
  ansible.builtin.command: "%(ssh)s root@{{ address }} touch /root/mark"
  changed_when: false
- name: Reboot it
  rackwright.platform.server_action: {names: [tri], action: reboot}
- name: Look ahead at a reinstallation
  rackwright.platform.server_action: {names: [tri], action: reinstall, known_hosts: "{{ known_hosts }}"}
  check_mode: true
- name: Reinstall it
  rackwright.platform.server_action: {names: [tri], action: reinstall, known_hosts: "{{ known_hosts }}"}
  register: again
- name: Log in anew
  ansible.builtin.command: "%(ssh)s root@{{ again.servers[0].access.host }} 'ls /root/mark; wc -c < /root/said'"
  changed_when: false
  failed_when: false
  register: said
- name: Read both
  rackwright.platform.server_info: {names: [tri, DEB1, nobody], console: true}
- name: Read one
  rackwright.platform.server_info: {filters: {tags: {role: db}, state: [active]}}
""" % {"ssh": SSH}
END = """
- name: Look ahead at the end
  rackwright.platform.server: {servers: [{name: tri}, {name: deb1}], state: absent, known_hosts: "{{ known_hosts }}"}
  check_mode: true
- name: End them
  rackwright.platform.server: {servers: [{name: tri}, {name: deb1}], state: absent, known_hosts: "{{ known_hosts }}"}
- name: End them again
  rackwright.platform.server: {servers: [{name: tri}, {name: deb1}], state: absent, known_hosts: "{{ known_hosts }}"}
"""
INVENTORY = """
plugin: rackwright.platform.servers
sources:
  - provider: lab
    lab: {name: "%s"}
keyed_groups: [{key: rackwright_facility, prefix: at}]
groups: {up: rackwright_active}
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """One lab for the tests of this file, which build on each other."""
    made = TestLab(tmp_path_factory.mktemp("lab"), "life")
    yield made
    made.end()
    made.nothing()


@pytest.fixture(scope="module")
def run(lab):
    """Runs tasks with the lab as their provider; no secret may be shown."""

    def run(tasks, **more):
        defaults = {"group/rackwright.platform.servers": {"provider": "lab", "lab": "{{ lab }}"}}
        variables = dict(lab.variables(), **more.pop("vars", {}))
        return play(tasks, vars=variables, module_defaults=defaults, secrets=[SECRET], diff=True, **more)

    return run


@pytest.fixture(scope="module")
def made(lab, run):
    """The two servers, and what their making said."""
    task = {"owner": "me", "ssh_keys": [lab.public], "known_hosts": lab.known_hosts}
    done = run(MAKE, vars={"task": dict(task, servers=yaml.safe_load(FLEET))})
    lab.items()
    return done


def test_made_and_reached_and_nothing_the_second_time(lab, made):
    assert made["Look ahead at nothing"]["changed"] and made["See that nothing was made"]["servers"] == []
    first, again = made["Make them"], made["Make them again"]
    assert first["changed"] and not again["changed"] and again["plan"] == []
    assert [row["name"] for row in first["servers"]] == ["tri", "deb1"]
    assert all(row["state"] == "active" for row in first["servers"])
    assert again["servers"] == first["servers"]
    tri, deb = [one["stdout_lines"] for one in made["Log in"]["results"]]
    assert tri == ["tri", str(len(SECRET) + 1)] and deb == ["deb1"]
    assert len({row["host_key"] for row in first["servers"]}) == 2
    assert lab.networks() == ["backbone", "facility-ams1", "facility-ewr1"]


def test_the_inventory(lab, made, tmp_path):
    path = tmp_path / "fleet.yml"
    path.write_text(INVENTORY % lab.name)
    rc, text = program("ansible-inventory", "-i", str(path), "--list")
    assert rc == 0 and '"rackwright_host_key"' in text
    rc, text = program("ansible-inventory", "-i", str(path), "--graph")
    assert rc == 0
    assert [line.strip(" |-") for line in text.splitlines() if "-deb1" in line or "-tri" in line].count("tri") == 2
    for group in ("@at_ams1:", "@at_ewr1:", "@up:"):
        assert group in text
    ssh = "-o UserKnownHostsFile=%s -o StrictHostKeyChecking=yes" % lab.known_hosts
    arguments = ["-i", str(path), "up", "-m", "ansible.builtin.ping", "--private-key", lab.key]
    rc, text = program("ansible", *arguments, env={"ANSIBLE_SSH_COMMON_ARGS": ssh})
    assert rc == 0 and text.count("ping: pong") == 2, text


def test_changed_and_reinstalled(lab, made, run):
    before = made["Make them"]["servers"][0]
    done = run(CHANGE, vars={"address": before["access"]["host"]})
    assert done["Look ahead at a change"]["changed"] and done["Change it"]["changed"]
    assert done["Look ahead at a change"]["diff"] == done["Change it"]["diff"]
    for name in ("Change it again", "Turn it off again", "Read both"):
        assert not done[name]["changed"]
    assert done["Turn it off"]["servers"][0]["state"] == "off"
    assert done["Turn it on"]["servers"][0]["state"] == "active"
    assert done["Reboot it"]["changed"] and done["Look ahead at a reinstallation"]["changed"]
    after = done["Reinstall it"]["servers"][0]
    assert after["host_key"] != before["host_key"] and after["addresses"] == before["addresses"]
    assert (after["tags"], after["plan"], after["user_data"]) == ({"role": "db"}, "lab.medium", before["user_data"])
    said = done["Log in anew"]
    assert "/root/mark': No such file" in said["stderr"] and said["stdout"] == str(len(SECRET) + 1)
    both = done["Read both"]["servers"]
    assert [row["name"] for row in both] == ["deb1", "tri"] and "Debian GNU/Linux 12" in both[0]["console"]
    assert [row["name"] for row in done["Read one"]["servers"]] == ["tri"]


def test_another_image_is_refused_unless_allowed(lab, made):
    row = {"name": "deb1", "image": "debian-13"}
    refused = lab.task(row, fails=True)
    assert refused["msg"] == (
        "server deb1: image cannot be changed in place; allow it with `recreate: auto`, "
        "or declare what is there (image: debian-12)"
    )
    assert lab.task(row, check=True, recreate="auto")["plan"][0]["verb"] == "replace"


def test_reading_is_one_list_call(lab, made):
    proxy, url = door()
    with proxy:
        result = lab.task(module="server_info", url=url)
    calls = [(request.method, request.path.split("?")[0].split("/", 2)[-1]) for request in proxy.seen]
    assert len(result["servers"]) == 2
    assert [call for call in calls if not call[1].endswith("version")] == [("GET", "containers/json")]


def test_the_end(lab, made, run):
    done = run(END)
    assert done["Look ahead at the end"]["changed"]
    lines = [part["before"] for part in done["Look ahead at the end"]["diff"] if "known hosts" in part["before_header"]]
    assert len(lines) == 1 and "deb1,10." in lines[0] and "tri,10." in lines[0]
    assert done["End them"]["changed"] and done["End them"]["servers"] == []
    assert not done["End them again"]["changed"]
    with open(lab.known_hosts, encoding="utf-8") as lines:
        assert lines.read() == ""
    lab.nothing()
