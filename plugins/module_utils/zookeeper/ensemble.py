# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An ensemble: who is declared to be in it, who is, and what the members say of themselves."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

from ..clients import zookeeper
from ..core.errors import Unreachable

VOTING = ("leader", "follower", "standalone")
HIGHEST_ID = 255
PORTS = {"client_port": 2181, "quorum_port": 2888, "election_port": 3888}
MEMBERS = {  # the modules' option
    "type": "list",
    "elements": "dict",
    "required": True,
    "options": {
        "name": {"type": "str", "required": True},
        "id": {"type": "int"},
        "address": {"type": "str", "required": True},
        **{name: {"type": "int", "default": number} for name, number in PORTS.items()},
        "listen": {"type": "str", "default": "0.0.0.0"},
    },
}
LOCAL = ("localhost", "::1", "0.0.0.0", "::")


def problems(members):
    """What is wrong with declared members ({name, id, address}), one sentence each."""
    found = []
    for member in members:
        name, number, address = member["name"], member["id"], member["address"]
        if number is None:
            found.append("%s has no id: set zookeeper_id, a number from 1 to %d" % (name, HIGHEST_ID))
        elif not 1 <= number <= HIGHEST_ID:
            found.append("%s has the id %d: it must be from 1 to %d" % (name, number, HIGHEST_ID))
        if not address:
            found.append("%s has no address: set zookeeper_address or ansible_host" % name)
        elif len(members) > 1 and (address in LOCAL or address.startswith("127.")):
            found.append(
                "%s has the address %s, where no other member finds it: set zookeeper_address" % (name, address)
            )
    for field, title in (("id", "id"), ("address", "address")):
        for value, names in sorted(_shared(members, field).items(), key=str):
            found.append("%s have one %s, %s: each member needs its own" % (" and ".join(names), title, value))
    if not members:
        found.append("the ensemble has no members: put hosts into the group")
    elif len(members) % 2 == 0:
        names = ", ".join(member["name"] for member in members)
        found.append(
            "an ensemble of %d (%s) stands no more losses than one of %d: take a host out, or put one in"
            % (len(members), names, len(members) - 1)
        )
    return found


def _shared(members, field):
    seen = {}
    for member in members:
        if member[field]:
            seen.setdefault(member[field], []).append(member["name"])
    return {value: names for value, names in seen.items() if len(names) > 1}


def server(member, role="participant"):
    """A member as ZooKeeper writes it behind server.N="""
    return "%s:%d:%d:%s;%s:%d" % (
        _host(member["address"]),
        member["quorum_port"],
        member["election_port"],
        role,
        _host(member.get("listen") or "0.0.0.0"),
        member["client_port"],
    )


def _host(address):
    return "[%s]" % address if ":" in address else address


def parse(text):
    """{id: server} and the version of a membership's text."""
    servers = {int(number): spec for number, spec in re.findall(r"^server[.](\d+)=(\S+)", text, re.MULTILINE)}
    version = re.search(r"^version=([0-9a-fA-F]+)", text, re.MULTILINE)
    return servers, version.group(1) if version else None


def render(servers):
    """The text of a membership file."""
    return "".join("server.%d=%s\n" % (number, servers[number]) for number in sorted(servers))


def voters(servers):
    """The ids of those that count for a quorum."""
    return {number for number, spec in servers.items() if ":observer" not in spec}


def steps(servers, members):
    """The reconfigurations that lead from the membership in force to the declared one: (joining, leaving) each.

    One member joins at a time, then all leave that must. Who moved to another address joins anew.
    """
    declared = {member["id"]: server(member) for member in members}
    joining = ["server.%d=%s" % (n, spec) for n, spec in sorted(declared.items()) if servers.get(n) != spec]
    leaving = sorted(set(servers) - set(declared))
    found = [(line, None) for line in joining]
    return found + ([(None, ",".join(str(number) for number in leaving))] if leaving else [])


def first_view(servers, members, number):
    """The membership that a member starts with: the declared one, or, where an ensemble is at work already, that one
    with the member as an observer, who cannot make a quorum with other newcomers."""
    declared = {member["id"]: member for member in members}
    if not servers:
        return {key: server(member) for key, member in declared.items()}
    return {**servers, number: server(declared[number], "observer")}


def look(member, timeout):
    """What one member says of itself."""
    where = member["address"], member["client_port"]
    row = {"name": member["name"], "id": member["id"], "address": where[0], "mode": "", "error": ""}
    try:
        said = zookeeper.word(*where, "srvr", timeout)
        found = dict(re.findall(r"^([A-Za-z ]+): (.*)$", said, re.MULTILINE))
        row["mode"] = found.get("Mode", "")
        row["version"] = found.get("Zookeeper version", "").partition("-")[0]
        row["error"] = "" if row["mode"] else said.strip() or "it answered nothing"
        if row["mode"]:
            row["zxid"] = found.get("Zxid", "")
            row["metrics"] = dict(
                re.findall(r"^(zk_\w+)\t(.*)$", zookeeper.word(*where, "mntr", timeout), re.MULTILINE)
            )
            row["membership"], row["config_version"] = parse(zookeeper.word(*where, "conf", timeout))
    except Unreachable as error:
        row["error"] = str(error)
    return row


def survey(members, timeout=3.0):
    """All members asked at once: what each says, and whether they have a quorum and how many it could lose.

    Those that are still in the ensemble, but not declared any more, are asked too: one of them may lead it.
    """
    rows = ask(members, timeout)
    known = next((row["membership"] for row in rows if row["mode"] and row["membership"]), {})
    declared = {member["id"] for member in members}
    return summary(rows, ask([m for m in map(addressed, known.items()) if m["id"] not in declared], timeout))


def ask(members, timeout):
    """One row a member."""
    with ThreadPoolExecutor(max(1, min(16, len(members)))) as pool:
        return list(pool.map(lambda member: look(member, timeout), members))


def addressed(item):
    """Where a member (id, server) of the membership is found."""
    number, spec = item
    host = re.match(r"\[(.+?)\]|([^:]+)", spec)
    address = host.group(1) or host.group(2)
    return {"name": address, "id": number, "address": address, "client_port": int(spec.rpartition(":")[2])}


def summary(rows, others=()):
    """The ensemble as the answers of its members, and of others that are in it, show it."""
    leader = next((row for row in [*rows, *others] if row["mode"] in ("leader", "standalone")), None)
    membership = (leader or {}).get("membership") or {}
    quorum = len(voters(membership) or rows) // 2 + 1
    serving = sum(row["mode"] in VOTING for row in [*rows, *others])
    if leader:  # it knows who is in step; newcomers and those that left follow it without a vote
        counted = leader["metrics"].get
        serving = int(counted("zk_synced_followers", 0)) - int(counted("zk_synced_non_voting_followers", 0)) + 1
    return {
        "members": rows,
        "leader": leader["name"] if leader else "",
        "membership": {str(number): spec for number, spec in sorted(membership.items())},
        "config_version": (leader or {}).get("config_version") or "",
        "serving": serving,
        "quorum": quorum,
        "spare": serving - quorum if leader else -1,
    }
