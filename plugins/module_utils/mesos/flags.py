# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flags of a Mesos daemon as the files of which the packages' wrapper, mesos-init-wrapper, makes a command line."""

from __future__ import annotations

import json
import os
import re
import shlex

from ..core.errors import Refused
from ..core.files import Write, carry_out, changes, read

WRAPPER = "/usr/bin/mesos-init-wrapper"
UNITS = ("/lib/systemd/system", "/usr/lib/systemd/system")
SERVICES = ("mesos-master.service", "mesos-agent.service", "mesos-slave.service")  # of all packages that there were
FLAG = re.compile(r"[a-z][a-z0-9_]*\Z")
KEY = re.compile(r"[A-Za-z0-9_.-]+\Z")
ADDRESS = {"master": "zk", "agent": "master"}  # the flag that the wrapper makes of the variable ZK or MASTER
TURNED = ("ZK", "MASTER", "IP", "PORT", "CLUSTER", "LOGS", "ISOLATION")  # variables that it makes flags of
COMMON = "ULIMIT='-n 16384'\n"  # in place of the packages', which sets a folder of logs that may be a flag as well
CREDENTIALS = re.compile(r"(?<=zk://)[^/\s@]+(?=@)")


def spelled(value):
    """A flag's value as the daemon reads it."""
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value)):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value)


class Daemon:
    """One daemon of a host: its folder, its service, and what the wrapper makes of its files.

    part: `master` or `agent`. flags: by name, None leaves one out. parts: attributes and resources of an agent.
    variables: of its environment. zk: where ZooKeeper is. root: below which the host's files lie.
    """

    def __init__(self, part, flags, zk, parts=None, variables=None, root="/"):
        self.part, self.zk, self.root = part, zk, root
        self.flags = {name: value for name, value in flags.items() if value is not None}
        self.parts = {name: one for name, one in (parts or {}).items() if one}
        self.variables = {name: spelled(value) for name, value in (variables or {}).items()}
        self.wrapper = read(self.path(WRAPPER)) or ""
        self.name = self._spelling()

    def path(self, name):
        """Where a file of the host lies."""
        return os.path.join(self.root, name.lstrip("/"))

    def _spelling(self):
        """What the installed wrapper calls it: its files are `mesos-slave` or `mesos-agent`, whatever the unit is."""
        if self.part == "master":
            return "master"
        return "slave" if "/etc/mesos-slave" in self.wrapper and "/etc/mesos-agent" not in self.wrapper else "agent"

    @property
    def word(self):
        """The wrapper's word for it."""
        if self.part == "master":
            return "master"
        return (
            "agent" if re.search(r"^(function )?agent\b", self.wrapper, re.MULTILINE) or not self.wrapper else "slave"
        )

    @property
    def folder(self):
        """The folder of its flags."""
        return "/etc/mesos-" + self.name

    @property
    def service(self):
        """Its unit: the package's, so that ours takes its place."""
        if self.part == "master":
            return "mesos-master.service"
        shipped = any(os.path.exists(self.path(folder + "/mesos-slave.service")) for folder in UNITS)
        return "mesos-slave.service" if shipped else "mesos-agent.service"

    @property
    def program(self):
        """Its program, as the wrapper names it."""
        found = re.search(
            r"/usr/s?bin/mesos-(?:%s)\b" % ("master" if self.part == "master" else "agent|slave"), self.wrapper
        )
        return found.group(0) if found else "/usr/sbin/mesos-" + self.name

    def problems(self):
        """What must not be written, one sentence each."""
        found = ["%s is no name of a flag: small letters, digits and _" % n for n in self.flags if not FLAG.match(n)]
        taken = [ADDRESS[self.part], *self.parts]
        twice = "the flag %s would be given twice, and the daemon not start: it has an option of its own"
        found += [twice % name for name in taken if name in self.flags]
        found += ["the variable %s is a flag to the wrapper: set it as one" % n for n in self.variables if n in TURNED]
        for kind, items in self.parts.items():
            found += ["%s is no name of one of the %s" % (key, kind) for key in items if not KEY.match(key)]
            found += [
                "%s %s holds what the daemon takes for the end of it (; or a line feed)" % (kind, key)
                for key, value in items.items()
                if ";" in spelled(value) or "\n" in spelled(value)
            ]
        return found

    def refuse(self):
        """Raise Refused for what must not be written."""
        found = self.problems()
        if found:
            raise Refused("The %s stays as it was: %s." % (self.part, "; ".join(found)))

    def files(self):
        """{path: text} of all that shall be there."""
        done = {"/etc/mesos/zk": self.zk + "\n", "/etc/default/mesos": COMMON}
        done["/etc/default/mesos-" + self.name] = self._environment()
        for name, value in self.flags.items():
            if isinstance(value, bool):
                done["%s/?%s%s" % (self.folder, "" if value else "no-", name)] = ""
            else:
                text = spelled(value)
                done["%s/%s" % (self.folder, name)] = text + "\n" if text else ""
        for kind, items in self.parts.items():
            done.update({"%s/%s/%s" % (self.folder, kind, key): spelled(one) + "\n" for key, one in items.items()})
        return done

    def _environment(self):
        given = dict({"ZK" if self.part == "master" else "MASTER": self.zk}, **self.variables)
        return "".join("%s=%s\n" % (name, shlex.quote(value)) for name, value in sorted(given.items()))

    def plan(self, absent=False):
        """The writes. A file that nobody declared goes, since it is a flag, and the daemon may not start with it."""
        wanted = {} if absent else self.files()
        there = self._there()
        names = sorted(set(wanted) | set(there) | (self._ours() if absent else set()))
        writes = [Write(self.path(name), read(self.path(name)), wanted.get(name)) for name in names]
        return changes(writes)

    def _ours(self):
        return {"/etc/mesos/zk", "/etc/default/mesos", "/etc/default/mesos-" + self.name}

    def _there(self):
        """The files in its folder."""
        top, found = self.path(self.folder), []
        for folder, _inner, names in os.walk(top):
            inside = os.path.join(self.folder, os.path.relpath(folder, top)) if folder != top else self.folder
            found += [os.path.join(inside, name) for name in names]
        return found

    def carry_out(self, writes):
        """Write what was planned."""
        carry_out(writes, lambda text: 0o600 if CREDENTIALS.search(text) else 0o644)

    def command(self):
        """The flags that the wrapper starts the daemon with, in no order."""
        done = ["--%s=%s" % (ADDRESS[self.part], self.zk)]
        for name, value in self.flags.items():
            if isinstance(value, bool):
                done.append("--" + ("" if value else "no-") + name)
            else:
                done.append("--%s=%s" % (name, spelled(value).rstrip("\n")))
        for kind, items in self.parts.items():
            done.append("--%s=%s" % (kind, ";".join("%s:%s" % (key, spelled(items[key])) for key in sorted(items))))
        return sorted(one for one in done if one != "--no-logger")

    def is_stale(self, pid):
        """Whether the process of that id has started with other flags or variables than these."""
        arguments, environment = process(pid, "cmdline"), process(pid, "environ")
        if not arguments:
            return False
        given = {"%s=%s" % pair for pair in self.variables.items()}
        flags = [one for one in arguments if one.startswith("--")]
        same = sorted(map(settled, flags)) == sorted(map(settled, self.command()))
        return not (same and given <= set(environment))


def settled(argument):
    """An argument of which the order of attributes and resources does not matter, as a locale may sort them."""
    name, _equals, value = argument.partition("=")
    return "%s=%s" % (name, ";".join(sorted(value.split(";")))) if name in ("--attributes", "--resources") else argument


def process(pid, name):
    """The words in a file of /proc that NULs divide; none when there is no such process."""
    try:
        with open("/proc/%d/%s" % (pid, name), encoding="utf-8", errors="replace") as stream:
            return stream.read().split("\0")[:-1] if pid > 0 else []
    except OSError:
        return []


def shown(text):
    """A file as a diff may show it."""
    return CREDENTIALS.sub("********", text)
