# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and folders of a host as they are declared: text, owner, permissions."""

from __future__ import annotations

import os
import re
import shlex
from collections import namedtuple

from . import files
from .errors import Failure, Refused

TEXTS = ("file", "kept")
HIDDEN = "(a secret)\n"
# dry: only foretell. run: a command. rights: set (path, owner, group, mode); returns what differed, see `_rights`
Host = namedtuple("Host", "dry run rights")


def refuse(rows):
    """Refuse, before anything is changed, what cannot be meant."""
    problems, seen = [], set()
    for row in rows:
        texts = [name for name in ("content", "secret", "lines") if row[name] is not None]
        if row["path"] in seen:
            problems.append("%s: it is declared twice" % row["path"])
        if not os.path.isabs(row["path"]):
            problems.append("%s: the path must be absolute" % row["path"])
        if row["state"] in TEXTS and len(texts) != 1:
            problems.append("%s: a file wants either content, secret or lines" % row["path"])
        problems += ["%s: %s" % (row["path"], text) for text in _odd(row["lines"] or {})]
        if row["state"] not in TEXTS and texts:
            problems.append("%s: state %s takes no %s" % (row["path"], row["state"], texts[0]))
        if row["validate"] and "%s" not in row["validate"]:
            problems.append("%s: validate needs %%s where the path of the new file goes" % row["path"])
        if row["mode"] and not re.match(r"[0-7]{3,4}\Z", row["mode"]):
            problems.append("%s: the mode %r is no octal number of three or four digits" % (row["path"], row["mode"]))
        seen.add(row["path"])
    if problems:
        raise Refused(problems)


def _odd(lines):
    """Why these cannot be lines by their beginnings."""
    wrong = [start for start, line in lines.items() if not start or "\n" in line or not line.startswith(start)]
    return ["the line of %r must be one line that begins so" % start for start in wrong]


def _lined(text, lines):
    """A text in which each beginning has its one line, where it stands first, or at the end."""
    left, found, there = dict(lines), [], (text or "").splitlines()
    for line in there:
        start = next((start for start in lines if line.startswith(start)), None)
        if start is None or start in left:
            found.append(line if start is None else left.pop(start))
    found += left.values()
    return text if found == there else "".join(line + "\n" for line in found)


def make(host, row):
    """Make one so; returns the diffs, none when it was so already. host: a Host."""
    path, state = row["path"], row["state"]
    try:
        if state == "absent":
            return _gone(host, path)
        if state == "directory":
            return _folder(host, row)
        return _file(host, row)
    except OSError as error:
        raise Failure("%s: %s" % (path, error.strerror or error)) from None


def _gone(host, path):
    if not os.path.lexists(path):
        return []
    if os.path.isdir(path) and not os.path.islink(path):
        raise Failure("%s is a folder; only files are removed" % path)
    if not host.dry:
        os.unlink(path)
    return _told(path, "state: file\n", "state: absent\n")


def _folder(host, row):
    path, missing = row["path"], not os.path.isdir(row["path"])
    if missing and os.path.lexists(path):
        raise Failure("%s is there and is no folder; move it away, or choose another path" % path)
    if missing and not host.dry:
        os.makedirs(path, mode=0o755)
    found = _told(path, "state: absent\n", "state: directory\n") if missing else []
    return found + _rights(host, row, "0755", found)


def _file(host, row):
    path = row["path"]
    if os.path.isdir(path):
        raise Failure("%s is a folder; choose another path" % path)
    before, secret = files.read(path), row["secret"] is not None
    after, kept, found = row["secret" if secret else "content"], row["state"] == "kept" and before is not None, []
    if row["lines"] is not None:
        after = _lined(before, row["lines"])
    if before != after and not kept:
        _write(host, row, after)
        texts = (None if before is None else HIDDEN, HIDDEN + "differs\n") if secret else (before, after)
        found = _told(path, *texts)
    return found + _rights(host, row, "0644", found)


def _write(host, row, text):
    """Swap the file, once the validator has found the text good."""
    path, folder = row["path"], os.path.dirname(row["path"])

    def check(candidate):
        words = [word.replace("%s", candidate) for word in shlex.split(row["validate"])]
        status, out, err = host.run(words)
        if status:
            said = (err.strip() or out.strip()).replace(candidate, path)
            raise Failure("%s: %s does not take the new text: %s" % (path, words[0], said))

    if host.dry:
        return
    if not os.path.isdir(folder):
        raise Failure("%s: there is no folder %s; declare it before" % (path, folder))
    # nobody else reads it before it is whose it shall be
    mode = 0o600 if not os.path.exists(path) else os.stat(path).st_mode & int(row["mode"] or "0644", 8)
    files.replace(path, text, mode, check=check if row["validate"] else None)


def _rights(host, row, mode, found):
    """Owner, group and permissions; a diff where they differ and none has been told."""
    diff = host.rights(row["path"], row["owner"], row["group"], row["mode"] or mode)  # {} where nothing differs
    if found or not diff:
        return []
    texts = ["".join("%s: %s\n" % item for item in sorted(diff.get(side, {}).items())) for side in ("before", "after")]
    return _told(row["path"], *texts)


def _told(path, before, after):
    return files.diffs([files.Write(path, before, after)])
