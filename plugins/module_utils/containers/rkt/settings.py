# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of rkt as files: rendered from data, tried by rkt itself, and only then put in place.

Ours are the files whose names begin with `rackwright`, and the trusted keys that our list names.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import namedtuple

from ...core import files
from ...core.errors import Failure, Refused
from ...core.runner import run
from .release import workplace

OURS = "rackwright"
FOLDERS = {"paths.d": ".json", "stage1.d": ".json", "auth.d": ".json", "net.d": ".conf"}
KEYS, LIST = "trustedkeys", OURS + ".keys"
PUBLIC, PRIVATE = 0o644, 0o600
HIDDEN = "(it holds credentials)\n"
Item = namedtuple("Item", "name after mode")  # of a file below the folder of the configuration; after: None removes it


class Settings:
    """What is declared. folder: of the configuration. command: the program rkt, which need not be there yet.

    paths, stage1: settings of these kinds. auth: entries of the kinds auth and dockerAuth. networks: CNI networks.
    keys: [{prefix, fingerprint, key}], without a prefix for all images.
    """

    def __init__(self, folder, command, paths=None, stage1=None, auth=(), networks=(), keys=()):
        self.folder, self.command = folder, shutil.which(command)
        self.paths, self.stage1, self.auth, self.networks = paths, stage1, auth, networks
        self.keys = [dict(key, fingerprint=key["fingerprint"].replace(" ", "").lower()) for key in keys]

    def plan(self):
        """(items to be written or removed, in order; the same as files.Write). Raises Refused."""
        self._refuse()
        wanted = self._wanted()
        wanted.update(self._trusted())
        for name in self._present():
            wanted.setdefault(name, Item(name, None, PUBLIC))
        items = [item for name, item in sorted(wanted.items()) if self._differs(item)]
        self._tried(wanted.values())
        return items

    def carry_out(self, items):
        """Write and remove the files."""
        for item in items:
            path = self._path(item.name)
            if item.after is None:
                os.unlink(path)
            else:
                os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
                files.replace(path, item.after, item.mode)
                os.chmod(path, item.mode)

    def writes(self, items):
        """The items as a diff shows them, without credentials."""
        done = []
        for item in items:
            before, after = files.read(self._path(item.name)), item.after
            if item.name.startswith("auth.d/"):
                before, after = before and HIDDEN, after and HIDDEN.replace("holds", "holds other")
            done.append(files.Write(self._path(item.name), before, after))
        return done

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _differs(self, item):
        path = self._path(item.name)
        if files.read(path) != item.after:
            return True
        return item.after is not None and os.stat(path).st_mode & 0o777 != item.mode

    def _refuse(self):
        problems = []
        if self.stage1 and bool(self.stage1.get("name")) != bool(self.stage1.get("version")):
            problems.append("stage1: name and version go together; rkt refuses all work with one of them alone")
        for number, one in enumerate(self.auth):
            if one.get("rktKind") not in ("auth", "dockerAuth"):
                problems.append("auth: entry %d: rktKind is auth or dockerAuth" % (number + 1))
        names = [one.get("name") for one in self.networks]
        problems += [
            "networks: one has no %s" % part for one in self.networks for part in ("name", "type") if not one.get(part)
        ]
        taken = {name for name in names if names.count(name) > 1} | (set(names) & self._others())
        problems += ["networks: there is more than one %s" % name for name in sorted(filter(None, taken))]
        problems += ["networks: %r cannot be a file's name" % name for name in names if "/" in (name or "")]
        if problems:
            raise Refused(problems)

    def _others(self):
        """The names of the networks that somebody else has written."""
        done, folder = set(), self._path("net.d")
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            if name.endswith(".conf") and not name.startswith(OURS):
                try:
                    done.add(json.loads(files.read(os.path.join(folder, name))).get("name"))
                except ValueError:
                    continue  # rkt tells of it when the network is used
        return done

    def _wanted(self):
        """Our files by name."""
        done = {}

        def add(name, kind, value, mode=PUBLIC):
            body = dict(value, rktKind=kind, rktVersion="v1") if kind else value
            done[name] = Item(name, json.dumps(body, indent=2, sort_keys=True) + "\n", mode)

        if self.paths:
            add("paths.d/%s.json" % OURS, "paths", {key.replace("_", "-"): value for key, value in self.paths.items()})
        if self.stage1:
            add("stage1.d/%s.json" % OURS, "stage1", self.stage1)
        for number, one in enumerate(self.auth):
            add("auth.d/%s-%02d.json" % (OURS, number), one["rktKind"], one, PRIVATE)
        for number, one in enumerate(self.networks):
            add("net.d/%s-%02d-%s.conf" % (OURS, number, one["name"]), None, one)
        return done

    def _present(self):
        """The names of our files that are there."""
        for kind, ending in FOLDERS.items():
            folder = self._path(kind)
            for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
                if name.startswith(OURS) and name.endswith(ending):
                    yield "%s/%s" % (kind, name)
        for name in (files.read(self._path(LIST)) or "").split():
            if os.path.exists(self._path(name)):
                yield name
        if os.path.exists(self._path(LIST)):
            yield LIST

    def _trusted(self):
        """The keys as files, each tried: rkt itself tells whose it is."""
        done = {}
        for key in self.keys:
            place = os.path.join("prefix.d", key["prefix"]) if key.get("prefix") else "root.d"
            name = os.path.join(KEYS, place, key["fingerprint"])
            there = files.read(self._path(name))
            done[name] = Item(name, there if there is not None else self._tried_key(key, name), PUBLIC)
        if done:
            done[LIST] = Item(LIST, "".join(name + "\n" for name in sorted(done)), PUBLIC)
        return done

    def _tried_key(self, key, name):
        """What rkt makes of a key, in a folder of its own. Raises Refused."""
        if not self.command:
            return key["key"]  # only foretold: it is tried once the program is there
        label = "trusted key %s" % key["fingerprint"]
        with workplace() as folder:
            source = os.path.join(folder, "key.asc")
            files.replace(source, key["key"])
            where = ["--prefix=" + key["prefix"]] if key.get("prefix") else ["--root"]
            config = os.path.join(folder, "etc")
            os.mkdir(config)
            words = [self.command, "--local-config=" + config, "trust", "--skip-fingerprint-review", *where, source]
            rc, _out, err = run(words, check=False)
            if rc:
                raise Refused("%s: rkt does not take it: %s" % (label, err.strip().splitlines()[-1]))
            found = [entry for _path, _folders, entries in os.walk(os.path.join(config, KEYS)) for entry in entries]
            if found != [key["fingerprint"]]:
                raise Refused("%s: the key that is given is another one, %s" % (label, " ".join(found) or "none"))
            return files.read(os.path.join(config, name))

    def _tried(self, items):
        """Let rkt read the whole configuration as it will be. Raises Refused."""
        if not self.command:
            return
        with workplace() as folder:
            trial = os.path.join(folder, "etc")
            for kind in FOLDERS:
                if os.path.isdir(self._path(kind)):
                    shutil.copytree(self._path(kind), os.path.join(trial, kind))
            for item in items:
                path = os.path.join(trial, item.name)
                if item.after is not None:
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    files.replace(path, item.after, PRIVATE)
                elif os.path.exists(path):
                    os.unlink(path)
            os.makedirs(trial, exist_ok=True)
            rc, _secrets, err = run([self.command, "--local-config=" + trial, "config"], check=False)
            if rc:
                raise Refused(
                    "rkt would refuse this configuration: %s. What is there stays"
                    % err.strip().replace(trial, self.folder)
                )


def missing(command):
    """Failure unless the program is there."""
    if not shutil.which(command):
        raise Failure("the program %s is not on this host; install it first" % command)
