# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of this machine that a volume stands for: its owner, group and mode."""

from __future__ import annotations

import grp
import os
import pwd
import re
import stat

from ..core.errors import Failure

MODE = re.compile(r"0?[0-7]{3,4}\Z")


def bind(value):
    """A declared folder in its canonical form: without what is left out, the mode in four digits."""
    path = os.path.normpath(value["path"])
    if not path.startswith("/") or path == "/":
        raise ValueError("path %r is not an absolute path" % value["path"])
    done = {"path": path}
    done.update((name, value[name]) for name in ("owner", "group") if value.get(name))
    if value.get("mode"):
        if not MODE.match(value["mode"]):
            raise ValueError("mode %r is not octal digits in quotes, such as '0750'" % value["mode"])
        done["mode"] = "%04o" % int(value["mode"], 8)
    return done


def trouble(want):
    """Why a folder cannot be so, as a text; None when it can."""
    if os.path.lexists(want["path"]) and not os.path.isdir(want["path"]):
        return "%s is there and is no folder; choose another path, or move it away" % want["path"]
    for what, look in (("owner", pwd.getpwnam), ("group", grp.getgrnam)):
        if what in want and not want[what].isdigit():
            try:
                look(want[what])
            except KeyError:
                return "%s %s: there is none on the engine's host; make it first, or give its number" % (
                    what,
                    want[what],
                )
    return None


def seen(path, want):
    """The folder as it is, in the terms of `want`: users by number where that has one. Empty where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return {}
    done = {"path": path, "mode": "%04o" % stat.S_IMODE(found.st_mode)}
    for what, number, look in (("owner", found.st_uid, pwd.getpwuid), ("group", found.st_gid, grp.getgrgid)):
        try:
            done[what] = str(number) if want.get(what, "").isdigit() else look(number)[0]
        except KeyError:
            done[what] = str(number)
    return done


def settle(want):
    """Make the folder, and those above it, and give it owner, group and mode. Raises Failure."""
    path = want["path"]
    try:
        os.makedirs(path, exist_ok=True)
        ids = [_number(want.get("owner"), pwd.getpwnam), _number(want.get("group"), grp.getgrnam)]
        os.chown(path, *ids)
        if "mode" in want:
            os.chmod(path, int(want["mode"], 8))
    except OSError as error:
        raise Failure("the folder %s cannot be made so: %s" % (path, error.strerror or error)) from None


def _number(name, look):
    return -1 if name is None else int(name) if name.isdigit() else look(name)[2]
