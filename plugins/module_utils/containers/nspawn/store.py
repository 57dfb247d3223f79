# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers as machines of systemd-nspawn: read, made, changed, replaced, removed, and safe to be interrupted.

Each has a folder of its own with a record of what was declared, written first, and its root. /var/lib/machines/NAME is
a link to that root: what it does not lead to is a leftover, and to swap it is to swap the container. The .nspawn file
and the unit's drop-in follow from the record, so that they can be written again at any time.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import time

from ...core import files as disk
from ...core.errors import Ambiguous, Failure
from ...core.secrets import hidden, hide
from ..apart import LEFT
from ..fields import EMPTY
from ..forms import moment
from ..resource import spec
from ..store import RUNS, TAIL, Containers
from . import files, host, seen

FULL = os.strerror(errno.ENOSPC)
AT = "@"  # between a container's name and the rest of its folder's


class Machines(Containers):
    """The containers of this host; see Containers. client: a host.Host."""

    def read(self):
        """One row a container of those that matter, and one for each leftover."""
        rows = self._all()
        self.held = [(row["name"], port) for row in rows for port in row["published"]]
        return [row for row in rows if self._matters(row)]

    def ports(self):
        """(container's name, port) of all that is published, or would be if a stopped container started."""
        return [(row["name"], port) for row in self._all() for port in row["ports"]]

    def listing(self):
        """All containers, whoever made them."""
        return [row for row in self._all() if not row.get("_debris")]

    def create(self, change):
        """Make and start a container; one that does not start is taken away again."""
        key, row = change.key, change.want
        with host.alone(key) as lock:
            if os.path.exists(place(key)):
                raise Ambiguous("%s is there by now; somebody else makes it, too" % place(key))
            folder = self._furnish(key, row, row["image_id"], lock)
            try:
                self._point(key, folder)
                self._settle(key, folder)
                self._run(key, row)
            except (Failure, OSError) as failure:
                failure = self._explained(key, row, failure)
                with contextlib.suppress(Failure):  # what is left the next run takes up
                    self._take_away(key, lock)
                raise failure from None
        return dict(EMPTY, **row)

    def update(self, change):
        """Change what can be changed in a container as it is; one whose files were changed by hand starts anew."""
        key, row, before = change.key, change.after, change.before
        with host.alone(key):
            record = _record(before["_folder"])
            memory = spec(change.want, record.get("spec"))
            self._write(before["_folder"], dict(recorded(row, record), spec=memory))
            stale = self._settle(key, before["_folder"])
            try:
                if row.get("state") == "stopped":
                    self._halt(key)
                elif row.get("state") == "started" and (before["status"] not in RUNS or stale):
                    self._start(key, "restart" if stale else "start")
            except Failure as failure:
                raise self._explained(key, row, failure) from None
        return row

    def replace(self, change):
        """Put a new container in the old one's place; when it does not start, the old one is back."""
        key, row, old = change.key, change.after, change.before["_folder"]
        with host.alone(key) as lock:
            image = change.want.get("image_id") or change.before["image_id"]
            new = self._furnish(key, row, image, lock, spec(change.want, change.before.get("_spec")))
            try:
                self._halt(key)
                self._point(key, new)
                self._settle(key, new)
                self._run(key, row)
            except (Failure, OSError) as failure:
                raise self._back(change, new, self._explained(key, row, failure), lock) from None
            self.client.remove(old, lock)
        return row

    def delete(self, change):
        """Stop and remove a container, or what an interrupted run has left of one."""
        with host.alone(change.key) as lock:
            if change.before.get("_debris"):
                self.client.remove(change.before["_folder"], lock)
            else:
                self._take_away(change.key, lock)

    def _all(self):
        """The rows of all machines, in order of their names."""
        self.client.ready()
        folders, links = _folders(), _links()
        ours = {name: links[name] for name, folder in folders if links.get(name) == folder}
        units, running = self.client.units(sorted(ours)), self.client.machines()
        rows = []
        for name, folder in folders:
            record = dict(_record(folder), name=name)
            if ours.get(name) != folder:
                rows.append(dict(seen.foreign(name), owner=record.get("owner"), _folder=folder, _debris=LEFT))
                continue
            row = seen.row(record, units.get(name, {}), running.get(name), disk.read(folder + "/ended"))
            row.update(_folder=folder, settled=self._as_written(name, folder, record))
            rows.append(row)
        return rows + [
            dict(seen.foreign(name, running.get(name)), _foreign=why)
            for name, why in sorted(_strangers(links, running, ours).items())
        ]

    @staticmethod
    def _as_written(name, folder, record):
        """Whether the container's files are as they follow from its record."""
        return all(disk.read(path) == text for path, text in _texts(name, folder, record))

    def _furnish(self, key, row, image_id, lock, memory=None):
        """Make a container's folder: its record first, then its root, a copy of the image's; returns its path."""
        folder = os.path.join(host.CONTAINERS, key + AT + secrets.token_hex(4))
        source = os.path.join(host.IMAGES, image_id, "root")
        if not os.path.isdir(source):
            raise Failure("the image %s (%s) is no longer here; bring it again" % (row.get("image"), image_id[:19]))
        os.makedirs(os.path.join(folder, "root"), mode=0o755)
        try:
            record = recorded(dict(row, image_id=image_id), {"created": moment()})
            self._write(folder, dict(record, spec=spec(row) if memory is None else memory))
            self.client.copy(source, os.path.join(folder, "root"), lock)
            for path, of_file in files.mounts(row):
                _mount_point(os.path.join(folder, "root"), path, of_file)
        except BaseException as error:
            with contextlib.suppress(Failure):
                self.client.remove(folder, lock)
            if FULL in str(error):
                raise Failure("%s. Make room in %s" % (disk.said(error), host.MACHINES)) from None
            raise
        return folder

    @staticmethod
    def _write(folder, record):
        host.put(folder + "/record", json.dumps(record, sort_keys=True) + "\n", 0o600)

    @staticmethod
    def _point(key, folder):
        """Make a machine's name stand for the root in this folder, in one step."""
        host.link(os.path.relpath(os.path.join(folder, "root"), host.MACHINES), place(key), key)

    def _settle(self, key, folder):
        """Write the files that follow from the record; returns whether those of the machine itself were others."""
        record, stale = _record(folder), False
        for path, text in _texts(key, folder, record):
            if disk.read(path) == text:
                continue
            stale = stale or path != host.DROPIN % key
            host.put(path, text, 0o600 if path == host.SETTINGS % key else 0o644)
        for overruling in host.BY_HAND:
            _remove_files(os.path.join(overruling, host.unit(key) + ".d"))
        self.client.reload()
        verb = "enable" if record["fields"].get("restart") in files.AT_BOOT and _meant(record) else "disable"
        self.client.systemctl("--quiet", "--no-reload", verb, host.unit(key))
        return stale

    def _run(self, key, row):
        """Start a new container, unless it is to be a stopped one."""
        if row.get("state") != "stopped":
            self._start(key)

    def _start(self, key, verb="start"):
        self.client.systemctl("reset-failed", host.unit(key), check=False)  # it may have failed too often before
        self.client.systemctl(verb, host.unit(key))
        self.started[key] = time.monotonic()

    def _halt(self, key):
        self.client.systemctl("stop", host.unit(key))

    def _take_away(self, key, lock):
        """Remove a container: last the link, by which it is known."""
        self._halt(key)
        self.client.systemctl("--quiet", "--no-reload", "disable", host.unit(key))
        for path in (host.SETTINGS % key, host.DROPIN % key):
            host.discard(path)
        for folder in (
            os.path.dirname(host.DROPIN % key),
            *(os.path.join(one, host.unit(key) + ".d") for one in host.BY_HAND),
        ):
            _remove_files(folder)
        self.client.reload()
        self.client.systemctl("reset-failed", host.unit(key), check=False)
        folder = _links().get(key)
        os.unlink(place(key))
        self.client.remove(folder, lock)

    def _back(self, change, new, failure, lock):
        """The old container is in its place again, and runs if it did; returns the Failure that tells."""
        key, old = change.key, change.before
        text = "the new container does not start: %s. The old one is in its place again" % failure
        self.started.pop(key, None)
        try:
            self._halt(key)
            self._point(key, old["_folder"])
            self._settle(key, old["_folder"])
            if old["status"] in RUNS:
                self._start(key)
                text += " and runs"
            self.client.remove(new, lock)
        except Failure as trouble:
            text = "the new container does not start: %s. Nor could the old one be brought back: %s" % (
                failure,
                trouble,
            )
        return Failure(text)

    def _explained(self, key, row, failure):
        """The failure to start, with what the machine has said."""
        return Failure("%s%s" % (str(failure).partition(" / ")[0].rstrip("."), self._last_words(key, row)))

    def _last_words(self, name, row):
        log = hide(self._log(name, TAIL), hidden(row.get("env") or {}))
        return ". Its last log lines: %s" % (" / ".join(log.strip().splitlines()) or "none")

    def _log(self, name, lines):
        """What it has said in the run that has ended last."""
        folder = _links().get(name)
        return self.client.log(name, lines, seen.ended(folder and disk.read(folder + "/ended")).get("invocation"))


def place(key):
    """Where systemd-nspawn looks for a machine."""
    return os.path.join(host.MACHINES, key)


def variables(key):
    """The variables that a container of ours was declared with."""
    folder = _links().get(key)
    return (_record(folder).get("fields") or {}).get("env") or {} if folder else {}


def recorded(row, earlier):
    """What to remember of a row, beside what an earlier record holds and the row does not say."""
    fields = {name: row[name] for name in EMPTY if row.get(name) is not None}
    done = {name: row.get(name, earlier.get(name)) for name in ("name", "owner", "image", "image_id", "user_namespace")}
    return dict(earlier, fields=fields, stopped=row.get("state") == "stopped", **done)


def _meant(record):
    """Whether the machine's own start is to start it."""
    return record["fields"].get("restart") == "always" or not record.get("stopped")


def _texts(name, folder, record):
    """(path, text) of all files of a container."""
    row = dict(record.get("fields") or {}, name=name, user_namespace=record.get("user_namespace"))
    done = [
        (host.SETTINGS % name, files.settings(row, folder)),
        (host.DROPIN % name, files.dropin(row, folder, host.unified())),
    ]
    return done + [(folder + path, text) for path, text in files.own(row) if text]


def _record(folder):
    try:
        return json.loads(disk.read(folder + "/record") or "{}")
    except ValueError:
        return {}


def _folders():
    """(name, path) of all folders of ours, in order."""
    with contextlib.suppress(FileNotFoundError):
        return sorted(
            (one.rpartition(AT)[0], os.path.join(host.CONTAINERS, one)) for one in os.listdir(host.CONTAINERS)
        )
    return []


def _links():
    """{name: the folder that it stands for, None where it is no link of ours} of all that machinectl would show."""
    done = {}
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(host.MACHINES):
            path = place(name)
            target = os.path.join(host.MACHINES, os.readlink(path)) if os.path.islink(path) else ""
            ours = target.startswith(host.CONTAINERS + "/") and os.path.basename(target) == "root"
            if not name.startswith("."):
                done[name] = os.path.dirname(target) if ours else None
    return done


def _strangers(links, running, ours):
    """{name: why it is not ours} of machines and images, files and processes that have a container's name."""
    done = {}
    for name, folder in links.items():
        if folder is None:
            bare = name[:-4] if name.endswith(".raw") else name
            done[bare] = "%s is a machine that Rackwright did not make" % place(name)
    for name, machine in running.items():
        if name not in ours and machine.get("class") == "container":
            done.setdefault(
                name, "a machine of this name runs (%s), and Rackwright did not make it" % machine["service"]
            )
    with contextlib.suppress(FileNotFoundError):
        for one in os.listdir(os.path.dirname(host.SETTINGS)):
            name, end = os.path.splitext(one)
            if (
                end == ".nspawn"
                and name not in ours
                and not (disk.read(host.SETTINGS % name) or "").startswith(files.MARK)
            ):
                done.setdefault(name, "%s is a file that Rackwright did not write" % (host.SETTINGS % name))
    return done


def _mount_point(root, path, of_file):
    """Make what shall be mounted on, which systemd-nspawn cannot in a root that is read-only. Links are left to it."""
    *above, last = path.strip("/").split("/")
    for name in above + ([] if of_file else [last]):
        root = os.path.join(root, name)
        if os.path.islink(root):
            return
        os.makedirs(root, mode=0o755, exist_ok=True)
    if of_file and not os.path.lexists(os.path.join(root, last)):
        os.close(os.open(os.path.join(root, last), os.O_WRONLY | os.O_CREAT, 0o644))


def _remove_files(folder):
    """Take a folder of unit files away, if there is one."""
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        os.rmdir(folder)
