# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Docker engine's images, carried from one storage driver to another: saved to an archive, loaded from it.

The archive stays until the engine has every image of it again, so that what was interrupted is only run again.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import tarfile
from collections import namedtuple
from urllib.parse import quote, urlencode

from ..core import files
from ..core.errors import Failure, Refused
from ..core.unix import Answered, Link, UnixHttp
from . import daemon

ARCHIVE = "/var/lib/rackwright/docker/storage"
CHOICES = ("refuse", "migrate", "migrate_images", "abandon")  # what to do with what a switch would hide
SLOW = 3600  # seconds without a sign of life, of a large layer that is read or unpacked
PLAIN = ("aufs", "fuse-overlayfs", "overlay", "overlay2", "vfs")  # drivers whose data is files below a folder

# What an engine holds. images: names by id; containers: names, running: of those that do
Held = namedtuple("Held", "driver root images containers running")


class Engine:
    """The engine behind a socket of this host."""

    def __init__(self, endpoint=daemon.SOCKET):
        self.path = endpoint[len("unix://") :]
        self.http = UnixHttp(self.path, SLOW)

    def held(self):
        """What it holds, as it says."""
        with spoken("asked what it holds"):
            info = self.http.send("GET", "/info")
            images = self.http.send("GET", "/images/json")
            containers = self.http.send("GET", "/containers/json", all="1")
        named = {image["Id"]: sorted(set(image.get("RepoTags") or ()) - {"<none>:<none>"}) for image in images}
        names = {one["Names"][0].lstrip("/") if one["Names"] else one["Id"]: one["State"] for one in containers}
        running = sorted(name for name, state in names.items() if state in ("running", "paused", "restarting"))
        return Held(info["Driver"], info["DockerRootDir"], named, sorted(names), running)

    def size(self):
        """Bytes of all layers."""
        with spoken("asked for the size of its layers"):
            return self.http.send("GET", "/system/df")["LayersSize"]

    def forget(self, containers):
        """Remove containers, and the build cache, which no archive can hold."""
        with spoken("told to remove its containers"):
            for name in containers:
                self._remove(name)
            self.http.send("POST", "/build/prune", all="1")

    def _remove(self, name):
        try:
            self.http.send("DELETE", "/containers/" + quote(name, safe=""), force="1")
        except Answered as error:
            if error.response.status_code != http.client.NOT_FOUND:  # one run with --rm goes by itself
                raise

    def save(self, names, path):
        """Write images to an archive."""
        query = urlencode([("names", name) for name in names])
        with spoken("told to save its images"), open(path, "wb") as archive:
            answer = self._ask("GET", "/images/get?" + query)
            shutil.copyfileobj(answer, archive, files.PIECE)
            archive.flush()
            os.fsync(archive.fileno())

    def load(self, path):
        """Load the images of an archive."""
        with spoken("told to load its images"), open(path, "rb") as archive:
            headers = {"Content-Type": "application/x-tar", "Content-Length": str(os.path.getsize(path))}
            said = self._ask("POST", "/images/load?quiet=1", archive, headers).read().decode("utf-8", "replace")
        for line in said.splitlines():
            with contextlib.suppress(ValueError):
                reason = json.loads(line).get("error")
                if reason:
                    raise Failure("The engine could not load %s, which is kept: %s" % (path, reason))

    def _ask(self, method, where, body=None, headers=None):
        link = Link(self.path, SLOW)
        link.request(method, where, body, headers or {})
        answer = link.getresponse()
        if answer.status >= http.client.BAD_REQUEST:
            raise Answered(answer, answer.read())
        return answer


@contextlib.contextmanager
def spoken(what):
    """What goes wrong with the engine, as a Failure."""
    try:
        yield
    except Answered as error:
        raise Failure("The engine was %s and refused: %s" % (what, error.explanation)) from None
    except (OSError, http.client.HTTPException) as error:
        raise Failure("The engine was %s and did not answer: %s" % (what, error)) from None


def look(config, engine=None, running=None):
    """What the engine holds; as its files tell where it does not run. None for an engine that was never there."""
    if running if running is not None else daemon.alive():
        return (engine or Engine(daemon.endpoint(config))).held()
    root = daemon.data_root(config)
    drivers = daemon.drivers_in_use(root)
    driver = config.get("storage-driver")
    if driver not in drivers:
        driver = drivers[0] if drivers else driver
    if driver is None:
        return None
    images = {"sha256:" + name: [] for name in daemon.listed(daemon.image_folder(root, driver))}
    containers = sorted(name[:12] for name in daemon.listed(os.path.join(root, "containers")))
    return Held(driver, root, images, containers, [])


def switches(config, held):
    """Whether the configuration would hide what the engine holds for another storage driver."""
    wanted = config.get("storage-driver")
    return bool(wanted and held and held.driver != wanted and (held.images or held.containers))


def problems(config, held, how):
    """Why a switch cannot be made in the way that was chosen: a list of sentences."""
    if not switches(config, held):
        return []
    wanted, names = config["storage-driver"], ", ".join(held.containers)
    hides = "storage-driver %s would hide %d images and %d containers%s that the engine holds for %s" % (
        wanted,
        len(held.images),
        len(held.containers),
        " (%s)" % names if names else "",
        held.driver,
    )
    if how == "refuse":
        return [hides + ": set docker_storage_switch to migrate, which carries the images over, or to abandon"]
    if how == "abandon":
        return (
            ["%s would run on unseen by the engine: stop them first" % ", ".join(held.running)] if held.running else []
        )
    if daemon.data_root(config) != held.root:
        return ["storage-driver and data-root (%s) cannot both be changed in one run: change one first" % held.root]
    if how == "migrate" and held.containers:
        lose = (
            "%s: containers cannot be carried over; remove them, or set docker_storage_switch to migrate_images, which"
        )
        return [(lose + " removes them once the images are saved") % hides]
    return []


def room(size, archive, root):
    """Why there is no room to migrate, in a list: the archive needs its size, and so do the loaded images."""
    free, place = free_at(archive)
    other = free_at(root)[1]
    needed = 2 * size if place == other else size
    if free >= needed:
        return []
    text = "%s has %d MiB free and needs %d to migrate: free them, or name another place as docker_storage_archive"
    return [text % (archive, free >> 20, needed >> 20)]


def free_at(path):
    """(free bytes, device) of the place where `path` is or will be."""
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return shutil.disk_usage(path).free, os.stat(path).st_dev


class Carriage:
    """The archive and what is known of it, in a folder."""

    def __init__(self, folder=ARCHIVE, engine=None):
        self.folder, self.engine = folder, engine
        self.archive, self.note = os.path.join(folder, "images.tar"), os.path.join(folder, "images.json")

    def pending(self):
        """{from, to, images}: what was saved and is not loaded yet; None when nothing is."""
        if not os.path.exists(self.archive):
            return None
        try:
            return json.loads(files.read(self.note) or "")
        except ValueError:
            text = "%s is there, but %s cannot be read: load it by hand and remove it"
            raise Failure(text % (self.archive, self.note)) from None

    def save(self, wanted, drop):
        """Save every image; remove the containers where `drop`. Returns (what was saved, warnings)."""
        before, warnings = self.pending(), []
        if before and before["to"] == self.engine.held().driver:
            warnings = self.load()[1]  # of a switch before this one, which was interrupted
        held = self.engine.held()
        if held.containers and not drop:
            raise Refused("Containers cannot be carried over: remove %s first" % ", ".join(held.containers))
        if held.images:
            self._write(held, wanted)
        elif self.pending():
            self._clear()
        self.engine.forget(held.containers)
        return held, warnings

    def _write(self, held, wanted):
        part = self.archive + ".part"
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        self.engine.save(names(held.images), part)
        lost = sorted(set(held.images) - ids_of(part))
        if lost:
            raise Failure("The engine left %s out of %s; nothing has been changed" % (", ".join(lost), part))
        files.replace(self.note, json.dumps({"from": held.driver, "to": wanted, "images": held.images}), 0o600)
        os.replace(part, self.archive)

    def load(self):
        """Load what the engine lacks, then remove the archive and the old driver's data. Returns (record, warnings)."""
        note = self.pending()
        lost = self._lacking(note)
        if lost:
            self.engine.load(self.archive)
            lost = self._lacking(note)
        if lost:
            raise Failure("The engine still lacks %s of %s, which is kept" % (", ".join(lost), self.archive))
        held = self.engine.held()
        warnings = tidy(held.root, note["from"]) if held.driver == note["to"] != note["from"] else []
        self._clear()
        return note, warnings

    def _clear(self):
        os.unlink(self.archive)
        os.unlink(self.note)

    def _lacking(self, note):
        """Images and names that the engine has not."""
        there = self.engine.held().images
        lost = [image for image in note["images"] if image not in there]
        return sorted(
            lost + [n for i, names in note["images"].items() if i in there for n in names if n not in there[i]]
        )


def ids_of(archive):
    """Ids of the images within an archive."""
    try:
        with tarfile.open(archive) as tar:
            manifest = json.loads(tar.extractfile("manifest.json").read().decode("utf-8"))
    except (OSError, KeyError, ValueError, tarfile.TarError) as error:
        raise Failure("What the engine saved to %s is no archive of images: %s" % (archive, error)) from None
    return {"sha256:" + one["Config"].split("/")[-1].replace(".json", "") for one in manifest}


def tidy(root, driver):
    """Remove what a driver that is no longer used left in the engine's folder. Returns warnings."""
    places = [os.path.join(root, driver), os.path.join(root, "image", driver)]
    if driver not in PLAIN:
        return ["%s still holds what %s left: remove it with the tools of %s" % (places[0], driver, driver)]
    busy = [point for point in daemon.mount_points() if (point + "/").startswith(places[0] + "/")]
    if busy:
        return ["%s is not removed, as %s is mounted there" % (places[0], ", ".join(busy))]
    daemon.remove([place for place in places if os.path.isdir(place)])
    return []


def names(images):
    """What images are called, those without a name by their ids."""
    return sorted(name for image, found in (images or {}).items() for name in found or [image])
