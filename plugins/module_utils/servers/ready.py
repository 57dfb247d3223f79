# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a server is ready: what its provider says, and what can be seen from here. "Active" is not yet usable."""

from __future__ import annotations

import re
import socket
from concurrent.futures import ThreadPoolExecutor

from ..core.errors import Failure, Refused, TimedOut
from ..core.field import Field
from ..core.runner import run

SIGNS = ("api", "ssh", "cloud_init", "user_state")
PORT = re.compile(r"port:([1-9][0-9]{0,4})\Z")
AT_ONCE = 32  # probes
PATIENCE = 3.0  # seconds for a connection, and for a word over it
CLOUD_INIT = "command -v cloud-init >/dev/null || { echo 'status: none'; exit 0; }; cloud-init status"

READY = Field(
    "ready",
    type="list",
    elements="str",
    help=(
        "What a server must show before it counts as ready.",
        "V(api) - the provider says that it is active. This is always waited for.",
        "V(ssh) - an SSH server greets whoever connects.",
        "V(cloud_init) - cloud-init has ended. Where the provider cannot say so, this module logs in by SSH and asks.",
        "V(port:8080) - a TCP connection to that port is accepted.",
        "V(user_state) - the server itself has told the provider that it has succeeded.",
        "By default what the provider can tell, and V(ssh) where servers have addresses; see the guide on servers.",
    ),
)


def signs(driver, asked):
    """The signs to wait for: as asked, else the provider's own. Raises Refused for what there is not."""
    chosen, problems = list(dict.fromkeys(asked if asked is not None else driver.READY)), []
    for sign in chosen:
        if sign not in SIGNS and not (PORT.match(sign) and int(sign[5:]) < 65536):
            problems.append("ready: %r is none of %s or port:NUMBER" % (sign, ", ".join(SIGNS)))
        elif sign == "user_state" and sign not in driver.SEES:
            problems.append("ready: provider %s does not hear from its servers; wait for ssh or a port" % driver.NAME)
    if problems:
        raise Refused(problems)
    return chosen


def probes(driver, chosen):
    """The signs that are looked for from here, in the order in which they come about."""
    here = [sign for sign in chosen if sign not in driver.SEES and sign != "api"]
    return sorted(here, key=lambda sign: ("ssh", "cloud_init").index(sign) if sign in SIGNS else 2)


class Watch:
    """Asks the provider for all servers at once, and those that it calls active for the signs seen from here."""

    def __init__(self, driver, chosen, known_hosts=None):
        self.driver, self.known_hosts = driver, known_hosts
        self.todo = probes(driver, chosen)
        self.told = [sign for sign in chosen if sign in driver.SEES]
        self.rows, self.seen = {}, {}

    def look(self, keys):
        """{name: phase} as `wait` wants it."""
        phases = self.driver.phases(keys, self.told)
        if not self.todo:
            return phases
        asked = [key for key in phases if phases[key] is None]
        if any(key not in self.rows for key in asked):
            self.rows = {row["name"]: row for row in self.driver.read() if "_debris" not in row}
        alive = [key for key in asked if self.rows.get(key, {}).get("state") == "active"]
        with ThreadPoolExecutor(max(1, min(AT_ONCE, len(alive)))) as pool:
            phases.update(zip(alive, pool.map(self._phase, alive)))
        return phases

    def _phase(self, key):
        """The first sign that is not there yet, or None."""
        access = self.rows[key].get("access") or {}
        if not access.get("host"):
            self.rows.pop(key)  # it may have one the next time
            return "without an address"
        done = self.seen.setdefault(key, set())
        for sign in self.todo:
            if sign not in done:
                missing = self._missing(sign, access)
                if missing:
                    return missing
                done.add(sign)
        return None

    def _missing(self, sign, access):
        port = PORT.match(sign)
        if port:
            return None if greets(access["host"], int(port.group(1)), None) else sign
        if sign == "ssh":
            return None if greets(access["host"], access["port"], b"SSH-") else sign
        return unfinished(access, self.known_hosts)


def greets(host, port, word):
    """Whether a TCP connection is accepted, and what comes over it begins with `word`."""
    try:
        with socket.create_connection((host, port), PATIENCE) as link:
            if word is None:
                return True
            link.settimeout(PATIENCE)
            return link.recv(len(word)) == word
    except OSError:
        return False


def unfinished(access, known_hosts):
    """Why cloud-init is not known to have ended on the server, or None. Raises Failure when it has failed."""
    command = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-o", "StrictHostKeyChecking=accept-new"]
    if known_hosts:
        command += ["-o", "UserKnownHostsFile=%s" % known_hosts]
    command += ["-p", str(access["port"]), "%s@%s" % (access["user"], access["host"]), CLOUD_INIT]
    try:
        status, said, complaint = run(command, timeout=20, check=False)
    except TimedOut:
        return "cloud_init"
    if "status:" not in said:
        return "cloud_init (%s)" % (complaint.strip().splitlines() or ["no answer by SSH"])[-1][:120]
    if "status: error" in said:
        raise Failure(
            "%s: cloud-init ended with an error; its words: `cloud-init status --long` there" % access["host"]
        )
    return None if status in (0, 2) and "running" not in said and "not" not in said else "cloud_init"
