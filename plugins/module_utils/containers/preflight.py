# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Can this kernel run a container engine? `collect` reads the host's facts, `judge` turns them into verdicts.

`collect` only reads, below a root folder that tests can replace; `judge` is pure.
"""

from __future__ import annotations

import gzip
import os
import re
from collections import namedtuple

OK, WARN, FAIL = "ok", "warn", "fail"
Item = namedtuple("Item", "name verdict reason fix")

# What a Docker engine asks of the kernel: our name -> (kernel option, module)
FEATURES = {
    "overlay": ("OVERLAY_FS", "overlay"),
    "bridge": ("BRIDGE", "bridge"),
    "veth": ("VETH", "veth"),
    "bridge_netfilter": ("BRIDGE_NETFILTER", "br_netfilter"),
    "nf_nat": ("NF_NAT", "nf_nat"),
    "addrtype": ("NETFILTER_XT_MATCH_ADDRTYPE", "xt_addrtype"),
}
NETWORK = ("bridge", "veth", "bridge_netfilter", "nf_nat", "addrtype")
NAMESPACES = ("mnt", "pid", "net", "ipc", "uts")
CONTROLLERS = ("cpu", "cpuset", "memory", "pids")
CAPABILITIES = {"net_admin": 12, "sys_admin": 21, "sys_resource": 24}
NO_OVERLAY_ON = ("overlay", "aufs", "fuse", "nfs", "nfs4", "ecryptfs")
OLDEST_KERNEL = (4, 0)


class Host:
    """The host's files below `root`. `run(argv)` gives (status, text), or None when there is no such program."""

    def __init__(self, root="/", run=None):
        self.root = root
        self.run = run or (lambda argv: None)

    def path(self, name):
        return os.path.join(self.root, name.lstrip("/"))

    def text(self, name, default=""):
        """The text of a file, `default` when it cannot be read."""
        try:
            opener = gzip.open if name.endswith(".gz") else open
            with opener(self.path(name), "rt", encoding="utf-8", errors="replace") as stream:
                return stream.read()
        except OSError:
            return default

    def exists(self, name):
        return os.path.lexists(self.path(name))


def collect(host, data_root="/var/lib/docker"):
    """The facts that `judge` needs, as plain data."""
    release = host.text("/proc/sys/kernel/osrelease").strip()
    mounts = _mounts(host)
    return {
        "kernel": {"release": release, "version": list(_version(release))},
        "capabilities": _capabilities(host),
        "cgroup": _cgroup(host, mounts),
        "namespaces": [name for name in NAMESPACES + ("user", "cgroup") if host.exists("/proc/self/ns/" + name)],
        "features": _features(host, release),
        "storage": _storage(host, mounts, data_root),
        "firewall": _firewall(host),
        "security": _security(host),
        "proc_sys_writable": _writable(mounts, "/proc/sys"),
    }


def _version(release):
    return tuple(int(number) for number in re.findall(r"\d+", release)[:2])


def _mounts(host):
    """[(mount point, options, file system, its options)], in mount order."""
    mounts = []
    for line in host.text("/proc/self/mountinfo").splitlines():
        left, _dash, right = line.partition(" - ")
        fields, source = left.split(), right.split()
        if len(fields) > 5 and len(source) > 2:
            mounts.append((fields[4], fields[5].split(","), source[0], source[2].split(",")))
    return mounts


def _mount_of(mounts, path):
    """The mount that holds `path`: the longest mount point above it, the last one mounted there."""
    holders = [entry for entry in mounts if (path + "/").startswith(entry[0].rstrip("/") + "/")]
    return max(reversed(holders), key=lambda entry: len(entry[0])) if holders else None


def _writable(mounts, path):
    mount = _mount_of(mounts, path)
    return mount is None or "ro" not in mount[1]


def _capabilities(host):
    """Which of the capabilities that matter this process holds; None when the kernel does not say."""
    found = re.search(r"^CapEff:\s*([0-9a-f]+)", host.text("/proc/self/status"), re.MULTILINE)
    if not found:
        return None
    mask = int(found.group(1), 16)
    return sorted(name for name, bit in CAPABILITIES.items() if mask >> bit & 1)


def _cgroup(host, mounts):
    """{version, controllers}: version 2, 1, or 0 when nothing is mounted below /sys/fs/cgroup."""
    below = [entry for entry in mounts if entry[0].startswith("/sys/fs/cgroup")]
    if any(entry[0] == "/sys/fs/cgroup" and entry[2] == "cgroup2" for entry in below):
        return {"version": 2, "controllers": sorted(host.text("/sys/fs/cgroup/cgroup.controllers").split())}
    first = [option for entry in below if entry[2] == "cgroup" for option in entry[3]]
    enabled = [line.split()[0] for line in host.text("/proc/cgroups").splitlines() if line.endswith("\t1")]
    controllers = sorted(set(first) & set(enabled)) if enabled else sorted(set(first) - {"rw", "ro"})
    return {"version": 1 if controllers else 0, "controllers": controllers}


def _features(host, release):
    """{name: True, False, or None when the host does not tell}."""
    config = host.text("/proc/config.gz") or host.text("/boot/config-" + release)
    options = set(re.findall(r"^CONFIG_(\w+)=[ym]", config, re.MULTILINE))
    folder = "/lib/modules/%s/" % release
    listed = host.text(folder + "modules.dep") + host.text(folder + "modules.builtin")
    modules = set(re.findall(r"([^/\s]+?)\.ko\b", listed))
    filesystems = host.text("/proc/filesystems").split()
    found = {}
    for name, (option, module) in FEATURES.items():
        here = option in options or module in modules or module in filesystems or host.exists("/sys/module/" + module)
        found[name] = True if here else (False if options or modules else None)
    return found


def _storage(host, mounts, data_root):
    """d_type: whether folders tell the kind of their entries, which overlayfs needs; None where it is not told."""
    mount = _mount_of(mounts, data_root)
    below = mount[2] if mount else None
    answer = host.run(["xfs_info", mount[0]]) if below == "xfs" else None
    found = re.search(r"ftype=([01])", answer[1]) if answer else None
    return {"data_root": data_root, "filesystem": below, "d_type": found.group(1) == "1" if found else None}


def _firewall(host):
    """{backend: nft, legacy or None without iptables, usable, error}."""
    version = host.run(["iptables", "--version"])
    if version is None:
        return {"backend": None, "usable": None, "error": ""}
    backend = "nft" if "nf_tables" in version[1] else "legacy"
    status, text = host.run(["iptables", "-w", "-t", "nat", "-S"])
    return {"backend": backend, "usable": status == 0, "error": "" if status == 0 else text.strip()}


def _security(host):
    return {
        "seccomp": "Seccomp:" in host.text("/proc/self/status"),
        "apparmor": host.text("/sys/module/apparmor/parameters/enabled").startswith("Y"),
        "apparmor_parser": host.run(["apparmor_parser", "--version"]) is not None,
        "selinux": host.exists("/sys/fs/selinux/enforce"),
    }


def judge(facts):
    """[Item], one for each thing an engine needs; the worst of them is the host's verdict."""
    checks = (_kernel, _privileges, _control_groups, _separation, _overlay, _network, _iptables, _profiles, _sysctls)
    return [item for check in checks for item in check(facts)]


def worst(items, ignored=()):
    """The worst verdict among `items` whose name is not `ignored`."""
    verdicts = {item.verdict for item in items if item.name not in ignored}
    return FAIL if FAIL in verdicts else WARN if WARN in verdicts else OK


def _kernel(facts):
    release = facts["kernel"]["release"]
    if tuple(facts["kernel"]["version"]) >= OLDEST_KERNEL:
        yield Item("kernel", OK, "Linux %s" % release, "")
    else:
        reason = "Linux %s is older than %d.%d" % ((release or "of an unknown version",) + OLDEST_KERNEL)
        yield Item("kernel", FAIL, reason, "Boot a newer kernel.")


def _privileges(facts):
    held = facts["capabilities"]
    if held is None:
        yield Item("capabilities", WARN, "the kernel does not tell this process's capabilities", "Mount /proc.")
    elif not {"sys_admin", "net_admin"} <= set(held):
        missing = ", ".join("CAP_" + name.upper() for name in sorted({"sys_admin", "net_admin"} - set(held)))
        yield Item("capabilities", FAIL, "%s is missing" % missing, "Use become; in a container, grant the capability.")
    elif "sys_resource" not in held:
        reason = "CAP_SYS_RESOURCE is missing: privileged containers and raised limits will be refused"
        yield Item("capabilities", WARN, reason, "Grant the capability where this host was made, or do without both.")
    else:
        yield Item("capabilities", OK, "all that an engine needs", "")


def _control_groups(facts):
    version, controllers = facts["cgroup"]["version"], facts["cgroup"]["controllers"]
    missing = [name for name in CONTROLLERS if name not in controllers]
    if not version:
        yield Item("cgroup", FAIL, "no control groups are mounted", "Mount them: systemd does, or cgroupfs-mount.")
    elif version == 1 and "devices" not in controllers:
        yield Item("cgroup", FAIL, "control groups v1 lack the devices controller", "Enable CONFIG_CGROUP_DEVICE.")
    elif missing:
        reason = "control groups v%d lack %s: such limits will not hold" % (version, ", ".join(missing))
        fix = "Boot with cgroup_enable=memory swapaccount=1." if "memory" in missing else "Enable the controllers."
        yield Item("cgroup", WARN, reason, fix)
    else:
        yield Item("cgroup", OK, "control groups v%d with %s" % (version, ", ".join(controllers)), "")


def _separation(facts):
    missing = [name for name in NAMESPACES if name not in facts["namespaces"]]
    if missing:
        yield Item("namespaces", FAIL, "no namespace %s" % ", ".join(missing), "Use a kernel with these namespaces.")
    else:
        yield Item("namespaces", OK, ", ".join(facts["namespaces"]), "")


def _overlay(facts):
    storage, known = facts["storage"], facts["features"]["overlay"]
    below = storage["filesystem"]
    slow = "images would be copied whole (vfs)"
    if known is False:
        yield Item("overlay", WARN, "the kernel has no overlayfs: %s" % slow, "Load or enable the module overlay.")
    elif below in NO_OVERLAY_ON:
        reason = "%s lies on %s, which overlayfs cannot use: %s" % (storage["data_root"], below, slow)
        yield Item("overlay", WARN, reason, "Mount ext4 or xfs there, or set data-root to such a place.")
    elif storage["d_type"] is False:
        reason = "%s lies on an xfs without d_type, which overlayfs cannot use: %s" % (storage["data_root"], slow)
        yield Item("overlay", WARN, reason, "Make the file system anew with mkfs.xfs -n ftype=1.")
    elif known is None:
        yield Item("overlay", WARN, "the host does not tell whether overlayfs is there", "Run modprobe overlay.")
    else:
        yield Item("overlay", OK, "overlayfs on %s" % (below or "an unknown file system"), "")


def _network(facts):
    missing = [name for name in NETWORK if facts["features"][name] is False]
    unknown = [name for name in NETWORK if facts["features"][name] is None]
    if missing:
        options = ", ".join("CONFIG_" + FEATURES[name][0] for name in missing)
        fix = "Use a kernel with these options, or set bridge: none and iptables: false in docker_config."
        yield Item("network", FAIL, "the kernel lacks %s" % options, fix)
    elif unknown:
        yield Item(
            "network", WARN, "the host does not tell whether it has %s" % ", ".join(unknown), "Load the modules."
        )
    else:
        yield Item("network", OK, ", ".join(NETWORK), "")


def _iptables(facts):
    firewall = facts["firewall"]
    if firewall["backend"] is None:
        yield Item("iptables", OK, "not installed yet, the engine's package brings it", "")
    elif not firewall["usable"]:
        other = "legacy" if firewall["backend"] == "nft" else "nft"
        reason = "iptables (%s) cannot read the nat table: %s" % (firewall["backend"], firewall["error"])
        yield Item("iptables", FAIL, reason, "Choose iptables-%s by update-alternatives --set iptables." % other)
    else:
        yield Item("iptables", OK, "iptables (%s)" % firewall["backend"], "")


def _profiles(facts):
    security = facts["security"]
    if security["seccomp"]:
        yield Item("seccomp", OK, "in the kernel", "")
    else:
        fix = "Use a kernel with CONFIG_SECCOMP."
        yield Item("seccomp", WARN, "the kernel has no seccomp: containers run unfiltered", fix)
    if security["apparmor"] and not security["apparmor_parser"]:
        reason = "AppArmor is on, but apparmor_parser is missing: containers run without a profile, or do not start"
        yield Item("apparmor", WARN, reason, "Install the package apparmor (the role docker does).")
    else:
        confined = [name for name in ("apparmor", "selinux") if security[name]]
        yield Item("apparmor", OK, " and ".join(confined) or "no AppArmor and no SELinux on this host", "")


def _sysctls(facts):
    if facts["proc_sys_writable"]:
        yield Item("sysctl", OK, "/proc/sys is writable", "")
    else:
        fix = "Make it writable; in a container: --security-opt systempaths=unconfined."
        yield Item("sysctl", WARN, "/proc/sys is read-only: the engine cannot switch forwarding or IPv6", fix)
