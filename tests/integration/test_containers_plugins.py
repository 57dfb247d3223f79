# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugins on the real engine, from a real registry: installed with what is granted, set, upgraded, removed."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess

import docker
import docker.errors
import pytest
from contract.modules import run
from contract.names import RUN
from contract.proxy import Proxy, reset_after
from integration.containers_fixtures import SOCKET
from integration.registry import Missing, Registry

NAME = "rackwright-plugin%s:latest" % RUN
PERL = "/usr/bin/perl"  # every Debian has it, and it needs no file to listen at a socket
LISTEN = (
    "$SIG{TERM} = sub { exit };"
    "$ENV{MODE} eq 'broken' and die; socket(S,1,1,0); bind(S,pack('Sa108',1,'/run/docker/plugins/own.sock')) or die;"
    "listen(S,5); close C while accept(C,S)"
)
GRANTED = {"capabilities": ["CAP_SYS_ADMIN"]}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """(engine, {version: where a registry has the plugin})."""
    folder = tmp_path_factory.mktemp("plugin")
    root(folder / "rootfs")
    with contextlib.ExitStack() as stack:
        try:
            registry = stack.enter_context(Registry())
        except Missing as missing:
            pytest.skip(str(missing))
        engine = docker.APIClient(version="auto")
        stack.callback(engine.close)
        stack.callback(sweep, engine)
        yield engine, {version: push(engine, registry, folder, version) for version in ("1", "2")}


def root(folder):
    """Perl, and the libraries that it needs."""
    listed = subprocess.run(["ldd", PERL], capture_output=True, text=True, check=True).stdout
    for path in [PERL] + [word for word in listed.split() if word.startswith("/")]:
        target = folder / path[1:]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (folder / "run/docker/plugins").mkdir(parents=True)


def push(engine, registry, folder, version):
    """Make a plugin of this version, and leave it in the registry alone."""
    settings = [{"name": name, "settable": ["value"], "value": "none"} for name in ("MODE", "DB_PASSWORD")]
    config = {"entrypoint": [PERL, "-e", LISTEN], "workdir": "/", "env": settings, "network": {"type": "none"}}
    config["linux"] = {"capabilities": ["CAP_SYS_ADMIN"] + (["CAP_NET_ADMIN"] if version == "2" else [])}
    config["interface"] = {"types": ["docker.dummy/1.0"], "socket": "own.sock"}
    (folder / "config.json").write_text(json.dumps(config))
    name = registry.name("own%s:%s" % (RUN, version))
    engine.create_plugin(name, str(folder))
    pushed = engine.post(engine._url("/plugins/{0}/push", name), headers={"X-Registry-Auth": "e30="})  # the SDK pulls
    assert pushed.ok and '"error"' not in pushed.text, pushed.text
    engine.remove_plugin(name)
    return name


def sweep(engine):
    """No plugin of this run."""
    for one in engine.plugins():
        if RUN in one["Name"]:
            engine.remove_plugin(one["Name"], force=True)


@pytest.fixture
def engine(site):
    """The engine, without the plugin."""
    sweep(site[0])
    return site[0]


def task(*rows, check=False, fails=False, **more):
    """Run the module."""
    return run(
        "container_plugin",
        dict({"provider": "docker", "plugins": list(rows)}, **more),
        check=check,
        fails=fails,
        diff=True,
    )


def row(site, version="1", **more):
    """The plugin as it is declared."""
    return dict({"name": NAME, "source": site[1][version], "privileges": GRANTED}, **more)


def there(engine):
    """(where it came from, whether it runs, what is set) as the engine tells, or None."""
    try:
        seen = engine.inspect_plugin(NAME)
    except docker.errors.NotFound:
        return None
    return seen["PluginReference"], seen["Enabled"], set(seen["Settings"]["Env"])


def test_installed_set_upgraded_and_removed(site, engine):
    declared = row(site, settings={"MODE": "fast", "DB_PASSWORD": "Hunter22"})
    foreseen = task(declared, check=True)
    assert foreseen["changed"] and there(engine) is None
    made = task(declared)
    assert "Hunter22" not in json.dumps(made)
    assert there(engine) == (site[1]["1"], True, {"MODE=fast", "DB_PASSWORD=Hunter22"})
    assert not task(declared)["changed"]
    assert not task(row(site, settings={"MODE": "fast"}))["changed"]  # what is not declared stays

    assert task(row(site, settings={"MODE": "slow"}))["changed"]
    assert there(engine) == (site[1]["1"], True, {"MODE=slow", "DB_PASSWORD=Hunter22"})
    assert task(row(site, enabled=False))["changed"] and not there(engine)[1]
    task(row(site))

    text = task(row(site, "2"), check=True, fails=True)["msg"]
    assert "capabilities: [CAP_SYS_ADMIN, CAP_NET_ADMIN]" in text and there(engine)[0] == site[1]["1"]
    granted = {"capabilities": ["CAP_SYS_ADMIN", "CAP_NET_ADMIN"]}
    newer = row(site, "2", privileges=granted, settings={"MODE": "slow"})
    assert task(newer)["changed"] and there(engine)[:2] == (site[1]["2"], True)
    assert not task(newer)["changed"]
    read = run("container_plugin_info", {"provider": "docker", "names": [NAME.partition(":")[0]]})["plugins"]
    assert [one["types"] for one in read] == [["docker.dummy/1.0"]]

    assert task({"name": NAME}, state="absent")["changed"] and there(engine) is None
    assert not task({"name": NAME}, state="absent")["changed"]


def test_what_is_not_granted_is_told_before_anything_is_done(site, engine):
    text = task(row(site, privileges={}), fails=True)["msg"]
    assert NAME in text and "privileges: {capabilities: [CAP_SYS_ADMIN]}" in text
    text = task(row(site, privileges={"network": ["host"]}), check=True, fails=True)["msg"]
    assert "CAP_SYS_ADMIN" in text and there(engine) is None


def test_one_that_fails_is_not_left_behind_and_one_that_ran_is_put_back(site, engine):
    unknown = row(site, settings={"OTHER": "1"})
    text = task(unknown, fails=True)["msg"]
    assert NAME in text and 'setting "OTHER" not found' in text and there(engine) is None
    task(row(site, settings={"MODE": "fast"}))
    broken = row(site, settings={"MODE": "broken"})
    assert "It is as it was" in task(broken, timeout=2, fails=True)["msg"]
    assert there(engine)[1:] == (True, {"MODE=fast", "DB_PASSWORD=none"})


@pytest.mark.parametrize("path", ["/plugins/pull", "/set", "/enable"])
def test_a_run_that_is_cut_off_and_run_again_ends_with_what_is_declared(site, engine, path):
    declared = row(site, settings={"MODE": "fast"})
    with Proxy(SOCKET) as door:
        door.fault(reset_after, "POST", path)
        url = door.url.replace("http://", "tcp://")
        task(declared, docker={"url": url}, fails=None)
    task(declared)
    assert there(engine) == (site[1]["1"], True, {"MODE=fast", "DB_PASSWORD=none"})
    assert not task(declared)["changed"]


def test_podman_has_none():
    text = run("container_plugin", {"provider": "podman", "plugins": [{"name": "x"}]}, fails=True)["msg"]
    assert "provider podman has no plugins" in text
