# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd-nspawn has no counterpart for, field by field and value by value; pure."""

from __future__ import annotations

import re

MACHINE = re.compile(r"(?!.*\.\.)(?=.{1,64}\Z)[a-zA-Z0-9](?:[a-zA-Z0-9_.-]*[a-zA-Z0-9])?\Z")
VARIABLE = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
LIMITS = "as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split()
CAPS = {
    "networks": "it joins no networks by name; network_mode says bridge (a cable to the host), host or none",
    "healthcheck": "nothing in systemd watches whether what runs inside is well; ask it with container_exec and until",
    "sysctls": "no setting of a machine has them; one that boots reads /etc/sysctl.d of its image",
    "shm_size": "/dev/shm has the size that it gives it",
    "log_options": "all output goes to the host's journal, whose options are the host's own",
    "runtime": "it runs everything itself",
    "init": "its small init passes no signal on, so that what runs would be killed and not asked to end",
    "privileged": "it keeps devices and its filter of system calls in any case; use cap_add and devices",
    "unit": "a machine is a unit of systemd anyway",
    "strategy": "a machine's successor needs its name, so that it cannot start beside it",
    "pull=always": "a file at an address cannot be asked for its digest; declare digest and take the new one",
    "source=load": "its images are file systems without settings; import the tar that `docker export` writes",
    "source=build": "nothing in systemd reads a Dockerfile; import a tar or a folder",
    "prune": "its images bear no owner",
    "changes": "its images are file systems, and remember no settings; say command, env and the like of the container",
    "archive": "it has no volumes of its own; folders of the host are mounted, and saved like any others",
    "push": "its images are folders of this host, which no registry takes",
    "platform": "an image is run as it is, for whichever machine it was made",
    "resource=plugin": "those are the Docker engine's",
    "pod": "a machine is on its own, and shares no namespaces with another",
    "resource=pod": "a machine is on its own, and shares no namespaces with another",
    "resource=network": "its networks are the host's, and made by systemd-networkd",
    "resource=volume": "it has no volumes of its own; mount a folder of the host, or a tmpfs",
}


def problems(row):
    """Why the row cannot be a machine, sentence by sentence, beyond what CAPS says of whole fields."""
    found = (
        [] if MACHINE.match(row["name"]) else ["a machine's name has no .. in it, ends in a letter or digit, %s" % LONG]
    )
    found += _variables(row.get("env") or {})
    for name in ("command", "entrypoint"):
        if any(CONTROL.search(word) for word in row.get(name) or ()):
            found.append(
                "%s holds a line feed or the like, which an .nspawn file cannot; put the text into a file" % name
            )
    if ":" in row.get("user", ""):
        found.append("user %s: it takes the user's own group; leave out the group" % row["user"])
    odd = sorted(set(row.get("security_opts") or ()) - {"no-new-privileges", "no-new-privileges:true"})
    found += ["security_opts %s: of these it has no-new-privileges only; leave it out" % one for one in odd]
    if row.get("log_driver") not in (None, "", "journald"):
        found.append(
            "log_driver %s: its output goes to the host's journal; say journald, or leave it out" % row["log_driver"]
        )
    unknown = sorted(set(row.get("ulimits") or ()) - set(LIMITS))
    found += ["ulimits: %s is none of %s" % (name, ", ".join(LIMITS)) for name in unknown]
    if "host-gateway" in (row.get("hosts") or {}).values():
        found.append("hosts: it knows no host-gateway; give the address")
    return found + _ports(row) + _volumes(row)


LONG = "and has 64 characters at the most"


def _variables(env):
    wrong = sorted(name for name in env if not VARIABLE.match(name))
    found = ["env: %s is no name of a variable to systemd: letters, digits and _" % name for name in wrong]
    broken = sorted(name for name, text in env.items() if CONTROL.search(text))
    return found + [
        "env: %s holds a line feed or the like, which an .nspawn file cannot; put it into a file" % n for n in broken
    ]


def _ports(row):
    found = []
    for port in row.get("ports") or ():
        if port["address"] != "0.0.0.0":
            found.append(
                "ports: it publishes on all addresses of the host; say so with address 0.0.0.0, or leave it out"
            )
        if port["protocol"] == "sctp":
            found.append("ports: it publishes tcp and udp, not sctp")
        if not port["public"]:
            found.append("ports: it chooses no public port by itself; give a number, or auto")
    return sorted(set(found))


def _volumes(row):
    return [
        "volume %s of %s: it has no volumes of its own; mount a folder of the host by its path"
        % (one["source"], one["target"])
        for one in row.get("volumes") or ()
        if one["type"] == "volume"
    ]


MAPPED = 249  # the version of systemd from which users can be mapped, without a change of each file's owner


def owned(row, version):
    """Why a row cannot have users of its own (a user namespace) with this version of systemd."""
    found = [
        "volume %s: with users of its own it can write to no folder of the host; mount it read_only, or give it the "
        "host's users with nspawn: {user_namespace: false}" % one["target"]
        for one in row.get("volumes") or ()
        if one["type"] == "bind" and not one["read_only"]
    ]
    if row.get("read_only") and version < MAPPED:
        found.append(
            "read_only: systemd %d gives the files of a container with users of its own other owners, and cannot "
            "then; leave it out, or give it the host's users with nspawn: {user_namespace: false}" % version
        )
    return found
