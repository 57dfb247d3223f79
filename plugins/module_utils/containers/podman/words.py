# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Docker's words for containers and images and those of Podman 4 and 5; pure."""

from __future__ import annotations

import re
import signal

from .. import wire
from ..forms import bytes_of, size
from ..rarer import NO_RESOLVER

NETWORK = "podman"  # the one that a container is in unless told otherwise
LOCAL, HUB = "localhost/", "docker.io/"
# What a container may do unless told otherwise, and what Docker allows beside it.
ALLOWED = frozenset(
    "CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split()
)
WITHHELD = frozenset(("AUDIT_WRITE", "MKNOD", "NET_RAW"))
RARE = "SYS_ADMIN"  # who has it has been given ALL
# A fixed address as a field, in Docker's words, and where the present one is told.
ADDRESSES = (("address", "IPv4Address", "IPAddress"), ("address_v6", "IPv6Address", "GlobalIPv6Address"))
QUOTED = re.compile(r'LABEL "(?:[^"\\]|\\.)*"="(?:[^"\\]|\\.)*"\Z')
ESCAPED = re.compile(r"\\(.)")
PERIOD = 100000  # microseconds in which a quota of processors counts
STICKY = 0o1777  # the rights of a tmpfs, which Podman makes 0


def candidates(name):
    """The full names that an image's name may stand for, in the order in which they are looked for.

    Podman's own search would take any registry's image that ends so.
    """
    first, slash, _rest = name.partition("/")
    if name.startswith("sha256:") or (slash and (first == "localhost" or "." in first or ":" in first)):
        return [name]
    return [LOCAL + name, HUB + (name if slash else "library/" + name)]


def made(name):
    """The full name of an image that is made on the engine's host."""
    return candidates(name)[0]


def pulled(name):
    """The full name of an image that comes from a registry."""
    return candidates(name)[-1]


def plain(name):
    """An image's name as people write it: without what goes without saying."""
    for prefix in (LOCAL, HUB + "library/", HUB):
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


def image(answer):
    """An inspected image in Docker's words."""
    names = {part: sorted({plain(name) for name in answer.get(part) or ()}) for part in ("RepoTags", "RepoDigests")}
    return dict(answer, **names)


def network(answer, old):
    """A network. Podman before 5 tells of containers which networks they are in by name, so that this is the id."""
    name = NETWORK if answer["Name"] == "bridge" else answer["Name"]
    return dict(answer, Name=name, Id=name if old else answer["Id"])


def volume(answer):
    """A volume; what Podman has made of its options stands among them in capitals."""
    options = {name: text for name, text in (answer.get("Options") or {}).items() if not name.isupper()}
    return dict(answer, Options=options)


def instruction(line):
    """A LABEL instruction for an imported image: Podman takes all between the outer quotes as it is."""
    return ESCAPED.sub(r"\1", line) if QUOTED.match(line) else line


def body(config, ident, old):
    """The body that makes a container, as Podman wants it. ident: its image's. old: for Podman before version 5."""
    host = dict(config["HostConfig"])
    if old and host.get("PidsLimit") == -1:
        host["PidsLimit"] = 0
    host["Mounts"] = [_rights(mount) for mount in host.get("Mounts") or ()]
    timeout = 10 if config.get("StopTimeout") is None else config["StopTimeout"]
    return dict(config, Image=ident, HostConfig=host, StopTimeout=timeout)


def limits(data):
    """Other limits for a container as it runs; of processors Podman takes only quota and period."""
    done = dict(data)
    if done.get("NanoCpus"):
        done.update(CpuPeriod=PERIOD, CpuQuota=done.pop("NanoCpus") * PERIOD // wire.NANO)
    return done


def _rights(mount):
    if mount["Type"] != "tmpfs":
        return mount
    return dict(mount, TmpfsOptions=dict({"Mode": STICKY}, **(mount.get("TmpfsOptions") or {})))


def listed(item, own):
    """A container of the list in Docker's words. own: what Podman's own list says of it."""
    status, kept = item.get("Status") or "", wire.remembered(item.get("Labels") or {})
    settings = dict(item.get("NetworkSettings") or {})
    settings["Networks"] = _renamed(settings.get("Networks") or {}, kept)
    if own.get("Pod") and not own.get("IsInfra"):  # what is told are its pod's
        settings, item = {}, dict(item, Ports=[])
    health = own.get("Status")
    status = "%s (%s)" % (status, health) if health else status
    pod = {"Pod": own.get("Pod"), "PodName": own.get("PodName") or "", "IsInfra": bool(own.get("IsInfra"))}
    return dict(item, Image=plain(item.get("Image") or ""), Status=status, NetworkSettings=settings, **pod)


def inspected(answer, old):
    """An inspected container in Docker's words. What Podman does not tell is taken as it was declared last."""
    config, host, settings = answer["Config"], answer["HostConfig"], answer.get("NetworkSettings") or {}
    kept = wire.remembered(config.get("Labels") or {})
    networks = _renamed(settings.get("Networks") or {}, kept)
    added, dropped = _capabilities(host, kept, old)
    log = host.get("LogConfig") or {}
    known = {
        "NetworkMode": _mode(host.get("NetworkMode"), networks, kept),
        "CapAdd": added,
        "CapDrop": dropped,
        "PortBindings": _ports(host.get("PortBindings") or {}, kept),
        "Mounts": _binds(host) + _tmpfs(host, kept),
        "Binds": None,
        "Devices": [_device(one, kept) for one in host.get("Devices") or ()],
        "Ulimits": [dict(one, Name=one["Name"].replace("RLIMIT_", "").lower()) for one in host.get("Ulimits") or ()],
        "Dns": NO_RESOLVER if _no_resolver(answer, kept) else host.get("Dns"),
        "Sysctls": kept.get("sysctls"),
        "Runtime": kept.get("runtime") or host.get("Runtime"),
        "LogConfig": dict(log, Type=_log_driver(log.get("Type"), kept)),
    }
    said = {"Image": plain(config.get("Image") or ""), "StopSignal": _signal(config.get("StopSignal"), kept)}
    networks = {name: _endpoint(name, net, kept) for name, net in networks.items()}
    return dict(
        answer,
        Config=dict(config, **said),
        HostConfig=dict(host, **known),
        NetworkSettings=dict(settings, Networks=networks),
    )


def _renamed(networks, kept):
    """The networks by name; the default one as Docker calls it, unless it was declared by its own."""
    if _declared(NETWORK, kept):
        return networks
    return {"bridge" if name == NETWORK else name: net for name, net in networks.items()}


def _declared(name, kept):
    return next((one for one in kept.get("networks") or () if one["name"] == name), None)


def _mode(mode, networks, kept):
    """The network mode, for which Docker has the name of the network that a container starts with."""
    own = sorted(name for name in networks if name != "bridge")
    if mode != "bridge" or not own:
        return mode
    return next((one["name"] for one in kept.get("networks") or () if one["name"] in own), own[0])


def _endpoint(name, net, kept):
    """A network's settings with the fixed addresses, which Podman does not tell apart."""
    want = _declared(name, kept) or {}
    fixed = {word: net.get(now) or want[field] for field, word, now in ADDRESSES if want.get(field)}
    return dict(net, IPAMConfig=fixed or None)


def _ports(bindings, kept):
    """The published ports; one that the engine was to choose has no number, though Podman chooses it for good."""
    chosen = {
        ("%d/%s" % (port["private"], port["protocol"]), port["address"])
        for port in kept.get("ports") or ()
        if not port["public"]
    }
    return {
        private: [dict(end, HostPort="0") if (private, end.get("HostIp")) in chosen else end for end in ends or ()]
        for private, ends in bindings.items()
    }


def _binds(host):
    """Mounts for what Podman tells as source:place:options."""
    done = []
    for bind in host.get("Binds") or ():
        source, target, *options = bind.split(":")
        kind = "bind" if source.startswith("/") else "volume"
        only = "ro" in (options or [""])[0].split(",")
        done.append({"Type": kind, "Source": source, "Target": target, "ReadOnly": only})
    return done


def _tmpfs(host, kept):
    """Mounts for each tmpfs, without those that make a read-only container writable where nobody has asked."""
    wanted = {volume["target"] for volume in kept.get("volumes") or ()}
    done = []
    for target, text in (host.get("Tmpfs") or {}).items():
        if (
            host.get("ReadonlyRootfs")
            and "tmpcopyup" in text
            and target in ("/run", "/tmp", "/var/tmp")
            and target not in wanted
        ):
            continue
        options = text.split(",")
        one = {"Type": "tmpfs", "Target": target, "ReadOnly": "ro" in options}
        found = [option[len("size=") :] for option in options if option.startswith("size=")]
        if found:
            one["TmpfsOptions"] = {"SizeBytes": bytes_of(size(found[0]))}
        done.append(one)
    return done


def _device(one, kept):
    """A device with its rights, which Podman does not tell."""
    place = "%s:%s:" % (one["PathOnHost"], one["PathInContainer"])
    declared = next((device for device in kept.get("devices") or () if device.startswith(place)), place + "rwm")
    return dict(one, CgroupPermissions=one.get("CgroupPermissions") or declared.rpartition(":")[2])


def _no_resolver(answer, kept):
    """Whether it has its image's resolv.conf, of which Podman tells no more than that it has written none.

    Nor does it write one for what has never run, or has no network of its own.
    """
    if answer.get("ResolvConfPath"):
        return False
    mode = answer["HostConfig"].get("NetworkMode") or ""
    own = answer["State"]["Running"] and mode != "none" and not mode.startswith("container:")
    return bool(own or kept.get("dns_mode") == "none")


def _log_driver(driver, kept):
    """The log driver; json-file is what Podman says for its k8s-file."""
    return kept.get("log_driver") if driver == "json-file" and kept.get("log_driver") == "k8s-file" else driver


def _signal(text, kept):
    """A stop signal's name; Podman tells its number."""
    number = signal_number(text or "")
    if number is None:
        return text or ""
    declared = kept.get("stop_signal", "")
    if signal_number(declared) == number:
        return declared
    low, high = signal.SIGRTMIN, signal.SIGRTMAX
    return "SIGRTMIN+%d" % (number - low) if low < number < high else signal.Signals(number).name


def signal_number(text):
    """The number of a signal; None where it is none that this system knows."""
    if text.isdigit():
        return int(text)
    name, _plus, more = text.partition("+")
    found = getattr(signal, name, None) if name.startswith("SIG") and "_" not in name else None
    return None if found is None else int(found) + int(more or 0)


def _capabilities(host, kept, old):
    """(added, dropped) beside Podman's own; as they were declared, where what is in effect amounts to that."""
    add, drop = ({name.replace("CAP_", "", 1) for name in host.get(word) or ()} for word in ("CapAdd", "CapDrop"))
    want_add, want_drop = set(kept.get("cap_add") or ()), set(kept.get("cap_drop") or ())
    if host.get("Privileged"):
        return sorted(want_add), sorted(want_drop)
    base = ALLOWED | WITHHELD if old or drop & WITHHELD else ALLOWED
    have = (base | add) - drop
    if "ALL" in want_add:
        as_declared = RARE in have | want_drop and not have & want_drop
    else:
        from_start = set() if "ALL" in want_drop else ALLOWED
        as_declared = have - WITHHELD == (from_start | want_add) - want_drop - WITHHELD
        as_declared = as_declared and want_add - want_drop <= have and not have & want_drop
    if as_declared:
        return sorted(want_add), sorted(want_drop)
    return sorted(have - ALLOWED), sorted(ALLOWED - have)
