# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Port numbers that nobody has given: found on the engine's host, and never given to two at once.

The number that a container has is read from the container, so it stays. One on its way into a container stands in a
file under a lock, with the process that took it, and counts as long as that process lives and takes no others.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import tempfile
import zlib

from ..core.errors import Refused
from .forms import AUTO, in_order, span
from .ports import end, overlap, settled, taken

FILE = "rackwright-ports"
FOLDERS = ("/run/lock", "/var/lock")  # else the folder for temporary files
ANYWHERE = (20000, 32767)  # below what Linux takes for outgoing connections (net.ipv4.ip_local_port_range)


def numbered(rows, current, held, local, host):
    """The rows with a number for each port that has none, and variables that tell programs of their named ports.

    current: the rows that are there. held: a function that returns (container's name, port) of all that is published
    or kept for a stopped container. local: whether the engine's host is this machine. host: a function that returns
    the address at which others reach what is bound to all addresses. Raises Refused.
    """
    there = {row["name"]: row for row in current if not row.get("_debris")}
    done = [_with_kept(row, there.get(row["name"], {})) for row in rows]
    lacking = [(row, port) for row in done for port in row.get("ports") or () if not settled(port)]
    if lacking:
        if not local:
            raise Refused([_told(row, port, "only on the engine's own host can it be tried") for row, port in lacking])
        with Ledger() as ledger:
            _choose(lacking, ledger, done, held())
    return [_informed(row, there.get(row["name"], {}), host) for row in done]


def _told(row, port, reason):
    text = "container %s: no number can be found for its port %s: %s; run the task there, or give a number"
    return text % (row["name"], port.get("name") or port["private"], reason)


def _with_kept(row, have):
    """A row whose ports have the numbers that the container has already."""
    if not row.get("ports"):
        return row
    return dict(row, ports=[port if settled(port) else _kept(port, have) for port in row["ports"]])


def _kept(port, have):
    for one in have.get("ports") or ():
        same = all(one[part] == port[part] for part in ("address", "protocol"))
        if not same or not _within(one["public"], port["public"]):
            continue
        told = (have.get("env") or {}).get(variable("PORT", port))
        if port["private"] == one["private"] or (port["private"] == AUTO and told == str(one["private"])):
            return dict(port, public=one["public"], private=one["private"])
    return dict(port)


def _within(number, wanted):
    low, high = span(wanted) or (1, 65535)
    return low <= number <= high


def _choose(lacking, ledger, rows, held):
    """Give each of the ports a number that nobody has. Raises Refused."""
    names = {row["name"] for row in rows if row.get("ports") is not None}
    others = ledger.ports() + [port for name, port in held if name not in names]
    others += [port for row in rows for port in row.get("ports") or () if isinstance(port["public"], int)]
    problems = []
    for row, port in lacking:
        number = next((one for one in _candidates(row, port) if _is_free(dict(port, public=one), others)), None)
        if number is None:
            problems.append("container %s: every port of %s is taken" % (row["name"], port["public"]))
            continue
        port.update(public=number, private=number if port["private"] == AUTO else port["private"])
        others.append(port)
        ledger.add(port)
    if problems:
        raise Refused(problems)


def _candidates(row, port):
    """The numbers to try: the same first one whenever the same container asks."""
    low, high = span(port["public"]) or ANYWHERE
    count = high - low + 1
    first = zlib.crc32(("%s/%s" % (row["name"], port.get("name") or port["private"])).encode()) % count
    return (low + (first + step) % count for step in range(count))


def _is_free(port, others):
    return not any(overlap(port, other) for other in others) and taken(port) is None


def variable(word, port):
    """The name of the variable that tells a program of its port."""
    return "%s_%s" % (word, port.get("name", "").upper().replace("-", "_"))


def _informed(row, have, host):
    """A row whose ports are as an engine takes them; the names have become variables. Raises Refused."""
    ports = row.get("ports") or ()
    told = {}
    for port in ports:
        if port.get("name"):
            told[variable("PORT", port)] = str(port["private"])
            if port["public"]:
                told[variable("ADVERTISE", port)] = _reached(port, host)
    if not told:
        return row
    env = row.get("env")
    both = sorted(set(told) & set(env or ()))
    if both:
        raise Refused(
            "container %s: env sets %s, which a port's name sets, too; leave one out" % (row["name"], both[0])
        )
    if env is None and not row.get("image"):
        env = have.get("env")
    bare = [{part: value for part, value in port.items() if part != "name"} for port in ports]
    return dict(row, ports=in_order(bare), env=dict(env or {}, **told))


def _reached(port, host):
    address = port["address"]
    if address in ("0.0.0.0", "::"):
        address = host()
    return end(address, port["public"])


def own_address():
    """This machine's address towards the rest of the world; its name where it has none. Nothing is sent."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
    except OSError:
        return socket.gethostname()


class Ledger:
    """The numbers that living processes of this machine have taken, whoever runs them."""

    def __init__(self, folder=None):
        folder = folder or next((path for path in FOLDERS if os.path.isdir(path)), tempfile.gettempdir())
        self.path, self.pid = os.path.join(folder, FILE), os.getpid()

    def __enter__(self):
        self.file = os.fdopen(_opened(self.path), "r+", encoding="utf-8")
        fcntl.flock(self.file, fcntl.LOCK_EX)
        try:
            entries = json.loads(self.file.read() or "[]")
        except ValueError:  # of a process that ended while it wrote; it took nothing
            entries = []
        self.entries = [
            entry for entry in entries if entry["pid"] != self.pid and _began(entry["pid"]) == entry["began"]
        ]
        return self

    def __exit__(self, kind, _error, _trace):
        if kind is None:
            self.file.seek(0)
            self.file.truncate()
            json.dump(self.entries, self.file)
        self.file.close()

    def ports(self):
        """The ports that are taken."""
        return [entry["port"] for entry in self.entries]

    def add(self, port):
        """Take a port for this process."""
        whole = {part: port[part] for part in ("address", "public", "protocol")}
        self.entries.append({"port": whole, "pid": self.pid, "began": _began(self.pid)})


def _opened(path):
    """The descriptor of a file that all users of the machine share, in a folder where everybody may make files."""
    try:
        return os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        pass
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
        os.fchmod(handle, 0o666)
        return handle
    except FileExistsError:
        return os.open(path, os.O_RDWR | os.O_NOFOLLOW)


def _began(pid):
    """When a process began, in the kernel's ticks, so that another with its number is told apart; None: it ended."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[19]
    except OSError:
        return None
