# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between rows and the words of the Docker Engine API; pure."""

from __future__ import annotations

import json
import re

from . import rarer
from .fields import EMPTY
from .forms import OURS, bytes_of, in_order, moment, others, size_of

CONTAINER, OWNER, SPEC = OURS["container"], OURS["owner"], OURS["spec"]
ANONYMOUS = re.compile(r"[0-9a-f]{64}\Z")  # the name of a volume that an engine made for an image
BEGUN = re.compile(r"\((?:health: )?(starting|healthy|unhealthy)\)")
EXITED = re.compile(r"Exited \((\d+)\)")
NANO = 1000000000
LATE = (0, 0.2, 0.6)  # seconds before each look for what is about to be there
NOW = ("id", "state", "status", "exit_code", "health", "published", "addresses", "created")  # what a list tells anew
# An image or the engine fills these in, so that only what we have set ourselves is ours to compare.
FROM_IMAGE = ("command", "entrypoint", "env", "labels", "healthcheck", "user", "working_dir", "hostname", "stop_signal")
FILLED_IN = FROM_IMAGE + ("log_driver", "log_options", "runtime", "shm_size", "security_opts", "ulimits", "devices")


def body(row, labels):
    """A row as what the engine takes to make a container. labels: our own, beside the row's."""
    config = {
        "Image": row.get("_image") or row["image"],
        "Labels": dict(row.get("labels") or {}, **labels),
        "HostConfig": _host_config(row),
        "Cmd": row.get("command") or None,
        "Entrypoint": row.get("entrypoint") or None,
        "Env": ["%s=%s" % pair for pair in sorted((row.get("env") or {}).items())],
        "User": row.get("user") or "",
        "WorkingDir": row.get("working_dir") or "",
        "Hostname": row.get("hostname") or "",
        "StopTimeout": row.get("stop_timeout"),
    }
    if row.get("stop_signal"):
        config["StopSignal"] = row["stop_signal"]
    if row.get("healthcheck"):
        config["Healthcheck"] = _healthcheck(row["healthcheck"])
    if row.get("ports"):
        config["ExposedPorts"] = {_private(port): {} for port in row["ports"]}
    if row.get("networks") and row.get("network_mode") != "bridge":
        first = row["networks"][0]
        config["NetworkingConfig"] = {"EndpointsConfig": {first["name"]: endpoint(first)}}
    return config


def _host_config(row):
    bindings = {}
    for port in row.get("ports") or ():
        number = str(port["public"]) if port["public"] else ""
        bindings.setdefault(_private(port), []).append({"HostIp": port["address"], "HostPort": number})
    mode = row.get("network_mode") or (row["networks"][0]["name"] if row.get("networks") else "bridge")
    config = dict(limits(row), PortBindings=bindings, NetworkMode=mode)
    config.update(
        Mounts=[
            _mount(one) for one in [*(row.get("volumes") or ()), *(row.get("_kept_volumes") or ()), *rarer.mounted(row)]
        ],
        CapAdd=row.get("cap_add") or None,
        CapDrop=row.get("cap_drop") or None,
        Privileged=bool(row.get("privileged")),
        ReadonlyRootfs=bool(row.get("read_only")),
    )
    if row.get("init") is not None:
        config["Init"] = row["init"]
    return dict(config, **rarer.body(row))


def limits(row, names=("cpus", "memory", "pids_limit", "restart")):
    """What an engine can update in a container that exists."""
    done = {}
    if "cpus" in names and row.get("cpus"):
        done["NanoCpus"] = int(round(row["cpus"] * NANO))
    if "memory" in names and row.get("memory", "0") != "0":
        done["Memory"] = bytes_of(row["memory"])
        done["MemorySwap"] = 2 * done["Memory"]  # the engine's own default, which an update would not renew
    if "pids_limit" in names and row.get("pids_limit") is not None:
        done["PidsLimit"] = row["pids_limit"] or -1
    if "restart" in names and row.get("restart"):
        name, _colon, tries = ("no" if row.get("unit") else row["restart"]).partition(":")  # else two would restart it
        done["RestartPolicy"] = {"Name": name, "MaximumRetryCount": int(tries or 0)}
    return done


def endpoint(network):
    """A network of a row as the settings of its endpoint."""
    done = {"Aliases": network["aliases"]}
    parts = (("IPv4Address", network["address"]), ("IPv6Address", network["address_v6"]))
    fixed = {word: address for word, address in parts if address}
    return dict(done, IPAMConfig=fixed) if fixed else done


def _private(port):
    return "%d/%s" % (port["private"], port["protocol"])


def _healthcheck(health):
    done = {"Test": health["test"], "Retries": health.get("retries", 0)}
    for name, word in (("interval", "Interval"), ("timeout", "Timeout"), ("start_period", "StartPeriod")):
        done[word] = int(round(health.get(name, 0) * NANO))
    return done


def _mount(volume):
    done = {"Type": volume["type"], "Target": volume["target"], "ReadOnly": volume["read_only"]}
    if volume["source"]:
        done["Source"] = volume["source"]
    if volume.get("size"):
        done["TmpfsOptions"] = {"SizeBytes": bytes_of(volume["size"])}
    return done


def seen(answer):
    """An inspected container of ours as a row: of what images fill in only what an earlier task has set."""
    labels = answer["Config"].get("Labels") or {}
    row, kept = everything(answer), remembered(labels)
    for name in FILLED_IN:
        if name not in kept:
            row[name] = EMPTY[name]
        elif isinstance(row[name], dict):
            row[name] = {key: value for key, value in row[name].items() if key in kept[name]}
    row.update(_spec=kept, _unbegun=row["status"] == "created" and not kept.get("_stopped"))
    if kept.get("_image"):
        row["image"] = kept["_image"]
    return row


def everything(answer):
    """An inspected container as a row, with all that is in effect, wherever it comes from."""
    config, host = answer["Config"], answer["HostConfig"]
    mode = host.get("NetworkMode") or "default"
    resolver, volumes = rarer.resolver(_volumes_of(host), remembered(config.get("Labels") or {}), host)
    row = {
        "name": answer["Name"].lstrip("/"),
        "image": config.get("Image"),
        "image_id": answer["Image"],
        "command": config.get("Cmd") or [],
        "entrypoint": config.get("Entrypoint") or [],
        "env": dict(text.partition("=")[::2] for text in config.get("Env") or ()),
        "labels": others(config.get("Labels")),
        "healthcheck": _health_of(config.get("Healthcheck") or {}),
        "user": config.get("User") or "",
        "working_dir": config.get("WorkingDir") or "",
        "hostname": "" if answer["Id"].startswith(config.get("Hostname") or "") else config["Hostname"],
        "stop_signal": config.get("StopSignal") or "",
        "stop_timeout": 10 if config.get("StopTimeout") is None else config["StopTimeout"],
        "ports": ports_of(host.get("PortBindings") or {}),
        "volumes": volumes,
        "dns_mode": resolver,
        "pod": "",  # only the list of all containers tells
        "unit": False,  # only the engine's host knows
        "network_mode": {"default": "bridge"}.get(mode, mode if mode in ("bridge", "host", "none") else ""),
        "networks": _networks_of(answer, mode),
        "cap_add": sorted(name.replace("CAP_", "", 1) for name in host.get("CapAdd") or ()),
        "cap_drop": sorted(name.replace("CAP_", "", 1) for name in host.get("CapDrop") or ()),
        "privileged": bool(host.get("Privileged")),
        "read_only": bool(host.get("ReadonlyRootfs")),
        "init": bool(host.get("Init")),
        "cpus": round(_cpus_of(host), 4),
        "memory": size_of(host.get("Memory") or 0),
        "pids_limit": max(0, host.get("PidsLimit") or 0),
        "restart": _restart_of(host.get("RestartPolicy") or {}),
    }
    return dict(row, **dict(rarer.seen(host), **_state_of(answer)))


def _state_of(answer):
    state, settings = answer["State"], answer.get("NetworkSettings") or {}
    labels = answer["Config"].get("Labels") or {}
    health = (state.get("Health") or {}).get("Status")
    return {
        "state": "paused" if state.get("Paused") else "started" if state.get("Running") else "stopped",
        "status": state.get("Status"),
        "exit_code": state.get("ExitCode") if state.get("Status") in ("exited", "dead") else None,
        "health": {"none": None, "": None}.get(health, health),
        "published": ports_of(settings.get("Ports") or {}),
        "addresses": _addresses(answer),
        "created": answer["Created"].partition(".")[0] + "Z" if answer.get("Created") else None,
        "owner": labels.get(OWNER),
        "settled": True,
        "id": answer["Id"][:12],
        "_id": answer["Id"],
        "_mounts": answer.get("Mounts") or [],
    }


def _nets(answer):
    return (answer.get("NetworkSettings") or {}).get("Networks") or {}


def _addresses(answer):
    return {name: net["IPAddress"] for name, net in _nets(answer).items() if net.get("IPAddress")}


def _cpus_of(host):
    if host.get("NanoCpus"):
        return host["NanoCpus"] / float(NANO)
    return host["CpuQuota"] / float(host.get("CpuPeriod") or 100000) if host.get("CpuQuota", 0) > 0 else 0.0


def _health_of(health):
    test = health.get("Test") or []
    if not test or test == ["NONE"]:
        return {"test": test} if test else {}
    names = (("interval", "Interval"), ("timeout", "Timeout"), ("start_period", "StartPeriod"))
    done = {name: health[word] / float(NANO) for name, word in names if health.get(word)}
    if health.get("Retries"):
        done["retries"] = health["Retries"]
    return dict(done, test=test)


def ports_of(bindings):
    """The published ports of an engine's bindings."""
    done = []
    for private, ends in bindings.items():
        number, _slash, protocol = private.partition("/")
        for end in ends or ():
            one = {"address": end.get("HostIp") or "0.0.0.0", "public": int(end.get("HostPort") or 0)}
            done.append(dict(one, private=int(number), protocol=protocol or "tcp"))
    return in_order(done)


def _volumes_of(host):
    done = []
    for mount in host.get("Mounts") or ():
        if ANONYMOUS.match(mount.get("Source") or ""):
            continue
        one = {"type": mount["Type"], "source": mount.get("Source") or "", "target": mount["Target"]}
        one["read_only"] = bool(mount.get("ReadOnly"))
        if (mount.get("TmpfsOptions") or {}).get("SizeBytes"):
            one["size"] = size_of(mount["TmpfsOptions"]["SizeBytes"])
        done.append(one)
    for bind in host.get("Binds") or ():  # how others write it
        source, target, *mode = bind.split(":")
        kind = "bind" if source.startswith("/") else "volume"
        only = "ro" in (mode or [""])[0].split(",")
        done.append({"type": kind, "source": source, "target": target, "read_only": only})
    return sorted(done, key=lambda one: one["target"])


def _networks_of(answer, mode):
    """The networks by name, the one it starts with first; the engine's default network does not count.

    Engines add the host's name to its further names.
    """
    config, done = answer["Config"], []
    kept = remembered(config.get("Labels") or {}).get("networks") or ()
    declared = {one["name"]: one["aliases"] for one in kept}
    for name, net in _nets(answer).items():
        if name in ("bridge", "host", "none"):
            continue
        fixed = net.get("IPAMConfig") or {}
        own = {config.get("Hostname")} - set(declared.get(name, ()))
        aliases = {alias for alias in net.get("Aliases") or () if not answer["Id"].startswith(alias)} - own
        one = {"address": fixed.get("IPv4Address") or "", "address_v6": fixed.get("IPv6Address") or ""}
        done.append(dict(one, name=name, aliases=sorted(aliases)))
    return sorted(done, key=lambda one: (one["name"] != mode, one["name"]))


def _restart_of(policy):
    name, tries = policy.get("Name") or "no", policy.get("MaximumRetryCount")
    return "%s:%d" % (name, tries) if name == "on-failure" and tries else name


def remembered(labels):
    """What an earlier task has declared, from our label."""
    try:
        kept = json.loads(labels.get(SPEC) or "{}")
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


def called(item):
    """A container's name in the engine's list."""
    return next((name[1:] for name in item.get("Names") or () if name.count("/") == 1), item["Id"][:12])


def listed(item):
    """A container of the engine's list as a row: enough to tell what it is and to remove it."""
    labels = item.get("Labels") or {}
    kept = remembered(labels)
    status, health = item.get("State"), BEGUN.search(item.get("Status") or "")
    ended = EXITED.match(item.get("Status") or "")
    return {
        "name": called(item),
        "image": item.get("Image"),
        "owner": labels.get(OWNER),
        "id": item["Id"][:12],
        "status": status,
        "exit_code": int(ended.group(1)) if ended else None,
        "health": health.group(1) if health else None,
        "published": in_order(_held(item)),
        "addresses": _addresses(item),
        "created": moment(item["Created"]),
        "stop_signal": kept.get("stop_signal", ""),
        "stop_timeout": kept.get("stop_timeout", 10),
        "_labels": others(labels),
        "_ports": kept.get("ports") or [],
        "state": "paused" if status == "paused" else "started" if status in ("running", "restarting") else "stopped",
        "_id": item["Id"],
        "_mounts": item.get("Mounts") or [],
    }


def _held(item):
    return [
        {
            "address": port.get("IP") or "0.0.0.0",
            "public": port["PublicPort"],
            "private": port["PrivatePort"],
            "protocol": port["Type"],
        }
        for port in item.get("Ports") or ()
        if port.get("PublicPort")
    ]


def joined(row):
    """The networks that a container must be connected to once it is made; the first may come with its making."""
    networks = row.get("networks") or []
    return networks if row.get("network_mode") == "bridge" else networks[1:]


def labels(name, row, memory):
    """Our own labels of a container: whose it is, and what was declared."""
    done = {CONTAINER: name, SPEC: json.dumps(memory, sort_keys=True, separators=(",", ":"))}
    if row.get("owner"):
        done[OWNER] = row["owner"]
    return done


def carried(before, after):
    """Volumes that the engine made for the image's own mount points: a replacement goes on with them."""
    places = {volume["target"] for volume in after.get("volumes") or ()}
    return [
        {"type": "volume", "source": mount["Name"], "target": mount["Destination"], "read_only": False}
        for mount in before.get("_mounts") or ()
        if anonymous(mount) and mount["Destination"] not in places
    ]


def again(row):
    """A container of ours, read in full, as what the engine takes to make it as it was, with the volumes it had."""
    same = dict(row, _kept_volumes=carried(row, row), _image=row["image_id"])
    return body(same, labels(row["name"], row, dict(row["_spec"], _image=row["image"])))


def anonymous(mount):
    """Whether a mount is a volume that the engine made for an image, of which nobody else knows the name."""
    return mount.get("Type") == "volume" and bool(ANONYMOUS.match(mount.get("Name") or ""))
