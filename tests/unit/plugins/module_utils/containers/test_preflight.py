# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight on made-up hosts: a good one, and the same with one feature after another masked."""

from __future__ import annotations

import gzip

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers import preflight
from ansible_collections.rackwright.platform.plugins.module_utils.containers.preflight import FAIL, OK, WARN

RELEASE = "6.1.0-40-amd64"
ROOT_MOUNT = "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw"
CGROUP2 = "30 22 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw"
CONFIG = "".join("CONFIG_%s=m\n" % option for option, _module in preflight.FEATURES.values())


def cgroup1(*controllers):
    return ["%d 22 0:%d / /sys/fs/cgroup/%s rw - cgroup cgroup rw,%s" % (40 + n, 40 + n, name, name)
            for n, name in enumerate(controllers)]  # fmt: skip


class Machine:
    """A made-up host: files below a folder, and programs that answer."""

    def __init__(self, folder):
        self.folder = folder
        self.programs = {
            ("iptables", "--version"): (0, "iptables v1.8.9 (nf_tables)\n"),
            ("iptables", "-w", "-t", "nat", "-S"): (0, "-P PREROUTING ACCEPT\n"),
        }
        self.write("/proc/sys/kernel/osrelease", RELEASE + "\n")
        self.mounts(ROOT_MOUNT, CGROUP2)
        self.write("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n")
        self.write("/proc/self/status", "CapEff:\t000001ffffffffff\nSeccomp:\t0\n")
        self.write("/boot/config-" + RELEASE, CONFIG)
        for name in preflight.NAMESPACES:
            self.write("/proc/self/ns/" + name, "")

    def write(self, name, text):
        path = self.folder / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def remove(self, name):
        (self.folder / name.lstrip("/")).unlink()

    def mounts(self, *lines):
        self.write("/proc/self/mountinfo", "\n".join(lines) + "\n")

    def run(self, argv):
        answer = self.programs.get(tuple(argv))
        return answer if answer or argv[0] != "iptables" else None

    def items(self):
        facts = preflight.collect(preflight.Host(str(self.folder), self.run))
        return {item.name: item for item in preflight.judge(facts)}


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_a_good_host_has_nothing_to_report(machine):
    items = machine.items()
    assert {item.verdict for item in items.values()} == {OK}
    assert not any(item.fix for item in items.values())
    assert preflight.worst(items.values()) == OK
    assert items["kernel"].reason == "Linux " + RELEASE
    assert items["cgroup"].reason == "control groups v2 with cpu, cpuset, io, memory, pids"
    assert items["overlay"].reason == "overlayfs on ext4"
    assert items["iptables"].reason == "iptables (nft)"


def old_kernel(machine):
    machine.write("/proc/sys/kernel/osrelease", "3.16.0-4-amd64\n")
    machine.write("/boot/config-3.16.0-4-amd64", CONFIG)


def no_cgroup(machine):
    machine.mounts(ROOT_MOUNT)


def first_cgroup_without_devices(machine):
    machine.mounts(ROOT_MOUNT, *cgroup1("cpu", "cpuset", "memory", "pids"))


def first_cgroup_with_memory_off(machine):
    machine.mounts(ROOT_MOUNT, *cgroup1("cpu", "cpuset", "memory", "pids", "devices"))
    rows = [("cpu", 1), ("cpuset", 1), ("memory", 0), ("pids", 1), ("devices", 1)]
    machine.write("/proc/cgroups", "".join("%s\t1\t1\t%d\n" % row for row in rows))


def second_cgroup_without_pids(machine):
    machine.write("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory\n")


def no_network_namespace(machine):
    machine.remove("/proc/self/ns/net")


def no_overlay(machine):
    machine.write("/boot/config-" + RELEASE, CONFIG.replace("CONFIG_OVERLAY_FS=m\n", ""))


def overlay_on_overlay(machine):
    machine.mounts("22 1 0:50 / / rw - overlay overlay rw,lowerdir=/a", CGROUP2)


def silent_kernel(machine):
    machine.remove("/boot/config-" + RELEASE)


def no_bridge(machine):
    machine.write("/boot/config-" + RELEASE, CONFIG.replace("CONFIG_BRIDGE=m\n", ""))


def broken_iptables(machine):
    machine.programs["iptables", "--version"] = (0, "iptables v1.8.9 (legacy)\n")
    machine.programs["iptables", "-w", "-t", "nat", "-S"] = (3, "can't initialize iptables table `nat'\n")


def no_seccomp(machine):
    machine.write("/proc/self/status", "CapEff:\t000001ffffffffff\n")


def apparmor_without_parser(machine):
    machine.write("/sys/module/apparmor/parameters/enabled", "Y\n")


def no_admin(machine):
    machine.write("/proc/self/status", "CapEff:\t0000000000000000\nSeccomp:\t0\n")


def no_resource(machine):
    machine.write("/proc/self/status", "CapEff:\t000001fffeffffff\nSeccomp:\t0\n")


def sysctls_read_only(machine):
    machine.mounts(ROOT_MOUNT, CGROUP2, "60 22 0:5 /sys /proc/sys ro,nosuid - proc proc rw")


@pytest.mark.parametrize(
    ("mask", "name", "verdict", "reason", "fix"),
    [
        (old_kernel, "kernel", FAIL, "older than 4.0", "newer kernel"),
        (no_cgroup, "cgroup", FAIL, "no control groups", "cgroupfs-mount"),
        (first_cgroup_without_devices, "cgroup", FAIL, "lack the devices controller", "CONFIG_CGROUP_DEVICE"),
        (first_cgroup_with_memory_off, "cgroup", WARN, "v1 lack memory", "cgroup_enable=memory"),
        (second_cgroup_without_pids, "cgroup", WARN, "v2 lack pids", "controllers"),
        (no_network_namespace, "namespaces", FAIL, "no namespace net", "kernel with these"),
        (no_overlay, "overlay", WARN, "no overlayfs", "module overlay"),
        (overlay_on_overlay, "overlay", WARN, "lies on overlay", "ext4 or xfs"),
        (silent_kernel, "overlay", WARN, "does not tell", "modprobe"),
        (silent_kernel, "network", WARN, "does not tell", "modules"),
        (no_bridge, "network", FAIL, "CONFIG_BRIDGE", "bridge: none"),
        (broken_iptables, "iptables", FAIL, "can't initialize", "iptables-nft"),
        (no_seccomp, "seccomp", WARN, "no seccomp", "CONFIG_SECCOMP"),
        (apparmor_without_parser, "apparmor", WARN, "apparmor_parser is missing", "package apparmor"),
        (no_admin, "capabilities", FAIL, "CAP_NET_ADMIN, CAP_SYS_ADMIN", "become"),
        (no_resource, "capabilities", WARN, "CAP_SYS_RESOURCE", "privileged|without both"),
        (sysctls_read_only, "sysctl", WARN, "read-only", "systempaths=unconfined"),
    ],
)
def test_a_masked_feature_is_named_with_its_fix(machine, mask, name, verdict, reason, fix):
    mask(machine)
    items = machine.items()
    assert items[name].verdict == verdict
    assert reason in items[name].reason
    assert any(part in items[name].fix for part in fix.split("|"))
    others = {item.name for item in items.values() if item.verdict != OK} - {name}
    assert others <= ({"overlay", "network"} if mask is silent_kernel else set())
    assert preflight.worst(items.values()) == verdict
    assert preflight.worst(items.values(), ignored=[name] + sorted(others)) == OK


def test_compressed_kernel_configuration_counts(machine):
    silent_kernel(machine)
    (machine.folder / "proc/config.gz").write_bytes(gzip.compress(CONFIG.encode()))
    assert machine.items()["network"].verdict == OK


def test_modules_on_disk_count(machine):
    silent_kernel(machine)
    lines = ["kernel/net/%s.ko.xz: kernel/x.ko.xz\n" % module for _option, module in preflight.FEATURES.values()]
    machine.write("/lib/modules/%s/modules.dep" % RELEASE, "".join(lines))
    assert machine.items()["network"].verdict == OK


def test_iptables_that_is_not_there_yet_is_no_fault(machine):
    machine.programs.clear()
    item = machine.items()["iptables"]
    assert item.verdict == OK
    assert "not installed yet" in item.reason


def test_the_last_mount_at_a_place_is_the_one_that_counts(machine):
    machine.mounts(
        ROOT_MOUNT,
        CGROUP2,
        "70 22 0:9 / /var/lib/docker rw - overlay o rw",
        "71 22 8:2 / /var/lib/docker rw - xfs x rw",
    )
    assert machine.items()["overlay"].reason == "overlayfs on xfs"
