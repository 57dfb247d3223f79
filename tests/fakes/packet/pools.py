# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where addresses come from: what a project gets by itself in each metro, and what elastic blocks are cut from."""

from __future__ import annotations

import ipaddress

from . import catalogue
from .wire import href, new_id, stamp

ELASTIC = {"public_ipv4": "203.0.113.0/24", "global_ipv4": "192.0.2.0/24", "private_ipv4": "10.200.0.0/16"}
ELASTIC["public_ipv6"] = "2001:db8:f000::/48"
PUBLIC = "198.18.0.0/15"  # devices' own
PRIVATE, PRIVATE_SIZE = "10.64.0.0/11", 25  # a project's private block in a metro; a full one is followed by the next
SIX, SIX_SIZE = "2001:db8::/40", 56


class Block:
    """A network from which smaller ones are cut, one after the other."""

    def __init__(self, network):
        self.network, self.next = ipaddress.ip_network(network), 0

    def cut(self, size, every=None):
        """The next network of that prefix length, or None. every: the prefix length that each one uses up."""
        step = 2 ** (self.network.max_prefixlen - (every or size))
        start = -(-self.next // step) * step
        if start + step > self.network.num_addresses:
            return None
        self.next = start + step
        return ipaddress.ip_network((int(self.network.network_address) + start, size))


def begin(api):
    """All pools are full."""
    api.taken = {}  # kind: as many of its elastic addresses, the first ones, have others
    api.pools = {}  # id of a project's own block: dict, with its Block
    api.sources = {name: Block(net) for name, net in (("public", PUBLIC), (4, PRIVATE), (6, SIX))}


def cut_own(api, device, family, public, size):
    """A network for a device; (network, id of the block it is of, or None)."""
    if family == 4 and public:
        return api.sources["public"].cut(size), None
    metro = catalogue.FACILITIES[device["_facility"]]
    mine = [row for row in api.pools.values() if row["_for"] == (device["_project"], metro, family)]
    for row in reversed(mine):
        net = row["_block"].cut(size, 64 if family == 6 else None)
        if net:
            return net, row["id"]
    row = _block(api, device, metro, family)
    return row["_block"].cut(size, 64 if family == 6 else None), row["id"]


def _block(api, device, metro, family):
    """One more block of a project's own in a metro."""
    net = api.sources[family].cut(PRIVATE_SIZE if family == 4 else SIX_SIZE)
    made = {"id": new_id(), "type": "private_ipv4" if family == 4 else "public_ipv6", **network(net)}
    made.update(public=family == 6, addon=False, bill=False, management=True, manageable=True, enabled=True)
    made.update(state="created", tags=[], customdata={}, global_ip=False, created_at=stamp(api.clock.now()))
    made.update(_project=device["_project"], _code=device["_facility"], _facility=None, _assigned=[], _block=Block(net))
    api.pools[made["id"]] = dict(made, _for=(device["_project"], metro, family))
    return api.pools[made["id"]]


def network(net):
    """What is said of each network."""
    found = {"address": str(net[0]), "network": str(net[0]), "netmask": str(net.netmask), "cidr": net.prefixlen}
    return dict(found, address_family=net.version, gateway=str(net[0]))


def parent(row):
    """A block as its parts name it."""
    return {name: row[name] for name in ("network", "netmask", "cidr")} | href("ips", row["id"])


def elastic(api, kind, size, taken):
    """The first free network of a kind that overlaps none of `taken`, or None; others have the first `api.taken`."""
    pool = ipaddress.ip_network(ELASTIC[kind])
    busy = sorted((net for net in taken if net.version == pool.version and net.overlaps(pool)), key=lambda net: net[0])
    at, step = int(pool.network_address) + api.taken.get(kind, 0), 2 ** (pool.max_prefixlen - size)
    for net in [*busy, None]:
        at = -(-at // step) * step
        if at + step <= (int(net[0]) if net else int(pool.broadcast_address) + 1):
            return ipaddress.ip_network((at, size))
        at = max(at, int(net.broadcast_address) + 1) if net else at
    return None
