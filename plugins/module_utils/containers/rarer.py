# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of a container that few declare, as fields and in the words of the Docker Engine API; pure."""

from __future__ import annotations

from .forms import RESOLVER, bytes_of, size_of

NO_RESOLVER = ["none"]  # in place of name servers


def body(row):
    """What the row adds to a HostConfig: only what is declared."""
    plain = (("dns_servers", "Dns"), ("dns_search", "DnsSearch"), ("dns_options", "DnsOptions"))
    plain += (("sysctls", "Sysctls"), ("security_opts", "SecurityOpt"), ("runtime", "Runtime"))
    done = {word: row[name] for name, word in plain if row.get(name)}
    if row.get("dns_mode") == "none":
        done["Dns"] = NO_RESOLVER
    if row.get("hosts"):
        done["ExtraHosts"] = ["%s:%s" % pair for pair in sorted(row["hosts"].items())]
    if row.get("devices"):
        words = ("PathOnHost", "PathInContainer", "CgroupPermissions")
        done["Devices"] = [dict(zip(words, device.split(":"))) for device in row["devices"]]
    if row.get("ulimits"):
        done["Ulimits"] = [_ulimit(*pair) for pair in sorted(row["ulimits"].items())]
    if row.get("shm_size", "0") != "0":
        done["ShmSize"] = bytes_of(row["shm_size"])
    if row.get("log_driver") or row.get("log_options"):
        done["LogConfig"] = {"Type": row.get("log_driver") or "", "Config": row.get("log_options") or {}}
    return done


def mounted(row):
    """What is mounted for the row beside its volumes, as one of them: the host's resolv.conf, where that is wanted."""
    one = {"type": "bind", "source": RESOLVER, "target": RESOLVER, "read_only": True}
    return [one] if row.get("dns_mode") == "host" else []


def resolver(volumes, kept, host):
    """(the dns_mode, the volumes without what is mounted for it) of what an engine tells. kept: what was declared."""
    own = [one for one in volumes if one["target"] == one["source"] == RESOLVER]
    if own and not any(one["target"] == RESOLVER for one in kept.get("volumes") or ()):
        return "host", [one for one in volumes if one not in own]
    return "none" if host.get("Dns") == NO_RESOLVER else "engine", volumes


def _ulimit(name, text):
    soft, _colon, hard = text.partition(":")
    return {"Name": name, "Soft": int(soft), "Hard": int(hard)}


def seen(host):
    """The fields in an inspected container's HostConfig."""
    log = host.get("LogConfig") or {}
    return {
        "dns_servers": [one for one in host.get("Dns") or () if one not in NO_RESOLVER],
        "dns_search": host.get("DnsSearch") or [],
        "dns_options": host.get("DnsOptions") or [],
        "hosts": dict(text.partition(":")[::2] for text in host.get("ExtraHosts") or ()),
        "devices": sorted(
            ":".join((one["PathOnHost"], one["PathInContainer"], one["CgroupPermissions"]))
            for one in host.get("Devices") or ()
        ),
        "ulimits": {one["Name"]: "%d:%d" % (one["Soft"], one["Hard"]) for one in host.get("Ulimits") or ()},
        "sysctls": host.get("Sysctls") or {},
        "shm_size": size_of(host.get("ShmSize") or 0),
        "security_opts": host.get("SecurityOpt") or [],
        "log_driver": log.get("Type") or "",
        "log_options": log.get("Config") or {},
        "runtime": host.get("Runtime") or "",
    }
