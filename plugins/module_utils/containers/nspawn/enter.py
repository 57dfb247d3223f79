# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Into a running machine: by the namespaces of its first process, so that also one without an init can be entered.

What runs inside has no more capabilities than that process and the way there need, though it is root who goes.
"""

from __future__ import annotations

import shutil

from ...core.errors import Failure

INTO = ("--all", "--root", "--wd", "--target")  # as nsenter takes them, before the process id
ENTRY = (6, 7, 18, 19, 21)  # setgid, setuid, sys_chroot, sys_ptrace, sys_admin: without them nobody gets there
COLUMNS = {"passwd": 7, "group": 4}
BASE = {  # the variables of whatever runs inside
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "container": "systemd-nspawn",
}


def words(leader, command, user=None, working_dir=None, proc="/proc"):
    """(command line, variables) that run `command`, a list, in the machine whose first process is `leader`.

    Raises Failure.
    """
    place, env = "%s/%d" % (proc, leader), dict(BASE)
    drop = dropped(_read(place + "/status"), _read(proc + "/sys/kernel/cap_last_cap"))
    done = [_program("setpriv"), "--bounding-set", drop] if drop else []
    done += [_program("nsenter"), *INTO, str(leader)]
    if user:
        uid, gid, home = numbers(user, lambda name: _read("%s/root/etc/%s" % (place, name)))
        done += ["--setuid", str(uid), "--setgid", str(gid)]
        env["HOME"] = home
    if working_dir:
        command = ["sh", "-c", 'cd "$0" && exec "$@"', working_dir, *command]
    return [*done, "--", *command], env


def dropped(status, last):
    """What setpriv takes away so that hardly a capability is left that the process of this `status` cannot have."""
    line = next(line for line in status.splitlines() if line.startswith("CapBnd:"))
    mask = int(line.split()[1], 16)
    return ",".join(
        "-cap_%d" % number for number in range(int(last) + 1) if not mask >> number & 1 and number not in ENTRY
    )


def numbers(user, read):
    """(user id, group id, home) of `user`, `user:group` or numbers. read: takes passwd or group. Raises Failure."""
    name, _colon, group = user.partition(":")
    people = _table(read, "passwd")
    person = people.get(name) or next((one for one in people.values() if one[2] == name), None)
    if person is None and not name.isdigit():
        raise Failure("there is no user %s in it" % name)
    uid, gid, home = (person[2], person[3], person[5]) if person else (name, "0", "/")
    if group:
        found = _table(read, "group").get(group)
        if found is None and not group.isdigit():
            raise Failure("there is no group %s in it" % group)
        gid = found[2] if found else group
    return int(uid), int(gid), home


def _program(name):
    """The path of a program of this host, since the PATH is the machine's by then. Raises Failure."""
    path = shutil.which(name)
    if path is None:
        raise Failure("the program %s is not here; install the package util-linux" % name)
    return path


def _table(read, name):
    try:
        lines = [line.split(":") for line in read(name).splitlines()]
    except FileNotFoundError:
        return {}
    return {parts[0]: parts for parts in lines if len(parts) >= COLUMNS[name]}


def _read(path):
    with open(path, encoding="utf-8", errors="replace") as stream:
        return stream.read()
