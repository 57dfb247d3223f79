# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a declaration asks of its host before anything is installed: machine, storage driver, configuration, users."""

from __future__ import annotations

import grp
import os
import pwd

from ..core import files
from . import daemon, daemon_rules, preflight, storage, subids

MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "armhf", "armv6l": "armel", "i686": "i386"}
MACHINES.update(ppc64le="ppc64el", s390x="s390x", riscv64="riscv64")
PUBLISHED = "/etc/systemd/system/docker-published.service"  # made by the role where published ports are closed
GONE = {"aufs": (24, 0), "overlay": (24, 0), "devicemapper": (25, 0)}  # storage drivers: since when there are none
OWN_FILESYSTEM = ("btrfs", "zfs")
GROUP = "docker"  # whose members may talk to the engine


OPTIONS = {
    "config": {"type": "dict", "default": {}},
    "path": {"type": "path", "default": "/etc/docker/daemon.json"},
    "publish_address": {"type": "str", "default": ""},
    "rootless_users": {"type": "list", "elements": "dict", "default": []},
    "rootless_lacks": {"type": "str", "default": ""},
    "architectures": {"type": "list", "elements": "str", "default": []},
    "storage_switch": {"type": "str", "choices": list(storage.CHOICES), "default": "refuse"},
    "archive": {"type": "path", "default": storage.ARCHIVE},
    "users": {"type": "list", "elements": "str", "default": []},
    "publish_closed": {"type": "bool", "default": False},
    "publish_allow": {"type": "list", "elements": "dict", "default": []},
}


def judged(host, facts, declared, installed, lenient):
    """The declaration on this host, judged, with what a running engine says of itself. Raises Failure."""
    before = daemon.parse(files.read(declared["path"]))
    asked = Wish(host, facts, declared, installed).judge(lenient)
    held = storage.look(before) if installed else None
    size = storage.Engine(daemon.endpoint(before)).size if daemon.alive() else None
    asked.hold(before, held, declared["storage_switch"], declared["archive"], size)
    return asked


class Wish:
    """A declaration on a host: `problems` and `warnings` as sentences, `storage` as what the engine holds."""

    def __init__(self, host, facts, declared, engine=None):
        self.host, self.facts, self.declared, self.engine = host, facts, declared, engine
        self.config = daemon.bound(declared.get("config") or {}, engine, declared.get("publish_address"))
        self.problems, self.warnings, self.packages, self.storage = [], [], [], {}
        self.version = daemon.version(engine)

    def judge(self, lenient=False):
        """Look at all of it. lenient: what another task is to make before may be missing yet."""
        self._architecture()
        self._configuration()
        self._driver()
        self._users(lenient)
        self._rootless(lenient)
        self._publishing()
        return self

    def _architecture(self):
        known, machine = self.declared.get("architectures"), architecture(self.host)
        if known and machine not in known:
            text = "no packages of the engine for the architecture %s: there are some for %s"
            self.problems.append(text % (machine, ", ".join(known)))

    def _configuration(self):
        found, warnings = daemon.judge(self.config, self.engine, self.host.run, early=True)
        self.problems += found
        if not daemon.check(self.config)[0]:
            self.problems += daemon_rules.contradictions(self.config, self.version)
        self.warnings += warnings

    def _driver(self):
        driver, below = self.config.get("storage-driver"), self.facts["storage"]["filesystem"]
        root = daemon.data_root(self.config)
        if driver in GONE and self.version[:1] >= GONE[driver][:1]:
            self.problems.append(
                "storage-driver %s is gone from Docker %d on: choose overlay2" % (driver, GONE[driver][0])
            )
        elif driver in OWN_FILESYSTEM:
            self._own(driver, below, root)
        elif driver in ("overlay2", "overlay") and below in preflight.NO_OVERLAY_ON:
            text = "storage-driver %s cannot lie on %s, which holds %s: mount ext4 or xfs there, or set data-root"
            self.problems.append(text % (driver, below, root))
        elif driver in ("overlay2", "overlay") and self.facts["features"]["overlay"] is False:
            self.problems.append("storage-driver %s: the kernel has no overlayfs: load the module overlay" % driver)
        elif driver in ("overlay2", "overlay") and self.facts["storage"].get("d_type") is False:
            text = (
                "storage-driver %s: the xfs that holds %s was made without d_type: make it anew (mkfs.xfs -n ftype=1)"
            )
            self.problems.append(text % (driver, root))
        elif driver == "fuse-overlayfs" and not self._has("fuse-overlayfs"):
            self.problems.append("storage-driver fuse-overlayfs: install the package fuse-overlayfs first")

    def _own(self, driver, below, root):
        if below != driver:
            text = "storage-driver %s needs a %s at %s, which lies on %s: mount such a file system there"
            self.problems.append(text % (driver, driver, root, below or "an unknown one"))
        if driver == "zfs" and not (self._has("zfs", "version") and self.host.exists("/dev/zfs")):
            self.problems.append(
                "storage-driver zfs needs /dev/zfs and the program zfs: install zfsutils-linux and zfs-dkms"
            )
        if driver == "btrfs" and not self._has("btrfs"):
            self.packages.append("btrfs-progs")

    def _has(self, program, option="--version"):
        return self.host.run([program, option]) is not None

    def hold(self, before, held, how, archive, size=None):
        """Judge what the engine holds. size: asks for the bytes of its layers."""
        switch = storage.switches(self.config, held)
        found = storage.problems(self.config, held, how)
        if switch and not found and how.startswith("migrate") and size:
            found = storage.room(size(), archive, held.root)
        self.problems += found
        self.storage = {
            "driver": held.driver if held else before.get("storage-driver"),
            "images": len(held.images) if held else 0,
            "containers": list(held.containers) if held else [],
            "switch": switch,
            "pending": storage.Carriage(archive).pending() is not None,
        }

    def ids(self):
        """Numbers of the users who run an engine without root, by their names."""
        users = [user["name"] for user in self.declared.get("rootless_users") or []]
        return {name: pwd.getpwnam(name).pw_uid for name in users if exists(name)}

    def joining(self):
        """Users who are to talk to the engine and are not in its group yet."""
        try:
            members = grp.getgrnam(GROUP).gr_mem
        except KeyError:  # there is no engine
            members = []
        return [name for name in self.declared.get("users") or [] if name not in members]

    def _rootless(self, lenient):
        users = self.declared.get("rootless_users") or []
        if not users:
            return
        reasons = [self.declared.get("rootless_lacks")]
        if (
            "user" not in self.facts["namespaces"]
            or self.host.text("/proc/sys/user/max_user_namespaces").strip() == "0"
        ):
            reasons.append("the kernel has no user namespaces: set user.max_user_namespaces")
        if self.host.text("/proc/sys/kernel/unprivileged_userns_clone").strip() == "0":
            reasons.append("users may not make user namespaces: set kernel.unprivileged_userns_clone to 1")
        if not self.host.exists("/dev/net/tun"):
            reasons.append("there is no /dev/net/tun, which slirp4netns needs: load the module tun")
        if any(user.get("name") == "root" for user in users):
            reasons.append("root has the host's engine")
        there = [user for user in users if exists(user["name"])] if lenient else users
        reasons += subids.problems(there, self.host.text("/etc/subuid"))
        self.problems += ["docker_rootless_users: " + reason for reason in reasons if reason]
        if self.facts["cgroup"]["version"] != 2:
            self.warnings.append("engines without root cannot limit anything with control groups v1")

    def _users(self, lenient):
        wanted = list(self.declared.get("users") or [])
        wanted += [user["name"] for user in self.declared.get("rootless_users") or []]
        missing = [name for name in wanted if not exists(name)]
        if missing:
            text = "there is no user %s here: make the account first" % ", ".join(missing)
            (self.warnings if lenient else self.problems).append(text)

    def _publishing(self):
        if not self.declared.get("publish_closed"):
            return
        self.problems += daemon_rules.published(self.declared.get("publish_allow") or [])
        if self.config.get("iptables") is False:
            self.problems.append("docker_publish_closed has no effect with iptables: false in docker_config")
        if self.config.get("firewall-backend") == "nftables":
            self.problems.append(
                "docker_publish_closed needs iptables: with firewall-backend nftables there is no DOCKER-USER"
            )


def architecture(host):
    """The host's architecture, as Debian spells it."""
    answer = host.run(["dpkg", "--print-architecture"])
    machine = os.uname().machine
    return answer[1].strip() if answer and not answer[0] else MACHINES.get(machine, machine)


def exists(name):
    """Whether there is such an account."""
    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False
