# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods, and containers in them, as Podman's own calls take them: those that are as Docker's know no pods. Pure."""

from __future__ import annotations

from ...core.errors import Failure
from .. import rarer, wire
from ..forms import bytes_of
from . import words

HEALTH = {"Interval": 30 * wire.NANO, "Timeout": 30 * wire.NANO, "Retries": 3}
TOLD = ("apparmor", "label", "seccomp")  # the security options that Podman tells of, from annotations
OPTIONS = {  # a security option's name, and what it sets to its value
    "apparmor": "apparmor_profile",
    "seccomp": "seccomp_profile_path",
}


def pod(row, labels, image):
    """A pod's row as the body that makes it. labels: our own, beside the row's. image: the id of its image, if any."""
    done = {
        "name": row["name"],
        "labels": dict(row.get("labels") or {}, **labels),
        "hostname": row.get("hostname") or row["name"],
        "shared_namespaces": row["share"],
        "portmappings": [_port(port) for port in row.get("ports") or ()],
        "sysctl": row.get("sysctls") or {},
    }
    plain = (("dns_servers", "dns_server"), ("dns_search", "dns_search"), ("dns_options", "dns_option"))
    done.update((word, row[name]) for name, word in plain if row.get(name))
    if row.get("hosts"):
        done["hostadd"] = ["%s:%s" % pair for pair in sorted(row["hosts"].items())]
    if row.get("shm_size", "0") != "0":
        done["shm_size"] = bytes_of(row["shm_size"])
    if row.get("networks"):
        done["netns"] = {"nsmode": "bridge"}
        done["Networks"] = {network["name"]: _network(network) for network in row["networks"]}
    if image:
        done["infra_image"] = image
    if row.get("command"):
        done["infra_command"] = row["command"]
    return done


def _port(port):
    ends = {"container_port": port["private"], "host_port": port["public"], "host_ip": port["address"]}
    return dict(ends, protocol=port["protocol"])


def _network(network):
    fixed = [network[part] for part in ("address", "address_v6") if network[part]]
    return {"aliases": network["aliases"], "static_ips": fixed}


def body(config, name):
    """The body that makes a container by Podman's own call, for the one that is as Docker's. Raises Failure."""
    host = config["HostConfig"]
    policy, log = host.get("RestartPolicy") or {}, host.get("LogConfig") or {}
    done = {
        "name": name,
        "pod": config.get("Pod"),
        "image": config["Image"],
        "command": config.get("Cmd"),
        "entrypoint": config.get("Entrypoint"),
        "env": dict(text.partition("=")[::2] for text in config.get("Env") or ()),
        "labels": config.get("Labels"),
        "user": config.get("User"),
        "work_dir": config.get("WorkingDir"),
        "stop_timeout": config.get("StopTimeout"),
        "stop_signal": words.signal_number(config["StopSignal"]) if config.get("StopSignal") else None,
        "healthconfig": _health(config.get("Healthcheck") or {}),
        "restart_policy": policy.get("Name"),
        "restart_tries": policy.get("MaximumRetryCount") or None,
        "cap_add": host.get("CapAdd"),
        "cap_drop": host.get("CapDrop"),
        "privileged": host.get("Privileged"),
        "read_only_filesystem": host.get("ReadonlyRootfs"),
        "init": host.get("Init"),
        "resource_limits": _limits(words.limits(host)),
        "r_limits": [{"type": u["Name"], "soft": u["Soft"], "hard": u["Hard"]} for u in host.get("Ulimits") or ()],
        "devices": [{"path": ":".join(device.values())} for device in host.get("Devices") or ()],
        "log_configuration": {"driver": log["Type"]} if log.get("Type") else None,
        "oci_runtime": host.get("Runtime"),
        "image_volume_mode": "anonymous",
        "use_image_resolve_conf": host.get("Dns") == rarer.NO_RESOLVER or None,
    }
    done.update(_mounts(host.get("Mounts") or ()), **_security(host.get("SecurityOpt") or ()))
    return {word: value for word, value in done.items() if value not in (None, "", [], {})}


def alone(config):
    """What a container in no pod has beside that, which its pod's would otherwise be."""
    host, mode = config["HostConfig"], config["HostConfig"]["NetworkMode"]
    nets = (config.get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
    done = {
        "hostname": config.get("Hostname"),
        "hostadd": host.get("ExtraHosts"),
        "sysctl": host.get("Sysctls"),
        "shm_size": host.get("ShmSize"),
        "netns": {"nsmode": mode if mode in ("host", "none") else "bridge"},
        "Networks": {name: {"aliases": net["Aliases"], "static_ips": _fixed(net)} for name, net in nets.items()},
        "portmappings": [_port(port) for port in wire.ports_of(host.get("PortBindings") or {})],
    }
    return {word: value for word, value in done.items() if value}


def _fixed(net):
    return [address for address in (net.get("IPAMConfig") or {}).values() if address]


def _health(check):
    """A health check with Podman's defaults, which this call does not know: a timeout of 0 would be one."""
    if check.get("Test", ["NONE"]) == ["NONE"]:
        return check
    return dict(HEALTH, **{word: value for word, value in check.items() if value})


def _limits(host):
    """Limits of a container, of which Podman takes quota and period for its processors."""
    done = {}
    if host.get("CpuQuota"):
        done["cpu"] = {"quota": host["CpuQuota"], "period": host["CpuPeriod"]}
    if host.get("Memory"):
        done["memory"] = {"limit": host["Memory"], "swap": host["MemorySwap"]}
    if host.get("PidsLimit") is not None:
        done["pids"] = {"limit": host["PidsLimit"]}
    return done


def _mounts(mounts):
    named = [mount for mount in mounts if mount["Type"] == "volume"]
    others = [mount for mount in mounts if mount["Type"] != "volume"]
    return {
        "volumes": [{"Name": one.get("Source", ""), "Dest": one["Target"], "Options": _options(one)} for one in named],
        "mounts": [
            {
                "type": one["Type"],
                "source": one.get("Source") or one["Type"],
                "destination": one["Target"],
                "options": _options(one),
            }
            for one in others
        ],
    }


def _options(mount):
    done, memory = ["ro" if mount.get("ReadOnly") else "rw"], mount.get("TmpfsOptions") or {}
    if memory.get("SizeBytes"):
        done.append("size=%d" % memory["SizeBytes"])
    return done + (["mode=%o" % memory["Mode"]] if memory.get("Mode") else [])


def _security(options):
    """Security options as settings of their own."""
    done = {}
    for option in options:
        name, value = option.replace("=", ":", 1).partition(":")[::2]
        if name in TOLD:
            done.setdefault("annotations", {})["io.podman.annotations." + name] = value
        if name == "no-new-privileges":
            done["no_new_privileges"] = value != "false"
        elif name in OPTIONS:
            done[OPTIONS[name]] = value
        elif name == "label":
            done.setdefault("selinux_opts", []).append(value)
        elif name in ("mask", "unmask"):
            done.setdefault(name, []).extend(value.split(":"))
        else:
            raise Failure("security option %r is none that Podman takes in a pod, or with dns_mode none" % option)
    return done
