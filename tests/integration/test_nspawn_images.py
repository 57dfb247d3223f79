# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of machines on a real host, and playbooks that run inside of what boots from one."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import time

import pytest
import yaml
from contract.names import SELDOM
from integration.host import ROOT
from integration.nspawn import SMALL, SYSTEM, Nspawn

STORE = "/var/lib/machines/.rackwright"
BOOTS = {
    "name": "inside",
    "image": "system:1",
    "volumes": [{"source": "/usr", "target": "/usr", "read_only": True}],
    "ports": [{"public": 18080, "private": 8080, "address": "0.0.0.0"}],
}
PLAYBOOK = """\
- hosts: inside
  gather_facts: false
  tasks:
    - ansible.builtin.copy: {content: "it's here", dest: /root/file}
    - ansible.builtin.fetch: {src: /root/file, dest: "{{ folder }}/", flat: true}
    - ansible.builtin.command: id -un
      become: true
      become_user: daemon
      become_method: ansible.builtin.su
      become_flags: -s /bin/sh
      vars: {ansible_remote_tmp: /tmp}
      register: who
    - ansible.builtin.raw: id -un
      remote_user: daemon
      register: raw
    - ansible.builtin.service: {name: systemd-networkd, state: started}
      register: service
    - ansible.builtin.assert:
        that: [who.stdout == "daemon", raw.stdout.strip() == "daemon", not service.changed]
- hosts: gone
  gather_facts: false
  tasks:
    - ansible.builtin.raw: "true"
      ignore_unreachable: true
      register: gone
    - ansible.builtin.assert: {that: [gone.unreachable, "'machine gone does not run' in gone.msg"]}
"""


HERE = {"plugin": "rackwright.platform.containers", "sources": [{"provider": "nspawn", "owner": "inside"}]}


@pytest.fixture(scope="module")
def host():
    """One host."""
    with Nspawn() as found:
        yield found


def images(host, *rows, **more):
    """Run `container_image` for the rows on the host."""
    how = {name: more.pop(name) for name in ("check", "fails") if name in more}
    return host.module("container_image", dict(more, provider="nspawn", images=list(rows)), **how)


def kept(host):
    """How many images there are, and what is left of others."""
    return len(host.shell("ls -A %s/images" % STORE))


def test_images_come_from_a_tar_or_a_folder_and_go_with_their_last_name(host):
    small = {"name": "small:1", "source": "import", "path": SMALL, "tags": ["small:stable"]}
    foretold = images(host, small, check=True)
    assert foretold["changed"] and host.shell("ls -A /var/lib/machines") == []
    first = images(host, small)["images"][0]
    assert first["tags"] == ["small:1", "small:stable"] and first["size"] > 10**6
    assert not images(host, small)["changed"]
    other = {"name": "small:1", "source": "import", "path": "/srv/other", "labels": {"made": "here"}}
    host.shell("mkdir -p /srv/other/bin && echo 1 >/srv/other/bin/one && chown -R 7:7 /srv/other/bin")
    second = images(host, other)["images"][0]
    assert second["id"] != first["id"] and second["labels"] == {"made": "here"} and kept(host) == 2
    assert host.shell("stat -c %%u:%%g %s/images/%s/root/bin/one" % (STORE, second["id"])) == ["7:7"]
    host.shell("echo 2 >/srv/other/bin/one")
    assert images(host, other)["changed"] and kept(host) == 2
    assert images(host, {"name": "small:stable"}, state="absent")["changed"] and kept(host) == 1
    host.shell("mkdir %s/images/.leftover" % STORE)
    assert images(host, {"name": "small:1"}, state="absent")["changed"] and kept(host) == 0
    assert not images(host, {"name": "small:1"}, state="absent")["changed"]


@SELDOM
def test_what_cannot_be_brought_is_told_and_leaves_nothing(host):
    host.shell("head -c 100000 %s >/srv/cut.tar; dd if=/dev/urandom of=/srv/no.tar bs=1k count=1" % SMALL)
    cut = images(host, {"name": "cut:1", "source": "import", "path": "/srv/cut.tar"}, fails=True)
    assert "tar" in cut["msg"] and kept(host) == 0
    assert "no.tar" in images(host, {"name": "no:1", "source": "import", "path": "/srv/no.tar"}, fails=True)["msg"]
    assert "no registry" in images(host, {"name": "debian:12"}, fails=True)["msg"]
    task = {"provider": "nspawn", "containers": [{"name": "web", "image": "debian:12"}]}
    assert "no registry" in host.module("container", task, fails=True)["msg"]
    assert kept(host) == 0


@SELDOM
def test_an_image_comes_from_an_address_and_is_what_its_digest_says(host):
    serve = host.command("sh", "-c", "cd /srv && exec python3 -m http.server --bind 127.0.0.1 8001")
    server = subprocess.Popen(serve, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not host.shell("ss -Hltn 'sport = :8001'"):
            time.sleep(0.1)
        digest = "sha256:" + host.shell("sha256sum " + SMALL)[0].split()[0]
        row = {"name": "http://127.0.0.1:8001/small.tar", "tags": ["small:7"]}
        assert "declare the digest" in images(host, row, fails=True)["msg"]
        wrong = images(host, dict(row, digest="sha256:" + "0" * 64), fails=True)
        assert "has the digest %s" % digest in wrong["msg"] and kept(host) == 0
        done = images(host, dict(row, digest=digest))["images"][0]
        assert done["id"] == done["digest"] == digest and "small:7" in done["tags"]
        assert not images(host, dict(row, digest=digest))["changed"]
        images(host, {"name": row["name"]}, {"name": "small:7"}, state="absent")
    finally:
        host.shell("kill $(ss -Hltnp 'sport = :8001' | sed -n 's/.*pid=\\([0-9]*\\).*/\\1/p')")
        server.wait(30)


@pytest.mark.skipif(
    os.environ.get("RACKWRIGHT_NSPAWN") == "debian-11", reason="the host's /usr alone is no system that boots there"
)
def test_playbooks_run_inside_and_its_port_is_published(host, tmp_path):
    images(host, {"name": "system:1", "source": "import", "path": SYSTEM})
    task = {"provider": "nspawn", "owner": "inside", "containers": [BOOTS]}
    made = host.module("container", task)["containers"][0]
    assert (made["status"], made["published"][0]["public"]) == ("running", 18080)
    via = {
        "ansible_nspawn_via": "docker exec -i %s sh -c" % host.ident,
        "ansible_python_interpreter": "/usr/bin/python3",
    }
    group = {"hosts": {"inside": {}, "gone": {}}, "vars": dict(via, ansible_connection="rackwright.platform.nspawn")}
    (tmp_path / "hosts.json").write_text(json.dumps({"all": group}))
    (tmp_path / "play.yml").write_text(PLAYBOOK)
    command = [
        pathlib.Path(sys.executable).parent / "ansible-playbook",
        "-i",
        "hosts.json",
        "-e",
        "folder=%s" % tmp_path,
    ]
    env = dict(os.environ, ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".ansible" / "collections"), ANSIBLE_NOCOLOR="1")
    done = subprocess.run([*command, "play.yml"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "file").read_text() == "it's here"
    serve = "cd /etc && exec python3 -m http.server 8080 >/dev/null 2>&1 &"
    host.module("container_exec", {"provider": "nspawn", "names": ["inside"], "command": ["sh", "-c", serve]})
    ask = "python3 -c 'import urllib.request as r; print(r.urlopen(\"http://%s:18080/os-release\", timeout=3).status)'"
    address = host.shell("ip -4 -o address show eth0 | sed 's/.*inet //; s,/.*,,'")[0]
    late = time.monotonic() + 30
    while host.shell(ask % address) != ["200"]:
        assert time.monotonic() < late
        time.sleep(0.3)
    assert hosts_of_the_host(host) == "inside | CHANGED | rc=0 >>\ninside"
    found = host.module("container_info", {"provider": "nspawn", "owner": "inside"})["containers"][0]
    assert found["addresses"]["host0"].count(".") == 3
    assert host.module("container", dict(task, containers=[{"name": "inside"}], state="absent"))["changed"]


def hosts_of_the_host(host):
    """What Ansible on the host says that its machines, as the inventory finds them, say of their name."""
    host.write("/root/containers.yml", yaml.safe_dump(HERE))
    main = "import sys; from ansible.cli.adhoc import main; main(['ansible', *sys.argv[1:]])"
    ask = ["all", "-i", "/root/containers.yml", "-m", "ansible.builtin.command", "-a", "hostname"]
    done = subprocess.run(host.python("-c", main, *ask), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()
