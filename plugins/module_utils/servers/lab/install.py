# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new server consists of: the container's configuration, its host key, and the seed that cloud-init reads."""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
import tempfile
import uuid

from ...core.runner import run
from .rows import KEPT, LAB, SERVER, SPEC

SEED = "var/lib/cloud/seed/nocloud"
HEALTH = "/usr/local/lib/rackwright/health"
PHASE = "/usr/local/lib/rackwright/phase"
# Every boot has an id of its own, as on a real machine: who waits for a reboot looks at it.
BOOT = (
    "cat /proc/sys/kernel/random/uuid > /run/boot_id && chmod 444 /run/boot_id && "
    "mount --bind /run/boot_id /proc/sys/kernel/random/boot_id; exec /sbin/init"
)
OWN_CGROUPS = "mount -o remount,bind,rw /sys/fs/cgroup && "  # the engine mounts them read-only
MEMLOCK = {"Name": "memlock", "Soft": -1, "Hard": -1}
SECOND = 1000000000  # the engine counts in nanoseconds
PERIOD = 100000  # microseconds, of the CPU quota
UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


def size(text):
    """Bytes of a size such as `512M` or `2G`. Raises ValueError."""
    match = re.match(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?\Z", str(text).strip().lower())
    if not match:
        raise ValueError("%r is not a size, such as 512M or 2G" % (text,))
    return int(float(match.group(1)) * UNITS[match.group(2)])


def limits(plan):
    """The engine's words for a plan: {cpus, memory}."""
    memory = size(plan["memory"])
    return {
        "CpuPeriod": PERIOD,
        "CpuQuota": int(float(plan["cpus"]) * PERIOD),
        "Memory": memory,
        "MemorySwap": -1,
    }


def config(row, lab, image, plan, place, may, replaces=None):
    """The configuration of a server's container.

    row: the server with its host key. image: the engine's name for it. plan: {cpus, memory}. place: a Place.
    may: its rights. replaces: the id of the container that this one takes over from.
    """
    spec = {name: row[name] for name in KEPT if row.get(name) is not None}
    if place.port:
        spec["port"] = list(place.port)
    if replaces:
        spec["replaces"] = replaces
    network, address = place.home
    return {
        "Image": image,
        "Hostname": row["name"],
        "Cmd": begin(may, BOOT),
        "Env": ["container=docker"],
        "StopSignal": "SIGRTMIN+3",
        "Tty": True,
        "Labels": {LAB: lab, SERVER: row["name"], SPEC: json.dumps(spec, sort_keys=True)},
        "Volumes": {"/var/lib/docker": {}},  # overlay2 does not work on overlay2
        "ExposedPorts": {"22/tcp": {}},
        "Healthcheck": {
            "Test": ["CMD", HEALTH],
            "Interval": SECOND,
            "Timeout": 660 * SECOND,
            "Retries": 1,
        },
        "HostConfig": _host_config(network, plan, place.port, may),
        "NetworkingConfig": {"EndpointsConfig": {network: {"IPAMConfig": {"IPv4Address": address}}}},
    }


def rights(unified, raised=False):
    """What a container may do and has that is a machine of its own, as far as it can be one without being privileged.

    unified: whether the engine's host has cgroups v2. There, each machine gets a root of its own: by the host's, an
    engine within it would set limits where its containers are not. raised: whether the limit of locked memory is
    lifted there as well, without which older releases of crun (Debian 12's Podman) start no container.
    """
    done = {
        "CapAdd": ["ALL"],
        "CapDrop": ["SYS_RESOURCE"],  # which the engine itself may lack
        "SecurityOpt": ["seccomp=unconfined", "apparmor=unconfined"],
        "MaskedPaths": [],
        "ReadonlyPaths": [],
        "CgroupnsMode": "private" if unified else "host",
        "Binds": [] if unified else ["/sys/fs/cgroup:/sys/fs/cgroup:rw"],
        "Tmpfs": {"/run": "", "/run/lock": "", "/tmp": "exec"},
    }
    if unified and raised:
        done["Ulimits"] = [MEMLOCK]
    return done


def begin(may, words):
    """The command by which a container with these rights becomes a machine. words: what a shell is to do for that."""
    return ["/bin/sh", "-c", (OWN_CGROUPS if may["CgroupnsMode"] == "private" else "") + words]


def _host_config(network, plan, port, may):
    host = dict(may, NetworkMode=network)
    host["RestartPolicy"] = {"Name": "unless-stopped"}  # so that a reboot from inside works
    host.update(limits(plan))
    if port:
        own = "127.0.0.1" if port[0] == "127.0.0.1" else ""  # an engine elsewhere knows its own address best
        host["PortBindings"] = {"22/tcp": [{"HostIp": own, "HostPort": str(port[1])}]}
    return host


def host_key(name):
    """A new SSH host key as (private key, public line `type base64`)."""
    with tempfile.TemporaryDirectory(prefix="rackwright-") as folder:
        path = os.path.join(folder, "key")
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path])
        with open(path, encoding="ascii") as private, open(path + ".pub", encoding="ascii") as public:
            return private.read(), " ".join(public.read().split()[:2])


def seed(row, private_key, user_data):
    """A tar archive for the root folder: cloud-init's NoCloud seed.

    user_data: bytes, left as they are. What is ours goes into the vendor data, which cloud-init reads beside them.
    """
    ours = {
        "ssh_keys": {"ed25519_private": private_key, "ed25519_public": row["host_key"]},
        "disable_root": False,
        "ssh_pwauth": False,
        "ssh_authorized_keys": row.get("ssh_keys") or [],
    }
    meta = {"instance-id": "iid-%s" % uuid.uuid4().hex, "local-hostname": row["name"]}
    files = {
        "meta-data": json.dumps(meta).encode(),
        "vendor-data": b"#cloud-config\n" + json.dumps(ours).encode(),
        "user-data": user_data,
    }
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo("%s/%s" % (SEED, name))
            entry.size, entry.mode = len(content), 0o600
            archive.addfile(entry, io.BytesIO(content))
    return sink.getvalue()


def user_data_of(archive):
    """The user data in a tar archive of the seed's file."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        return opened.extractfile(opened.getmembers()[0]).read()
