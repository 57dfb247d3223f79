# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is declared of made-up hosts, judged before anything is installed."""

from __future__ import annotations

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers import storage, wish

FACTS = {"storage": {"filesystem": "ext4", "d_type": None}, "features": {"overlay": True}}


class Host:
    """A made-up host: programs that answer, paths that are there."""

    def __init__(self, programs=(), paths=(), machine="amd64"):
        self.programs, self.paths, self.machine = programs, paths, machine

    def run(self, argv):
        if argv[0] == "dpkg":
            return 0, self.machine + "\n"
        return (0, "") if argv[0] in self.programs else None

    def exists(self, path):
        return path in self.paths


def judged(declared, host=None, version=None, lenient=False, **storage_facts):
    facts = dict(FACTS, storage=dict(FACTS["storage"], **storage_facts))
    engine = version and {"path": "/usr/sbin/dockerd", "version": version}
    return wish.Wish(host or Host(), facts, declared, engine).judge(lenient)


def driver(name, **facts):
    return judged({"config": {"storage-driver": name}}, **facts).problems


def test_nothing_declared_is_nothing_wrong():
    assert judged({}).problems == []


def test_an_architecture_without_packages():
    assert judged({"architectures": ["amd64", "arm64"]}).problems == []
    (problem,) = judged({"architectures": ["amd64", "arm64"]}, Host(machine="mips64el")).problems
    assert "mips64el" in problem and "amd64, arm64" in problem


@pytest.mark.parametrize(
    ("name", "facts", "word"),
    [
        ("overlay2", {}, None),
        ("overlay2", {"filesystem": "xfs", "d_type": True}, None),
        ("overlay2", {"filesystem": "xfs", "d_type": False}, "ftype=1"),
        ("overlay2", {"filesystem": "nfs4"}, "cannot lie on nfs4"),
        ("vfs", {"filesystem": "nfs4"}, None),
        ("btrfs", {}, "a btrfs at /var/lib/docker, which lies on ext4"),
        ("btrfs", {"filesystem": "btrfs"}, None),
        ("zfs", {"filesystem": "zfs"}, "zfsutils-linux"),
        ("zfs", {"filesystem": "zfs", "host": Host(["zfs"], ["/dev/zfs"])}, None),
        ("zfs", {"filesystem": "ext4", "host": Host(["zfs"], ["/dev/zfs"])}, "lies on ext4"),
        ("fuse-overlayfs", {}, "fuse-overlayfs"),
        ("fuse-overlayfs", {"host": Host(["fuse-overlayfs"])}, None),
        ("devicemapper", {"version": "20.10.24"}, None),
    ],
)
def test_what_a_storage_driver_needs(name, facts, word):
    found = driver(name, **facts)
    assert len(found) == (word is not None)
    assert word is None or word in found[0]


def test_a_driver_that_is_gone(monkeypatch):
    monkeypatch.setattr(wish.daemon, "judge", lambda *_given, **_more: ([], []))
    (problem,) = driver("devicemapper", version="26.1.5")
    assert "gone from Docker 25" in problem


def test_tools_of_btrfs_are_brought():
    declared = {"config": {"storage-driver": "btrfs"}}
    assert judged(declared, filesystem="btrfs").packages == ["btrfs-progs"]
    assert judged(declared, Host(["btrfs"]), filesystem="btrfs").packages == []


def test_users_that_are_not_there():
    assert judged({"users": ["root"]}).problems == []
    (problem,) = judged({"users": ["root", "nobody-of-that-name"]}).problems
    assert "nobody-of-that-name" in problem and "root" not in problem
    asked = judged({"users": ["nobody-of-that-name"]}, lenient=True)
    assert asked.problems == [] and len(asked.warnings) == 1


def test_a_closed_door_that_would_stand_open():
    closed = {"publish_closed": True, "publish_allow": [{"sources": ["10.0.0.0/8"], "ports": [443]}]}
    assert judged(closed).problems == []
    assert len(judged(dict(closed, config={"iptables": False})).problems) == 1
    assert len(judged(dict(closed, publish_allow=[{"sources": ["here"]}])).problems) == 1
    warned = judged(dict(closed, config={"firewall-backend": "nftables"}))
    assert len(warned.problems) == 1 and "DOCKER-USER" in warned.problems[0]


def test_what_the_engine_holds(tmp_path):
    asked = judged({"config": {"storage-driver": "vfs"}})
    held = storage.Held("overlay2", "/var/lib/docker", {"sha256:aa": ["web:1"]}, [], [])
    asked.hold({}, held, "migrate", str(tmp_path), lambda: 1 << 60)
    assert "docker_storage_archive" in asked.problems[0]
    assert asked.storage == {"driver": "overlay2", "images": 1, "containers": [], "switch": True, "pending": False}


def test_an_address_for_what_names_none():
    old, new = {"version": "20.10.24"}, {"version": "26.1.5"}
    assert wish.daemon.bound({"debug": True}, new, "") == {"debug": True}
    assert wish.daemon.bound({"debug": True}, old, "127.0.0.1") == {"debug": True, "ip": "127.0.0.1"}
    assert wish.daemon.bound({}, None, "127.0.0.1") == {"ip": "127.0.0.1"}
    given = {"default-network-opts": {"bridge": {"com.docker.network.driver.mtu": "1400"}}}
    bridge = wish.daemon.bound(given, new, "127.0.0.1")["default-network-opts"]["bridge"]
    assert bridge == {"com.docker.network.driver.mtu": "1400", wish.daemon.BINDING: "127.0.0.1"}
    assert given == {"default-network-opts": {"bridge": {"com.docker.network.driver.mtu": "1400"}}}
    (problem,) = judged({"publish_address": "here"}).problems
    assert "here is no IP address" in problem


USER = {"name": "daemon", "subids": {"start": 100000, "count": 65536}}
ROOTLESS = dict(FACTS, namespaces=["user"], cgroup={"version": 2})


@pytest.mark.parametrize(
    ("users", "texts", "change", "word"),
    [
        ([USER], {}, {}, None),
        ([{"name": "daemon"}], {"/etc/subuid": "daemon:100000:65536\n"}, {}, None),
        ([{"name": "daemon"}], {}, {}, "daemon has no range of ids"),
        ([USER], {"/etc/subuid": "bin:150000:65536\n"}, {}, "overlap those of bin"),
        ([dict(USER, name="root")], {}, {}, "root has the host's engine"),
        ([USER], {"/proc/sys/user/max_user_namespaces": "0\n"}, {}, "user.max_user_namespaces"),
        ([USER], {"/proc/sys/kernel/unprivileged_userns_clone": "0\n"}, {}, "unprivileged_userns_clone"),
        ([USER], {"paths": []}, {}, "no /dev/net/tun"),
        ([USER], {}, {"namespaces": []}, "no user namespaces"),
    ],
)
def test_engines_without_root(users, texts, change, word):
    host = Host(paths=texts.get("paths", ["/dev/net/tun"]))
    host.text = lambda name, default="": texts.get(name, default)
    found = wish.Wish(host, dict(ROOTLESS, **change), {"rootless_users": users}, None).judge().problems
    assert len(found) == (word is not None)
    assert word is None or word in found[0]


def test_a_distribution_without_what_engines_without_root_need():
    declared = {"rootless_users": [USER], "rootless_lacks": "Debian 11 has no package rootlesskit"}
    host = Host(paths=["/dev/net/tun"])
    host.text = lambda name, default="": default
    asked = wish.Wish(host, dict(ROOTLESS, cgroup={"version": 1}), declared, None).judge()
    assert asked.problems == ["docker_rootless_users: Debian 11 has no package rootlesskit"]
    assert "control groups v1" in asked.warnings[0]


def test_who_is_not_in_the_group_yet(monkeypatch):
    declared = wish.Wish(Host(), FACTS, {"users": ["alice", "bob"]})
    monkeypatch.setattr(wish.grp, "getgrnam", lambda _name: wish.grp.struct_group(("docker", "x", 999, ["bob"])))
    assert declared.joining() == ["alice"]
    monkeypatch.setattr(wish.grp, "getgrnam", {}.__getitem__)
    assert declared.joining() == ["alice", "bob"]
