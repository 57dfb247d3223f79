# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container in the words of systemd: its .nspawn file and the drop-in of its unit; pure."""

from __future__ import annotations

import os

from ..forms import bytes_of
from ..rarer import mounted

MARK = "# Made by rackwright.platform"  # how files of ours begin
HEAD = MARK + " for the container %s, and made anew when it is changed by hand.\n"
NETWORKS = {  # network_mode -> Private, VirtualEthernet
    "host": ("no", "no"),
    "none": ("yes", "no"),
    "bridge": ("yes", "yes"),
}
AT_BOOT = ("always", "unless-stopped")  # the restart policies by which the machine's own start counts


def settings(row, folder):
    """The .nspawn file of a row. folder: where the files are that it mounts."""
    private, cable = NETWORKS[row.get("network_mode") or "bridge"]
    ports = ["%(protocol)s:%(public)d:%(private)d" % port for port in row.get("ports") or ()]
    sections = (
        ("Exec", _exec(row)),
        ("Network", [("Private", private), ("VirtualEthernet", cable)] + [("Port", port) for port in ports]),
        ("Files", _files(row, folder)),
    )
    lines = ["\n[%s]\n%s" % (title, "".join("%s=%s\n" % pair for pair in pairs)) for title, pairs in sections if pairs]
    return HEAD % row["name"] + "".join(lines)


def _exec(row):
    words = (row.get("entrypoint") or []) + (row.get("command") or [])
    signal = row.get("stop_signal") or ("SIGTERM" if words else "")  # a system that boots has one of its own
    pairs = [
        ("Boot", "no" if words else "yes"),
        ("Parameters", " ".join(map(quoted, words))),
    ]
    pairs += [("Environment", quoted("%s=%s" % pair)) for pair in sorted((row.get("env") or {}).items())]
    pairs += [
        ("User", row.get("user")),
        ("WorkingDirectory", row.get("working_dir")),
        ("Hostname", row.get("hostname")),
        ("KillSignal", signal),
        ("Capability", _capabilities(row.get("cap_add"))),
        ("DropCapability", _capabilities(row.get("cap_drop"))),
        ("NoNewPrivileges", "yes" if row.get("security_opts") else ""),
        ("PrivateUsers", "" if row.get("user_namespace") else "no"),  # the unit itself says -U
        ("Timezone", "off"),  # as the image has it
        ("ResolvConf", "off" if resolver(row) or row.get("dns_mode") in ("host", "none") else ""),
    ]
    pairs += [("Limit" + name.upper(), _limit(text)) for name, text in sorted((row.get("ulimits") or {}).items())]
    return [pair for pair in pairs if pair[1]]


def _files(row, folder):
    pairs = [("ReadOnly", "yes")] if row.get("read_only") else []
    for volume in _volumes(row):
        source, target, rights = volume["source"], volume["target"], "ro" if volume["read_only"] else ""
        if volume["type"] == "tmpfs":
            size = "size=%d" % bytes_of(volume["size"]) if volume.get("size") else ""
            options = ",".join(filter(None, ("mode=1777", size, rights)))
            pairs.append(("TemporaryFileSystem", "%s:%s" % (_path(target), options)))
        else:
            pairs.append(("BindReadOnly" if rights else "Bind", _mount(source, target)))
    pairs += [("Bind", _mount(*device.split(":")[:2])) for device in row.get("devices") or ()]
    return pairs + [("BindReadOnly", _mount(folder + path, path)) for path, text in own(row) if text]


def _volumes(row):
    return [*(row.get("volumes") or ()), *mounted(row)]


def mounts(row):
    """(path in the container, whether it is a file's) of all that is mounted."""
    done = [(volume["target"], os.path.isfile(volume["source"])) for volume in _volumes(row)]
    done += [(device.split(":")[1], True) for device in row.get("devices") or ()]
    return done + [(path, True) for path, text in own(row) if text]


def own(row):
    """(path in the container, text) of the files that are made for it."""
    return ("/etc/resolv.conf", resolver(row)), ("/etc/hosts", hosts(row))


def dropin(row, folder, unified=False):
    """The drop-in of the row's unit. folder: the container's own. unified: whether the host has cgroups v2."""
    policy, _colon, tries = (row.get("restart") or "no").partition(":")
    patience = row.get("stop_timeout", 10)
    unit = [("StartLimitIntervalSec", "infinity" if tries else "0"), ("StartLimitBurst", tries and str(int(tries) + 1))]
    service = [
        ("Restart", "always" if policy in AT_BOOT else policy),
        ("TimeoutStopSec", str(patience or "1ms")),  # to systemd, 0 is for ever
        ("MemoryMax", str(bytes_of(row["memory"])) if row.get("memory", "0") != "0" else ""),
        ("CPUQuota", "%g%%" % (100 * row["cpus"]) if row.get("cpus") else ""),
        ("TasksMax", str(row["pids_limit"]) if row.get("pids_limit") else ""),
    ]
    if unified and (row.get("entrypoint") or row.get("command")):
        service.append(UNIFIED)
    for device in row.get("devices") or ():
        outside, _inside, rights = device.split(":")
        service.append(("DeviceAllow", "%s %s" % (outside, rights)))
    service += [("ExecStopPost", ENDED % folder), ("ExecStopPost", UNMOUNTED)]
    parts = (("Unit", unit), ("Service", service))
    lines = ["\n[%s]\n%s" % (name, "".join("%s=%s\n" % pair for pair in pairs if pair[1])) for name, pairs in parts]
    return HEAD % row["name"] + "".join(lines)


# systemd forgets how a unit has ended once it is of no more use, and at the machine's next start.
ENDED = "/bin/sh -c 'echo $SERVICE_RESULT $EXIT_CODE $EXIT_STATUS $INVOCATION_ID >%s/ended'"

# Else systemd-nspawn gives cgroups v1 to what has no systemd that it could ask, and not every host can mount those.
UNIFIED = ("Environment", "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1")

# What a killed systemd-nspawn leaves mounted is in the way of its next start (seen with systemd 257).
UNMOUNTED = "-/bin/sh -c 'umount -l /run/systemd/nspawn/unix-export/%i 2>/dev/null'"


def resolver(row):
    """The resolv.conf of a row, "" where the row declares none."""
    lines = ["nameserver %s" % address for address in row.get("dns_servers") or ()]
    lines += ["%s %s" % (word, " ".join(row[name])) for word, name in (("search", "dns_search"),) if row.get(name)]
    lines += ["options %s" % " ".join(row["dns_options"])] if row.get("dns_options") else []
    return "".join(line + "\n" for line in lines)


def hosts(row):
    """The hosts file of a row, "" where the row declares no lines of it."""
    if not row.get("hosts"):
        return ""
    pairs = [("127.0.0.1", "localhost"), ("::1", "localhost")]
    pairs += [("127.0.1.1", row["hostname"])] if row.get("hostname") else []
    pairs += [(address, name) for name, address in sorted(row["hosts"].items())]
    return "".join("%s %s\n" % pair for pair in pairs)


def quoted(word):
    """A word for a setting that is split as a shell would, with no escapes."""
    return "'%s'" % word.replace("'", "'\"'\"'")


def _mount(source, target):
    return "%s:%s" % (_path(source), _path(target))


def _path(text):
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _capabilities(names):
    return " ".join("all" if name == "ALL" else "CAP_" + name for name in names or ())


def _limit(text):
    return text.replace("-1", "infinity")
