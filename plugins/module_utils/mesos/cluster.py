# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster: who its masters, agents and ZooKeeper servers are by an inventory's groups, and what is wrong in it."""

from __future__ import annotations

import re

GROUPS = {"master_group": "mesos_masters", "agent_group": "mesos_agents", "zookeeper_group": "zookeeper"}
ZOOKEEPER_PORT = 2181
ZK = re.compile(r"zk://(?:[^/\s@]+@)?(?P<servers>[^/\s@]+)/[^\s]+\Z")
LOCAL = ("localhost", "::1", "0.0.0.0", "::")


def cluster(groups, hostvars, master_group, agent_group, zookeeper_group, zk="", chroot="mesos", port=5050):
    """(the cluster, what is wrong with it, one sentence each)."""
    masters = members(groups.get(master_group), hostvars, "mesos_address")
    agents = members(groups.get(agent_group), hostvars, "mesos_address")
    servers = members(groups.get(zookeeper_group), hostvars, "zookeeper_address")
    wrong = _masters(masters, master_group) + _addresses(masters, agents) + _claims(groups, hostvars, master_group)
    if not zk:
        lost = [one["name"] for one in servers if not one["address"]]
        wrong += ["%s has no address: set zookeeper_address or ansible_host" % name for name in lost]
        ends = [_end(one["address"], hostvars[one["name"]]) for one in servers]
        zk = "zk://%s/%s" % (",".join(ends), chroot.strip("/")) if ends else ""
    found = ZK.match(zk)
    if not zk:
        wrong.append("there is no ZooKeeper: put hosts into the group %s, or set mesos_zk" % zookeeper_group)
    elif not found:
        wrong.append("mesos_zk and mesos_chroot must make an address such as zk://192.0.2.1:2181/mesos")
    done = {"masters": masters, "agents": agents, "quorum": len(masters) // 2 + 1, "zk": zk}
    done["zookeeper"] = found.group("servers") if found else ""
    done["urls"] = ["http://%s:%d" % (_host(one["address"] or ""), int(port)) for one in masters]
    return done, wrong


def members(names, hostvars, variable):
    """Hosts with their addresses."""
    rows = []
    for name in names or ():
        address = hostvars[name].get(variable) or hostvars[name].get("ansible_host")
        rows.append({"name": str(name), "address": str(address) if address else None})
    return rows


def _masters(masters, group):
    if not masters:
        return ["there are no masters: put hosts into the group %s" % group]
    if len(masters) % 2 == 0:
        names = ", ".join(one["name"] for one in masters)
        text = "%d masters (%s) stand no more losses than %d: take one out of the group %s, or put one in"
        return [text % (len(masters), names, len(masters) - 1, group)]
    return []


def _addresses(masters, agents):
    """What is wrong with the addresses of masters and agents."""
    found, seen = [], {}
    everybody = {one["name"]: one["address"] for one in [*masters, *agents]}
    for name, address in everybody.items():
        if not address:
            found.append("%s has no address: set mesos_address or ansible_host" % name)
        elif len(everybody) > 1 and (address in LOCAL or address.startswith("127.")):
            found.append("%s has the address %s, where no other host finds it: set mesos_address" % (name, address))
        else:
            seen.setdefault(address, []).append(name)
    twice = {address: names for address, names in seen.items() if len(names) > 1}
    return found + ["%s have one address, %s" % (" and ".join(names), a) for a, names in sorted(twice.items())]


def _claims(groups, hostvars, master_group):
    """Masters of this cluster that another one's group holds too."""
    others = {hostvars[name].get("mesos_master_group") for names in groups.values() for name in names}
    problems = []
    for group in sorted(one for one in others if one and one != master_group and one in groups):
        both = [str(name) for name in groups.get(master_group) or () if name in groups[group]]
        problems += ["%s is claimed as a master by the groups %s and %s" % (name, master_group, group) for name in both]
    return problems


def _end(address, variables):
    """Where a server of ZooKeeper is: as the role zookeeper told it in this play, else as it is declared."""
    told = (variables.get("rackwright_zookeeper") or {}).get("endpoint")
    port = int(variables.get("zookeeper_client_port") or ZOOKEEPER_PORT)
    return told or "%s:%d" % (_host(address or ""), port)


def _host(address):
    return "[%s]" % address if ":" in address else address
