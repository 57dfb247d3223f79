# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Named pieces of user data, kept in a folder to be used again: a file each, and an index of whose they are."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import threading

from ..core.errors import Failure
from ..core.field import Field
from ..core.files import CANDIDATE, Write, carry_out
from ..core.lib import absolute
from ..core.resource import Resource
from .merging import CLOUD, IGNITION, SHELL, TEMPLATE, Wrong, kind_of, merged
from .resource import digest
from .things import NAMES, options

ENDINGS = {CLOUD: ".yml", SHELL: ".sh", IGNITION: ".ign", TEMPLATE: ".j2"}
INDEX = ".rackwright.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}\Z")


def _name(text):
    if not NAME.match(text):
        raise ValueError("%r is no name of a profile: letters, digits, - and _" % text)
    return text


PROFILE = Resource(
    "user_data_profile",
    "user_data_profiles",
    fields=(
        Field("name", required=True, normal=_name, help="Its name, which is its file's too."),
        Field(
            "content",
            secret=True,
            mask=digest,
            normal=digest,
            help="The user data, word for word. Results and diffs show its SHA-256.",
        ),
        Field("description", help="What it is for."),
        Field("owner", given=False, help="Who it belongs to."),
        Field("format", given=False, compare="ignore", help="V(cloud-config), V(shell), V(ignition) or V(jinja)."),
        Field("path", given=False, compare="ignore", help="Its file."),
    ),
)
PATH = Field("path", type="path", required=True, help="The folder; made where it is missing, for its user alone.")
MANAGE = (PATH, *options(PROFILE, "user_data_profiles", "The profiles."))
LOOK = (PATH, NAMES, Field("content", type="bool", default=False, help="Return what is in them, too."))


def prepared(rows, state):
    """The rows with their text beside its digest. Raises Failure for what is no user data."""
    done, problems = [], []
    for row in rows:
        text = row.get("content")
        if text is not None and state == "present":
            try:
                merged([text])
            except Wrong as wrong:
                problems.append("user_data_profile %s: %s" % (row["name"], str(wrong).split(": ", 1)[-1]))
            row = dict(row, _text=text)
        done.append(row)
    if problems:
        raise Failure("; ".join(problems))
    return done


class Profiles:
    """The folder as the store of PROFILE. What somebody edits by hand differs, and is put right."""

    WORKERS = 1
    STAMPS = True
    NEEDS = ("content",)

    def __init__(self, path):
        self.path, self.lock = absolute(path), threading.Lock()

    def read(self):
        """One row for each file that is a profile's."""
        notes = self._notes()
        try:
            names = sorted(os.listdir(self.path))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Failure("the folder %s cannot be read: %s" % (self.path, error.strerror)) from None
        rows = {}
        for file in names:
            name, ending = os.path.splitext(file)
            if NAME.match(name) and ending in ENDINGS.values():
                rows.setdefault(name, []).append(self._row(name, os.path.join(self.path, file), notes.get(name) or {}))
        return [row for name, some in rows.items() for row in self._told_apart(some, notes.get(name) or {})]

    @staticmethod
    def _told_apart(rows, note):
        """Of two files of one name, one is left of a run that was killed while it changed the kind."""
        noted = [row for row in rows if os.path.basename(row["path"]) == note.get("file")]
        kept = noted[0] if noted else max(rows, key=lambda row: os.stat(row["path"]).st_mtime_ns)
        return [row if row is kept else dict(row, _debris="its kind was being changed") for row in rows]

    def _row(self, name, path, note):
        with open(path, encoding="utf-8", errors="replace") as source:
            text = source.read()
        row = {"name": name, "content": digest(text), "path": path, "_text": text}
        try:
            row["format"] = kind_of(text)
        except Wrong:
            pass  # somebody has broken it
        return dict(row, **{word: note[word] for word in ("owner", "description") if note.get(word)})

    def vet(self, rows, current):
        """Nothing more than `prepared` has seen."""
        return []

    def create(self, change):
        """Write it down, then whose it is; a file of another kind goes last. Returns the row."""
        row, old = change.after, (change.before or {}).get("path")
        text, path = change.want.get("_text"), old
        note = {word: row[word] for word in ("owner", "description") if row.get(word)}
        with self._turn():
            if text is not None:
                path = os.path.join(self.path, row["name"] + ENDINGS[kind_of(text)])
                self._carry_out([Write(path, None, text)])
            self._note(row["name"], dict(note, file=os.path.basename(path)))
            if old and old != path:
                self._remove(old)
        return self._row(row["name"], path, note)

    update = replace = create

    def delete(self, change):
        """Remove it, then the note about it."""
        with self._turn():
            self._remove(change.before["path"])
            if "_debris" not in change.before:
                self._note(change.key, None)

    @contextlib.contextmanager
    def _turn(self):
        """Jobs at the same time take turns; what was half written then is of one that was killed, and goes."""
        path = os.path.join(self.path, INDEX + ".lock")
        with self.lock, contextlib.ExitStack() as stack:
            try:
                os.makedirs(self.path, mode=0o700, exist_ok=True)
                turn = stack.enter_context(open(path, "w"))
            except OSError as error:
                raise Failure("%s cannot be written: %s" % (path, error.strerror)) from None
            fcntl.flock(turn, fcntl.LOCK_EX)
            for name in os.listdir(self.path):
                if name.startswith(CANDIDATE):
                    self._remove(os.path.join(self.path, name))
            yield

    def _remove(self, path):
        """One that is gone is no error."""
        with contextlib.suppress(FileNotFoundError):
            self._carry_out([Write(path, "", None)])

    def _carry_out(self, writes):
        try:
            carry_out(writes, mode=0o600)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise Failure("%s cannot be written: %s" % (writes[0].path, error.strerror)) from None

    def _notes(self):
        """Whose the profiles are. Raises Failure where that cannot be told: nobody's would be anybody's."""
        path = os.path.join(self.path, INDEX)
        try:
            with open(path, encoding="utf-8") as source:
                notes = json.load(source)
            if isinstance(notes, dict) and all(isinstance(note, dict) for note in notes.values()):
                return notes
            why = "it is no index of profiles"
        except FileNotFoundError:
            return {}
        except OSError as error:
            why = error.strerror
        except ValueError:
            why = "it is damaged"
        text = "%s cannot be read: %s. It says whose each profile is: restore it, or remove it if they are all yours"
        raise Failure(text % (path, why))

    def _note(self, name, note):
        """Write down what is known of a profile."""
        notes = dict(self._notes(), **{name: note})
        left = {one: what for one, what in notes.items() if what}
        text = json.dumps(left, indent=1, sort_keys=True) + "\n"
        self._carry_out([Write(os.path.join(self.path, INDEX), "", text)])
