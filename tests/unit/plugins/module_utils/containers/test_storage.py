# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images on their way from one storage driver to another, cut off after each step and run again."""

from __future__ import annotations

import io
import json
import os
import tarfile

import pytest
from ansible_collections.rackwright.platform.plugins.module_utils.containers import storage
from ansible_collections.rackwright.platform.plugins.module_utils.core.errors import Failure, Refused

IMAGES = {"sha256:aa": ["web:1", "web:latest"], "sha256:bb": []}


class Killed(BaseException):
    """The run was cut off."""


class FakeEngine:
    """A fake engine: what each storage driver holds, and archives as the real one writes them."""

    def __init__(self, root, driver="overlay2", images=IMAGES, containers=()):
        self.root, self.driver, self.containers = str(root), driver, list(containers)
        self.drivers = {driver: {name: list(names) for name, names in images.items()}}
        self.kill, self.forgets = None, ()
        for place in (driver, "image/" + driver, "volumes"):
            (root / place).mkdir(parents=True, exist_ok=True)

    def step(self, name):
        if self.kill == name:
            self.kill = None
            raise Killed(name)

    def held(self):
        images = self.drivers.get(self.driver, {})
        return storage.Held(self.driver, self.root, {k: list(v) for k, v in images.items()}, list(self.containers), [])

    def save(self, names, path):
        self.step("before save")
        kept = {
            i: n for i, n in self.drivers[self.driver].items() if set(names) & set(n or [i]) and i not in self.forgets
        }
        manifest = [{"Config": i.split(":")[1] + ".json", "RepoTags": n} for i, n in sorted(kept.items())]
        with tarfile.open(path, "w") as tar:
            text = json.dumps(manifest).encode()
            about = tarfile.TarInfo("manifest.json")
            about.size = len(text)
            tar.addfile(about, io.BytesIO(text))
        self.step("after save")

    def load(self, path):
        self.step("before load")
        with tarfile.open(path) as tar:
            manifest = json.loads(tar.extractfile("manifest.json").read())
        there = self.drivers.setdefault(self.driver, {})
        for one in manifest:
            there["sha256:" + one["Config"][: -len(".json")]] = one["RepoTags"]
            self.step("half load")
        self.step("after load")

    def forget(self, containers):
        self.step("before forget")
        self.containers = [name for name in self.containers if name not in containers]


@pytest.fixture
def engine(tmp_path):
    return FakeEngine(tmp_path / "root")


@pytest.fixture
def carriage(tmp_path, engine):
    return storage.Carriage(str(tmp_path / "archive"), engine)


def play(carriage, wanted="vfs", drop=False):
    """What the role does, by what it sees at its beginning."""
    engine, config = carriage.engine, {"storage-driver": wanted}
    if storage.switches(config, engine.held()):
        carriage.save(wanted, drop)
        engine.step("stopped")
    engine.driver = wanted
    engine.step("switched")
    if carriage.pending():
        carriage.load()


def test_images_and_their_names_come_along(carriage, engine, tmp_path):
    play(carriage)
    assert engine.held().images == IMAGES
    assert os.listdir(carriage.folder) == []
    assert sorted(os.listdir(tmp_path / "root")) == ["image", "volumes"], "the old driver's data goes, volumes stay"
    assert os.listdir(tmp_path / "root" / "image") == []


@pytest.mark.parametrize(
    "moment",
    ["before save", "after save", "before forget", "stopped", "switched", "before load", "half load", "after load"],
)
def test_cut_off_and_run_again(carriage, engine, moment):
    engine.kill = moment
    with pytest.raises(Killed):
        play(carriage)
    assert engine.drivers["overlay2"] == IMAGES or carriage.pending()["images"] == IMAGES, "nothing is lost meanwhile"
    play(carriage)
    assert engine.held().images == IMAGES and engine.driver == "vfs"
    assert os.listdir(carriage.folder) == []


def test_cut_off_and_taken_back(carriage, engine):
    engine.kill = "half load"
    with pytest.raises(Killed):
        play(carriage)
    play(carriage, wanted="overlay2")
    assert engine.held().images == IMAGES
    assert os.listdir(carriage.folder) == []


def test_an_archive_of_before_does_not_bring_images_back(carriage, engine):
    engine.kill = "stopped"
    with pytest.raises(Killed):
        play(carriage)
    engine.drivers["overlay2"].clear()
    engine.containers = ["left"]
    play(carriage, drop=True)
    assert engine.held().images == {}


def test_an_image_left_out_by_the_engine_stops_it(carriage, engine):
    engine.forgets = ("sha256:bb",)
    with pytest.raises(Failure, match="sha256:bb"):
        play(carriage)
    assert engine.driver == "overlay2" and carriage.pending() is None


def test_an_archive_that_does_not_load_is_kept(carriage, engine):
    engine.load = lambda path: None
    with pytest.raises(Failure, match="which is kept"):
        play(carriage)
    assert carriage.pending()["images"] == IMAGES


def test_containers_are_lost_only_when_told(carriage, engine):
    engine.containers = ["web"]
    with pytest.raises(Refused, match="web"):
        play(carriage)
    play(carriage, drop=True)
    assert engine.held().containers == [] and engine.held().images == IMAGES


def test_what_no_folder_holds_is_left_with_a_warning(tmp_path):
    (tmp_path / "btrfs").mkdir()
    (warning,) = storage.tidy(str(tmp_path), "btrfs")
    assert "btrfs" in warning and (tmp_path / "btrfs").is_dir()


HELD = storage.Held("overlay2", "/var/lib/docker", IMAGES, ["web", "db"], ["web"])


@pytest.mark.parametrize(
    ("how", "held", "config", "word"),
    [
        (
            "refuse",
            HELD,
            {},
            "2 images and 2 containers (web, db) that the engine holds for overlay2: set docker_storage",
        ),
        ("migrate", HELD, {}, "containers cannot be carried over"),
        ("migrate_images", HELD, {"data-root": "/srv"}, "change one first"),
        ("migrate_images", HELD, {}, None),
        ("migrate", HELD._replace(containers=[], running=[]), {}, None),
        ("abandon", HELD, {}, "web would run on"),
        ("abandon", HELD._replace(running=[]), {}, None),
        ("refuse", HELD._replace(driver="vfs"), {}, None),
        ("refuse", HELD._replace(images={}, containers=[]), {}, None),
        ("refuse", None, {}, None),
    ],
)
def test_what_is_refused(how, held, config, word):
    found = storage.problems(dict(config, **{"storage-driver": "vfs"}), held, how)
    assert len(found) == (word is not None)
    assert word is None or word in found[0]


def test_a_full_disc_is_said(tmp_path):
    (problem,) = storage.room(1 << 60, str(tmp_path / "not" / "yet"), str(tmp_path))
    assert "docker_storage_archive" in problem
    assert storage.room(1, str(tmp_path), str(tmp_path)) == []


def test_an_engine_that_does_not_run_tells_by_its_files(tmp_path):
    listed = tmp_path / "image" / "overlay2" / "imagedb" / "content" / "sha256"
    listed.mkdir(parents=True)
    (listed / "aa").write_text("{}")
    (tmp_path / "containers" / ("c" * 64)).mkdir(parents=True)
    held = storage.look({"data-root": str(tmp_path)}, running=False)
    assert held == storage.Held("overlay2", str(tmp_path), {"sha256:aa": []}, ["c" * 12], [])
    assert storage.look({"data-root": str(tmp_path / "none")}, running=False) is None
