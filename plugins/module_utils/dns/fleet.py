# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of hosts as DNS zones: forward with addresses, aliases, services and host keys, reverse with names; pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress

from . import names, reverse

VIEWS = {"any": None, "public": True, "private": False}
KEYS = {"ssh-rsa": 1, "ssh-dss": 2, "ssh-ed25519": 4}  # algorithms of RFC 4255 and its kin; ecdsa-... is 3
SHA256 = 2


class Unclear(ValueError):
    """Hosts cannot be made into zones; `problems` has one sentence each."""

    def __init__(self, problems):
        self.problems = list(problems)
        super().__init__("; ".join(self.problems))


class Fleet:
    """Collects the rows of one forward zone and its reverse zones.

    zone: its name. ttl: seconds of every set. view: which addresses count; see dns_records. zones: the reverse zones
    that there are, as names or networks; None for one of each /24 and /64.
    """

    def __init__(self, zone, ttl=300, view="any", zones=None):
        self.origin = names.absolute(zone.strip())
        self.resolve = names.owner_in(self.origin)
        self.ttl, self.wanted = ttl, VIEWS[view]
        self.sets, self.names, self.owners, self.problems = {}, {}, {}, []
        self.reverse = reverse.Zones(zones)

    def host(self, host, variables):
        """A host with its addresses. One that the view shows nothing of is left out."""
        found = self._addresses(host, variables)
        if not found:
            return
        here = host.rstrip(".").lower().endswith("." + self.origin[:-1])
        name = self._name(host if here else host.split(".")[0], "host %s" % host)
        if name is None:
            return
        self.names[host] = name
        for address in found:
            self._add(name, "A" if address.version == 4 else "AAAA", str(address))
            self.reverse.add(address, name)

    def alias(self, host, alias):
        """A further name of a host that is in the zone."""
        target = self.names.get(host)
        name = self._name(alias, "alias %s of host %s" % (alias, host)) if target else None
        if name:
            self._add(name, "CNAME", target)

    def service(self, group, hosts, service):
        """One SRV set of a group's hosts. service: {service, port, protocol, priority, weight}."""
        protocol = service.get("protocol") or "tcp"
        label = "_%s._%s.%s" % (str(service["service"]).lstrip("_"), protocol.lstrip("_"), group.replace("_", "-"))
        name = self._read(label, "group %s" % group)
        head = "%d %d %d" % (int(service.get("priority") or 0), int(service.get("weight") or 0), int(service["port"]))
        for target in filter(None, map(self.names.get, hosts)):
            if name:
                self._add(name, "SRV", "%s %s" % (head, target))

    def keys(self, host, keys):
        """The fingerprints of a host's keys, each as in known_hosts: `ssh-ed25519 AAAA...`."""
        name = self.names.get(host)
        for key in keys if name else ():
            value = fingerprint(key)
            if value is None:
                self.problems.append("host %s: %.30r is no host key such as ssh-ed25519 AAAA..." % (host, key))
            else:
                self._add(name, "SSHFP", value)

    def zones(self, nameservers=()):
        """The zones with their rows, the forward zone first. Raises Unclear.

        nameservers: hosts that every zone names as its NS.
        """
        servers = []
        for host in nameservers:
            servers.append(self.names.get(host))
            if servers[-1] is None:
                self.problems.append("name server %s: it is none of the hosts with an address here" % host)
        if self.problems:
            raise Unclear(self.problems)
        done = [{"zone": self.origin, "records": self._rows(self.origin, servers, self.sets)}]
        for zone, sets in self.reverse.sets():
            done.append({"zone": zone, "records": self._rows(zone, servers, sets)})
        return done

    def _rows(self, zone, servers, sets):
        top = [{"name": zone, "type": "NS", "ttl": self.ttl, "values": servers}] if servers else []
        return top + [
            {"name": name, "type": kind, "ttl": self.ttl, "values": values} for (name, kind), values in sets.items()
        ]

    def _add(self, name, kind, value):
        values = self.sets.setdefault((name, kind), [])
        if value not in values:
            values.append(value)

    def _read(self, text, who):
        try:
            return self.resolve(text)
        except ValueError as error:
            self.problems.append("%s: %s" % (who, error))
            return None

    def _name(self, text, who):
        """The name that somebody gets in the zone; each name has one owner."""
        name = self._read(text, who)
        if name is None:
            return None
        if not names.within(name, self.origin):
            self.problems.append("%s: %s is outside the zone %s" % (who, name, self.origin))
            return None
        if self.owners.setdefault(name, who) != who:
            self.problems.append("%s and %s would both be %s" % (self.owners[name], who, name))
            return None
        return name

    def _addresses(self, host, variables):
        """The first address of each family that the view shows; without a view, a public one first."""
        chosen = {}
        rows = variables.get("rackwright_addresses") or []
        for row in sorted(rows, key=lambda row: not row.get("public")):
            if self.wanted in (None, bool(row.get("public"))):
                address = ipaddress.ip_address(str(row["address"]))
                chosen.setdefault(address.version, address)
        if not rows:
            try:
                address = ipaddress.ip_address(str(variables.get("ansible_host", "")))
            except ValueError:
                text = "host %s has no address: set rackwright_addresses, or an address in ansible_host"
                self.problems.append(text % host)
                return []
            if self.wanted in (None, not address.is_private):
                chosen[address.version] = address
        return [chosen[version] for version in sorted(chosen)]


def fingerprint(key):
    """The SSHFP value of a host key, by SHA-256; None when it is none."""
    words = str(key).split()
    if words and words[0] not in KEYS and not words[0].startswith("ecdsa-sha2-"):
        words = words[1:]  # a line of known_hosts begins with the host
    if len(words) < 2:
        return None
    number = 3 if words[0].startswith("ecdsa-sha2-") else KEYS.get(words[0])
    try:
        data = base64.b64decode(words[1], validate=True)
    except (binascii.Error, ValueError):
        return None
    return "%d %d %s" % (number, SHA256, hashlib.sha256(data).hexdigest()) if number else None
