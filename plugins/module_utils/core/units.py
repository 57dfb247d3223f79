# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units of systemd as they are declared: many at once, of the machine, of a user, and of all users who log in."""

from __future__ import annotations

import os
import pwd
from collections import namedtuple

from .errors import Failure, Refused
from .files import Write
from .systemd import RUNNING, asked, parts

LINGER = "/var/lib/systemd/linger/%s"  # is there for users whose units run without a login
RUNTIME = "/run/user/%d"  # is there while a user's systemd runs
ON, OFF = ("enabled", "enabled-runtime"), ("disabled", "linked", "linked-runtime", "bad", "")
LIVELY = ("active", "activating", "reloading", "refreshing")
STILL = ("inactive", "failed")
ASKED = "--property=LoadState,ActiveState,UnitFileState,NeedDaemonReload"
MISSING = {"LoadState": "not-found", "ActiveState": "inactive", "UnitFileState": ""}
Step = namedtuple("Step", "row verbs write")  # verbs of systemctl, and what they change in the unit's state


def title(row):
    """How a unit is called where its name alone would not do."""
    of = {"global": " of all users", "user": " of user %s" % row["user"]}
    return row["name"] + of.get(row["scope"], "")


def each(declared):
    """The units that are meant, one of each user's. Refuses, before anything is asked, what cannot be meant."""
    problems, rows = [], {}
    for unit in declared:
        if (unit["scope"] == "user") != (unit["users"] is not None):
            problems.append("%s: scope user and users go together" % unit["name"])
        if unit["scope"] == "global" and unit["state"]:
            problems.append("%s: scope global only enables; its state is each user's own" % unit["name"])
        if unit["state"] is None and unit["enabled"] is None:
            problems.append("%s: nothing is declared; give state, enabled or both" % unit["name"])
        if unit["restart"] and unit["state"] != "started":
            problems.append("%s: restart goes with state started" % unit["name"])
        for row in [dict(unit, user=user) for user in ([None] if unit["users"] is None else unit["users"])]:
            if title(row) in rows:
                problems.append("%s: it is declared twice" % title(row))
            rows[title(row)] = row
    if problems:
        raise Refused(problems)
    return list(rows.values())


class Units:
    """The units of this machine. run: a command; returns (status, output, errors). dry: only foretell."""

    def __init__(self, run, dry):
        # asked again while systemd starts anew, as it does when its package is upgraded
        self.run = lambda words: asked(lambda command, check: run(command), words[1:], check=False, program=words[0])
        self.dry, self.done = dry, []

    def linger(self, users):
        """Let these users' units run without a login."""
        for user in users:
            _uid(user)  # who is not there is told before anything is changed
        for user in [one for one in users if not os.path.exists(LINGER % one)]:
            if not self.dry:
                self._must("user " + user, "loginctl", "enable-linger", user)
            self.done.append(Write("user " + user, "linger: false\n", "linger: true\n"))

    def settle(self, rows, lingering=()):
        """Make them so, in order. lingering: users whose systemd may be started for it."""
        if not os.path.isdir(RUNNING):
            raise Failure("systemd does not run on this host, so that it has no units")
        groups, said = {}, []
        for row in rows:
            groups.setdefault((row["scope"], row["user"]), []).append(row)
        for who, those in groups.items():
            said += zip(those, self._said(who, those, lingering))
        told = {title(row): state for row, state in said}
        steps = [_step(row, told[title(row)]) for row in rows]
        problems = [problem for row in rows for problem in _problems(row, told[title(row)], self.dry)]
        if problems:
            raise Refused(problems)
        for row, verbs, write in steps:
            for verb in [] if self.dry else verbs:
                self._must(title(row), *self._systemctl(row), verb, row["name"])
            if verbs:
                self.done.append(write)

    def _said(self, who, rows, lingering):
        """What systemd says of units that are all of one scope and user; told first what has changed on the disk."""
        if who[0] == "global":
            return [self._enabled(row) for row in rows]
        if who[0] == "user" and not self._runs(who[1], lingering):
            return [dict(MISSING) for _row in rows]
        said = self._shown(rows)
        stale = any(one["NeedDaemonReload"] == "yes" for one in said)
        if not self.dry and (stale or any(_wants(row) and _missing(one) for row, one in zip(rows, said))):
            self._must("systemd", *self._systemctl(rows[0]), "daemon-reload")
            said = self._shown(rows)
        return said

    def _runs(self, user, lingering):
        """Whether the user's systemd can be asked; it is brought where it may be, but for check mode."""
        ident = _uid(user)
        if os.path.exists(RUNTIME % ident + "/systemd/private"):  # the folder alone is there before it answers
            return True
        if user not in lingering:
            text = "user %s has no systemd that runs; name the user under lingering, or let the user log in"
            raise Failure(text % user)
        if not self.dry:
            try:
                self._must("user " + user, "systemctl", "start", "user@%d.service" % ident)  # until it is ready
            except Failure as failure:
                raise Failure("%s It needs the packages libpam-systemd and dbus-user-session" % failure) from None
        return not self.dry

    def _shown(self, rows):
        return parts(self._must("systemd", *self._systemctl(rows[0]), "show", ASKED, *[row["name"] for row in rows]))

    def _enabled(self, row):
        """Of all users a unit's file only can be asked for, one at a time."""
        _status, out, _err = self.run([*self._systemctl(row), "is-enabled", row["name"]])
        state = out.strip()
        return dict(MISSING, LoadState="loaded" if state and state != "not-found" else "not-found", UnitFileState=state)

    @staticmethod
    def _systemctl(row):
        if row["scope"] == "system":
            return ["systemctl"]
        if row["scope"] == "global":
            return ["systemctl", "--global"]
        place = "XDG_RUNTIME_DIR=" + RUNTIME % _uid(row["user"])
        return ["runuser", "-u", row["user"], "--", "env", place, "systemctl", "--user"]

    def _must(self, label, *words):
        status, out, err = self.run(list(words))
        if status:
            raise Failure("%s: %s" % (label, err.strip() or out.strip() or "%s ended with %d" % (words[0], status)))
        return out


def _wants(row):
    return row["state"] == "started" or row["enabled"] is True


def _missing(said):
    return said["LoadState"] == "not-found"


def _problems(row, said, dry):
    """Why a unit cannot be made so. In check mode what is missing may be what an earlier task brings."""
    if not _wants(row):
        return []
    if _missing(said):
        text = "%s: there is no such unit; install what brings it, or write its file before"
        return [] if dry else [text % title(row)]
    if said["LoadState"] == "masked" or said["UnitFileState"].startswith("masked"):
        return ["%s: it is masked; `systemctl unmask` it first" % title(row)]
    if said["UnitFileState"] == "generated" and row["enabled"] is not None:
        return ["%s: it is made from an init script or a table of mounts; leave enabled out" % title(row)]
    return []


def _step(row, said):
    lives, file, verbs = said["ActiveState"] in LIVELY, said["UnitFileState"], []
    after = {"state": said["ActiveState"], "enabled": file or "not there"}
    before = dict(after)
    if row["enabled"] and file in OFF:
        verbs.append("enable")
        after["enabled"] = "enabled"
    if row["state"] == "started" and (row["restart"] or not lives):
        verbs.append("restart" if lives else "start")
        after["state"] = "active again" if lives else "active"
    if row["state"] == "stopped" and said["ActiveState"] not in STILL:
        verbs.append("stop")
        after["state"] = "inactive"
    if row["enabled"] is False and file in ON:
        verbs.append("disable")
        after["enabled"] = "disabled"
    texts = ["".join("%s: %s\n" % item for item in side.items()) for side in (before, after)]
    return Step(row, verbs, Write(title(row), *texts))


def _uid(user):
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        raise Refused("there is no user %s; make the account first" % user) from None
