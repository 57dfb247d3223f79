# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every EXAMPLES block is run against real servers, in check mode where it writes. One that cannot run is a failure."""

from __future__ import annotations

import contextlib
import importlib
import json
import re
import tarfile

import docker
import pytest
import yaml
from contract.modules import run
from contract.names import RUN, sweep
from contract.tiny import lab_images
from fakes.deis import Hephy
from fakes.marathon import Marathon
from fakes.mesos import Mesos
from fakes.packet import PacketAPI
from fakes.packet.devices import add
from integration.busybox import busybox
from integration.ironic import Ironic
from integration.play import ROOT, play, program
from integration.powerdns import PowerDNS

PLUGINS = "ansible_collections.rackwright.platform.plugins"
LAB, IMAGES = "examples" + RUN, "rackwright-examples%s/lab" % RUN
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHN0IOZQPjhk0CTrcyJCEhZmCKD3RUqBRPa2YhmzLrz+ someone@example.org"
ZONE_FILE = "$TTL 300\n@ IN SOA ns1 hostmaster 1 3600 600 86400 60\n  NS ns1\nns1 A 192.0.2.1\nwww A 192.0.2.2\n"
NEEDS_MORE = {  # what cannot be run on the machine of the tests, and where it is run instead
    ("deb_index", "Have APT install from them"): "adds a package source; run by the docker role's molecule scenario",
    (
        "zookeeper_membership",
        "Make the ensemble consist of these three",
    ): "needs an ensemble; run by the zookeeper role's molecule scenario",
    (
        "kubernetes_nodes",
        "Say what the nodes are for",
    ): "needs a cluster; run by the kubernetes role's molecule scenario",
    (
        "rkt_release",
        "Install rkt from a folder of the host",
    ): "needs an archive; run by the rkt role's molecule scenario",
    (
        "host_units",
        "Run the metadata service and a user's own web server, and collect no garbage",
    ): "needs a host with systemd; test_host_units.py has one",
    ("container_plugin", "Volumes over SSH"): "needs a registry; test_containers_plugins.py has one",
    ("docker_storage", "Load the images that a run which was cut off has left in the archive"): "by that one too",
    ("docker_daemon", "Take it up, without stopping a container"): "needs systemd; run by the same scenario",
}


def plugins(kind):
    """The plugins of a kind that have examples: [(name, module)]."""
    found = []
    for path in sorted((ROOT / "plugins" / kind).glob("*.py")):
        module = importlib.import_module("%s.%s.%s" % (PLUGINS, kind, path.stem))
        if path.stem != "__init__":
            found.append((path.stem, module.EXAMPLES))
    return found


TASKS = plugins("modules") + plugins("filter")
SOURCES = [(name, block) for name, text in plugins("inventory") for block in yaml.safe_load_all(text)]


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """The servers that the examples talk about: returns (variables, environment)."""
    folder = tmp_path_factory.mktemp("examples")
    (folder / ".ssh").mkdir()
    (folder / ".ssh" / "id_ed25519.pub").write_text(KEY + "\n")
    (folder / "hosts").write_text("app1 ansible_host=192.0.2.21 rackwright_name=app1\n")
    (folder / "example.com.zone").write_text(ZONE_FILE)
    (folder / "index.html").write_text("hello\n")
    tarfile.open(folder / "shop.tar.gz", "w:gz").close()
    (folder / "Dockerfile").write_text("FROM %s\nCOPY index.html /\n" % busybox())
    with contextlib.ExitStack() as stack:
        dns = stack.enter_context(PowerDNS())
        engine = docker.APIClient(version="auto")
        stack.callback(engine.close)
        sweep(engine)
        stack.enter_context(lab_images(engine, IMAGES))
        stack.callback(clear, engine)
        volume = engine.create_volume("rackwright-examples%s" % RUN, labels={"rackwright.test": LAB})["Name"]
        stack.callback(engine.remove_volume, volume)
        asked = {"name": "rackwright-examples%s" % RUN, "labels": {"rackwright.test": LAB}}
        container = engine.create_container(busybox(), ["sleep", "3600"], **asked)["Id"]
        stack.callback(engine.remove_container, container, force=True)
        engine.start(container)
        servers(["web01", "web02"])
        values = {"pdns_url": dns.url, "pdns_key": dns.api_key, "keys": [KEY], "image": busybox(), "volume": volume}
        values.update(container=asked["name"], rndc_secret="c2VjcmV0IG9mIHJuZGM=")
        values.update(pdns_dns_host="127.0.0.1", pdns_dns_port=dns.dns_port)
        values.update(packet(stack.enter_context(PacketAPI())))
        values["mesos_url"] = stack.enter_context(Mesos(agents=["agent1", "agent2"])).urls[0]
        values["marathon_url"] = stack.enter_context(Marathon()).urls[0]
        values.update(deis(stack.enter_context(Hephy())))
        values.update(ironic_url=stack.enter_context(Ironic()).address, bmc_password="of-the-controller")
        values.update(zone_folder=str(folder), folder=str(folder), hosts=str(folder / "hosts"))
        zone(dns)
        env = {"RACKWRIGHT_LAB_NAME": LAB, "RACKWRIGHT_LAB_IMAGES": IMAGES, "HOME": str(folder)}
        env.update(
            PRODUCTION_ENGINE="tcp://127.0.0.1:1",
            OTHER_ENGINE="tcp://127.0.0.1:1",
            PRIMARY="127.0.0.1",
            RACKWRIGHT_RFC2136_PORT="1",
        )
        env.update(RACKWRIGHT_POWERDNS_URL=dns.url, RACKWRIGHT_POWERDNS_API_KEY=dns.api_key)
        yield values, env


def packet(api):
    """A project on the simulator of Packet's API, with two servers in a place that the examples name."""
    for name in ("web01", "web02"):
        body = {"hostname": name, "plan": "c3.small.x86", "operating_system": "debian_12", "facility": "sv15"}
        add(api, api.project, body)
    where = {"packet_url": api.url, "packet_token": api.token, "packet_project": api.project}
    return dict(where, bgp_password="Hunter22andMore")


def deis(platform):
    """An app with some releases on the fake of Hephy's controller."""
    where = {"provider": "hephy", "hephy": {"url": platform.url, "token": platform.token}}
    for tag in ("1", "2", "3"):
        row = {"name": "counter", "config": {"TAG": tag}, "image": "example/counter:" + tag}
        run("deis_app", dict(where, apps=[row]))
    return {"deis_url": platform.url, "deis_token": platform.token, "deis_app": "counter"}


def zone(dns):
    """A zone with a record, as somebody may have it."""
    provider = {"provider": "powerdns", "powerdns": {"url": dns.url, "api_key": dns.api_key}}
    records = [{"name": "mail", "type": "A", "values": ["192.0.2.10", "192.0.2.11"]}]
    run("dns_zone", dict(provider, zone="example.org", records=records))


def servers(names):
    """Servers of the lab, from images that are ready at once."""
    rows = [
        {"name": n, "facility": "ams1", "plan": "lab.small", "image": "debian-13", "tags": {"role": "web"}}
        for n in names
    ]
    run("server", {"provider": "lab", "lab": {"name": LAB, "images": IMAGES}, "servers": rows})


def clear(engine):
    """Remove the lab."""
    mark = {"label": "org.rackwright.lab=" + LAB}
    for item in engine.containers(all=True, filters=mark):
        engine.remove_container(item["Id"], force=True, v=True)
    for network in engine.networks(filters=mark):
        engine.remove_network(network["Id"])


@pytest.fixture(scope="module")
def played(scene):
    """{plugin: how each of its examples went}, of one playbook in check mode, and of one of those that only look."""
    values, env = scene
    secrets = [values["pdns_key"], values["packet_token"], values["deis_token"]]
    found = {}
    for check in (True, False):
        mine = [
            (name, dict(task, ignore_errors=True))
            for name, text in TASKS
            for task in yaml.safe_load(text)
            if name.endswith("_info") is not check and (name, task["name"]) not in NEEDS_MORE
        ]
        tasks = [task for _name, task in mine]
        lines = play(
            tasks, vars=values, env=env, check=check, diff=True, secrets=secrets, args=["-i", values["hosts"]]
        ).lines
        assert len(lines) == len(mine)
        for (name, _task), line in zip(mine, lines):
            found.setdefault(name, []).append(line)
    return found


@pytest.mark.parametrize(("name", "text"), TASKS, ids=[name for name, _text in TASKS])
def test_the_examples_of(name, text, played):
    if name not in played:
        pytest.skip(NEEDS_MORE[name, yaml.safe_load(text)[0]["name"]])
    assert [line for line in played[name] if line["status"] != "ok"] == []


def test_what_is_left_out_is_there():
    names = {(name, task["name"]) for name, text in TASKS for task in yaml.safe_load(text)}
    assert set(NEEDS_MORE) <= names


def inventory(block, folder, env):
    """What ansible-inventory makes of an inventory file: (its list, all that was printed)."""
    path = folder / "example.yml"
    path.write_text(yaml.safe_dump(block))
    rc, output = program("ansible-inventory", "-i", str(path), "--list", env=env)
    assert rc == 0, output
    return json.loads(output[output.index("{\n") :]), output


@pytest.mark.parametrize(("name", "block"), SOURCES, ids=["%s-%d" % (s[0], i) for i, s in enumerate(SOURCES, 1)])
def test_the_inventories_of(name, block, scene, tmp_path):
    _values, env = scene
    found, output = inventory(block, tmp_path, env)
    if name == "dns":
        by_api = block["sources"][0]["provider"] == "powerdns"
        assert set(found["_meta"]["hostvars"]) == ({"mail.example.org"} if by_api else set()), output
    elif name == "containers":  # the scene's servers are containers; the second block asks for an owner's alone
        running = {host for host in found["_meta"]["hostvars"] if host.startswith("examples")}
        assert len(running) == (0 if "hostname" in block else 2), output
    elif "staging" not in str(block):
        assert set(found["_meta"]["hostvars"]) == {"web01", "web02"}, output
        assert set(found["role_web"]["hosts"]) == {"web01", "web02"} == set(found["at_ams1"]["hosts"])


def readme(word):
    """The one YAML block of the README that holds the word."""
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    (block,) = [block for block in blocks if word in block]
    return block


def test_the_first_playbook_of_the_readme(scene):
    values, env = scene
    played = play(readme("hosts: localhost"), vars=values, env=env, check=True)
    assert played["Have them"]["changed"] and len(played["Have them"]["servers"]) == 2


def test_the_inventory_of_the_readme(scene, tmp_path):
    found, _output = inventory(yaml.safe_load(readme("sources:")), tmp_path, scene[1])
    assert found["_meta"]["hostvars"] == {}
