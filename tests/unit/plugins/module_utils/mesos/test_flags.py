# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written is what the wrapper's conventions make of it: a stand-in for the wrapper runs on the files."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.rackwright.platform.plugins.module_utils.mesos.flags import Daemon, shown

ROOT = pathlib.Path(__file__).resolve().parents[5]
WRAPPER = (ROOT / "extensions" / "molecule" / "mesos" / "files" / "mesos-init-wrapper").read_text()
ZK = "zk://192.0.2.1:2181,192.0.2.2:2181/mesos"
FLAGS = {
    "quorum": 2,
    "work_dir": "/var/lib/mesos",
    "log_auto_initialize": True,
    "root_submissions": False,
    "hostname": "",
    "roles": ["a", "b"],
    "rate_limits": {"limits": [{"principal": "a b"}]},
    "cluster": "it's $HOME `id` 50%",
    "ip": None,
}
PARTS = {"attributes": {"rack": "r12", "Zone": "a b"}, "resources": {"ports": "[31000-32000]", "cpus": 4}}


@pytest.fixture
def host(tmp_path):
    """Below which a host's files lie, with a wrapper and daemons that print what they were started with."""
    for name in ("mesos-master", "mesos-agent", "mesos-slave"):
        program = tmp_path / "usr" / "sbin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text('#!%s\nimport sys\nprint("\\0".join(sys.argv[1:]))\n' % sys.executable)
        program.chmod(0o755)
    (tmp_path / "usr/bin").mkdir()
    (tmp_path / "usr/bin/mesos-init-wrapper").write_text(WRAPPER)
    return tmp_path


def daemon(host, part, flags=FLAGS, **more):
    here = Daemon(part, flags, ZK, root=str(host), **more)
    here.refuse()
    here.carry_out(here.plan())
    return here


def started(host, here, **variables):
    """What the wrapper starts the daemon with."""
    environment = dict(os.environ, STAND_IN_ROOT=str(host), **variables)
    command = ["bash", str(host / "usr/bin/mesos-init-wrapper"), here.word]
    ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return ran.stdout[:-1].split("\0")


def test_a_masters_files_are_its_command_line(host):
    here = daemon(host, "master")
    assert sorted(started(host, here)) == here.command()
    assert "--quorum=2" in here.command() and "--log_auto_initialize" in here.command()
    assert {"--no-root_submissions", "--hostname=", "--roles=a,b", "--zk=" + ZK} <= set(here.command())
    assert (host / "etc/mesos-master/?no-root_submissions").read_text() == ""
    assert (host / "etc/mesos/zk").read_text() == ZK + "\n" and not (host / "etc/mesos-master/ip").exists()
    assert here.plan() == []


def test_an_agents_attributes_and_resources(host):
    here = daemon(host, "agent", {"containerizers": ["docker", "mesos"]}, parts=PARTS)
    found = started(host, here)
    assert {"--containerizers=docker,mesos", "--resources=cpus:4;ports:[31000-32000]", "--master=" + ZK} <= set(found)
    assert [one for one in found if one.startswith("--attributes=")][0] in (
        "--attributes=rack:r12;Zone:a b",
        "--attributes=Zone:a b;rack:r12",
    )


def test_older_packages_have_other_names(host):
    (host / "usr/bin/mesos-init-wrapper").write_text(WRAPPER.replace("agent", "slave"))
    unit = host / "usr/lib/systemd/system/mesos-slave.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("")
    here = daemon(host, "agent", {"port": 5051}, parts=PARTS)
    assert (here.word, here.folder, here.service) == ("slave", "/etc/mesos-slave", "mesos-slave.service")
    assert here.program == "/usr/sbin/mesos-slave" and "--port=5051" in started(host, here)


def test_an_agents_wrapper_under_a_slaves_unit(host):
    unit = host / "lib/systemd/system/mesos-slave.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("")
    here = daemon(host, "agent", {})
    assert (here.word, here.folder, here.service) == ("agent", "/etc/mesos-agent", "mesos-slave.service")


def test_files_that_nobody_declared_go(host):
    stray = host / "etc/mesos-agent/attributes/old"
    stray.parent.mkdir(parents=True)
    stray.write_text("x\n")
    (host / "etc/mesos-agent/zk").write_text("x\n")
    (host / "etc/default").mkdir(parents=True)
    (host / "etc/default/mesos").write_text("LOGS=/var/log/mesos\n")
    here = daemon(host, "agent", {"log_dir": "/srv/log"}, parts={"attributes": {"rack": "r12"}})
    assert [one for one in started(host, here) if "attributes" in one or "log_dir" in one] == [
        "--log_dir=/srv/log",
        "--attributes=rack:r12",
    ]
    assert not stray.exists() and not (host / "etc/mesos-agent/zk").exists()
    gone = Daemon("agent", {}, "", root=str(host))
    gone.carry_out(gone.plan(absent=True))
    assert [path for path in (host / "etc").rglob("*") if path.is_file()] == []


def test_no_logger_is_the_wrappers_own(host):
    here = daemon(host, "master", {"quorum": 1, "logger": False})
    assert sorted(started(host, here)) == here.command() == ["--quorum=1", "--zk=" + ZK]
    assert (host / "etc/mesos-master/?no-logger").exists()


@pytest.mark.parametrize(
    ("part", "given", "words"),
    [
        ("master", {"flags": {"zk": "x"}}, "the flag zk would be given twice"),
        ("agent", {"flags": {"master": "x"}}, "the flag master would be given twice"),
        ("agent", {"flags": {"attributes": "x"}, "parts": PARTS}, "the flag attributes would be given twice"),
        ("master", {"flags": {"no-quorum": True}}, "no-quorum is no name of a flag"),
        ("master", {"flags": {"../x": 1}}, "../x is no name of a flag"),
        ("agent", {"flags": {}, "parts": {"attributes": {"a/b": 1}}}, "a/b is no name of one of the attributes"),
        (
            "agent",
            {"flags": {}, "parts": {"resources": {"cpus": "4;mem:1"}}},
            "resources cpus holds what the daemon takes",
        ),
        ("agent", {"flags": {}, "variables": {"ISOLATION": "x"}}, "the variable ISOLATION is a flag to the wrapper"),
    ],
)
def test_what_would_keep_the_daemon_from_starting_is_refused(part, given, words):
    with pytest.raises(Refused, match="stays as it was") as caught:
        Daemon(part, given.pop("flags"), ZK, **given).refuse()
    assert words in str(caught.value)


def test_credentials_are_for_root_and_in_no_diff(host):
    here = Daemon("master", {}, "zk://me:hunter22@192.0.2.1:2181/mesos", root=str(host))
    planned = here.plan()
    here.carry_out(planned)
    for name in ("etc/mesos/zk", "etc/default/mesos-master"):
        assert (host / name).stat().st_mode & 0o777 == 0o600
    assert "hunter22" not in "".join(shown(write.after) for write in planned)


def test_a_process_with_other_flags_is_stale(host):
    here = daemon(host, "agent", {"port": 5051}, parts=PARTS, variables={"MESOS_X": "1"})
    program = [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)"]

    def judged(flags, **variables):
        environment = dict(os.environ, **variables)
        with subprocess.Popen(program + flags, stdout=subprocess.PIPE, env=environment) as process:
            process.stdout.readline()
            try:
                return here.is_stale(process.pid)
            finally:
                process.kill()

    turned = [one.replace("Zone:a b;rack:r12", "rack:r12;Zone:a b") for one in here.command()]
    assert turned != here.command() and not judged(turned, MESOS_X="1")
    assert judged(here.command(), MESOS_X="2") and judged(here.command()[1:], MESOS_X="1")
    assert not here.is_stale(0)
