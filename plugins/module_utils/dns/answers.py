# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Live answers of one nameserver, as rows."""

from __future__ import annotations

from ..core.errors import Failure, Refused
from . import names, rdata
from .nameserver import Nameserver
from .resolver import RESOLV_CONF, Host, parse
from .resource import RECORD_SET
from .rows import of_transfer, pieces


def answers(options):
    """What the server says of a name, for each type: {records, rcode, authoritative, server}. Raises Failure.

    options: name, types, server, port, recursive, timeout.
    """
    try:
        name = names.absolute(options["name"].strip())
        kinds = [rdata.type_name(kind) for kind in options["types"]]
    except ValueError as error:
        raise Refused("name %s: %s" % (options["name"], error)) from None
    host = options["server"] or _own()
    server = Nameserver("dns_answer_info", host, options["port"], timeout=options["timeout"], datagrams=True)
    found, codes, knows = [], [], True
    for kind in kinds:
        message = server.ask(name, kind, options["recursive"])
        found += pieces(message.answer)
        codes.append(server.dns.rcode.to_text(message.rcode()))
        knows = knows and bool(message.flags & server.dns.flags.AA)
    rows = sorted(of_transfer(found), key=RECORD_SET.key)
    code = next((code for code in codes if code != "NOERROR"), "NOERROR")
    return {"records": rows, "rcode": code, "authoritative": knows, "server": server.address}


def _own():
    """The first nameserver that this host asks."""
    servers = parse(Host().text(RESOLV_CONF)).nameservers
    if not servers:
        raise Failure("this host has no nameserver in %s; name one with server" % RESOLV_CONF)
    return servers[0]
