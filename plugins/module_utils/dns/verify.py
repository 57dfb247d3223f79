# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a zone's authoritative servers say what was declared: each is asked until it does."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from ..core.errors import Failure, Refused, TimedOut
from ..core.wait import wait
from . import names, rdata
from .rows import of_answer

MOST = 50  # sets that each server is asked for: those that have changed first
WORKERS = 8
UNASKED = ("ALIAS", "SOA")  # answered as something else; raised by the server


def verify(task, zone, outcome):
    """Where the task wants it: ask every server, once all is changed. outcome: of the zone's record sets."""
    if task.params["verify"]:
        task.afterwards(lambda: agree(task.params, zone, outcome, task.progress("verify " + zone)))


def agree(options, zone, outcome, progress):
    """Ask every server until all give the declared sets and none of those deleted. Raises Failure."""
    changed = [change for change in outcome.done if change.key[1] not in UNASKED]
    wanted = [(change.key, change.after) for change in changed]
    told = {key for key, _row in wanted}
    wanted += [(key, row) for key, row in outcome.rows.items() if key not in told and key[1] not in UNASKED]
    several = {key[:2] for key, _row in wanted if len(key) > 2}
    fixed = (one for one in wanted if one[0][1] not in rdata.SIGNING and is_same_for_all(one, several))
    wanted = list(islice(fixed, MOST))
    servers = {server.address: server for server in _servers(options, zone, outcome.rows)}

    def look(addresses):
        with ThreadPoolExecutor(WORKERS) as pool:
            found = pool.map(lambda address: _lag(servers[address], wanted), addresses)
            return dict(zip(addresses, found))

    try:
        wait(look, list(servers), options["verify_timeout"], progress, what="up to date", label=_label)
    except TimedOut as late:
        lags = ["%s: %s" % (address, late.stuck[address]) for address in sorted(late.stuck)]
        text = "zone %s: everything was changed, but after %d s not every server says so: %s. Look at its transfers "
        text += "(NOTIFY, allow-transfer), or give it longer with verify_timeout"
        raise TimedOut(text % (zone, options["verify_timeout"], "; ".join(lags)), late.stuck) from None


def is_same_for_all(one, several):
    """Whether everybody is given the set's own values: it is no alias, and none of several of its name and type."""
    key, row = one
    return len(key) == 2 and "alias" not in (row or {}) and key not in several


def _label(address):
    return "server %s" % address


def _lag(server, wanted):
    """What a server says differently, for a person; None when it agrees."""
    for key, row in wanted:
        try:
            found = of_answer(server.ask(*key), key)
        except Failure as failure:
            return str(failure)
        want = row and (row["ttl"], row["values"])
        have = found and (found["ttl"], found["values"])
        if want != have:
            return "%s %s is %s instead of %s" % (key + (_told(have), _told(want)))
    return None


def _told(facts):
    return "%s (TTL %d)" % (", ".join(facts[1]), facts[0]) if facts else "not there"


def _servers(options, zone, rows):
    """The servers that the task names, else all addresses of the zone's NS. Raises Refused."""
    given = options.get("verify_servers")
    if given:
        return [_server(*_split(text)) for text in given]
    hosts = rows.get((zone, "NS"), {}).get("values", ())
    found = [(address, 53) for host in hosts for address in _addresses(host, rows)]
    if not found:
        raise Refused(
            "zone %s: everything was changed, but there is nobody to verify it with: the zone has no NS whose address "
            "is known; name the servers with verify_servers" % zone
        )
    return [_server(*one) for one in dict.fromkeys(found)]


def _server(host, port):
    from .nameserver import Nameserver

    return Nameserver("verify", host, port, timeout=5, datagrams=True)


def _split(text):
    """(host, port) of `ns1.example.org`, `192.0.2.1:5353` or `[2001:db8::1]:53`. Raises Refused."""
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        host, port = text, "53"
    if not port.isdigit() or not host:
        raise Refused("verify_servers: %r is no server: a name or an address, with :port where it is not 53" % text)
    return host.strip("[]"), int(port)


def _addresses(host, rows):
    """The addresses of a nameserver: the zone's own, else as this host finds them."""
    own = [value for kind in ("A", "AAAA") for value in rows.get((names.absolute(host), kind), {}).get("values", ())]
    if own:
        return own
    try:
        return [found[4][0] for found in socket.getaddrinfo(host, 53, type=socket.SOCK_DGRAM)]
    except OSError:
        return []
