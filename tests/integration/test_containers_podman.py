# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Podman is not as Docker is, on a real one: what is declared comes about, what others change is seen."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile

import docker.errors
import pytest
from contract.modules import run, start
from integration.containers_fixtures import PREFIX, SOCKET, Site
from integration.podman import Podman
from integration.registry import Missing, Registry
from integration.test_containers_drift import DRIFTS, host

NAME = PREFIX + "image:1"
UNTOLD = ("log_options", "runtime", "sysctls")  # of what changes by hand Podman tells nothing


def _limit(name, number):
    return {"Name": name, "Soft": number, "Hard": number}


OTHERS = dict(
    {option: DRIFTS[option] for option in DRIFTS if option not in UNTOLD},
    log_driver=("none", host(LogConfig={"Type": "k8s-file", "Config": {}})),
    cap_drop=(["CHOWN", "NET_RAW"], host(CapDrop=[])),
    ulimits=({"nofile": "512:1024", "nproc": "512"}, host(Ulimits=[_limit("nofile", 256), _limit("nproc", 512)])),
)


class PodmanSite(Site):
    """The same on a Podman, through a door that remembers what was sent."""

    PROVIDER = "podman"

    def __init__(self, machine):
        super().__init__(machine.service(), machine.socket)
        self.machine = machine

    def args(self, *rows, **more):
        """The options of a task."""
        return super().args(*rows, **dict({"podman": {"url": self.url}}, **more))

    def images(self, *images, check=False, fails=False, **more):
        """Run the module `container_image`."""
        args = dict({"provider": "podman", "podman": {"url": self.url}, "images": list(images)}, **more)
        return run("container_image", args, check=check, diff=True, fails=fails)

    def again(self, name="web", change=None):
        """Make a container of ours again by hand: as it was asked for, but for what `change` does to it."""
        path = "/containers/create?name=%s%s" % (PREFIX, name)
        body = next(json.loads(seen.body) for seen in reversed(self.door.seen) if path in seen.path)
        change(body)
        self.engine.remove_container(PREFIX + name, force=True)
        self.engine.start(self.engine.create_container_from_config(body, PREFIX + name)["Id"])

    def look(self, name):
        """The engine's own view of an image, or None."""
        try:
            return self.engine.inspect_image(name)
        except docker.errors.ImageNotFound:
            return None


@pytest.fixture(scope="module")
def engine():
    """A Podman of our own."""
    with Podman() as machine:
        found = PodmanSite(machine)
        yield found
        found.door.close()


@pytest.fixture
def site(engine):
    """The same, swept clean."""
    engine.clean()
    return engine


def test_drift_of_every_option_is_seen_and_put_right(site):
    rows = {option: site.row(option.replace("_", "-"), **{option: value}) for option, (value, _drift) in OTHERS.items()}
    site.made(*rows.values())
    for option, (_value, drift) in OTHERS.items():
        site.again(option.replace("_", "-"), drift)
    result = site.made(*rows.values())
    seen = {line["key"][len(PREFIX) :].replace("-", "_"): line["fields"] for line in result["plan"]}
    assert seen == {option: [option] for option in rows}


@pytest.mark.parametrize("option", [name for name in UNTOLD if name != "log_options"])
def test_what_podman_does_not_tell_is_as_it_was_declared(site, option):
    value = {"sysctls": {"net.ipv4.ip_default_ttl": "32"}, "runtime": "crun"}[option]
    site.made(site.row(**{option: value}))
    other = {"sysctls": {"net.ipv4.ip_default_ttl": "33"}, "runtime": ""}[option]
    assert [line["fields"] for line in site.made(site.row(**{option: other}))["plan"]] == [[option]]
    if option == "sysctls":
        ident = site.engine.exec_create(PREFIX + "web", ["cat", "/proc/sys/net/ipv4/ip_default_ttl"])
        assert site.engine.exec_start(ident) == b"33\n"


def test_limits_take_a_new_container_where_podman_forgets_them(site):
    site.task(site.row(memory="32M"))
    result = site.made(site.row(memory="64M", cpus=0.5, restart="always"))
    verb = "replace" if site.engine.version()["Version"] < "5.4" else "update"
    assert [(line["verb"], line["fields"]) for line in result["plan"]] == [(verb, ["restart", "cpus", "memory"])]
    site.engine.restart(PREFIX + "web", timeout=0)
    seen = site.seen()["HostConfig"]
    assert (seen["Memory"], seen["CpuQuota"], seen["RestartPolicy"]["Name"]) == (64 << 20, 50000, "always")
    site.made(site.row(memory="0", restart="no"))


def test_the_wait_ends_with_health_or_the_last_words(site):
    well = site.row("well", healthcheck={"test": "true", "interval": 1}, run_once=False)
    row = site.made(well)["containers"][0]
    assert (row["status"], row["health"], list(row["addresses"])) == ("running", "healthy", ["bridge"])
    ill = site.row(
        "ill",
        command=["sh", "-c", "echo starting with $TOKEN; exec sleep 3600"],
        env={"TOKEN": "hunter22"},
        healthcheck={"test": "echo not yet; exit 3", "interval": 0.5, "retries": 1},
    )
    failed = site.task(ill, fails=True)
    assert "is unhealthy" in failed["msg"] and "starting with ********" in failed["msg"]
    assert "hunter22" not in str(failed)


def test_a_job_runs_once_and_its_output_is_shown(site):
    row = site.row("job", command=["sh", "-c", "echo $WORD"], env={"WORD": "done"}, run_once=True)
    first = site.made(row)["containers"][0]
    assert (first["status"], first["exit_code"], first["output"].strip()) == ("exited", 0, "done")
    failed = site.task(dict(row, command=["sh", "-c", "echo because; exit 3"]), fails=True)
    assert "has ended with exit status 3" in failed["msg"] and "because" in failed["msg"]


def test_what_does_not_start_leaves_the_old_one_in_its_place(site):
    site.task(site.row())
    before = site.seen()["Id"]
    failed = site.task(site.row(command=["/no/such/program"]), fails=True)
    assert "/no/such/program" in failed["msg"] and "Check command and entrypoint" in failed["msg"]
    assert "The old one is in its place again and runs" in failed["msg"]
    folder = [{"source": "/tmp", "target": "/bin/busybox"}]
    assert "compare source and target" in site.task(site.row(volumes=folder), fails=True)["msg"]
    assert site.names() == ["web"] and site.seen()["Id"] == before and site.seen()["State"]["Running"]


def test_networks_are_joined_and_left_in_place_and_the_name_leads_there(site):
    for name, number in (("front", 5), ("back", 4)):
        site.engine.create_network(PREFIX + name, ipam={"Config": [{"Subnet": "10.231.%d.0/28" % number}]})
    front, back = {"name": PREFIX + "front"}, {"name": PREFIX + "back", "address": "10.231.4.9", "aliases": ["db"]}
    server = site.row(command="httpd -f -p 8080 -h /www", networks=[front], ports=[{"private": 8080, "public": 18080}])
    site.made(server)
    before = site.seen()["Id"]
    result = site.made(dict(server, networks=[front, back]), site.row("client", networks=[{"name": back["name"]}]))
    assert [line["verb"] for line in result["plan"]] == ["create", "update"]
    site.made(dict(server, networks=[back]))
    assert site.seen()["Id"] == before
    ident = site.engine.exec_create(PREFIX + "client", ["wget", "-q", "-O", "-", "http://db:8080/"])
    assert site.engine.exec_start(ident) == b"hello\n"
    assert "hello" in site.machine.run("curl", "-s", "http://127.0.0.1:18080/")
    row = site.row("own", networks=[{"name": "podman"}])
    assert site.made(row)["containers"][0]["networks"][0]["name"] == "podman"


def test_volumes_that_an_image_asks_for_outlive_a_replacement_and_go_with_the_container(site):
    made = site.engine.create_container(site.image, ["true"])
    site.engine.commit(made["Id"], repository=PREFIX + "image", tag="1", changes="VOLUME /data")
    site.engine.remove_container(made["Id"])
    site.task(site.row(image=NAME, command="sh -c 'echo kept > /data/file; sleep 3600'"))
    volume = site.seen()["Mounts"][0]["Name"]
    site.made(site.row(image=NAME))
    ident = site.engine.exec_create(PREFIX + "web", ["cat", "/data/file"])
    assert site.engine.exec_start(ident) == b"kept\n"
    site.task({"name": PREFIX + "web"}, state="absent")
    assert volume not in [one["Name"] for one in site.engine.volumes()["Volumes"] or ()]


def test_somebody_elses_container_is_read_and_never_touched(site):
    site.hold(start=True, environment={"B": "2"})
    failed = site.task(site.row(), fails=True)
    assert "Rackwright did not make" in failed["msg"] and site.image in failed["msg"]
    args = {"provider": "podman", "podman": {"url": "unix://" + site.machine.socket}, "names": [PREFIX + "web"]}
    row = run("container_info", args)["containers"][0]
    assert (row["image"], row["env"]["B"], row["foreign"]) == (site.image, "2", True)
    assert row["network_mode"] == "bridge" and row["cap_add"] == row["cap_drop"] == row["networks"] == []


def test_an_image_is_built_loaded_and_imported_under_its_own_name(site, tmp_path):
    (tmp_path / "file").write_text("hello")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nARG WORD\nCOPY file /\nENV WORD=$WORD\n")
    build = {"name": NAME, "source": "build", "path": str(tmp_path), "args": {"WORD": "x"}, "labels": {"tier": "web"}}
    build["tags"] = ["localhost/%simage:stable" % PREFIX]
    assert site.images(build, check=True)["changed"] and site.look(NAME) is None
    assert site.images(build)["images"][0]["tags"] == [NAME, PREFIX + "image:stable"]
    assert "localhost/" + NAME in site.look(NAME)["RepoTags"] and not site.images(build)["changed"]
    (tmp_path / "file").write_text("other")
    assert site.images(build, check=True)["plan"] == [{"verb": "update", "key": NAME, "fields": ["content"]}]

    with tarfile.open(tmp_path / "root.tar", "w") as tar:
        tar.add(tmp_path / "file", "file")
    root = {"name": PREFIX + "root:1", "source": "import", "path": str(tmp_path / "root.tar"), "changes": ["CMD /x"]}
    root["labels"] = {"quoted": 'a "b" $c'}
    assert site.images(root)["changed"] and not site.images(root)["changed"]
    assert site.look(PREFIX + "root:1")["Config"]["Labels"]["quoted"] == 'a "b" $c'

    with open(tmp_path / "image.tar", "wb") as sink:
        sink.writelines(site.engine.get_image(NAME))
    loaded = {"name": PREFIX + "other:1", "source": "load", "path": str(tmp_path / "image.tar")}
    assert site.images(loaded)["changed"] and not site.images(loaded)["changed"]
    assert site.images({"name": NAME}, state="absent")["changed"] and site.look("localhost/" + NAME) is None
    assert not site.images({"name": NAME}, state="absent")["changed"] and site.look(PREFIX + "other:1")


def test_a_name_never_means_an_image_that_only_ends_so(site):
    site.engine.tag("localhost/" + site.image, "localhost/someone/%simage" % PREFIX, "1")
    failed = site.task(site.row(image=NAME), fails=True)
    assert "image %s: it is not on the engine" % NAME in failed["msg"]
    assert not site.images({"name": NAME}, state="absent")["changed"]
    site.engine.remove_image("localhost/someone/" + NAME)


@pytest.fixture
def registry(site):
    """A real registry that the machine reaches, and trusts without TLS."""
    gateway = site.machine.engine.inspect_container(site.machine.ident)["NetworkSettings"]["Gateway"]
    try:
        with Registry(gateway) as found:
            text = '[[registry]]\nlocation = "%s"\ninsecure = true\n' % found.name("").rstrip("/")
            site.machine.write("/etc/containers/registries.conf.d/tests.conf", text)
            site.machine.run("systemctl", "stop", "podman.service")  # which its socket starts anew
            yield found
    except Missing as missing:
        pytest.skip(str(missing))


def test_an_image_is_pulled_from_its_registry_and_pinned_by_its_digest(site, registry):
    name = registry.name("web:1")
    site.engine.tag("localhost/" + site.image, registry.name("web"), "1")
    list(site.engine.push(registry.name("web"), tag="1", stream=True))
    site.engine.remove_image(name)
    assert site.images({"name": name}, check=True)["changed"] and site.look(name) is None
    digest = site.images({"name": name})["images"][0]["digest"]
    assert digest.startswith("sha256:") and not site.images({"name": name, "digest": digest})["changed"]
    site.engine.remove_image(name)
    plan = site.made(site.row(image=name), pull="missing")["plan"]
    assert [(line["verb"], line["key"]) for line in plan] == [("create", name), ("create", PREFIX + "web")]
    site.clean()
    site.engine.remove_image(name)


def test_what_podman_cannot_do_is_refused_by_name(site):
    always = site.images({"name": "127.0.0.1:9/none:1"}, pull="always", fails=True)["msg"]
    assert "Podman has no call that asks a registry what it has" in always
    options = site.task(site.row(log_options={"max-size": "1m"}), fails=True)["msg"]
    assert "provider podman cannot do log_options" in options and site.names() == []
    nobody = site.task(site.row(), podman={"url": "unix:///nowhere/podman.sock"}, fails=True)["msg"]
    other = site.task(site.row(), podman={"url": "unix://" + SOCKET}, fails=True)["msg"]
    assert "what answers is no Podman; the provider docker is for Docker engines" in other
    assert "no Podman answers at unix:///nowhere/podman.sock" in nobody and "systemctl start podman.socket" in nobody


def test_another_machine_is_reached_by_ssh(site, tmp_path, monkeypatch):
    key, config, program = tmp_path / "key", tmp_path / "config", tmp_path / "ssh"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    site.machine.write("/root/.ssh/authorized_keys", key.with_suffix(".pub").read_text())
    site.machine.run("sh", "-c", "ssh-keygen -q -A; mkdir -p /run/sshd; /usr/sbin/sshd -p 2022")
    known = site.machine.run("sh", "-c", "cat /etc/ssh/ssh_host_ed25519_key.pub").strip()
    address = site.machine.engine.inspect_container(site.machine.ident)["NetworkSettings"]["IPAddress"]
    (tmp_path / "known").write_text("[%s]:2022 %s\n" % (address, known))
    config.write_text("IdentityFile %s\nUserKnownHostsFile %s\nStrictHostKeyChecking yes\n" % (key, tmp_path / "known"))
    program.write_text('#!/bin/sh\nexec %s -F %s "$@"\n' % (shutil.which("ssh"), config))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", "%s:%s" % (tmp_path, os.environ["PATH"]))
    url = {"url": "ssh://root@%s:2022/run/engine/podman.sock" % address}
    process = start("container", site.args(site.row(), podman=url))
    said = json.loads(process.stdout.read())
    assert process.wait(60) == 0
    assert said["changed"] and site.seen()["State"]["Running"]
    assert not site.task(site.row(), podman=url)["changed"]
    key.unlink()
    refused = site.task(site.row(), podman=url, fails=True)["msg"]
    assert "no way to ssh://root@%s" % address in refused and "Permission denied" in refused
