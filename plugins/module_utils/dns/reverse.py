# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reverse zones: which one an address belongs to, down to classless ones (RFC 2317); pure."""

from __future__ import annotations

import ipaddress

from . import names

BITS = {4: 8, 6: 4}  # of an address that a label stands for
SUFFIX = {4: "in-addr.arpa.", 6: "ip6.arpa."}
USUAL = {4: 24, 6: 64}  # the zones that are made where nobody names any


class Zones:
    """Pointers by zone. given: names or networks of the zones that there are; None: one for each /24 and /64."""

    def __init__(self, given=None):
        zones = [] if given is None else [zone_of(text) for text in given]
        self.given = None if given is None else _index(zones)
        self.found = {name: {} for name, _network in zones}

    def add(self, address, name):
        """Let an address point to a name; one that lies in none of the zones is left out."""
        for zone, network, parents in self._places(address):
            label = names.relative(names.reverse(str(address)), SUFFIX[address.version])
            if is_classless(network):
                pointer = "%s.%s" % (label.split(".")[0], zone)
                for parent in parents:  # delegates by an alias for each address
                    self._put(parent, names.reverse(str(address)), "CNAME", pointer)
            else:
                pointer = names.reverse(str(address))
            self._put(zone, pointer, "PTR", name)

    def _places(self, address):
        if self.given is None:
            network = ipaddress.ip_network((address, USUAL[address.version]), strict=False)
            return [(name_of(network), network, ())]
        holding = []
        for shift, version, zones in self.given:
            if version == address.version and int(address) >> shift in zones:
                holding.append(zones[int(address) >> shift])
        if not holding:
            return []
        zone, network = holding[0]
        wider = [name for name, other in holding[1:] if not is_classless(other)][:1]
        return [(zone, network, wider)]

    def _put(self, zone, name, kind, value):
        values = self.found.setdefault(zone, {}).setdefault((name, kind), [])
        if value not in values:
            values.append(value)

    def sets(self):
        """(zone, {(name, type): values}) in order of the zones' names."""
        return sorted(self.found.items())


def _index(zones):
    """Zones by how many bits their networks leave open, fewest first: [(bits, version, {the others: zone})]."""
    found = {}
    for name, network in zones:
        shift = network.max_prefixlen - network.prefixlen
        found.setdefault((shift, network.version), {}).setdefault(int(network[0]) >> shift, (name, network))
    return [(shift, version, found[shift, version]) for shift, version in sorted(found)]


def is_classless(network):
    """Whether a network ends within a label."""
    return network.prefixlen % BITS[network.version] != 0


def name_of(network):
    """The reverse zone of a network; within a label, `<first address>/<length>` stands before its parent's name."""
    bits = BITS[network.version]
    labels = names.reverse(str(network.network_address)).split(".")
    whole = network.prefixlen // bits
    tail = labels[network.max_prefixlen // bits - whole :]
    if is_classless(network):
        tail.insert(0, "%s/%d" % (labels[network.max_prefixlen // bits - whole - 1], network.prefixlen))
    return ".".join(tail)


def zone_of(text):
    """(name, network) of a reverse zone, given as either. Raises ValueError."""
    text = str(text).strip()
    if not text.rstrip(".").endswith(".arpa"):
        try:
            network = ipaddress.ip_network(text)
        except ValueError as error:
            raise ValueError("%r is no reverse zone and no network: %s" % (text, error)) from None
        if network.version == 6 and is_classless(network):
            raise ValueError("network %s ends within a digit; give one of a length that 4 divides" % text)
        return name_of(network), network
    name = names.absolute(text)
    version = 4 if name.endswith(SUFFIX[4]) else 6
    labels = names.relative(name, SUFFIX[version]).split(".")
    try:
        return name, _network(labels, version)
    except ValueError:
        raise ValueError("%r is no reverse zone" % text) from None


def _network(labels, version):
    """The network that the labels before in-addr.arpa or ip6.arpa stand for. Raises ValueError."""
    length = None
    if "/" in labels[0] and version == 4:
        labels[0], _slash, digits = labels[0].partition("/")
        length = int(digits)
    elif "-" in labels[0] and version == 4:
        first, _dash, last = labels[0].partition("-")
        labels[0], length = first, 32 - (int(last) - int(first)).bit_length()
    digits = labels[::-1]
    if version == 4:
        address = ".".join(digits + ["0"] * (4 - len(digits)))
    else:
        filled = "".join(digits).ljust(32, "0")
        address = ":".join(filled[at : at + 4] for at in range(0, 32, 4))
    return ipaddress.ip_network("%s/%d" % (address, length or len(digits) * BITS[version]))
