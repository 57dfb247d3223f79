# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks, volumes and commands on a real Podman: the same as on Docker."""

from __future__ import annotations

import pytest
from contract.modules import run
from integration.busybox import NAME as BUSYBOX
from integration.podman import Podman


@pytest.fixture(scope="module")
def podman():
    """A function that runs a module on a host of its own, and again in order to see that nothing is left to do."""
    with Podman() as host:

        def task(module, again=True, fails=False, **args):
            where = {"provider": "podman", "podman": {"url": "unix://" + host.socket}}
            result = run(module, dict(where, **args), fails=fails)
            if again and not fails:
                assert not run(module, dict(where, **args))["changed"]
            return result

        task.old = "podman version 4" in host.run("podman", "--version")
        yield task


def container(podman, name, **more):
    """A running container."""
    row = dict({"name": name, "image": BUSYBOX, "command": ["sleep", "3600"], "stop_timeout": 0}, **more)
    return podman("container", containers=[row], pull="never")


def test_a_network_is_replaced_under_a_running_container(podman):
    both = {"name": "both", "subnets": [{"subnet": "10.77.8.0/24"}, {"subnet": "fd00:77:8::/64"}]}
    net = {"name": "net", "subnets": [{"subnet": "10.77.7.0/24", "gateway": "10.77.7.9"}], "labels": {"a": 1}}
    assert podman("container_network", networks=[both, net])["networks"][0]["ipv6"]
    container(podman, "web", networks=[{"name": "net", "address": "10.77.7.77", "aliases": ["shop"]}])
    changed = podman("container_network", networks=[dict(net, labels={"a": 2})])
    assert changed["plan"][0]["verb"] == "replace"
    found = podman("container_network_info", names=["net", "podman"])["networks"]
    assert [(one["name"], one["foreign"]) for one in found] == [("net", False), ("podman", True)]
    assert found[0]["labels"] == {"a": "2"} and found[0]["containers"] == ["web"]
    seen = podman("container_info", names=["web"])["containers"][0]
    assert seen["addresses"]["net"] == "10.77.7.77" and seen["networks"][0]["aliases"] == ["shop"]
    assert "used by container web" in podman("container_network", networks=[net], state="absent", fails=True)["msg"]


def test_a_volume_is_shared_and_commands_run(podman, tmp_path):
    podman(
        "container_volume",
        volumes=[{"name": "data", "labels": {"a": 1}}, {"name": "mem", "tmpfs": {}}],
    )
    sized = podman("container_volume", volumes=[{"name": "big", "tmpfs": {"size": "8M"}}], fails=None, again=False)
    assert bool(sized.get("failed")) == podman.old and ("leave the size out" in sized.get("msg", "")) == podman.old
    for name in ("one", "other"):
        container(podman, name, volumes=[{"source": "data", "target": "/data"}])
    script = "cat > /data/word; echo $WHO; echo oops >&2"
    args = {"command": ["sh", "-c", script], "stdin": "hello\n", "env": {"WHO": "me"}, "creates": "/data/word"}
    done = podman("container_exec", names=["one"], **args)
    assert (done["rc"], done["stdout"], done["stderr"]) == (0, "me", "oops")
    assert podman("container_exec", names=["other"], command="cat /data/word", again=False)["stdout"] == "hello"
    assert podman("container_exec", names=["one"], command="false", fails=True)["rc"] == 1
    late = podman("container_exec", names=["one"], command="sleep 20", timeout=1, fails=True)
    assert "did not end within" in late["msg"]
    gone = podman("container_volume", volumes=[{"name": "data"}], state="absent", fails=True)
    assert "container one, other has it" in gone["msg"]
    where = {"image": BUSYBOX, "archives": [{"volume": "data", "path": str(tmp_path / "data.tar.gz")}]}
    refused = podman("container_volume_archive", fails=True, **where)
    assert "cannot do archive: its API calls every file root's" in refused["msg"]
