# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab's networks: one for each facility, one backbone across them; and the addresses of its servers."""

from __future__ import annotations

import ipaddress
import json
import threading
from dataclasses import dataclass
from typing import Any, Optional

from ...core.errors import Conflict, Failure, NotFound
from .rows import BACKBONE, FACILITY, LAB, SPEC, addresses, network_name

RANGE = ipaddress.ip_network("10.88.0.0/16")  # where subnets that nobody chose come from, each a /24
TRIES = 20
FIRST_PORT = 22022  # of the ports for SSH, where servers' own addresses cannot be reached


@dataclass(frozen=True)
class Place:
    """Where a server stands. home, backbone: (network's name, address). port: (host, port) for SSH, or None."""

    home: Any
    backbone: Any
    port: Optional[Any] = None


class Networks:
    """client: a DockerClient. facilities, backbone: subnets that the user chose, None for any free one."""

    def __init__(self, client, lab, facilities, backbone=None):
        self.client, self.lab = client, lab
        self.subnets = dict(facilities)
        self.subnets[None] = backbone
        self.lock = threading.Lock()
        self.known, self.reserved = {}, set()

    def place(self, facility, items, keep=(), published=None):
        """A Place for a server: its networks made where they are missing, its addresses reserved.

        items: the engine's list of containers. keep: rows of addresses to keep where they fit. published: the host
        on which SSH gets a port, or None.
        """
        with self.lock:
            taken = self.reserved | {one["address"] for item in items for one in addresses(item, self.lab)}
            spots = []
            for site in (facility, None):
                subnet = self._ensure(site)
                spots.append((network_name(self.lab, site), self._address(site, subnet, taken, keep)))
            self.reserved |= {spot[1] for spot in spots}
            port = (published, self._port(items)) if published else None
            return Place(spots[0], spots[1], port)

    def forget(self):
        """Look anew at which networks exist; somebody may have removed one."""
        with self.lock:
            self.known = {}

    def ours(self):
        """The lab's networks as (facility or None for the backbone, id)."""
        found = self.client.call("networks", filters={"label": ["%s=%s" % (LAB, self.lab)]})
        return [((net.get("Labels") or {}).get(FACILITY), net["Id"]) for net in found]

    def remove(self, unused):
        """Remove networks (ids) that have no server any more; one that somebody else uses stays."""
        for net in unused:
            try:
                self.client.call("remove_network", net)  # no write: it may well be sent twice
            except (Conflict, NotFound):
                continue

    def _address(self, site, subnet, taken, keep):
        label = site or "backbone"
        kept = [one["address"] for one in keep if one["network"] == label]
        if kept and ipaddress.ip_address(kept[0]) in subnet:
            return kept[0]
        for number, address in enumerate(subnet.hosts()):
            if number and str(address) not in taken:  # the first is the gateway's
                return str(address)
        raise Failure(
            "The network of %s (%s) has no free address left; give it a larger subnet or remove servers"
            % (label, subnet)
        )

    def _port(self, items):
        taken = {port for item in items for port in _published(item)} | {n for n in self.reserved if isinstance(n, int)}
        port = next(n for n in range(FIRST_PORT, 65536) if n not in taken)
        self.reserved.add(port)
        return port

    def _ensure(self, site):
        """The subnet of a site's network, which is made if it is not there."""
        name = network_name(self.lab, site)
        for _turn in range(TRIES):
            if not self.known:
                self.known = {net["Name"]: net for net in self.client.call("networks")}
            if name in self.known:
                return self._subnet_of(self.known[name], name)
            try:
                self._make(name, site)
            except Conflict as taken:
                if self.subnets[site] and "overlap" in str(taken):
                    raise Failure(
                        "The subnet %s of %s overlaps another network of this engine; choose another in the "
                        "provider's options (%s)" % (self.subnets[site], site or "the backbone", taken)
                    ) from None
            self.known = {}
        raise Failure("The network %s could not be made: no subnet is free in %s" % (name, RANGE))

    def _make(self, name, site):
        subnet = self.subnets[site] or str(self._free())
        pool = {"Subnet": subnet, "Gateway": str(next(ipaddress.ip_network(subnet).hosts()))}
        mark = {BACKBONE: "true"} if site is None else {FACILITY: site}
        self.client.call(
            "create_network",
            name,
            driver="bridge",
            ipam={"Driver": "default", "Config": [pool]},
            check_duplicate=True,
            labels=dict(mark, **{LAB: self.lab}),
            write=True,
        )

    def _free(self):
        used = [subnet for net in self.known.values() for subnet in _subnets(net)]
        for subnet in RANGE.subnets(new_prefix=24):
            if str(subnet) not in self.reserved and not any(subnet.overlaps(one) for one in used):
                self.reserved.add(str(subnet))  # should it overlap what Docker does not list, the next is tried
                return subnet
        raise Failure("No subnet is free in %s; give the facilities subnets of their own" % RANGE)

    def _subnet_of(self, net, name):
        if (net.get("Labels") or {}).get(LAB) != self.lab:
            raise Failure(
                "The network %s exists and is not of the lab %s; remove it, or give the lab another name"
                % (name, self.lab)
            )
        return _subnets(net)[0]


def _subnets(net):
    """The IPv4 subnets of a network as the engine describes it."""
    found = []
    for pool in (net.get("IPAM") or {}).get("Config") or []:
        if pool.get("Subnet") and ":" not in pool["Subnet"]:
            found.append(ipaddress.ip_network(pool["Subnet"], strict=False))
    return found


def _published(item):
    """The ports of the engine's host that a container has, or will have once it runs."""
    port = json.loads((item.get("Labels") or {}).get(SPEC, "{}")).get("port")
    return [one["PublicPort"] for one in item.get("Ports") or [] if one.get("PublicPort")] + (port or [])[1:]
