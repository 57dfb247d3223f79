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
    return "%s/%s" % (end(port["address"], port["public"]), port["protocol"])


def end(address, number):
    """An address with a port: `127.0.0.1:80`, `[::1]:80`."""
    return "%s:%s" % ("[%s]" % address if ":" in address else address, number)


def settled(port):
    """Whether both ends have numbers; an end of 0 is left to the engine."""
    return isinstance(port["public"], int) and isinstance(port["private"], int)


def overlap(one, other):
    """Whether two published ports need the same port of the host. What is not a number yet, or 0, is chosen later."""
    if (
        not one["public"]
        or not isinstance(one["public"], int)
        or (one["public"], one["protocol"]) != (other["public"], other["protocol"])
    ):
        return False
    first, second = one["address"], other["address"]
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
    family = socket.AF_INET6 if ":" in port["address"] else socket.AF_INET
    try:
        with socket.socket(family, kind) as probe:
            if port["protocol"] == "tcp":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((port["address"], port["public"]))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return "a process on the host listens there already"
        if error.errno == errno.EADDRNOTAVAIL:
            return "the host has no address %s" % port["address"]
    return None
