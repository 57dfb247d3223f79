# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives of volumes behind a Docker Engine API: compared, saved, restored, safe to be interrupted.

A volume is reached through a container that has it and is never started. The one by which a volume is filled stays
until that is finished, and so tells the next run what it is about.
"""

from __future__ import annotations

import contextlib
import os
from concurrent.futures import ThreadPoolExecutor

from ..core.errors import Conflict, Failure, NotFound, Refused
from . import archive
from .forms import OURS
from .things import Things, mounted
from .wire import called

LOOK, FILL = ".rackwright-archive", ".rackwright-restore"  # end the names of the containers that we make
PLACE = "/rackwright-volume"


class Archives(Things):
    """What the declared `rows` are about on one engine.

    image: for containers to be made of. state, force: as the module has them. helpers: whether containers may be made
    in order to look; without them a volume is seen only through somebody's container that has it.
    """

    THING = "archive"
    WORKERS = 4

    def __init__(self, client, rows, image, state, force=False, helpers=True):
        super().__init__(client)
        self.rows, self.image, self.state, self.force, self.helpers = rows, image, state, force, helpers
        self.contents = {}  # what each row shall come to hold, by its key

    def read(self):
        """One row for each that is there already: an archive that is saved, a volume that is not empty."""
        there = {volume["Name"] for volume in self.client.call("volumes").get("Volumes") or ()}
        self.items = self.containers()
        problems = [
            "volume %s: it is not there; make it with rackwright.platform.container_volume" % row["volume"]
            for row in self.rows
            if row["volume"] not in there
        ]
        if problems:
            raise Refused(problems)
        look = self._saved if self.state == "saved" else self._restored
        with ThreadPoolExecutor(self.WORKERS) as pool:
            found = list(pool.map(lambda row: self._try(look, row), self.rows))
        problems = [str(failure) for failure in found if isinstance(failure, Failure)]
        if problems:
            raise Refused(problems)
        return [row for row in found if row is not None]

    def wanted(self):
        """The declared rows with what they shall come to hold, as far as the last reading could tell."""
        return [dict(row, content=self.contents.get(archive.ARCHIVE.key(row))) for row in self.rows]

    def create(self, change):
        """Save a volume, or restore it."""
        return self._save(change.key) if self.state == "saved" else self._restore(change.key)

    update = create

    def _try(self, look, row):
        try:
            return look(row, archive.ARCHIVE.key(row))
        except Failure as failure:
            return type(failure)("archive %s %s: %s" % (row["volume"], row["path"], failure))

    def _saved(self, row, key):
        if not os.path.isdir(os.path.dirname(row["path"]) or "."):
            raise Failure("its folder is not there; make it first")
        if not os.path.exists(row["path"]):
            return None
        have, listed = archive.stored(row["path"]), self._listing(row["volume"])
        self.contents[key] = archive.content(listed) if listed is not None else "not looked at"
        return dict(row, content=archive.content(have), files=len(have))

    def _restored(self, row, key):
        archived = archive.stored(row["path"])
        self.contents[key] = archive.content(archived)
        if any(called(item) == row["volume"] + FILL for item in self.items):
            return None  # an interrupted restoration is to be done again
        listed = self._listing(row["volume"])
        if listed is None:
            return dict(row, content="not looked at")
        if archive.holds(listed, archived):
            return dict(row, content=self.contents[key], files=len(archived))
        if archive.is_empty(listed):
            return None
        if not self.force:
            text = "the volume is not empty and differs (%d files and folders). With force the archive goes over it"
            raise Failure(text % (len(listed) - 1))
        return dict(row, content=archive.content(listed), files=len(listed))

    def _listing(self, volume):
        """What a volume holds; None when that cannot be seen without making a container."""
        if self.helpers:
            with self._container(volume, LOOK) as ident:
                return self._fetch(ident, PLACE)
        for item in self.items:
            places = [mount["Destination"] for mount in item.get("Mounts") or ()]
            for mount in item["Mounts"] if volume in mounted(item) else ():
                inner = [place for place in places if place.startswith(mount["Destination"].rstrip("/") + "/")]
                if mount.get("Name") == volume and not inner:
                    return self._fetch(item["Id"], mount["Destination"])
        return None

    def _fetch(self, ident, place, sink=None):
        """The listing of a folder in a container; its tar goes to the sink. Raises Failure."""

        def get_archive():
            pieces, _stat = self.client.api.get_archive(ident, place + "/.", chunk_size=archive.PIECE)
            return archive.streamed(pieces, sink)

        return self.client.call(get_archive, write=sink is not None)  # what is half written is not read again

    @contextlib.contextmanager
    def _container(self, volume, end):
        """A container that has the volume at PLACE, as a context. The one that fills it stays where that fails."""
        name = volume + end
        try:
            ident = self._make(volume, name, end)
        except Conflict:
            self._clear(name)
            ident = self._make(volume, name, end)
        try:
            yield ident
        except BaseException:
            if end == LOOK:
                self.quietly("remove_container", ident, force=True)
            raise
        self.quietly("remove_container", ident, force=True)

    def _make(self, volume, name, end):
        mount = {"Type": "volume", "Source": volume, "Target": PLACE, "ReadOnly": end == LOOK}
        mount["VolumeOptions"] = {"NoCopy": True}
        body = {"Image": self.image, "Cmd": ["true"], "Labels": {OURS["archive"]: volume}}
        body["HostConfig"] = {"NetworkMode": "none", "Mounts": [mount]}
        try:
            return self.client.call("create_container_from_config", body, name, write=True)["Id"]
        except NotFound as missing:
            raise Failure("%s. Bring the image first, or name one that is on the engine" % missing) from None

    def _clear(self, name):
        """Remove what a run that was interrupted has left of this name. Raises Conflict when it is not ours."""
        answer = self.client.call("inspect_container", name)
        if OURS["archive"] not in (answer["Config"].get("Labels") or {}):
            raise Conflict("the name %s is taken by a container that is not ours; remove or rename it" % name)
        self.quietly("remove_container", answer["Id"], force=True)

    def _save(self, key):
        """Write a volume into its archive: whole, or the old one stays."""
        volume, path = key
        draft = archive.draft(path)
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as raw, self._container(volume, LOOK) as ident:
                target = archive.writer(path, raw)
                listed = self._fetch(ident, PLACE, target)
                if target is not raw:
                    target.close()
            os.replace(draft, path)
        except OSError as error:
            raise Failure("%s cannot be written: %s" % (path, error.strerror or error)) from None
        finally:
            if os.path.exists(draft):
                os.unlink(draft)
        return {"volume": volume, "path": path, "content": archive.content(listed), "files": len(listed)}

    def _restore(self, key):
        """Put an archive into its volume; then its root's mode and owner, which engines leave out."""
        volume, path = key
        root = archive.root_of(path, PLACE[1:])

        def put_archive():
            with open(path, "rb") as source:
                self.client.api.put_archive(ident, PLACE, source)

        with self._container(volume, FILL) as ident:
            self.client.call(put_archive, write=True)
            if root:
                self.client.call("put_archive", ident, "/", root, write=True)
        return {"volume": volume, "path": path, "content": self.contents.get(key)}
