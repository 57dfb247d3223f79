# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container as systemd reads it. What systemd-nspawn makes of it is tested in tests/integration."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers.nspawn import files
from ansible_collections.rackwright.platform.plugins.module_utils.containers.resource import CONTAINER

FOLDER = "/var/lib/machines/.rackwright/containers/web@01"
FULL = {
    "name": "web",
    "command": "serve --port 80",
    "entrypoint": ["/bin/sh", "-c", "it's \\n", ""],
    "env": {"B": 'a "b"', "A": ""},
    "user": "www",
    "working_dir": "/srv",
    "hostname": "inner",
    "cap_add": ["net_admin"],
    "cap_drop": ["ALL"],
    "security_opts": ["no-new-privileges"],
    "ulimits": {"nofile": "64:-1"},
    "ports": [{"public": 8080, "private": 80, "address": "0.0.0.0"}],
    "volumes": [
        {"source": "/srv/a:b", "target": "/data"},
        {"source": "/srv/c", "target": "/ro", "read_only": True},
        {"target": "/scratch", "size": "1M", "read_only": True},
    ],
    "devices": ["/dev/fuse:/dev/fuse:rw"],
    "dns_servers": ["192.0.2.53"],
    "dns_options": ["ndots:1"],
    "hosts": {"db": "192.0.2.7"},
    "read_only": True,
    "restart": "on-failure:3",
    "memory": "64M",
    "cpus": 1.5,
    "pids_limit": 9,
    "stop_timeout": 0,
}


def row(**fields):
    return CONTAINER.normalise([dict({"name": "web"}, **fields)])[0]


def lines(text, section):
    """The lines of a section."""
    return text.split("[%s]\n" % section)[1].split("\n\n")[0].splitlines()


def test_the_settings_of_a_container_with_all_options():
    text = files.settings(dict(row(**FULL), user_namespace=True), FOLDER)
    assert text.startswith(files.MARK)
    assert lines(text, "Exec") == [
        "Boot=no",
        "Parameters='/bin/sh' '-c' 'it'\"'\"'s \\n' '' 'serve' '--port' '80'",
        "Environment='A='",
        "Environment='B=a \"b\"'",
        "User=www",
        "WorkingDirectory=/srv",
        "Hostname=inner",
        "KillSignal=SIGTERM",
        "Capability=CAP_NET_ADMIN",
        "DropCapability=all",
        "NoNewPrivileges=yes",
        "Timezone=off",
        "ResolvConf=off",
        "LimitNOFILE=64:infinity",
    ]
    assert lines(text, "Network") == ["Private=yes", "VirtualEthernet=yes", "Port=tcp:8080:80"]
    assert lines(text, "Files") == [
        "ReadOnly=yes",
        "Bind=/srv/a\\:b:/data",
        "BindReadOnly=/srv/c:/ro",
        "TemporaryFileSystem=/scratch:mode=1777,size=1048576,ro",
        "Bind=/dev/fuse:/dev/fuse",
        "BindReadOnly=%s/etc/resolv.conf:/etc/resolv.conf" % FOLDER,
        "BindReadOnly=%s/etc/hosts:/etc/hosts" % FOLDER,
    ]
    assert files.resolver(row(**FULL)) == "nameserver 192.0.2.53\noptions ndots:1\n"
    assert files.hosts(row(**FULL)).splitlines()[-2:] == ["127.0.1.1 inner", "192.0.2.7 db"]


@pytest.mark.parametrize(
    ("mode", "binds"), [("host", ["BindReadOnly=/etc/resolv.conf:/etc/resolv.conf"]), ("none", [])]
)
def test_the_resolver_is_the_hosts_own_or_the_images(mode, binds):
    given = row(dns_mode=mode)
    text = files.settings(given, FOLDER)
    assert "ResolvConf=off" in lines(text, "Exec")
    assert (lines(text, "Files") if binds else []) == binds
    assert [path for path, _of_file in files.mounts(given)] == ["/etc/resolv.conf"] * len(binds)


def test_the_unit_of_a_container_with_all_options():
    text = files.dropin(row(**FULL), FOLDER)
    assert lines(text, "Unit") == ["StartLimitIntervalSec=infinity", "StartLimitBurst=4"]
    *service, last, after = lines(text, "Service")
    assert service == [
        "Restart=on-failure",
        "TimeoutStopSec=1ms",
        "MemoryMax=67108864",
        "CPUQuota=150%",
        "TasksMax=9",
        "DeviceAllow=/dev/fuse rw",
    ]
    assert last.startswith("ExecStopPost=") and FOLDER + "/ended" in last
    assert after.startswith("ExecStopPost=-") and "umount" in after


def test_a_program_has_the_hosts_cgroups_and_a_system_what_it_can_use():
    variable = "Environment=SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1"
    assert variable in files.dropin(row(command="sleep 1"), FOLDER, unified=True)
    assert variable not in files.dropin(row(command="sleep 1"), FOLDER)
    assert variable not in files.dropin(row(), FOLDER, unified=True)  # a system may be older than cgroups v2


def test_without_a_command_its_own_system_boots():
    text = files.settings(row(network_mode="host"), FOLDER)
    assert lines(text, "Exec") == ["Boot=yes", "PrivateUsers=no", "Timezone=off"]  # systemd's own signal ends it
    assert lines(text, "Network") == ["Private=no", "VirtualEthernet=no"] and "[Files]" not in text


def test_a_command_is_asked_to_end_by_the_declared_signal():
    assert "KillSignal=SIGUSR1" in files.settings(row(command="sleep 1", stop_signal="usr1"), FOLDER)


@pytest.mark.parametrize(
    ("policy", "restart", "limit"),
    [
        ("no", "no", "0"),
        ("always", "always", "0"),
        ("unless-stopped", "always", "0"),
        ("on-failure", "on-failure", "0"),
    ],
)
def test_restart_policies(policy, restart, limit):
    text = files.dropin(row(restart=policy), FOLDER)
    assert lines(text, "Unit") == ["StartLimitIntervalSec=" + limit]
    assert lines(text, "Service")[:2] == ["Restart=" + restart, "TimeoutStopSec=10"]


def test_the_places_to_mount_on(tmp_path):
    there = tmp_path / "file"
    there.write_text("x")
    volumes = [{"source": str(there), "target": "/a/b"}, {"source": str(tmp_path), "target": "/c"}]
    assert files.mounts(row(volumes=volumes, hosts={"db": "192.0.2.7"})) == [
        ("/a/b", True),
        ("/c", False),
        ("/etc/hosts", True),
    ]
