# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a daemon.json must not say though its types are right: what an engine would start with and fail at later, or
refuse in words that do not tell the way out. Pure."""

from __future__ import annotations

import ipaddress
import re

NO_SIZE = ("journald", "syslog", "none", "gelf", "fluentd", "awslogs", "splunk", "gcplogs", "etwlogs")
ADDRESS = re.compile(r"https?://[^/\s]+/?\Z")  # engines refuse a mirror with a path, a query or a password
PORTS = re.compile(r"\d+(-\d+)?\Z")
HIGHEST_PORT = 65535


def contradictions(config, version):
    """Sentences, one for each thing that is wrong. version: numbers of the engine, () where it is not known."""
    rules = (_pools, _sixth, _address, _bridge, _mirrors, _logs)
    return [problem for rule in rules for problem in rule(config, version)]


def _network(value, strict=True):
    try:
        return ipaddress.ip_network(value, strict)
    except ValueError:
        return None


def _pools(config, _version):
    seen = []
    for pool in config.get("default-address-pools") or []:
        base, size = (pool.get("base"), pool.get("size")) if isinstance(pool, dict) else (None, None)
        network = _network(base, strict=False) if isinstance(base, str) else None
        if network is None or not isinstance(size, int):
            yield "default-address-pools: %s needs base, a network such as 10.200.0.0/16, and size, a number" % (pool,)
            continue
        if not network.prefixlen <= size <= network.max_prefixlen:
            text = "default-address-pools: size %d is not between the /%d of %s and %d"
            yield text % (size, network.prefixlen, base, network.max_prefixlen)
        for other in seen:
            if network.version == other.version and network.overlaps(other):
                yield "default-address-pools: %s overlaps %s; choose others" % (network, other)
        seen.append(network)


def _sixth(config, version):
    fixed = config.get("fixed-cidr-v6")
    network = _network(fixed) if fixed else None
    if fixed and (network is None or network.version != 6):
        yield "fixed-cidr-v6: %s is no IPv6 network" % fixed
    if config.get("ipv6") and not fixed and version and version < (27, 0):
        yield "ipv6 needs fixed-cidr-v6 before Docker 27, a network such as fd00:d0c:1::/64: the engine would not start"
    if config.get("ip6tables") and version and version < (27, 0) and not config.get("experimental"):
        yield "ip6tables needs experimental: true before Docker 27"


def _address(config, _version):
    for key in ("ip", "default-gateway", "host-gateway-ip"):
        value = config.get(key)
        try:
            ipaddress.ip_address(value or "::")
        except ValueError:
            yield "%s: %s is no IP address" % (key, value)


def _bridge(config, _version):
    bip, fixed = config.get("bip"), config.get("fixed-cidr")
    bridge = None
    if bip:
        try:
            bridge = ipaddress.ip_interface(bip).network if "/" in bip else None
        except ValueError:
            bridge = None
        if bridge is None:
            yield "bip: %s is not an address with its prefix, such as 10.199.0.1/24" % bip
        elif config.get("bridge"):
            yield "bip and bridge exclude each other: leave one out"
    network = _network(fixed) if fixed else None
    if fixed and (network is None or network.version != 4):
        yield "fixed-cidr: %s is no IPv4 network" % fixed
    elif fixed and bridge is not None and not network.subnet_of(bridge):
        yield "fixed-cidr: %s lies outside of the bridge's %s" % (fixed, bridge)


def _mirrors(config, _version):
    for mirror in config.get("registry-mirrors") or []:
        if not ADDRESS.match(str(mirror)) or "@" in mirror:
            text = "registry-mirrors: %s is not https://host or https://host:port, without a path or a password"
            yield text % re.sub(r"//[^/@]*@", "//***@", str(mirror))
    for registry in config.get("insecure-registries") or []:
        if "//" in str(registry):
            yield "insecure-registries: %s must be host, host:port or a network, without http://" % registry


def _logs(config, _version):
    driver, options = config.get("log-driver"), config.get("log-opts") or {}
    for key in ("max-size", "max-file"):
        if driver in NO_SIZE and key in options:
            yield "log-opts: %s is not known to the log-driver %s: no container would start" % (key, driver)
    if (
        str(options.get("max-file", "1")) not in ("1", "0")
        and "max-size" not in options
        and driver in (None, "json-file")
    ):
        yield "log-opts: max-file has no effect without max-size"
    size = options.get("max-size")
    if isinstance(size, str) and not re.match(r"(-1|\d+(\.\d+)?\s*[kmgKMG]?[bB]?)\Z", size):
        yield "log-opts: max-size %s is not a number with k, m or g" % size


def published(rows):
    """What is wrong with rows that say who reaches published ports."""
    for row in rows:
        for source in row.get("sources") or []:
            if _network(source, strict=False) is None:
                yield "docker_publish_allow: %s is no network" % source
        for port in map(str, row.get("ports") or []):
            ends = [int(end) for end in port.split("-")] if PORTS.match(port) else [0]
            if not all(1 <= end <= HIGHEST_PORT for end in ends) or ends != sorted(ends):
                yield "docker_publish_allow: %s is no port and no range such as 8000-8010" % port
