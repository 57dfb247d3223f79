# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input through real playbooks: one clear message that names the thing and the way out, and nothing is changed.

The servers are real; each stands behind a door that refuses and remembers every write.
"""

from __future__ import annotations

import contextlib
import pathlib
import re
import socket

import pytest
import yaml
from contract.engines import SOCKET, docker_url
from contract.modules import run
from contract.names import RUN
from contract.proxy import Proxy
from integration.busybox import busybox
from integration.play import play
from integration.powerdns import PowerDNS, free_port

BAD_ZONE = "$TTL 300\n@ SOA ns1 hostmaster 1 2 3 4 5\na A 192.0.2.999\n"
HOLDER = "rackwright-badinput%s-holder" % RUN
MARK = {"rackwright.test": HOLDER}


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """The real servers behind read-only doors: (variables, module defaults, doors)."""
    file = tmp_path_factory.mktemp("bad") / "bad.zone"
    file.write_text(BAD_ZONE)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(PowerDNS())
        powerdns = {"url": server.url, "api_key": server.api_key}
        rows = [{"name": "h%02d" % i, "type": "A", "values": ["192.0.2.%d" % i]} for i in range(1, 21)]
        run("dns_zone", {"provider": "powerdns", "powerdns": powerdns, "zone": "full.test", "records": rows})
        published = stack.enter_context(holder())
        dns = stack.enter_context(Proxy(("127.0.0.1", server.port), read_only=True))
        engine = stack.enter_context(Proxy(SOCKET, read_only=True))
        values = {
            "url": dns.url,
            "file": str(file),
            "image": busybox(),
            "holder": HOLDER,
            "wrong": "wr0ng-key",
            "published": published,
        }
        values["dead"] = "http://127.0.0.1:%d" % free_port()
        values["dead_engine"] = docker_url(values["dead"])
        url = docker_url(engine.url)
        defaults = {
            "group/rackwright.platform.dns": {"provider": "powerdns", "powerdns": dict(powerdns, url=dns.url)},
            "group/rackwright.platform.servers": {"provider": "lab", "lab": {"url": url, "name": "badinput" + RUN}},
            "group/rackwright.platform.containers": {"provider": "docker", "docker": {"url": url}},
        }
        yield values, defaults, (dns, engine), server.api_key


@contextlib.contextmanager
def holder():
    """Somebody else's running container that holds a name and a port; yields the port."""
    import docker

    api = docker.APIClient(version="auto")
    host = api.create_host_config(port_bindings={80: ("127.0.0.1",)})
    what = {"command": ["sleep", "600"], "name": HOLDER, "labels": MARK, "ports": [80], "host_config": host}
    ident = api.create_container(busybox(), **what)["Id"]
    try:
        api.start(ident)
        yield int(api.port(ident, 80)[0]["HostPort"])
    finally:
        api.remove_container(ident, force=True)
        api.close()


def filled(value, values):
    """Words with their variables filled in."""
    return re.sub(r"{{ (\w+) }}", lambda match: str(values[match.group(1)]), str(value))


CASES = yaml.safe_load((pathlib.Path(__file__).parent / "bad_input.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def played(scene):
    """All cases in one playbook."""
    values, defaults, _doors, key = scene
    tasks = [
        {"name": str(number), "rackwright.platform." + module: args, "ignore_errors": True}
        for number, (module, args, _words) in enumerate(CASES)
    ]
    env = {"RACKWRIGHT_POWERDNS_API_KEY": None, "DOCKER_HOST": None}
    return play(tasks, vars=values, module_defaults=defaults, env=env, secrets=[key, "wr0ng-key"])


@pytest.mark.parametrize("number", range(len(CASES)), ids=["%d-%s" % (i, c[2][0]) for i, c in enumerate(CASES)])
def test_one_clear_message(number, played, scene):
    line = played.line(number)
    message = line["result"].get("msg", "")
    assert line["status"] == "failed" and not line["result"]["changed"], line
    for words in CASES[number][2]:
        assert filled(words, scene[0]) in message, message
    assert "bug in rackwright" not in message and len(message.splitlines()) <= 4, message


def test_nothing_was_written(played, scene):
    for door in scene[2]:
        assert door.seen and door.writes == [], [(w.method, w.path) for w in door.writes]
    assert len(played.lines) == len(CASES)


def test_a_port_that_a_process_here_holds():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        row = {"name": "rackwright-badinput%s-a" % RUN, "image": busybox(), "command": ["sleep", "60"]}
        row["ports"] = [{"public": port, "private": 80}]
        result = run("container", {"provider": "docker", "containers": [row], "pull": "never"}, fails=True)
    assert "port 127.0.0.1:%d" % port in result["msg"] and "taken" in result["msg"] and not result["changed"]
