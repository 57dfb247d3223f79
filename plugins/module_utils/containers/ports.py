# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds a port of the host: each other, another container, a process."""

from __future__ import annotations

import errno
import socket

ANY = ("0.0.0.0", "::")
KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def spelled(port):
    """A published port for a person: `127.0.0.1:8080/tcp`."""
    host = "[%s]" % port["host_ip"] if ":" in port["host_ip"] else port["host_ip"]
    return "%s:%d/%s" % (host, port["public"], port["protocol"])


def overlap(one, other):
    """Whether two published ports need the same port of the host. A public port of 0 is chosen by the engine."""
    if not one["public"] or (one["public"], one["protocol"]) != (other["public"], other["protocol"]):
        return False
    first, second = one["host_ip"], other["host_ip"]
    if first == second or "::" in (first, second):  # the wildcard of IPv6 takes IPv4 as well
        return True
    return "0.0.0.0" in (first, second) and (":" in first) == (":" in second)


def clashes(ports):
    """The ports of a list that overlap with an earlier one, spelled."""
    return [spelled(port) for index, port in enumerate(ports) if any(overlap(port, one) for one in ports[:index])]


def taken(port):
    """Why a process of this machine cannot listen on a port, or None when it can or nobody can tell."""
    kind = KINDS.get(port["protocol"])
    if kind is None or not port["public"]:
        return None
    family = socket.AF_INET6 if ":" in port["host_ip"] else socket.AF_INET
    try:
        with socket.socket(family, kind) as probe:
            if port["protocol"] == "tcp":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((port["host_ip"], port["public"]))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return "a process on the host listens there already"
        if error.errno == errno.EADDRNOTAVAIL:
            return "the host has no address %s" % port["host_ip"]
    return None
